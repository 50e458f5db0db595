import { type ControlPage, defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'STR-L3-06',
  title: 'No plaintext secrets outside a secrets manager',
  pillar: 'storage',
  level: 3,
  severity: 'critical',
  rules: [],
});

export const page: ControlPage = {
  slug: 'secrets-in-a-manager',
  topic: 'secrets management',
  scope: 'resource',
  evidence: 'api',
  rule: 'Passes if the versioned secret detectors match nothing in Lambda environments, running ECS task definitions, EC2 user data, launch templates, CodeBuild environments, CloudFormation outputs and plain String parameters. Fails otherwise. Not applicable if none of these carriers exists.',
  why: 'Everyone with read access to the configuration can see a plaintext secret. It also stays in old versions, logs and templates, and it is hard to rotate.',
  apiFacts: [
    'lambda:GetFunctionConfiguration',
    'ecs:DescribeTaskDefinition',
    'ec2:DescribeInstanceAttribute',
    'ec2:DescribeLaunchTemplateVersions',
    'codebuild:BatchGetProjects',
    'ssm:DescribeParameters',
  ],
  triggers: {
    configTypes: [
      'AWS::Lambda::Function',
      'AWS::ECS::TaskDefinition',
      'AWS::EC2::LaunchTemplate',
      'AWS::CodeBuild::Project',
      'AWS::CloudFormation::Stack',
    ],
    cloudTrail: [
      { source: 'lambda.amazonaws.com', names: ['CreateFunction20150331', 'UpdateFunctionConfiguration20150331v2'] },
      { source: 'ecs.amazonaws.com', names: ['RegisterTaskDefinition'] },
      {
        source: 'ec2.amazonaws.com',
        names: ['RunInstances', 'CreateLaunchTemplate', 'CreateLaunchTemplateVersion', 'ModifyInstanceAttribute'],
      },
      { source: 'ssm.amazonaws.com', names: ['PutParameter'] },
    ],
    schedule: 'rate(24 hours)',
  },
  remediation: {
    kind: 'custom',
    note: 'Move the secret to Secrets Manager and rotate it. The evidence stores only a salted hash and the location.',
  },
  crosswalk: {
    cisAwsV3: [],
    cisAwsV5: [],
    securityHub: ['ECS.8', 'CodeBuild.2'],
    prowler: [
      'awslambda_function_no_secrets_in_variables',
      'ecs_task_definitions_no_environment_secrets',
      'ec2_instance_secrets_user_data',
      'ec2_launch_template_no_secrets',
      'codebuild_project_no_secrets_in_variables',
      'cloudformation_stack_outputs_find_secrets',
      'ssm_document_secrets',
    ],
    nistCsf2: ['PR.AA-01', 'PR.DS-01'],
    awsSmmV2: [{ phase: 2, category: 'Application security', recommendation: 'No secrets in code' }],
    iansCsmm2: ['Data Security', 'Application Security'],
  },
};
