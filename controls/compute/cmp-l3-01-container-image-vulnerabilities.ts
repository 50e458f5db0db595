import { type ControlPage, defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'CMP-L3-01',
  title: 'Container images are scanned and running images are clean',
  pillar: 'compute',
  level: 3,
  severity: 'high',
  rules: [],
});

export const page: ControlPage = {
  slug: 'container-image-vulnerabilities',
  topic: 'Container security',
  scope: 'resource',
  evidence: 'api',
  rule: 'Passes if enhanced or scan-on-push scanning covers the repository and no image digest running in ECS or EKS has a CRITICAL or HIGH finding with a fix older than 15 days. Fails otherwise. Not applicable if there are no repositories and no running containers.',
  why: 'An image does not get patches after its build. Scans find known vulnerabilities in running containers before an attacker uses them.',
  apiFacts: [
    'ecr:GetRegistryScanningConfiguration',
    'ecr:DescribeImageScanFindings',
    'inspector2:ListFindings',
    'inspector2:BatchGetAccountStatus',
    'ecs:ListTasks',
    'ecs:DescribeTasks',
  ],
  parameters: { maxFixableAgeDays: 15 },
  triggers: {
    configTypes: ['AWS::ECR::Repository', 'AWS::ECS::Service'],
    cloudTrail: [
      { source: 'ecr.amazonaws.com', names: ['CreateRepository', 'PutImageScanningConfiguration', 'PutRegistryScanningConfiguration'] },
      { source: 'inspector2.amazonaws.com', names: ['Enable', 'Disable', 'UpdateConfiguration'] },
      { source: 'ecs.amazonaws.com', names: ['UpdateService', 'CreateService'] },
    ],
    native: [
      { source: 'aws.inspector2', detailType: 'Inspector2 Finding' },
      { source: 'aws.ecr', detailType: 'ECR Image Scan' },
    ],
    schedule: 'rate(24 hours)',
  },
  remediation: {
    kind: 'custom',
    note: 'Turn scanning on (ASR EnablePrivateRepositoryScanning is an example). The pipeline must rebuild the images.',
  },
  crosswalk: {
    cisAwsV3: [],
    cisAwsV5: [],
    securityHub: ['ECR.1', 'Inspector.2'],
    prowler: [
      'ecr_repositories_scan_images_on_push_enabled',
      'ecr_registry_scan_images_on_push_enabled',
      'ecr_repositories_scan_vulnerabilities_in_latest_image',
      'inspector2_is_enabled',
    ],
    nistCsf2: ['ID.RA-01', 'PR.PS-02'],
    awsSmmV2: [
      { phase: 2, category: 'Vulnerability management', recommendation: 'Manage infrastructure vulnerabilities' },
      { phase: 2, category: 'Vulnerability management', recommendation: 'Manage application vulnerabilities' },
    ],
    iansCsmm2: ['Workload Security', 'Application Security'],
  },
};
