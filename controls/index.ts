import type { ControlDefinition, ControlPage } from '../core/control.ts';
import ebsEncryptionDefault, { page as ebsEncryptionDefaultPage } from './compute/cmp-l1-01-ebs-encryption-default.ts';
import ebsVolumesEncrypted, { page as ebsVolumesEncryptedPage } from './compute/cmp-l1-02-ebs-volumes-encrypted.ts';
import noPublicIp, { page as noPublicIpPage } from './compute/cmp-l1-03-no-public-ip.ts';
import noPublicAmi, { page as noPublicAmiPage } from './compute/cmp-l1-04-no-public-ami.ts';
import imdsv2Required, { page as imdsv2RequiredPage } from './compute/cmp-l2-01-imdsv2-required.ts';
import asgLaunchTemplates, { page as asgLaunchTemplatesPage } from './compute/cmp-l2-02-asg-launch-templates.ts';
import launchTemplateHardened, { page as launchTemplateHardenedPage } from './compute/cmp-l2-03-launch-template-hardened.ts';
import containerImageVulnerabilities, {
  page as containerImageVulnerabilitiesPage,
} from './compute/cmp-l3-01-container-image-vulnerabilities.ts';
import containerRuntimeHardening, { page as containerRuntimeHardeningPage } from './compute/cmp-l3-02-container-runtime-hardening.ts';
import eksControlPlaneHardening, { page as eksControlPlaneHardeningPage } from './compute/cmp-l3-03-eks-control-plane-hardening.ts';
import workloadIsolation, { page as workloadIsolationPage } from './compute/cmp-l3-04-workload-isolation.ts';
import patchCompliance, { page as patchCompliancePage } from './compute/cmp-l3-05-patch-compliance.ts';
import hardenedImagePipeline, { page as hardenedImagePipelinePage } from './compute/cmp-l4-01-hardened-image-pipeline.ts';
import artifactProvenance, { page as artifactProvenancePage } from './compute/cmp-l4-02-artifact-provenance.ts';
import ssmOnlyAccess, { page as ssmOnlyAccessPage } from './compute/cmp-l4-03-ssm-only-access.ts';
import selfHealingConfiguration, { page as selfHealingConfigurationPage } from './compute/cmp-l5-01-self-healing-configuration.ts';
import selfHealingCapacity, { page as selfHealingCapacityPage } from './compute/cmp-l5-02-self-healing-capacity.ts';
import rootUserMfa, { page as rootUserMfaPage } from './iam/iam-l1-01-root-user-mfa.ts';
import rootNoAccessKeys, { page as rootNoAccessKeysPage } from './iam/iam-l1-02-root-no-access-keys.ts';
import rootUserUnused, { page as rootUserUnusedPage } from './iam/iam-l1-03-root-user-unused.ts';
import consoleUsersMfa, { page as consoleUsersMfaPage } from './iam/iam-l1-04-console-users-mfa.ts';
import workforceSso, { page as workforceSsoPage } from './iam/iam-l1-05-workforce-sso.ts';
import accessKeyRotation, { page as accessKeyRotationPage } from './iam/iam-l1-06-access-key-rotation.ts';
import unusedCredentialsDisabled, { page as unusedCredentialsDisabledPage } from './iam/iam-l1-07-unused-credentials-disabled.ts';
import scpProtectsSecurityServices, { page as scpProtectsSecurityServicesPage } from './iam/iam-l2-01-scp-protects-security-services.ts';
import scpRegionRestriction, { page as scpRegionRestrictionPage } from './iam/iam-l2-02-scp-region-restriction.ts';
import temporaryCredentialsOnly, { page as temporaryCredentialsOnlyPage } from './iam/iam-l2-03-temporary-credentials-only.ts';
import cloudtrailMultiRegion, { page as cloudtrailMultiRegionPage } from './iam/iam-l2-04-cloudtrail-multi-region.ts';
import cloudtrailLogIntegrity, { page as cloudtrailLogIntegrityPage } from './iam/iam-l2-05-cloudtrail-log-integrity.ts';
import rbacNoAdhocPolicies, { page as rbacNoAdhocPoliciesPage } from './iam/iam-l3-01-rbac-no-adhoc-policies.ts';
import abacTagAuthorization, { page as abacTagAuthorizationPage } from './iam/iam-l3-02-abac-tag-authorization.ts';
import dataPerimeterIdentities, { page as dataPerimeterIdentitiesPage } from './iam/iam-l3-03-data-perimeter-identities.ts';
import dataPerimeterNetworks, { page as dataPerimeterNetworksPage } from './iam/iam-l3-04-data-perimeter-networks.ts';
import thirdPartyRoleTrust, { page as thirdPartyRoleTrustPage } from './iam/iam-l3-05-third-party-role-trust.ts';
import serviceConfusedDeputy, { page as serviceConfusedDeputyPage } from './iam/iam-l3-06-service-confused-deputy.ts';
import permissionBoundaries, { page as permissionBoundariesPage } from './iam/iam-l3-07-permission-boundaries.ts';
import leastPrivilegeReview, { page as leastPrivilegeReviewPage } from './iam/iam-l3-08-least-privilege-review.ts';
import accessAnalyzerExternal, { page as accessAnalyzerExternalPage } from './iam/iam-l4-01-access-analyzer-external.ts';
import accessAnalyzerUnused, { page as accessAnalyzerUnusedPage } from './iam/iam-l4-02-access-analyzer-unused.ts';
import jitAccessBreakGlass, { page as jitAccessBreakGlassPage } from './iam/iam-l4-03-jit-access-break-glass.ts';
import iacPolicyGates, { page as iacPolicyGatesPage } from './iam/iam-l4-04-iac-policy-gates.ts';
import policyDriftAutoRevert, { page as policyDriftAutoRevertPage } from './iam/iam-l5-01-policy-drift-auto-revert.ts';
import zeroStandingPrivilege, { page as zeroStandingPrivilegePage } from './iam/iam-l5-02-zero-standing-privilege.ts';
import securityHubEnabled, { page as securityHubEnabledPage } from './monitoring/mon-l2-01-security-hub-enabled.ts';
import alarmRootUsage, { page as alarmRootUsagePage } from './monitoring/mon-l2-02-alarm-root-usage.ts';
import alarmIamPolicyChanges, { page as alarmIamPolicyChangesPage } from './monitoring/mon-l2-03-alarm-iam-policy-changes.ts';
import alarmCloudtrailChanges, { page as alarmCloudtrailChangesPage } from './monitoring/mon-l2-04-alarm-cloudtrail-changes.ts';
import alarmConsoleAuthFailures, { page as alarmConsoleAuthFailuresPage } from './monitoring/mon-l2-05-alarm-console-auth-failures.ts';
import alarmCmkDisableDelete, { page as alarmCmkDisableDeletePage } from './monitoring/mon-l2-06-alarm-cmk-disable-delete.ts';
import alarmS3PolicyChanges, { page as alarmS3PolicyChangesPage } from './monitoring/mon-l2-07-alarm-s3-policy-changes.ts';
import alarmConfigChanges, { page as alarmConfigChangesPage } from './monitoring/mon-l2-08-alarm-config-changes.ts';
import alarmSecurityGroupChanges, { page as alarmSecurityGroupChangesPage } from './monitoring/mon-l2-09-alarm-security-group-changes.ts';
import alarmNaclChanges, { page as alarmNaclChangesPage } from './monitoring/mon-l2-10-alarm-nacl-changes.ts';
import alarmGatewayChanges, { page as alarmGatewayChangesPage } from './monitoring/mon-l2-11-alarm-gateway-changes.ts';
import alarmRouteTableChanges, { page as alarmRouteTableChangesPage } from './monitoring/mon-l2-12-alarm-route-table-changes.ts';
import alarmVpcChanges, { page as alarmVpcChangesPage } from './monitoring/mon-l2-13-alarm-vpc-changes.ts';
import centralLogArchive, { page as centralLogArchivePage } from './monitoring/mon-l3-01-central-log-archive.ts';
import configRecordingAndAggregation, {
  page as configRecordingAndAggregationPage,
} from './monitoring/mon-l3-02-config-recording-and-aggregation.ts';
import alertRoutingAndOwnership, { page as alertRoutingAndOwnershipPage } from './monitoring/mon-l3-03-alert-routing-and-ownership.ts';
import incidentResponseRunbooks, { page as incidentResponseRunbooksPage } from './monitoring/mon-l3-04-incident-response-runbooks.ts';
import threatHunting, { page as threatHuntingPage } from './monitoring/mon-l4-01-threat-hunting.ts';
import securityMetrics, { page as securityMetricsPage } from './monitoring/mon-l4-02-security-metrics.ts';
import soarAutomatedResponse, { page as soarAutomatedResponsePage } from './monitoring/mon-l5-01-soar-automated-response.ts';
import responseDrillProven, { page as responseDrillProvenPage } from './monitoring/mon-l5-02-response-drill-proven.ts';
import noOpenAdminPorts, { page as noOpenAdminPortsPage } from './networking/net-l1-01-no-open-admin-ports.ts';
import defaultSecurityGroupClosed, {
  page as defaultSecurityGroupClosedPage,
} from './networking/net-l1-02-default-security-group-closed.ts';
import httpsOnlyEndpoints, { page as httpsOnlyEndpointsPage } from './networking/net-l1-03-https-only-endpoints.ts';
import tls12Minimum, { page as tls12MinimumPage } from './networking/net-l1-04-tls-1-2-minimum.ts';
import vpcFlowLogs, { page as vpcFlowLogsPage } from './networking/net-l2-01-vpc-flow-logs.ts';
import naclAdminPorts, { page as naclAdminPortsPage } from './networking/net-l2-02-nacl-admin-ports.ts';
import guarddutyAllRegions, { page as guarddutyAllRegionsPage } from './networking/net-l2-03-guardduty-all-regions.ts';
import guarddutyProtectionPlans, { page as guarddutyProtectionPlansPage } from './networking/net-l2-04-guardduty-protection-plans.ts';
import tieredSegmentation, { page as tieredSegmentationPage } from './networking/net-l3-01-tiered-segmentation.ts';
import vpcEndpointsWithPolicies, { page as vpcEndpointsWithPoliciesPage } from './networking/net-l3-02-vpc-endpoints-with-policies.ts';
import egressFiltering, { page as egressFilteringPage } from './networking/net-l3-03-egress-filtering.ts';
import ddosAndEdgeProtection, { page as ddosAndEdgeProtectionPage } from './networking/net-l3-04-ddos-and-edge-protection.ts';
import dnsFirewallAndQueryLogs, { page as dnsFirewallAndQueryLogsPage } from './networking/net-l4-01-dns-firewall-and-query-logs.ts';
import dnsIntegrity, { page as dnsIntegrityPage } from './networking/net-l4-02-dns-integrity.ts';
import networkDriftDetection, { page as networkDriftDetectionPage } from './networking/net-l4-03-network-drift-detection.ts';
import anomalyAutoIsolation, { page as anomalyAutoIsolationPage } from './networking/net-l5-01-anomaly-auto-isolation.ts';
import s3AccountPublicBlock, { page as s3AccountPublicBlockPage } from './storage/str-l1-01-s3-account-public-block.ts';
import s3BucketNotPublic, { page as s3BucketNotPublicPage } from './storage/str-l1-02-s3-bucket-not-public.ts';
import rdsPrivate, { page as rdsPrivatePage } from './storage/str-l1-03-rds-private.ts';
import snapshotsNotPublic, { page as snapshotsNotPublicPage } from './storage/str-l1-04-snapshots-not-public.ts';
import databaseEncryption, { page as databaseEncryptionPage } from './storage/str-l1-05-database-encryption.ts';
import fileAndObjectEncryption, { page as fileAndObjectEncryptionPage } from './storage/str-l1-06-file-and-object-encryption.ts';
import s3Versioning, { page as s3VersioningPage } from './storage/str-l2-01-s3-versioning.ts';
import backupCoverage, { page as backupCoveragePage } from './storage/str-l2-02-backup-coverage.ts';
import dynamodbPitr, { page as dynamodbPitrPage } from './storage/str-l2-03-dynamodb-pitr.ts';
import s3TlsOnly, { page as s3TlsOnlyPage } from './storage/str-l2-04-s3-tls-only.ts';
import dataServicesEncryption, { page as dataServicesEncryptionPage } from './storage/str-l2-05-data-services-encryption.ts';
import dataClassificationTags, { page as dataClassificationTagsPage } from './storage/str-l3-01-data-classification-tags.ts';
import sensitiveDataDiscovery, { page as sensitiveDataDiscoveryPage } from './storage/str-l3-02-sensitive-data-discovery.ts';
import customerManagedKeys, { page as customerManagedKeysPage } from './storage/str-l3-03-customer-managed-keys.ts';
import kmsKeyRotation, { page as kmsKeyRotationPage } from './storage/str-l3-04-kms-key-rotation.ts';
import kmsSeparationOfDuties, { page as kmsSeparationOfDutiesPage } from './storage/str-l3-05-kms-separation-of-duties.ts';
import secretsInAManager, { page as secretsInAManagerPage } from './storage/str-l3-06-secrets-in-a-manager.ts';
import backupArchitecture, { page as backupArchitecturePage } from './storage/str-l4-01-backup-architecture.ts';
import objectLockForRecords, { page as objectLockForRecordsPage } from './storage/str-l4-02-object-lock-for-records.ts';
import restoreTested, { page as restoreTestedPage } from './storage/str-l4-03-restore-tested.ts';
import automatedSecretRotation, { page as automatedSecretRotationPage } from './storage/str-l5-01-automated-secret-rotation.ts';

