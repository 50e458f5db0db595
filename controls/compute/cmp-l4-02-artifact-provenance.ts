import { type ControlPage, defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'CMP-L4-02',
  title: 'Only immutable, signed artifacts are deployed',
  pillar: 'compute',
  level: 4,
  severity: 'medium',
  rules: [],
});

export const page: ControlPage = {
  slug: 'artifact-provenance',
  topic: 'Hardened image pipeline',
  scope: 'resource',
  evidence: 'api',
  rule: 'Passes if every repository that feeds running containers has immutable tags, every running container image digest has a completed signature from a declared signing profile, and every production Lambda function has a code-signing configuration set to Enforce. Fails otherwise. Not applicable if there are no running containers and no production functions.',
  why: 'An attacker with access to the registry or the pipeline can replace an artifact with malicious code. A signature proves that the running code is the tested code.',
  apiFacts: [
    'ecr:DescribeRepositories',
    'ecr:DescribeImageSigningStatus',
    'ecr:GetSigningConfiguration',
    'ecr:ListImageReferrers',
    'lambda:GetFunctionCodeSigningConfig',
    'signer:GetSigningProfile',
  ],
  triggers: {
    configTypes: ['AWS::ECR::Repository', 'AWS::Lambda::Function', 'AWS::Lambda::CodeSigningConfig', 'AWS::Signer::SigningProfile'],
    cloudTrail: [
      {
        source: 'ecr.amazonaws.com',
        names: ['PutImage', 'PutImageTagMutability', 'CreateRepository', 'PutSigningConfiguration', 'DeleteSigningConfiguration'],
      },
      { source: 'ecs.amazonaws.com', names: ['RegisterTaskDefinition', 'UpdateService'] },
      {
        source: 'lambda.amazonaws.com',
        names: ['PutFunctionCodeSigningConfig', 'DeleteFunctionCodeSigningConfig', 'UpdateFunctionCode20150331v2'],
      },
    ],
    schedule: 'rate(24 hours)',
  },
  remediation: { kind: 'custom', note: 'Make the tags immutable. To sign artifacts, change the pipeline.' },
  crosswalk: {
    cisAwsV3: [],
    cisAwsV5: [],
    securityHub: ['ECR.2'],
    prowler: ['ecr_repositories_tag_immutability'],
    nistCsf2: ['PR.PS-06', 'ID.RA-09', 'PR.PS-05'],
    awsSmmV2: [
      { phase: 3, category: 'Vulnerability management', recommendation: 'DevSecOps: Security in the Pipeline' },
      { phase: 3, category: 'Infrastructure protection', recommendation: 'Image Generation Pipeline' },
    ],
    iansCsmm2: ['Workload Security', 'Application Security'],
  },
};
