import { type ControlPage, defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'NET-L3-02',
  title: 'AWS traffic stays on VPC endpoints with restrictive policies',
  pillar: 'networking',
  level: 3,
  severity: 'medium',
  rules: [],
});

export const page: ControlPage = {
  slug: 'vpc-endpoints-with-policies',
  topic: 'VPC endpoints',
  scope: 'resource',
  evidence: 'policy-analysis',
  rule: 'Passes if every VPC with network interfaces has a gateway endpoint for S3 (and DynamoDB if used) and interface endpoints for the declared service list, and every endpoint policy limits aws:PrincipalOrgID or aws:ResourceOrgID to the organization instead of the full-access default. Fails otherwise. Not applicable if the VPC has no network interfaces.',
  why: 'Malware can copy data to an S3 bucket of the attacker, because that traffic looks like normal AWS use. Endpoint policies allow only your organization.',
  apiFacts: ['ec2:DescribeVpcEndpoints'],
  parameters: { interfaceServices: ['sts', 'kms', 'logs', 'ssm', 'ssmmessages', 'ec2messages', 'secretsmanager'] },
  triggers: {
    configTypes: ['AWS::EC2::VPCEndpoint', 'AWS::EC2::VPC'],
    cloudTrail: [{ source: 'ec2.amazonaws.com', names: ['CreateVpcEndpoint', 'ModifyVpcEndpoint', 'DeleteVpcEndpoints'] }],
    schedule: 'rate(24 hours)',
  },
  remediation: { kind: 'custom', note: 'ASR ships an AttachServiceVPCEndpoint runbook as prior art. Interface endpoints cost money.' },
  crosswalk: {
    cisAwsV3: [],
    cisAwsV5: [],
    securityHub: ['EC2.10', 'EC2.57'],
    prowler: ['vpc_endpoint_for_ec2_enabled', 'vpc_endpoint_connections_trust_boundaries', 'vpc_endpoint_multi_az_enabled'],
    nistCsf2: ['PR.IR-01', 'PR.DS-02'],
    awsSmmV2: [
      { phase: 4, category: 'Identity and access management', recommendation: 'IAM Data Perimeters' },
      { phase: 2, category: 'Infrastructure protection', recommendation: 'Network segmentation (VPCs)' },
    ],
    iansCsmm2: ['Network Security', 'Data Security'],
  },
};
