import type { ControlDefinition } from '../core/control.ts';
import ebsEncryptionDefault from './compute/cmp-l1-01-ebs-encryption-default.ts';
import ebsVolumesEncrypted from './compute/cmp-l1-02-ebs-volumes-encrypted.ts';
import noPublicIp from './compute/cmp-l1-03-no-public-ip.ts';
import noPublicAmi from './compute/cmp-l1-04-no-public-ami.ts';
import imdsv2Required from './compute/cmp-l2-01-imdsv2-required.ts';
import asgLaunchTemplates from './compute/cmp-l2-02-asg-launch-templates.ts';
import launchTemplateHardened from './compute/cmp-l2-03-launch-template-hardened.ts';
import containerImageVulnerabilities from './compute/cmp-l3-01-container-image-vulnerabilities.ts';
import containerRuntimeHardening from './compute/cmp-l3-02-container-runtime-hardening.ts';
import eksControlPlaneHardening from './compute/cmp-l3-03-eks-control-plane-hardening.ts';
import workloadIsolation from './compute/cmp-l3-04-workload-isolation.ts';
import patchCompliance from './compute/cmp-l3-05-patch-compliance.ts';
import hardenedImagePipeline from './compute/cmp-l4-01-hardened-image-pipeline.ts';
import artifactProvenance from './compute/cmp-l4-02-artifact-provenance.ts';
import ssmOnlyAccess from './compute/cmp-l4-03-ssm-only-access.ts';
import selfHealingConfiguration from './compute/cmp-l5-01-self-healing-configuration.ts';
import selfHealingCapacity from './compute/cmp-l5-02-self-healing-capacity.ts';
import rootUserMfa from './iam/iam-l1-01-root-user-mfa.ts';
import rootNoAccessKeys from './iam/iam-l1-02-root-no-access-keys.ts';
import rootUserUnused from './iam/iam-l1-03-root-user-unused.ts';
import consoleUsersMfa from './iam/iam-l1-04-console-users-mfa.ts';
import workforceSso from './iam/iam-l1-05-workforce-sso.ts';
import accessKeyRotation from './iam/iam-l1-06-access-key-rotation.ts';
import unusedCredentialsDisabled from './iam/iam-l1-07-unused-credentials-disabled.ts';
import scpProtectsSecurityServices from './iam/iam-l2-01-scp-protects-security-services.ts';
import scpRegionRestriction from './iam/iam-l2-02-scp-region-restriction.ts';
import temporaryCredentialsOnly from './iam/iam-l2-03-temporary-credentials-only.ts';
import cloudtrailMultiRegion from './iam/iam-l2-04-cloudtrail-multi-region.ts';
import cloudtrailLogIntegrity from './iam/iam-l2-05-cloudtrail-log-integrity.ts';
import rbacNoAdhocPolicies from './iam/iam-l3-01-rbac-no-adhoc-policies.ts';
import abacTagAuthorization from './iam/iam-l3-02-abac-tag-authorization.ts';
import dataPerimeterIdentities from './iam/iam-l3-03-data-perimeter-identities.ts';
import dataPerimeterNetworks from './iam/iam-l3-04-data-perimeter-networks.ts';
import thirdPartyRoleTrust from './iam/iam-l3-05-third-party-role-trust.ts';
import serviceConfusedDeputy from './iam/iam-l3-06-service-confused-deputy.ts';
import permissionBoundaries from './iam/iam-l3-07-permission-boundaries.ts';
import leastPrivilegeReview from './iam/iam-l3-08-least-privilege-review.ts';
import accessAnalyzerExternal from './iam/iam-l4-01-access-analyzer-external.ts';
import accessAnalyzerUnused from './iam/iam-l4-02-access-analyzer-unused.ts';
import jitAccessBreakGlass from './iam/iam-l4-03-jit-access-break-glass.ts';
import iacPolicyGates from './iam/iam-l4-04-iac-policy-gates.ts';
import policyDriftAutoRevert from './iam/iam-l5-01-policy-drift-auto-revert.ts';
import zeroStandingPrivilege from './iam/iam-l5-02-zero-standing-privilege.ts';
import securityHubEnabled from './monitoring/mon-l2-01-security-hub-enabled.ts';
import alarmRootUsage from './monitoring/mon-l2-02-alarm-root-usage.ts';
import alarmIamPolicyChanges from './monitoring/mon-l2-03-alarm-iam-policy-changes.ts';
import alarmCloudtrailChanges from './monitoring/mon-l2-04-alarm-cloudtrail-changes.ts';
import alarmConsoleAuthFailures from './monitoring/mon-l2-05-alarm-console-auth-failures.ts';
import alarmCmkDisableDelete from './monitoring/mon-l2-06-alarm-cmk-disable-delete.ts';
import alarmS3PolicyChanges from './monitoring/mon-l2-07-alarm-s3-policy-changes.ts';
import alarmConfigChanges from './monitoring/mon-l2-08-alarm-config-changes.ts';
import alarmSecurityGroupChanges from './monitoring/mon-l2-09-alarm-security-group-changes.ts';
import alarmNaclChanges from './monitoring/mon-l2-10-alarm-nacl-changes.ts';
import alarmGatewayChanges from './monitoring/mon-l2-11-alarm-gateway-changes.ts';
import alarmRouteTableChanges from './monitoring/mon-l2-12-alarm-route-table-changes.ts';
import alarmVpcChanges from './monitoring/mon-l2-13-alarm-vpc-changes.ts';
import centralLogArchive from './monitoring/mon-l3-01-central-log-archive.ts';
import configRecordingAndAggregation from './monitoring/mon-l3-02-config-recording-and-aggregation.ts';
import alertRoutingAndOwnership from './monitoring/mon-l3-03-alert-routing-and-ownership.ts';
import incidentResponseRunbooks from './monitoring/mon-l3-04-incident-response-runbooks.ts';
import threatHunting from './monitoring/mon-l4-01-threat-hunting.ts';
import securityMetrics from './monitoring/mon-l4-02-security-metrics.ts';
import soarAutomatedResponse from './monitoring/mon-l5-01-soar-automated-response.ts';
import responseDrillProven from './monitoring/mon-l5-02-response-drill-proven.ts';
import noOpenAdminPorts from './networking/net-l1-01-no-open-admin-ports.ts';
import defaultSecurityGroupClosed from './networking/net-l1-02-default-security-group-closed.ts';
import httpsOnlyEndpoints from './networking/net-l1-03-https-only-endpoints.ts';
import tls12Minimum from './networking/net-l1-04-tls-1-2-minimum.ts';
import vpcFlowLogs from './networking/net-l2-01-vpc-flow-logs.ts';
import naclAdminPorts from './networking/net-l2-02-nacl-admin-ports.ts';
import guarddutyAllRegions from './networking/net-l2-03-guardduty-all-regions.ts';
import guarddutyProtectionPlans from './networking/net-l2-04-guardduty-protection-plans.ts';
import tieredSegmentation from './networking/net-l3-01-tiered-segmentation.ts';
import vpcEndpointsWithPolicies from './networking/net-l3-02-vpc-endpoints-with-policies.ts';
import egressFiltering from './networking/net-l3-03-egress-filtering.ts';
import ddosAndEdgeProtection from './networking/net-l3-04-ddos-and-edge-protection.ts';
import dnsFirewallAndQueryLogs from './networking/net-l4-01-dns-firewall-and-query-logs.ts';
import dnsIntegrity from './networking/net-l4-02-dns-integrity.ts';
import networkDriftDetection from './networking/net-l4-03-network-drift-detection.ts';
import anomalyAutoIsolation from './networking/net-l5-01-anomaly-auto-isolation.ts';
import s3AccountPublicBlock from './storage/str-l1-01-s3-account-public-block.ts';
import s3BucketNotPublic from './storage/str-l1-02-s3-bucket-not-public.ts';
import rdsPrivate from './storage/str-l1-03-rds-private.ts';
import snapshotsNotPublic from './storage/str-l1-04-snapshots-not-public.ts';
import databaseEncryption from './storage/str-l1-05-database-encryption.ts';
import fileAndObjectEncryption from './storage/str-l1-06-file-and-object-encryption.ts';
import s3Versioning from './storage/str-l2-01-s3-versioning.ts';
import backupCoverage from './storage/str-l2-02-backup-coverage.ts';
import dynamodbPitr from './storage/str-l2-03-dynamodb-pitr.ts';
import s3TlsOnly from './storage/str-l2-04-s3-tls-only.ts';
import dataServicesEncryption from './storage/str-l2-05-data-services-encryption.ts';
import dataClassificationTags from './storage/str-l3-01-data-classification-tags.ts';
import sensitiveDataDiscovery from './storage/str-l3-02-sensitive-data-discovery.ts';
import customerManagedKeys from './storage/str-l3-03-customer-managed-keys.ts';
import kmsKeyRotation from './storage/str-l3-04-kms-key-rotation.ts';
import kmsSeparationOfDuties from './storage/str-l3-05-kms-separation-of-duties.ts';
import secretsInAManager from './storage/str-l3-06-secrets-in-a-manager.ts';
import backupArchitecture from './storage/str-l4-01-backup-architecture.ts';
import objectLockForRecords from './storage/str-l4-02-object-lock-for-records.ts';
import restoreTested from './storage/str-l4-03-restore-tested.ts';
import automatedSecretRotation from './storage/str-l5-01-automated-secret-rotation.ts';

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
