import { type ControlPage, defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'IAM-L3-04',
  title: 'Credentials work only from expected networks and against trusted resources',
  pillar: 'iam',
  level: 3,
  severity: 'high',
  rules: [],
});

export const page: ControlPage = {
  slug: 'data-perimeter-networks',
  topic: 'data perimeters',
  scope: 'organization',
  evidence: 'policy-analysis',
  rule: 'Passes if the SCPs effective on the account deny data-plane and role-assumption actions unless the request comes from a declared network (aws:SourceIp, aws:SourceVpc or a VPC-endpoint organization key) or through an AWS service, and deny actions on resources whose aws:ResourceOrgID differs from the organization, except declared ones. Fails otherwise. Not applicable to the management account.',
  why: 'Stolen credentials usually work from anywhere. A network perimeter makes them useless outside your networks and keeps data out of foreign accounts.',
  apiFacts: ['organizations:ListPoliciesForTarget', 'organizations:DescribePolicy', 'ec2:DescribeVpcEndpoints'],
  triggers: {
    configTypes: ['AWS::EC2::VPCEndpoint'],
    cloudTrail: [
      { source: 'organizations.amazonaws.com', names: ['AttachPolicy', 'DetachPolicy', 'UpdatePolicy', 'DeletePolicy'] },
      { source: 'ec2.amazonaws.com', names: ['CreateVpcEndpoint', 'ModifyVpcEndpoint', 'DeleteVpcEndpoints'] },
    ],
    schedule: 'rate(24 hours)',
  },
  remediation: {
    kind: 'custom',
    note: 'Roll out to one OU at a time, with a log-only phase: first replay 30 days of CloudTrail against the proposed statement.',
  },
  crosswalk: {
    cisAwsV3: [],
    cisAwsV5: [],
    securityHub: [],
    prowler: ['vpc_endpoint_connections_trust_boundaries', 'vpc_endpoint_services_allowed_principals_trust_boundaries'],
    nistCsf2: ['PR.AA-05', 'PR.IR-01', 'PR.DS-02'],
    awsSmmV2: [
      { phase: 4, category: 'Identity and access management', recommendation: 'IAM Data Perimeters' },
      { phase: 4, category: 'Infrastructure protection', recommendation: 'Zero Trust Access' },
    ],
    iansCsmm2: ['IAM', 'Network Security', 'Data Security'],
  },
};
