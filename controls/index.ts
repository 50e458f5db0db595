// Generated from the files of the controls by `npm run docs`. Do not edit.
import type { ControlDefinition, ControlPage } from '../core/control.ts';
import CMP_L1_01, { page as CMP_L1_01_PAGE } from './compute/cmp-l1-01-ebs-encryption-default.ts';
import CMP_L1_02, { page as CMP_L1_02_PAGE } from './compute/cmp-l1-02-ebs-volumes-encrypted.ts';
import CMP_L1_03, { page as CMP_L1_03_PAGE } from './compute/cmp-l1-03-no-public-ip.ts';
import CMP_L1_04, { page as CMP_L1_04_PAGE } from './compute/cmp-l1-04-no-public-ami.ts';
import CMP_L2_01, { page as CMP_L2_01_PAGE } from './compute/cmp-l2-01-imdsv2-required.ts';
import CMP_L2_02, { page as CMP_L2_02_PAGE } from './compute/cmp-l2-02-asg-launch-templates.ts';
import CMP_L2_03, { page as CMP_L2_03_PAGE } from './compute/cmp-l2-03-launch-template-hardened.ts';
import CMP_L3_01, { page as CMP_L3_01_PAGE } from './compute/cmp-l3-01-container-image-vulnerabilities.ts';
import CMP_L3_02, { page as CMP_L3_02_PAGE } from './compute/cmp-l3-02-container-runtime-hardening.ts';
import CMP_L3_03, { page as CMP_L3_03_PAGE } from './compute/cmp-l3-03-eks-control-plane-hardening.ts';
import CMP_L3_04, { page as CMP_L3_04_PAGE } from './compute/cmp-l3-04-workload-isolation.ts';
import CMP_L3_05, { page as CMP_L3_05_PAGE } from './compute/cmp-l3-05-patch-compliance.ts';
import CMP_L4_01, { page as CMP_L4_01_PAGE } from './compute/cmp-l4-01-hardened-image-pipeline.ts';
import CMP_L4_02, { page as CMP_L4_02_PAGE } from './compute/cmp-l4-02-artifact-provenance.ts';
import CMP_L4_03, { page as CMP_L4_03_PAGE } from './compute/cmp-l4-03-ssm-only-access.ts';
import CMP_L5_01, { page as CMP_L5_01_PAGE } from './compute/cmp-l5-01-self-healing-configuration.ts';
import CMP_L5_02, { page as CMP_L5_02_PAGE } from './compute/cmp-l5-02-self-healing-capacity.ts';
import IAM_L1_01, { page as IAM_L1_01_PAGE } from './iam/iam-l1-01-root-user-mfa.ts';
import IAM_L1_02, { page as IAM_L1_02_PAGE } from './iam/iam-l1-02-root-no-access-keys.ts';
import IAM_L1_03, { page as IAM_L1_03_PAGE } from './iam/iam-l1-03-root-user-unused.ts';
import IAM_L1_04, { page as IAM_L1_04_PAGE } from './iam/iam-l1-04-console-users-mfa.ts';
import IAM_L1_05, { page as IAM_L1_05_PAGE } from './iam/iam-l1-05-workforce-sso.ts';
import IAM_L1_06, { page as IAM_L1_06_PAGE } from './iam/iam-l1-06-access-key-rotation.ts';
import IAM_L1_07, { page as IAM_L1_07_PAGE } from './iam/iam-l1-07-unused-credentials-disabled.ts';
import IAM_L2_01, { page as IAM_L2_01_PAGE } from './iam/iam-l2-01-scp-protects-security-services.ts';
import IAM_L2_02, { page as IAM_L2_02_PAGE } from './iam/iam-l2-02-scp-region-restriction.ts';
import IAM_L2_03, { page as IAM_L2_03_PAGE } from './iam/iam-l2-03-temporary-credentials-only.ts';
import IAM_L2_04, { page as IAM_L2_04_PAGE } from './iam/iam-l2-04-cloudtrail-multi-region.ts';
import IAM_L2_05, { page as IAM_L2_05_PAGE } from './iam/iam-l2-05-cloudtrail-log-integrity.ts';
import IAM_L3_01, { page as IAM_L3_01_PAGE } from './iam/iam-l3-01-rbac-no-adhoc-policies.ts';
import IAM_L3_02, { page as IAM_L3_02_PAGE } from './iam/iam-l3-02-abac-tag-authorization.ts';
import IAM_L3_03, { page as IAM_L3_03_PAGE } from './iam/iam-l3-03-data-perimeter-identities.ts';
import IAM_L3_04, { page as IAM_L3_04_PAGE } from './iam/iam-l3-04-data-perimeter-networks.ts';
import IAM_L3_05, { page as IAM_L3_05_PAGE } from './iam/iam-l3-05-third-party-role-trust.ts';
import IAM_L3_06, { page as IAM_L3_06_PAGE } from './iam/iam-l3-06-service-confused-deputy.ts';
import IAM_L3_07, { page as IAM_L3_07_PAGE } from './iam/iam-l3-07-permission-boundaries.ts';
import IAM_L3_08, { page as IAM_L3_08_PAGE } from './iam/iam-l3-08-least-privilege-review.ts';
import IAM_L4_01, { page as IAM_L4_01_PAGE } from './iam/iam-l4-01-access-analyzer-external.ts';
import IAM_L4_02, { page as IAM_L4_02_PAGE } from './iam/iam-l4-02-access-analyzer-unused.ts';
import IAM_L4_03, { page as IAM_L4_03_PAGE } from './iam/iam-l4-03-jit-access-break-glass.ts';
import IAM_L4_04, { page as IAM_L4_04_PAGE } from './iam/iam-l4-04-iac-policy-gates.ts';
import IAM_L5_01, { page as IAM_L5_01_PAGE } from './iam/iam-l5-01-policy-drift-auto-revert.ts';
import IAM_L5_02, { page as IAM_L5_02_PAGE } from './iam/iam-l5-02-zero-standing-privilege.ts';
import MON_L2_01, { page as MON_L2_01_PAGE } from './monitoring/mon-l2-01-security-hub-enabled.ts';
import MON_L2_02, { page as MON_L2_02_PAGE } from './monitoring/mon-l2-02-alarm-root-usage.ts';
import MON_L2_03, { page as MON_L2_03_PAGE } from './monitoring/mon-l2-03-alarm-iam-policy-changes.ts';
import MON_L2_04, { page as MON_L2_04_PAGE } from './monitoring/mon-l2-04-alarm-cloudtrail-changes.ts';
import MON_L2_05, { page as MON_L2_05_PAGE } from './monitoring/mon-l2-05-alarm-console-auth-failures.ts';
import MON_L2_06, { page as MON_L2_06_PAGE } from './monitoring/mon-l2-06-alarm-cmk-disable-delete.ts';
import MON_L2_07, { page as MON_L2_07_PAGE } from './monitoring/mon-l2-07-alarm-s3-policy-changes.ts';
import MON_L2_08, { page as MON_L2_08_PAGE } from './monitoring/mon-l2-08-alarm-config-changes.ts';
import MON_L2_09, { page as MON_L2_09_PAGE } from './monitoring/mon-l2-09-alarm-security-group-changes.ts';
import MON_L2_10, { page as MON_L2_10_PAGE } from './monitoring/mon-l2-10-alarm-nacl-changes.ts';
import MON_L2_11, { page as MON_L2_11_PAGE } from './monitoring/mon-l2-11-alarm-gateway-changes.ts';
import MON_L2_12, { page as MON_L2_12_PAGE } from './monitoring/mon-l2-12-alarm-route-table-changes.ts';
import MON_L2_13, { page as MON_L2_13_PAGE } from './monitoring/mon-l2-13-alarm-vpc-changes.ts';
import MON_L3_01, { page as MON_L3_01_PAGE } from './monitoring/mon-l3-01-central-log-archive.ts';
import MON_L3_02, { page as MON_L3_02_PAGE } from './monitoring/mon-l3-02-config-recording-and-aggregation.ts';
import MON_L3_03, { page as MON_L3_03_PAGE } from './monitoring/mon-l3-03-alert-routing-and-ownership.ts';
import MON_L3_04, { page as MON_L3_04_PAGE } from './monitoring/mon-l3-04-incident-response-runbooks.ts';
import MON_L4_01, { page as MON_L4_01_PAGE } from './monitoring/mon-l4-01-threat-hunting.ts';
import MON_L4_02, { page as MON_L4_02_PAGE } from './monitoring/mon-l4-02-security-metrics.ts';
import MON_L5_01, { page as MON_L5_01_PAGE } from './monitoring/mon-l5-01-soar-automated-response.ts';
import MON_L5_02, { page as MON_L5_02_PAGE } from './monitoring/mon-l5-02-response-drill-proven.ts';
import NET_L1_01, { page as NET_L1_01_PAGE } from './networking/net-l1-01-no-open-admin-ports.ts';
import NET_L1_02, { page as NET_L1_02_PAGE } from './networking/net-l1-02-default-security-group-closed.ts';
import NET_L1_03, { page as NET_L1_03_PAGE } from './networking/net-l1-03-https-only-endpoints.ts';
import NET_L1_04, { page as NET_L1_04_PAGE } from './networking/net-l1-04-tls-1-2-minimum.ts';
import NET_L2_01, { page as NET_L2_01_PAGE } from './networking/net-l2-01-vpc-flow-logs.ts';
import NET_L2_02, { page as NET_L2_02_PAGE } from './networking/net-l2-02-nacl-admin-ports.ts';
import NET_L2_03, { page as NET_L2_03_PAGE } from './networking/net-l2-03-guardduty-all-regions.ts';
import NET_L2_04, { page as NET_L2_04_PAGE } from './networking/net-l2-04-guardduty-protection-plans.ts';
import NET_L3_01, { page as NET_L3_01_PAGE } from './networking/net-l3-01-tiered-segmentation.ts';
import NET_L3_02, { page as NET_L3_02_PAGE } from './networking/net-l3-02-vpc-endpoints-with-policies.ts';
import NET_L3_03, { page as NET_L3_03_PAGE } from './networking/net-l3-03-egress-filtering.ts';
import NET_L3_04, { page as NET_L3_04_PAGE } from './networking/net-l3-04-ddos-and-edge-protection.ts';
import NET_L4_01, { page as NET_L4_01_PAGE } from './networking/net-l4-01-dns-firewall-and-query-logs.ts';
import NET_L4_02, { page as NET_L4_02_PAGE } from './networking/net-l4-02-dns-integrity.ts';
import NET_L4_03, { page as NET_L4_03_PAGE } from './networking/net-l4-03-network-drift-detection.ts';
import NET_L5_01, { page as NET_L5_01_PAGE } from './networking/net-l5-01-anomaly-auto-isolation.ts';
import STR_L1_01, { page as STR_L1_01_PAGE } from './storage/str-l1-01-s3-account-public-block.ts';
import STR_L1_02, { page as STR_L1_02_PAGE } from './storage/str-l1-02-s3-bucket-not-public.ts';
import STR_L1_03, { page as STR_L1_03_PAGE } from './storage/str-l1-03-rds-private.ts';
import STR_L1_04, { page as STR_L1_04_PAGE } from './storage/str-l1-04-snapshots-not-public.ts';
import STR_L1_05, { page as STR_L1_05_PAGE } from './storage/str-l1-05-database-encryption.ts';
import STR_L1_06, { page as STR_L1_06_PAGE } from './storage/str-l1-06-file-and-object-encryption.ts';
import STR_L2_01, { page as STR_L2_01_PAGE } from './storage/str-l2-01-s3-versioning.ts';
import STR_L2_02, { page as STR_L2_02_PAGE } from './storage/str-l2-02-backup-coverage.ts';
import STR_L2_03, { page as STR_L2_03_PAGE } from './storage/str-l2-03-dynamodb-pitr.ts';
import STR_L2_04, { page as STR_L2_04_PAGE } from './storage/str-l2-04-s3-tls-only.ts';
import STR_L2_05, { page as STR_L2_05_PAGE } from './storage/str-l2-05-data-services-encryption.ts';
import STR_L3_01, { page as STR_L3_01_PAGE } from './storage/str-l3-01-data-classification-tags.ts';
import STR_L3_02, { page as STR_L3_02_PAGE } from './storage/str-l3-02-sensitive-data-discovery.ts';
import STR_L3_03, { page as STR_L3_03_PAGE } from './storage/str-l3-03-customer-managed-keys.ts';
import STR_L3_04, { page as STR_L3_04_PAGE } from './storage/str-l3-04-kms-key-rotation.ts';
import STR_L3_05, { page as STR_L3_05_PAGE } from './storage/str-l3-05-kms-separation-of-duties.ts';
import STR_L3_06, { page as STR_L3_06_PAGE } from './storage/str-l3-06-secrets-in-a-manager.ts';
import STR_L4_01, { page as STR_L4_01_PAGE } from './storage/str-l4-01-backup-architecture.ts';
import STR_L4_02, { page as STR_L4_02_PAGE } from './storage/str-l4-02-object-lock-for-records.ts';
import STR_L4_03, { page as STR_L4_03_PAGE } from './storage/str-l4-03-restore-tested.ts';
import STR_L5_01, { page as STR_L5_01_PAGE } from './storage/str-l5-01-automated-secret-rotation.ts';

