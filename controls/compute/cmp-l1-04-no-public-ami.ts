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
import { change, remedyOn, runWith } from '../../core/remediation/model/remedy.ts';

export default defineControl({
  id: 'CMP-L1-04',
  title: 'Images are not public',
  pillar: 'compute',
  level: 1,
  severity: 'critical',
  rules: [
    on('AWS::EC2::Image', ['public'], ({ public: isPublic }) =>
      isPublic ? nonCompliant('image-public', 'image is public: every AWS account can launch it') : compliant('image is not public'),
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
      impact: 'Only accounts that the image names by ID can still launch instances from it.',
    },
    ({ resource }) => runWith({ ImageId: resource.resourceId }, [change('launch permission of everyone', 'granted', 'removed')]),
  ),
  /* @__PURE__ */ remedyOn(
    'AWS::EC2::ImageBlockPublicAccess',
    {
      runbook: 'CSMM-BlockPublicImages',
      risk: 'disruptive',
      reversible: true,
      impact: 'Users can no longer make images in the Region public. Images that are already public stay public.',
      concerns: 'region',
    },
    ({ facts: { state } }) => runWith({}, [change('block public access for images', state, 'block-new-sharing')]),
  ),
];

export const page: ControlPage = {
  slug: 'no-public-ami',
  topic: 'no public IP/AMI',
  scope: 'region',
  evidence: 'api',
  rule: 'Passes if no image owned by the account has Public = true and image block-public-access is block-new-sharing in every approved Region. Fails otherwise. Always applies (csmm evaluates an account with no images only on the Region setting).',
  why: 'Every AWS account can start a public image and read its disk. Images often contain source code, keys and customer data.',
  triggers: {
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
  remediation: { kind: 'custom', note: 'Call ec2:ModifyImageAttribute and ec2:EnableImageBlockPublicAccess.' },
  crosswalk: {
    cisAwsV3: [],
    cisAwsV5: [],
    securityHub: [],
    prowler: ['ec2_ami_public', 'ec2_ami_account_block_public_access'],
    nistCsf2: ['PR.DS-01', 'PR.AA-05'],
    awsSmmV2: [{ phase: 1, category: 'Data protection', recommendation: 'Block Public Access' }],
    iansCsmm2: ['Workload Security', 'Data Security'],
  },
  notes: 'If no approved Regions are declared, csmm evaluates the setting in every Region that it read. Images count in all Regions.',
};

function evaluateSetting(setting: InventoryItem<'AWS::EC2::ImageBlockPublicAccess'>): Verdict {
  const { state } = setting.facts;
  if (state === undefined) return lacks(setting, 'state');
  if (state === 'block-new-sharing') return compliant(`block public access for images is ${state}`);
  if (state === 'unblocked')
    return nonCompliant('region-unblocked', `block public access for images is ${state} (required: block-new-sharing)`);
  return insufficientData('region-state-unknown', `block public access for images has the unknown state ${state}`);
}