/** Every control of the model, in the order of its id: pillar, level, number. A new control is added here. */
export const CONTROLS: readonly ControlDefinition[] = [
  rootUserMfa,
  rootNoAccessKeys,
  rootUserUnused,
  consoleUsersMfa,
  workforceSso,
  accessKeyRotation,
  unusedCredentialsDisabled,
  scpProtectsSecurityServices,
  scpRegionRestriction,
  temporaryCredentialsOnly,
  cloudtrailMultiRegion,
  cloudtrailLogIntegrity,
  rbacNoAdhocPolicies,
  abacTagAuthorization,
  dataPerimeterIdentities,
  dataPerimeterNetworks,
  thirdPartyRoleTrust,
  serviceConfusedDeputy,
  permissionBoundaries,
  leastPrivilegeReview,
  accessAnalyzerExternal,
  accessAnalyzerUnused,
  jitAccessBreakGlass,
  iacPolicyGates,
  policyDriftAutoRevert,
  zeroStandingPrivilege,
  noOpenAdminPorts,
  defaultSecurityGroupClosed,
  httpsOnlyEndpoints,
  tls12Minimum,
  vpcFlowLogs,
  naclAdminPorts,
  guarddutyAllRegions,
  guarddutyProtectionPlans,
  tieredSegmentation,
  vpcEndpointsWithPolicies,
  egressFiltering,
  ddosAndEdgeProtection,
  dnsFirewallAndQueryLogs,
  dnsIntegrity,
  networkDriftDetection,
  anomalyAutoIsolation,
  s3AccountPublicBlock,
  s3BucketNotPublic,
  rdsPrivate,
  snapshotsNotPublic,
  databaseEncryption,
  fileAndObjectEncryption,
  s3Versioning,
  backupCoverage,
  dynamodbPitr,
  s3TlsOnly,
  dataServicesEncryption,
  dataClassificationTags,
  sensitiveDataDiscovery,
  customerManagedKeys,
  kmsKeyRotation,
  kmsSeparationOfDuties,
  secretsInAManager,
  backupArchitecture,
  objectLockForRecords,
  restoreTested,
  automatedSecretRotation,
  ebsEncryptionDefault,
  ebsVolumesEncrypted,
  noPublicIp,
  noPublicAmi,
  imdsv2Required,
  asgLaunchTemplates,
  launchTemplateHardened,
  containerImageVulnerabilities,
  containerRuntimeHardening,
  eksControlPlaneHardening,
  workloadIsolation,
  patchCompliance,
  hardenedImagePipeline,
  artifactProvenance,
  ssmOnlyAccess,
  selfHealingConfiguration,
  selfHealingCapacity,
  securityHubEnabled,
  alarmRootUsage,
  alarmIamPolicyChanges,
  alarmCloudtrailChanges,
  alarmConsoleAuthFailures,
  alarmCmkDisableDelete,
  alarmS3PolicyChanges,
  alarmConfigChanges,
  alarmSecurityGroupChanges,
  alarmNaclChanges,
  alarmGatewayChanges,
  alarmRouteTableChanges,
  alarmVpcChanges,
  centralLogArchive,
  configRecordingAndAggregation,
  alertRoutingAndOwnership,
  incidentResponseRunbooks,
  threatHunting,
  securityMetrics,
  soarAutomatedResponse,
  responseDrillProven,
];

