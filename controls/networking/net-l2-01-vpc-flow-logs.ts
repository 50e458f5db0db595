import { defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'NET-L2-01',
  slug: 'vpc-flow-logs',
  title: 'Every VPC delivers flow logs',
  pillar: 'networking',
  level: 2,
  severity: 'high',
  topic: 'Flow logs',
  scope: 'resource',
  evidence: 'config',
  rule: 'PASS iff the VPC, or each of its subnets, has a flow log with FlowLogStatus = ACTIVE, DeliverLogsStatus not FAILED and TrafficType ALL or REJECT; FAIL otherwise; NOT_APPLICABLE when the Region has no VPC.',
  apiFacts: ['ec2:DescribeFlowLogs', 'ec2:DescribeVpcs'],
  triggers: {
    configTypes: ['AWS::EC2::VPC', 'AWS::EC2::FlowLog'],
    cloudTrail: [{ source: 'ec2.amazonaws.com', names: ['CreateFlowLogs', 'DeleteFlowLogs', 'CreateVpc', 'CreateDefaultVpc'] }],
    schedule: 'rate(24 hours)',
  },
  rules: [],
  remediation: {
    kind: 'managed',
    document: 'AWSConfigRemediation-EnableVPCFlowLogsToCloudWatch',
    alternatives: ['AWSConfigRemediation-EnableVPCFlowLogsToS3Bucket'],
  },
  crosswalk: {
    cisAwsV3: ['3.7'],
    cisAwsV5: ['3.7'],
    securityHub: ['EC2.6'],
    prowler: ['vpc_flow_logs_enabled'],
    nistCsf2: ['DE.CM-01', 'PR.PS-04'],
    awsSmmV2: [{ phase: 4, category: 'Threat detection', recommendation: 'Network Flows analysis (VPC Flow Logs)' }],
    iansCsmm2: ['Security Monitoring', 'Network Security'],
  },
});