/** All controls of the model, in the order of their IDs: pillar, level, number. */
export const CONTROLS: readonly ControlDefinition[] = [
  IAM_L1_01,
  IAM_L1_02,
  IAM_L1_03,
  IAM_L1_04,
  IAM_L1_05,
  IAM_L1_06,
  IAM_L1_07,
  IAM_L2_01,
  IAM_L2_02,
  IAM_L2_03,
  IAM_L2_04,
  IAM_L2_05,
  IAM_L3_01,
  IAM_L3_02,
  IAM_L3_03,
  IAM_L3_04,
  IAM_L3_05,
  IAM_L3_06,
  IAM_L3_07,
  IAM_L3_08,
  IAM_L4_01,
  IAM_L4_02,
  IAM_L4_03,
  IAM_L4_04,
  IAM_L5_01,
  IAM_L5_02,
  NET_L1_01,
  NET_L1_02,
  NET_L1_03,
  NET_L1_04,
  NET_L2_01,
  NET_L2_02,
  NET_L2_03,
  NET_L2_04,
  NET_L3_01,
  NET_L3_02,
  NET_L3_03,
  NET_L3_04,
  NET_L4_01,
  NET_L4_02,
  NET_L4_03,
  NET_L5_01,
  STR_L1_01,
  STR_L1_02,
  STR_L1_03,
  STR_L1_04,
  STR_L1_05,
  STR_L1_06,
  STR_L2_01,
  STR_L2_02,
  STR_L2_03,
  STR_L2_04,
  STR_L2_05,
  STR_L3_01,
  STR_L3_02,
  STR_L3_03,
  STR_L3_04,
  STR_L3_05,
  STR_L3_06,
  STR_L4_01,
  STR_L4_02,
  STR_L4_03,
  STR_L5_01,
  CMP_L1_01,
  CMP_L1_02,
  CMP_L1_03,
  CMP_L1_04,
  CMP_L2_01,
  CMP_L2_02,
  CMP_L2_03,
  CMP_L3_01,
  CMP_L3_02,
  CMP_L3_03,
  CMP_L3_04,
  CMP_L3_05,
  CMP_L4_01,
  CMP_L4_02,
  CMP_L4_03,
  CMP_L5_01,
  CMP_L5_02,
  MON_L2_01,
  MON_L2_02,
  MON_L2_03,
  MON_L2_04,
  MON_L2_05,
  MON_L2_06,
  MON_L2_07,
  MON_L2_08,
  MON_L2_09,
  MON_L2_10,
  MON_L2_11,
  MON_L2_12,
  MON_L2_13,
  MON_L3_01,
  MON_L3_02,
  MON_L3_03,
  MON_L3_04,
  MON_L4_01,
  MON_L4_02,
  MON_L5_01,
  MON_L5_02,
];

