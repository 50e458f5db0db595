import { type ControlPage, defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'CMP-L3-04',
  title: 'Workloads do not share accounts across stages or roles across workloads',
  pillar: 'compute',
  level: 3,
  severity: 'high',
  rules: [],
});

export const page: ControlPage = {
  slug: 'workload-isolation',
  topic: 'workload isolation',
  scope: 'account',
  evidence: 'policy-analysis',
  rule: 'Passes if production_scope accounts hold no resource tagged non-production (and the reverse), and no instance profile, task role or function role is used by resources with different workload tags. Fails otherwise. Not applicable if the account runs fewer than two tagged workloads and holds only one stage.',
  why: 'A test system usually has weaker protection. If it shares an account or a role with production, an attacker can get from one to the other.',
  apiFacts: ['tag:GetResources', 'organizations:ListParents', 'lambda:ListFunctions', 'ecs:DescribeTaskDefinition'],
  triggers: {
    configTypes: ['AWS::EC2::Instance', 'AWS::ECS::TaskDefinition', 'AWS::Lambda::Function', 'AWS::IAM::Role'],
    cloudTrail: [
      {
        source: 'ec2.amazonaws.com',
        names: ['RunInstances', 'AssociateIamInstanceProfile', 'ReplaceIamInstanceProfileAssociation', 'CreateTags'],
      },
      { source: 'lambda.amazonaws.com', names: ['CreateFunction20150331', 'UpdateFunctionConfiguration20150331v2'] },
      { source: 'ecs.amazonaws.com', names: ['RegisterTaskDefinition'] },
      { source: 'organizations.amazonaws.com', names: ['MoveAccount'] },
    ],
    schedule: 'rate(24 hours)',
  },
  remediation: { kind: 'manual', note: 'Split the roles, or move the workload to another account.' },
  crosswalk: {
    cisAwsV3: [],
    cisAwsV5: [],
    securityHub: [],
    prowler: [],
    nistCsf2: ['PR.IR-01', 'PR.AA-05'],
    awsSmmV2: [
      { phase: 2, category: 'Infrastructure protection', recommendation: 'Multi-account management' },
      { phase: 3, category: 'Security governance', recommendation: 'Design your secure architecture' },
    ],
    iansCsmm2: ['Workload Security', 'Organization Management', 'IAM'],
  },
};
