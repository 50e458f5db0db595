import { type ControlPage, defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'NET-L4-03',
  title: 'Network drift from code is detected within an hour',
  pillar: 'networking',
  level: 4,
  severity: 'high',
  rules: [],
});

export const page: ControlPage = {
  slug: 'network-drift-detection',
  topic: 'drift detection',
  scope: 'account',
  evidence: 'api',
  rule: 'Passes if drift detection completed in the last 24 hours for every declared stack that owns network resources, and every out-of-band network write of the last 30 days (or a drill, if no write occurred) produced a drift record within 60 minutes. Fails otherwise, also if no stack owns any network resource. Not applicable if the account has no VPC except an empty default VPC.',
  why: 'A manual change of a route or a firewall can open the network without a review. Drift detection shows it before an attacker uses it.',
  apiFacts: ['cloudformation:DescribeStacks', 'cloudformation:DescribeStackResourceDrifts', 'cloudtrail:LookupEvents'],
  parameters: { windowDays: 30, detectWithinMinutes: 60 },
  triggers: {
    configTypes: ['AWS::CloudFormation::Stack', 'AWS::EC2::SecurityGroup', 'AWS::EC2::RouteTable', 'AWS::EC2::NetworkAcl'],
    cloudTrail: [
      { source: 'cloudformation.amazonaws.com', names: ['DetectStackDrift'] },
      {
        source: 'ec2.amazonaws.com',
        names: [
          'AuthorizeSecurityGroupIngress',
          'RevokeSecurityGroupIngress',
          'ModifySecurityGroupRules',
          'CreateRoute',
          'ReplaceRoute',
          'DeleteRoute',
          'ReplaceNetworkAclEntry',
          'ModifyVpcEndpoint',
        ],
      },
    ],
    native: [{ source: 'aws.cloudformation', detailType: 'CloudFormation Drift Detection Status Change' }],
    schedule: 'rate(6 hours)',
  },
  remediation: { kind: 'custom', note: 'Schedule drift detection. Terraform users send plan results through the drift API.' },
  crosswalk: {
    cisAwsV3: [],
    cisAwsV5: [],
    securityHub: [],
    prowler: [],
    nistCsf2: ['DE.CM-01', 'DE.CM-09', 'PR.PS-01'],
    awsSmmV2: [
      { phase: 3, category: 'Security governance', recommendation: 'Use infrastructure as code' },
      { phase: 4, category: 'Incident response', recommendation: 'Automate deviation correction in configurations' },
    ],
    iansCsmm2: ['Network Security', 'Compliance and Audit'],
  },
};
