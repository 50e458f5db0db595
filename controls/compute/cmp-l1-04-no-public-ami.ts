import {
  across,
  type ControlPage,
  compliant,
  defineControl,
  type InventoryItem,
  insufficientData,
  lacks,
  nonCompliant,
  on,
  type Verdict,
} from '../../core/control.ts';
import { evaluateApprovedRegions } from '../../core/evaluation/approved-regions.ts';
import { SETTINGS } from '../../core/facts/csmm-settings.ts';
import { remedyOn, runWith } from '../../core/remediation/model/remedy.ts';

export default defineControl({
  id: 'CMP-L1-04',
  title: 'Images are not public',
  pillar: 'compute',
  level: 1,
  severity: 'critical',
  rules: [
    on('AWS::EC2::Image', ['public'], ({ public: isPublic }) =>
      isPublic ? nonCompliant('everyone may launch instances from the image') : compliant('the image is not public'),
    ),
    across(
      ['AWS::EC2::ImageBlockPublicAccess', SETTINGS],
      (inventory) => evaluateApprovedRegions(inventory, 'AWS::EC2::ImageBlockPublicAccess', evaluateSetting),
      { handlesGaps: true },
    ),
  ],
});

export const remedies = [
  /* @__PURE__ */ remedyOn(
    'AWS::EC2::Image',
    {
      runbook: 'CSMM-MakeImagePrivate',
      risk: 'disruptive',
      reversible: true,
      impact: 'Other accounts can no longer launch instances from the image, unless they were given that right by name.',
    },
    ({ resource }) => runWith({ ImageId: resource.resourceId }),
  ),
  /* @__PURE__ */ remedyOn(
    'AWS::EC2::ImageBlockPublicAccess',
    {
      runbook: 'CSMM-BlockPublicImages',
      risk: 'disruptive',
      reversible: true,
      impact: 'Nobody can make an image public in the Region any more; images that are public stay so.',
    },
    () => runWith({}),
  ),
];

export const page: ControlPage = {
  slug: 'no-public-ami',
  topic: 'no public IP/AMI',
  scope: 'region',
  evidence: 'api',
  rule: 'PASS iff no image owned by the account has Public = true and image block-public-access is block-new-sharing in every approved Region; FAIL otherwise; never NOT_APPLICABLE (an account with no images is judged on the Region setting alone).',
  apiFacts: ['ec2:DescribeImages', 'ec2:GetImageBlockPublicAccessState'],
  triggers: {
    configTypes: [],
    cloudTrail: [
      {
        source: 'ec2.amazonaws.com',
        names: [
          'ModifyImageAttribute',
          'ResetImageAttribute',
          'CreateImage',
          'RegisterImage',
          'CopyImage',
          'DeregisterImage',
          'EnableImageBlockPublicAccess',
          'DisableImageBlockPublicAccess',
        ],
      },
    ],
    schedule: 'rate(12 hours)',
  },
  remediation: { kind: 'custom', note: 'ec2:ModifyImageAttribute and ec2:EnableImageBlockPublicAccess.' },
  crosswalk: {
    cisAwsV3: [],
    cisAwsV5: [],
    securityHub: [],
    prowler: ['ec2_ami_public', 'ec2_ami_account_block_public_access'],
    nistCsf2: ['PR.DS-01', 'PR.AA-05'],
    awsSmmV2: [{ phase: 1, category: 'Data protection', recommendation: 'Block Public Access' }],
    iansCsmm2: ['Workload Security', 'Data Security'],
  },
  notes: 'Where no approved Regions are declared, every Region that was read is judged. Images count wherever they are.',
};

function evaluateSetting(setting: InventoryItem<'AWS::EC2::ImageBlockPublicAccess'>): Verdict {
  const { state } = setting.facts;
  if (state === undefined) return lacks(setting, 'state');
  if (state === 'block-new-sharing') return compliant('images cannot be made public');
  if (state === 'unblocked') return nonCompliant('images can be made public');
  return insufficientData(`block public access for images has the unknown state ${state}`);
}
