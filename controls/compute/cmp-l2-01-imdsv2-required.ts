import { type ControlPage, compliant, defineControl, insufficientData, lacks, nonCompliant, on } from '../../core/control.ts';
import { evaluateEnded } from '../../core/evaluation/ended-instance.ts';
import { change, remedyOn, runWith } from '../../core/remediation/model/remedy.ts';

export default defineControl({
  id: 'CMP-L2-01',
  title: 'Instances require IMDSv2',
  pillar: 'compute',
  level: 2,
  severity: 'high',
  rules: [
    on('AWS::EC2::Instance', [], ({ state, httpTokens, httpEndpoint }, evidence) => {
      const ended = evaluateEnded(state);
      if (ended) return ended;
      if (httpEndpoint === 'disabled') return compliant('instance metadata service is disabled');
      if (httpTokens === 'required') return compliant('instance requires IMDSv2');
      if (httpTokens === undefined) return lacks(evidence, 'httpTokens');
      if (httpTokens !== 'optional') return insufficientData('tokens-unknown', `metadata tokens of the instance are "${httpTokens}"`);
      if (httpEndpoint !== undefined && httpEndpoint !== 'enabled')
        return insufficientData('endpoint-unknown', `metadata endpoint of the instance is "${httpEndpoint}"`);
      return nonCompliant('imdsv1-allowed', 'instance allows IMDSv1: metadata tokens are optional (required: required)');
    }),
  ],
});

export const remedies = [
  /* @__PURE__ */ remedyOn(
    'AWS::EC2::Instance',
    {
      runbook: 'CSMM-RequireImdsv2',
      bindsTo: ['httpTokens', 'httpEndpoint', 'fleet'],
      risk: 'disruptive',
      reversible: true,
      impact:
        'Software on the instance that calls the metadata service without a token no longer gets credentials. The metric MetadataNoToken counts such calls.',
    },
    ({ resource, facts: { httpTokens } }) =>
      runWith({ InstanceId: resource.resourceId }, [change('metadata tokens', httpTokens, 'required')]),
  ),
];

export const page: ControlPage = {
  slug: 'imdsv2-required',
  topic: 'IMDSv2',
  scope: 'resource',
  evidence: 'config',
  rule: 'Passes if MetadataOptions.HttpTokens = required, or HttpEndpoint = disabled, on the instance. Fails otherwise. Not applicable if there are no instances, or the instance is shutting down or terminated.',
  why: 'IMDSv1 returns the credentials of the instance role to any simple web request. An attacker who can make an application fetch a URL steals them.',
  triggers: {
    cloudTrail: [
      { source: 'ec2.amazonaws.com', names: ['RunInstances', 'ModifyInstanceMetadataOptions', 'ModifyInstanceMetadataDefaults'] },
    ],
    native: [{ source: 'aws.ec2', detailType: 'EC2 Instance State-change Notification' }],
    schedule: 'rate(24 hours)',
  },
  remediation: {
    kind: 'managed',
    document: 'AWSConfigRemediation-EnforceEC2InstanceIMDSv2',
    note: 'Check first that the metric MetadataNoToken is zero.',
  },
  crosswalk: {
    cisAwsV3: ['5.6'],
    cisAwsV5: ['5.7'],
    securityHub: ['EC2.8'],
    prowler: ['ec2_instance_imdsv2_enabled', 'ec2_instance_account_imdsv2_enabled'],
    nistCsf2: ['PR.AA-03', 'PR.PS-01'],
    awsSmmV2: [{ phase: 2, category: 'Identity and access management', recommendation: 'Instance Metadata Service (IMDS) v2' }],
    iansCsmm2: ['Workload Security', 'IAM'],
  },
};
