import type { Remedies } from '../core/remediation/model/remedy.ts';
import { remedies as ebsEncryptionDefault } from './compute/cmp-l1-01-ebs-encryption-default.ts';
import { remedies as noPublicAmi } from './compute/cmp-l1-04-no-public-ami.ts';
import { remedies as imdsv2Required } from './compute/cmp-l2-01-imdsv2-required.ts';
import { remedies as launchTemplateHardened } from './compute/cmp-l2-03-launch-template-hardened.ts';
import { remedies as accessKeyRotation } from './iam/iam-l1-06-access-key-rotation.ts';
import { remedies as unusedCredentialsDisabled } from './iam/iam-l1-07-unused-credentials-disabled.ts';
import { remedies as cloudtrailMultiRegion } from './iam/iam-l2-04-cloudtrail-multi-region.ts';
import { remedies as cloudtrailLogIntegrity } from './iam/iam-l2-05-cloudtrail-log-integrity.ts';
import { remedies as policyDrift } from './iam/iam-l5-01-policy-drift-auto-revert.ts';
import { remedies as securityHubEnabled } from './monitoring/mon-l2-01-security-hub-enabled.ts';
import { remedies as alarmRootUsage } from './monitoring/mon-l2-02-alarm-root-usage.ts';
import { remedies as alarmIamPolicyChanges } from './monitoring/mon-l2-03-alarm-iam-policy-changes.ts';
import { remedies as alarmCloudtrailChanges } from './monitoring/mon-l2-04-alarm-cloudtrail-changes.ts';
import { remedies as alarmConsoleAuthFailures } from './monitoring/mon-l2-05-alarm-console-auth-failures.ts';
import { remedies as alarmCmkDisableDelete } from './monitoring/mon-l2-06-alarm-cmk-disable-delete.ts';
import { remedies as alarmS3PolicyChanges } from './monitoring/mon-l2-07-alarm-s3-policy-changes.ts';
import { remedies as alarmConfigChanges } from './monitoring/mon-l2-08-alarm-config-changes.ts';
import { remedies as alarmSecurityGroupChanges } from './monitoring/mon-l2-09-alarm-security-group-changes.ts';
import { remedies as alarmNaclChanges } from './monitoring/mon-l2-10-alarm-nacl-changes.ts';
import { remedies as alarmGatewayChanges } from './monitoring/mon-l2-11-alarm-gateway-changes.ts';
import { remedies as alarmRouteTableChanges } from './monitoring/mon-l2-12-alarm-route-table-changes.ts';
import { remedies as alarmVpcChanges } from './monitoring/mon-l2-13-alarm-vpc-changes.ts';
import { remedies as noOpenAdminPorts } from './networking/net-l1-01-no-open-admin-ports.ts';
import { remedies as defaultSecurityGroupClosed } from './networking/net-l1-02-default-security-group-closed.ts';
import { remedies as httpsOnlyEndpoints } from './networking/net-l1-03-https-only-endpoints.ts';
import { remedies as tls12Minimum } from './networking/net-l1-04-tls-1-2-minimum.ts';
import { remedies as vpcFlowLogs } from './networking/net-l2-01-vpc-flow-logs.ts';
import { remedies as naclAdminPorts } from './networking/net-l2-02-nacl-admin-ports.ts';
import { remedies as guarddutyAllRegions } from './networking/net-l2-03-guardduty-all-regions.ts';
import { remedies as s3AccountPublicBlock } from './storage/str-l1-01-s3-account-public-block.ts';
import { remedies as s3BucketNotPublic } from './storage/str-l1-02-s3-bucket-not-public.ts';
import { remedies as rdsPrivate } from './storage/str-l1-03-rds-private.ts';
import { remedies as snapshotsNotPublic } from './storage/str-l1-04-snapshots-not-public.ts';
import { remedies as s3Versioning } from './storage/str-l2-01-s3-versioning.ts';
import { remedies as backupCoverage } from './storage/str-l2-02-backup-coverage.ts';
import { remedies as dynamodbPitr } from './storage/str-l2-03-dynamodb-pitr.ts';
import { remedies as s3TlsOnly } from './storage/str-l2-04-s3-tls-only.ts';
import { remedies as dataServicesEncryption } from './storage/str-l2-05-data-services-encryption.ts';

/** How failing resources are put right, by control, in the order of the catalogue. A control that is not here needs a person. */
export const REMEDIES: Remedies = {
  'IAM-L1-06': accessKeyRotation,
  'IAM-L1-07': unusedCredentialsDisabled,
  'IAM-L2-04': cloudtrailMultiRegion,
  'IAM-L2-05': cloudtrailLogIntegrity,
  'IAM-L5-01': policyDrift,
  'NET-L1-01': noOpenAdminPorts,
  'NET-L1-02': defaultSecurityGroupClosed,
  'NET-L1-03': httpsOnlyEndpoints,
  'NET-L1-04': tls12Minimum,
  'NET-L2-01': vpcFlowLogs,
  'NET-L2-02': naclAdminPorts,
  'NET-L2-03': guarddutyAllRegions,
  'STR-L1-01': s3AccountPublicBlock,
  'STR-L1-02': s3BucketNotPublic,
  'STR-L1-03': rdsPrivate,
  'STR-L1-04': snapshotsNotPublic,
  'STR-L2-01': s3Versioning,
  'STR-L2-02': backupCoverage,
  'STR-L2-03': dynamodbPitr,
  'STR-L2-04': s3TlsOnly,
  'STR-L2-05': dataServicesEncryption,
  'CMP-L1-01': ebsEncryptionDefault,
  'CMP-L1-04': noPublicAmi,
  'CMP-L2-01': imdsv2Required,
  'CMP-L2-03': launchTemplateHardened,
  'MON-L2-01': securityHubEnabled,
  'MON-L2-02': alarmRootUsage,
  'MON-L2-03': alarmIamPolicyChanges,
  'MON-L2-04': alarmCloudtrailChanges,
  'MON-L2-05': alarmConsoleAuthFailures,
  'MON-L2-06': alarmCmkDisableDelete,
  'MON-L2-07': alarmS3PolicyChanges,
  'MON-L2-08': alarmConfigChanges,
  'MON-L2-09': alarmSecurityGroupChanges,
  'MON-L2-10': alarmNaclChanges,
  'MON-L2-11': alarmGatewayChanges,
  'MON-L2-12': alarmRouteTableChanges,
  'MON-L2-13': alarmVpcChanges,
};
