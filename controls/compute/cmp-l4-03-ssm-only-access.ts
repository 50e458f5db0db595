import { type ControlPage, defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'CMP-L4-03',
  title: 'Shell access goes only through Session Manager',
  pillar: 'compute',
  level: 4,
  severity: 'high',
  rules: [],
});

export const page: ControlPage = {
  slug: 'ssm-only-access',
  topic: 'SSM-only access',
  scope: 'resource',
  evidence: 'config',
  rule: 'Passes if no security group attached to the instance allows TCP 22, 3389, 5985 or 5986 from any source, the instance has no key pair, it is SSM-managed, and Session Manager preferences log sessions to an encrypted destination. Fails otherwise. Not applicable if there are no instances.',
  why: 'SSH keys get copied and shared, and they do not expire. Session Manager needs no open port, uses IAM identities and logs each session.',
  apiFacts: [
    'ec2:DescribeInstances',
    'ec2:DescribeSecurityGroups',
    'ssm:DescribeInstanceInformation',
    'ssm:GetDocument (SSM-SessionManagerRunShell)',
  ],
  triggers: {
    configTypes: ['AWS::EC2::Instance', 'AWS::EC2::SecurityGroup', 'AWS::SSM::ManagedInstanceInventory', 'AWS::SSM::Document'],
    cloudTrail: [
      {
        source: 'ec2.amazonaws.com',
        names: ['RunInstances', 'AuthorizeSecurityGroupIngress', 'ModifySecurityGroupRules', 'ModifyInstanceAttribute'],
      },
      { source: 'ssm.amazonaws.com', names: ['UpdateDocument', 'UpdateDocumentDefaultVersion', 'CreateDocument'] },
    ],
    schedule: 'rate(24 hours)',
  },
  remediation: {
    kind: 'managed',
    document: 'AWSConfigRemediation-EnableCWLoggingForSessionManager',
    alternatives: ['AWSConfigRemediation-EnableSystemsManagerSessionManagerAuditLogsToS3'],
    note: 'The AWS documents cover only logging. The runbooks of NET-L1-01 close the ports.',
  },
  crosswalk: {
    cisAwsV3: [],
    cisAwsV5: [],
    securityHub: ['SSM.1'],
    prowler: ['ec2_instance_managed_by_ssm'],
    nistCsf2: ['PR.AA-05', 'PR.IR-01', 'PR.PS-04'],
    awsSmmV2: [
      { phase: 2, category: 'Infrastructure protection', recommendation: 'Secure EC2 Instances Management' },
      { phase: 4, category: 'Infrastructure protection', recommendation: 'Zero Trust Access' },
    ],
    iansCsmm2: ['Workload Security', 'IAM'],
  },
};
