import { type ControlPage, defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'CMP-L3-05',
  title: 'Compute is managed and patched on time',
  pillar: 'compute',
  level: 3,
  severity: 'high',
  rules: [],
});

export const page: ControlPage = {
  slug: 'patch-compliance',
  topic: 'patch management',
  scope: 'resource',
  evidence: 'config',
  rule: 'Passes if the running instance is SSM-managed with a ping in the last 24 hours and its patch compliance is COMPLIANT for critical and security patches older than 30 days, and every Lambda function uses a supported runtime. Fails otherwise. Not applicable if there are no instances and no functions.',
  why: 'Attackers use published vulnerabilities within days. A machine that no one manages stays vulnerable without anyone noticing.',
  apiFacts: ['ssm:DescribeInstanceInformation', 'ssm:DescribeInstancePatchStates', 'lambda:ListFunctions'],
  parameters: { maxPatchAgeDays: 30 },
  triggers: {
    configTypes: [
      'AWS::EC2::Instance',
      'AWS::SSM::PatchCompliance',
      'AWS::SSM::AssociationCompliance',
      'AWS::SSM::ManagedInstanceInventory',
      'AWS::Lambda::Function',
    ],
    cloudTrail: [
      { source: 'ssm.amazonaws.com', names: ['CreateAssociation', 'UpdateAssociation', 'DeleteAssociation'] },
      { source: 'lambda.amazonaws.com', names: ['CreateFunction20150331', 'UpdateFunctionConfiguration20150331v2'] },
    ],
    native: [{ source: 'aws.ssm', detailType: 'Configuration Compliance State Change' }],
    schedule: 'rate(24 hours)',
  },
  remediation: {
    kind: 'managed',
    document: 'AWS-PatchInstanceWithRollback',
    alternatives: ['AWS-PatchAsgInstance'],
    note: 'Run the AWS document in a maintenance window.',
  },
  crosswalk: {
    cisAwsV3: [],
    cisAwsV5: [],
    securityHub: ['SSM.1', 'SSM.2', 'SSM.3', 'Lambda.2'],
    prowler: ['ec2_instance_managed_by_ssm', 'ssm_managed_compliant_patching', 'awslambda_function_using_supported_runtimes'],
    nistCsf2: ['PR.PS-02', 'ID.RA-01'],
    awsSmmV2: [
      { phase: 2, category: 'Vulnerability management', recommendation: 'Manage infrastructure vulnerabilities' },
      { phase: 2, category: 'Infrastructure protection', recommendation: 'Secure EC2 Instances Management' },
    ],
    iansCsmm2: ['Workload Security'],
  },
};