/**
 * Version of the set of controls, their places and their severities. Scores compare only within one version, so whoever
 * changes any of these raises it.
 */
export const CATALOGUE_VERSION = '1.0.0';

/** What people read of each control, by its id. Apart from the controls, so that no Lambda bundle carries it. */
export const PAGES: Readonly<Record<string, ControlPage>> = {
  'CMP-L1-01': ebsEncryptionDefaultPage,
  'CMP-L1-02': ebsVolumesEncryptedPage,
  'CMP-L1-03': noPublicIpPage,
  'CMP-L1-04': noPublicAmiPage,
  'CMP-L2-01': imdsv2RequiredPage,
  'CMP-L2-02': asgLaunchTemplatesPage,
  'CMP-L2-03': launchTemplateHardenedPage,
  'CMP-L3-01': containerImageVulnerabilitiesPage,
  'CMP-L3-02': containerRuntimeHardeningPage,
  'CMP-L3-03': eksControlPlaneHardeningPage,
  'CMP-L3-04': workloadIsolationPage,
  'CMP-L3-05': patchCompliancePage,
  'CMP-L4-01': hardenedImagePipelinePage,
  'CMP-L4-02': artifactProvenancePage,
  'CMP-L4-03': ssmOnlyAccessPage,
  'CMP-L5-01': selfHealingConfigurationPage,
  'CMP-L5-02': selfHealingCapacityPage,
  'IAM-L1-01': rootUserMfaPage,
  'IAM-L1-02': rootNoAccessKeysPage,
  'IAM-L1-03': rootUserUnusedPage,
  'IAM-L1-04': consoleUsersMfaPage,
  'IAM-L1-05': workforceSsoPage,
  'IAM-L1-06': accessKeyRotationPage,
  'IAM-L1-07': unusedCredentialsDisabledPage,
  'IAM-L2-01': scpProtectsSecurityServicesPage,
  'IAM-L2-02': scpRegionRestrictionPage,
  'IAM-L2-03': temporaryCredentialsOnlyPage,
  'IAM-L2-04': cloudtrailMultiRegionPage,
  'IAM-L2-05': cloudtrailLogIntegrityPage,
  'IAM-L3-01': rbacNoAdhocPoliciesPage,
  'IAM-L3-02': abacTagAuthorizationPage,
  'IAM-L3-03': dataPerimeterIdentitiesPage,
  'IAM-L3-04': dataPerimeterNetworksPage,
  'IAM-L3-05': thirdPartyRoleTrustPage,
  'IAM-L3-06': serviceConfusedDeputyPage,
  'IAM-L3-07': permissionBoundariesPage,
  'IAM-L3-08': leastPrivilegeReviewPage,
  'IAM-L4-01': accessAnalyzerExternalPage,
  'IAM-L4-02': accessAnalyzerUnusedPage,
  'IAM-L4-03': jitAccessBreakGlassPage,
  'IAM-L4-04': iacPolicyGatesPage,
  'IAM-L5-01': policyDriftAutoRevertPage,
  'IAM-L5-02': zeroStandingPrivilegePage,
  'MON-L2-01': securityHubEnabledPage,
  'MON-L2-02': alarmRootUsagePage,
  'MON-L2-03': alarmIamPolicyChangesPage,
  'MON-L2-04': alarmCloudtrailChangesPage,
  'MON-L2-05': alarmConsoleAuthFailuresPage,
  'MON-L2-06': alarmCmkDisableDeletePage,
  'MON-L2-07': alarmS3PolicyChangesPage,
  'MON-L2-08': alarmConfigChangesPage,
  'MON-L2-09': alarmSecurityGroupChangesPage,
  'MON-L2-10': alarmNaclChangesPage,
  'MON-L2-11': alarmGatewayChangesPage,
  'MON-L2-12': alarmRouteTableChangesPage,
  'MON-L2-13': alarmVpcChangesPage,
  'MON-L3-01': centralLogArchivePage,
  'MON-L3-02': configRecordingAndAggregationPage,
  'MON-L3-03': alertRoutingAndOwnershipPage,
  'MON-L3-04': incidentResponseRunbooksPage,
  'MON-L4-01': threatHuntingPage,
  'MON-L4-02': securityMetricsPage,
  'MON-L5-01': soarAutomatedResponsePage,
  'MON-L5-02': responseDrillProvenPage,
  'NET-L1-01': noOpenAdminPortsPage,
  'NET-L1-02': defaultSecurityGroupClosedPage,
  'NET-L1-03': httpsOnlyEndpointsPage,
  'NET-L1-04': tls12MinimumPage,
  'NET-L2-01': vpcFlowLogsPage,
  'NET-L2-02': naclAdminPortsPage,
  'NET-L2-03': guarddutyAllRegionsPage,
  'NET-L2-04': guarddutyProtectionPlansPage,
  'NET-L3-01': tieredSegmentationPage,
  'NET-L3-02': vpcEndpointsWithPoliciesPage,
  'NET-L3-03': egressFilteringPage,
  'NET-L3-04': ddosAndEdgeProtectionPage,
  'NET-L4-01': dnsFirewallAndQueryLogsPage,
  'NET-L4-02': dnsIntegrityPage,
  'NET-L4-03': networkDriftDetectionPage,
  'NET-L5-01': anomalyAutoIsolationPage,
  'STR-L1-01': s3AccountPublicBlockPage,
  'STR-L1-02': s3BucketNotPublicPage,
  'STR-L1-03': rdsPrivatePage,
  'STR-L1-04': snapshotsNotPublicPage,
  'STR-L1-05': databaseEncryptionPage,
  'STR-L1-06': fileAndObjectEncryptionPage,
  'STR-L2-01': s3VersioningPage,
  'STR-L2-02': backupCoveragePage,
  'STR-L2-03': dynamodbPitrPage,
  'STR-L2-04': s3TlsOnlyPage,
  'STR-L2-05': dataServicesEncryptionPage,
  'STR-L3-01': dataClassificationTagsPage,
  'STR-L3-02': sensitiveDataDiscoveryPage,
  'STR-L3-03': customerManagedKeysPage,
  'STR-L3-04': kmsKeyRotationPage,
  'STR-L3-05': kmsSeparationOfDutiesPage,
  'STR-L3-06': secretsInAManagerPage,
  'STR-L4-01': backupArchitecturePage,
  'STR-L4-02': objectLockForRecordsPage,
  'STR-L4-03': restoreTestedPage,
  'STR-L5-01': automatedSecretRotationPage,
};