/** Documentation of each control, by ID. Separate from the controls, so that no Lambda bundle contains it. */
export const PAGES: Readonly<Record<string, ControlPage>> = {
  'IAM-L1-01': IAM_L1_01_PAGE,
  'IAM-L1-02': IAM_L1_02_PAGE,
  'IAM-L1-03': IAM_L1_03_PAGE,
  'IAM-L1-04': IAM_L1_04_PAGE,
  'IAM-L1-05': IAM_L1_05_PAGE,
  'IAM-L1-06': IAM_L1_06_PAGE,
  'IAM-L1-07': IAM_L1_07_PAGE,
  'IAM-L2-01': IAM_L2_01_PAGE,
  'IAM-L2-02': IAM_L2_02_PAGE,
  'IAM-L2-03': IAM_L2_03_PAGE,
  'IAM-L2-04': IAM_L2_04_PAGE,
  'IAM-L2-05': IAM_L2_05_PAGE,
  'IAM-L3-01': IAM_L3_01_PAGE,
  'IAM-L3-02': IAM_L3_02_PAGE,
  'IAM-L3-03': IAM_L3_03_PAGE,
  'IAM-L3-04': IAM_L3_04_PAGE,
  'IAM-L3-05': IAM_L3_05_PAGE,
  'IAM-L3-06': IAM_L3_06_PAGE,
  'IAM-L3-07': IAM_L3_07_PAGE,
  'IAM-L3-08': IAM_L3_08_PAGE,
  'IAM-L4-01': IAM_L4_01_PAGE,
  'IAM-L4-02': IAM_L4_02_PAGE,
  'IAM-L4-03': IAM_L4_03_PAGE,
  'IAM-L4-04': IAM_L4_04_PAGE,
  'IAM-L5-01': IAM_L5_01_PAGE,
  'IAM-L5-02': IAM_L5_02_PAGE,
  'NET-L1-01': NET_L1_01_PAGE,
  'NET-L1-02': NET_L1_02_PAGE,
  'NET-L1-03': NET_L1_03_PAGE,
  'NET-L1-04': NET_L1_04_PAGE,
  'NET-L2-01': NET_L2_01_PAGE,
  'NET-L2-02': NET_L2_02_PAGE,
  'NET-L2-03': NET_L2_03_PAGE,
  'NET-L2-04': NET_L2_04_PAGE,
  'NET-L3-01': NET_L3_01_PAGE,
  'NET-L3-02': NET_L3_02_PAGE,
  'NET-L3-03': NET_L3_03_PAGE,
  'NET-L3-04': NET_L3_04_PAGE,
  'NET-L4-01': NET_L4_01_PAGE,
  'NET-L4-02': NET_L4_02_PAGE,
  'NET-L4-03': NET_L4_03_PAGE,
  'NET-L5-01': NET_L5_01_PAGE,
  'STR-L1-01': STR_L1_01_PAGE,
  'STR-L1-02': STR_L1_02_PAGE,
  'STR-L1-03': STR_L1_03_PAGE,
  'STR-L1-04': STR_L1_04_PAGE,
  'STR-L1-05': STR_L1_05_PAGE,
  'STR-L1-06': STR_L1_06_PAGE,
  'STR-L2-01': STR_L2_01_PAGE,
  'STR-L2-02': STR_L2_02_PAGE,
  'STR-L2-03': STR_L2_03_PAGE,
  'STR-L2-04': STR_L2_04_PAGE,
  'STR-L2-05': STR_L2_05_PAGE,
  'STR-L3-01': STR_L3_01_PAGE,
  'STR-L3-02': STR_L3_02_PAGE,
  'STR-L3-03': STR_L3_03_PAGE,
  'STR-L3-04': STR_L3_04_PAGE,
  'STR-L3-05': STR_L3_05_PAGE,
  'STR-L3-06': STR_L3_06_PAGE,
  'STR-L4-01': STR_L4_01_PAGE,
  'STR-L4-02': STR_L4_02_PAGE,
  'STR-L4-03': STR_L4_03_PAGE,
  'STR-L5-01': STR_L5_01_PAGE,
  'CMP-L1-01': CMP_L1_01_PAGE,
  'CMP-L1-02': CMP_L1_02_PAGE,
  'CMP-L1-03': CMP_L1_03_PAGE,
  'CMP-L1-04': CMP_L1_04_PAGE,
  'CMP-L2-01': CMP_L2_01_PAGE,
  'CMP-L2-02': CMP_L2_02_PAGE,
  'CMP-L2-03': CMP_L2_03_PAGE,
  'CMP-L3-01': CMP_L3_01_PAGE,
  'CMP-L3-02': CMP_L3_02_PAGE,
  'CMP-L3-03': CMP_L3_03_PAGE,
  'CMP-L3-04': CMP_L3_04_PAGE,
  'CMP-L3-05': CMP_L3_05_PAGE,
  'CMP-L4-01': CMP_L4_01_PAGE,
  'CMP-L4-02': CMP_L4_02_PAGE,
  'CMP-L4-03': CMP_L4_03_PAGE,
  'CMP-L5-01': CMP_L5_01_PAGE,
  'CMP-L5-02': CMP_L5_02_PAGE,
  'MON-L2-01': MON_L2_01_PAGE,
  'MON-L2-02': MON_L2_02_PAGE,
  'MON-L2-03': MON_L2_03_PAGE,
  'MON-L2-04': MON_L2_04_PAGE,
  'MON-L2-05': MON_L2_05_PAGE,
  'MON-L2-06': MON_L2_06_PAGE,
  'MON-L2-07': MON_L2_07_PAGE,
  'MON-L2-08': MON_L2_08_PAGE,
  'MON-L2-09': MON_L2_09_PAGE,
  'MON-L2-10': MON_L2_10_PAGE,
  'MON-L2-11': MON_L2_11_PAGE,
  'MON-L2-12': MON_L2_12_PAGE,
  'MON-L2-13': MON_L2_13_PAGE,
  'MON-L3-01': MON_L3_01_PAGE,
  'MON-L3-02': MON_L3_02_PAGE,
  'MON-L3-03': MON_L3_03_PAGE,
  'MON-L3-04': MON_L3_04_PAGE,
  'MON-L4-01': MON_L4_01_PAGE,
  'MON-L4-02': MON_L4_02_PAGE,
  'MON-L5-01': MON_L5_01_PAGE,
  'MON-L5-02': MON_L5_02_PAGE,
};
