import { type ControlPage, defineControl } from '../../core/control.ts';

export default defineControl({
  id: 'CMP-L3-03',
  title: 'EKS control planes are private, supported, encrypted and logged',
  pillar: 'compute',
  level: 3,
  severity: 'high',
  rules: [],
});

export const page: ControlPage = {
  slug: 'eks-control-plane-hardening',
  topic: 'Container security',
  scope: 'resource',
  evidence: 'config',
  rule: 'Passes if the cluster endpoint is private or its public access CIDRs exclude 0.0.0.0/0, its version is in standard support, secrets envelope encryption is configured and api, audit and authenticator logs are on. Fails otherwise. Not applicable if there are no clusters.',
  why: 'The control plane can change every workload of the cluster and read its secrets. A public or outdated endpoint gives attackers a way in, and without logs the attack leaves no trace.',
  apiFacts: ['eks:DescribeCluster', 'eks:DescribeClusterVersions'],
  triggers: {
    configTypes: ['AWS::EKS::Cluster'],
    cloudTrail: [
      { source: 'eks.amazonaws.com', names: ['CreateCluster', 'UpdateClusterConfig', 'UpdateClusterVersion', 'AssociateEncryptionConfig'] },
    ],
    schedule: 'rate(24 hours)',
  },
  remediation: { kind: 'custom' },
  crosswalk: {
    cisAwsV3: [],
    cisAwsV5: [],
    securityHub: ['EKS.1', 'EKS.2', 'EKS.3', 'EKS.8'],
    prowler: [
      'eks_cluster_not_publicly_accessible',
      'eks_cluster_uses_a_supported_version',
      'eks_cluster_kms_cmk_encryption_in_secrets_enabled',
      'eks_control_plane_logging_all_types_enabled',
    ],
    nistCsf2: ['PR.PS-01', 'PR.PS-02', 'PR.IR-01'],
    awsSmmV2: [
      { phase: 3, category: 'Security governance', recommendation: 'Design your secure architecture' },
      { phase: 2, category: 'Vulnerability management', recommendation: 'Manage infrastructure vulnerabilities' },
    ],
    iansCsmm2: ['Workload Security'],
  },
};
