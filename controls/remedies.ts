// Generated from the files of the controls by `npm run docs`. Do not edit.
import type { Remedies } from '../core/remediation/model/remedy.ts';
import { remedies as CMP_L1_01 } from './compute/cmp-l1-01-ebs-encryption-default.ts';
import { remedies as CMP_L1_04 } from './compute/cmp-l1-04-no-public-ami.ts';
import { remedies as CMP_L2_01 } from './compute/cmp-l2-01-imdsv2-required.ts';
import { remedies as CMP_L2_03 } from './compute/cmp-l2-03-launch-template-hardened.ts';
import { remedies as IAM_L1_06 } from './iam/iam-l1-06-access-key-rotation.ts';
import { remedies as IAM_L1_07 } from './iam/iam-l1-07-unused-credentials-disabled.ts';
import { remedies as IAM_L2_04 } from './iam/iam-l2-04-cloudtrail-multi-region.ts';
import { remedies as IAM_L2_05 } from './iam/iam-l2-05-cloudtrail-log-integrity.ts';
import { remedies as IAM_L5_01 } from './iam/iam-l5-01-policy-drift-auto-revert.ts';
import { remedies as MON_L2_01 } from './monitoring/mon-l2-01-security-hub-enabled.ts';
import { remedies as MON_L2_02 } from './monitoring/mon-l2-02-alarm-root-usage.ts';
import { remedies as MON_L2_03 } from './monitoring/mon-l2-03-alarm-iam-policy-changes.ts';
import { remedies as MON_L2_04 } from './monitoring/mon-l2-04-alarm-cloudtrail-changes.ts';
import { remedies as MON_L2_05 } from './monitoring/mon-l2-05-alarm-console-auth-failures.ts';
import { remedies as MON_L2_06 } from './monitoring/mon-l2-06-alarm-cmk-disable-delete.ts';
import { remedies as MON_L2_07 } from './monitoring/mon-l2-07-alarm-s3-policy-changes.ts';
import { remedies as MON_L2_08 } from './monitoring/mon-l2-08-alarm-config-changes.ts';
import { remedies as MON_L2_09 } from './monitoring/mon-l2-09-alarm-security-group-changes.ts';
import { remedies as MON_L2_10 } from './monitoring/mon-l2-10-alarm-nacl-changes.ts';
import { remedies as MON_L2_11 } from './monitoring/mon-l2-11-alarm-gateway-changes.ts';
import { remedies as MON_L2_12 } from './monitoring/mon-l2-12-alarm-route-table-changes.ts';
import { remedies as MON_L2_13 } from './monitoring/mon-l2-13-alarm-vpc-changes.ts';
import { remedies as NET_L1_01 } from './networking/net-l1-01-no-open-admin-ports.ts';
import { remedies as NET_L1_02 } from './networking/net-l1-02-default-security-group-closed.ts';
import { remedies as NET_L1_03 } from './networking/net-l1-03-https-only-endpoints.ts';
import { remedies as NET_L1_04 } from './networking/net-l1-04-tls-1-2-minimum.ts';
import { remedies as NET_L2_01 } from './networking/net-l2-01-vpc-flow-logs.ts';
import { remedies as NET_L2_02 } from './networking/net-l2-02-nacl-admin-ports.ts';
import { remedies as NET_L2_03 } from './networking/net-l2-03-guardduty-all-regions.ts';
import { remedies as STR_L1_01 } from './storage/str-l1-01-s3-account-public-block.ts';
import { remedies as STR_L1_02 } from './storage/str-l1-02-s3-bucket-not-public.ts';
import { remedies as STR_L1_03 } from './storage/str-l1-03-rds-private.ts';
import { remedies as STR_L1_04 } from './storage/str-l1-04-snapshots-not-public.ts';
import { remedies as STR_L2_01 } from './storage/str-l2-01-s3-versioning.ts';
import { remedies as STR_L2_02 } from './storage/str-l2-02-backup-coverage.ts';
import { remedies as STR_L2_03 } from './storage/str-l2-03-dynamodb-pitr.ts';
import { remedies as STR_L2_04 } from './storage/str-l2-04-s3-tls-only.ts';
import { remedies as STR_L2_05 } from './storage/str-l2-05-data-services-encryption.ts';

/** Remedies by control, in the order of the catalogue. csmm has no runbook for other controls. */
export const REMEDIES: Remedies = {
  'IAM-L1-06': IAM_L1_06,
  'IAM-L1-07': IAM_L1_07,
  'IAM-L2-04': IAM_L2_04,
  'IAM-L2-05': IAM_L2_05,
  'IAM-L5-01': IAM_L5_01,
  'NET-L1-01': NET_L1_01,
  'NET-L1-02': NET_L1_02,
  'NET-L1-03': NET_L1_03,
  'NET-L1-04': NET_L1_04,
  'NET-L2-01': NET_L2_01,
  'NET-L2-02': NET_L2_02,
  'NET-L2-03': NET_L2_03,
  'STR-L1-01': STR_L1_01,
  'STR-L1-02': STR_L1_02,
  'STR-L1-03': STR_L1_03,
  'STR-L1-04': STR_L1_04,
  'STR-L2-01': STR_L2_01,
  'STR-L2-02': STR_L2_02,
  'STR-L2-03': STR_L2_03,
  'STR-L2-04': STR_L2_04,
  'STR-L2-05': STR_L2_05,
  'CMP-L1-01': CMP_L1_01,
  'CMP-L1-04': CMP_L1_04,
  'CMP-L2-01': CMP_L2_01,
  'CMP-L2-03': CMP_L2_03,
  'MON-L2-01': MON_L2_01,
  'MON-L2-02': MON_L2_02,
  'MON-L2-03': MON_L2_03,
  'MON-L2-04': MON_L2_04,
  'MON-L2-05': MON_L2_05,
  'MON-L2-06': MON_L2_06,
  'MON-L2-07': MON_L2_07,
  'MON-L2-08': MON_L2_08,
  'MON-L2-09': MON_L2_09,
  'MON-L2-10': MON_L2_10,
  'MON-L2-11': MON_L2_11,
  'MON-L2-12': MON_L2_12,
  'MON-L2-13': MON_L2_13,
};
