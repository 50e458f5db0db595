import { apiGatewayDomainNames } from './api-gateway-domain-names.ts';
import { autoScalingGroups } from './autoscaling-groups.ts';
import { autoScalingLaunchConfigurations } from './autoscaling-launch-configurations.ts';
import { backupProtectedResources } from './backup-protected-resources.ts';
import { backupRecoveryPoints } from './backup-recovery-points.ts';
import { cloudFrontDistributions } from './cloudfront-distributions.ts';
import { cloudtrailRootActivity } from './cloudtrail-root-activity.ts';
import { cloudtrailTrails } from './cloudtrail-trails.ts';
import { cloudWatchAlarms } from './cloudwatch-alarms.ts';
import { daxClusters } from './dax-clusters.ts';
import { dynamoDbTables } from './dynamodb-tables.ts';
import { ebsEncryptionDefault } from './ec2-ebs-encryption-default.ts';
import { ec2FlowLogs } from './ec2-flow-logs.ts';
import { ec2ImageBlockPublicAccess } from './ec2-image-block-public-access.ts';
import { ec2Images } from './ec2-images.ts';
import { ec2Instances } from './ec2-instances.ts';
import { ec2LaunchTemplates } from './ec2-launch-templates.ts';
import { ec2NetworkAcls } from './ec2-network-acls.ts';
import { ec2NetworkInterfaces } from './ec2-network-interfaces.ts';
import { ec2PrefixLists } from './ec2-prefix-lists.ts';
import { ec2PublicSnapshots } from './ec2-public-snapshots.ts';
import { ec2SecurityGroups } from './ec2-security-groups.ts';
import { ec2SnapshotBlockPublicAccess } from './ec2-snapshot-block-public-access.ts';
import { ec2Subnets } from './ec2-subnets.ts';
import { ec2Volumes } from './ec2-volumes.ts';
import { ec2Vpcs } from './ec2-vpcs.ts';
import { efsFileSystems } from './efs-file-systems.ts';
import { eksClusters } from './eks-clusters.ts';
import { elastiCacheCacheClusters } from './elasticache-cache-clusters.ts';
import { elastiCacheReplicationGroups } from './elasticache-replication-groups.ts';
import { elastiCacheServerlessCaches } from './elasticache-serverless-caches.ts';
import { elbLoadBalancers } from './elb-load-balancers.ts';
import { elbv2LoadBalancers } from './elbv2-load-balancers.ts';
import { eventsRules } from './events-rules.ts';
import { fsxFileSystems } from './fsx-file-systems.ts';
import { guardDutyRegionSettings } from './guardduty-region-settings.ts';
import { iamAccountSummary } from './iam-account-summary.ts';
import { iamCredentialReport } from './iam-credential-report.ts';
import { iamOidcProviders } from './iam-oidc-providers.ts';
import { iamOrganizationFeatures } from './iam-organization-features.ts';
import { iamSamlProviders } from './iam-saml-providers.ts';
import { kinesisStreams } from './kinesis-streams.ts';
import { lambdaFunctions } from './lambda-functions.ts';
import { logsMetricFilters } from './logs-metric-filters.ts';
import { openSearchDomains } from './opensearch-domains.ts';
import { organizationsPolicies } from './organizations-policies.ts';
import { rdsDbClusterSnapshots } from './rds-db-cluster-snapshots.ts';
import { rdsDbClusters } from './rds-db-clusters.ts';
import { rdsDbInstances } from './rds-db-instances.ts';
import { rdsDbSnapshots } from './rds-db-snapshots.ts';
import type { Reader } from './reader.ts';
import { redshiftClusters } from './redshift-clusters.ts';
import { s3AccessPoints } from './s3-access-points.ts';
import { s3AccountPublicAccessBlock } from './s3-account-public-access-block.ts';
import { s3Buckets } from './s3-buckets.ts';
import { s3MultiRegionAccessPoints } from './s3-multi-region-access-points.ts';
import { securityHubRegionSettings } from './securityhub-region-settings.ts';
import { snsTopics } from './sns-topics.ts';
import { sqsQueues } from './sqs-queues.ts';
import { ssoInstances } from './sso-instances.ts';

/** Every reader. The types that csmm lists, its permissions and its refresh events derive from this list. */
export const READERS: readonly Reader[] = [
  apiGatewayDomainNames,
  autoScalingGroups,
  autoScalingLaunchConfigurations,
  backupProtectedResources,
  backupRecoveryPoints,
  cloudFrontDistributions,
  cloudtrailRootActivity,
  cloudtrailTrails,
  cloudWatchAlarms,
  daxClusters,
  dynamoDbTables,
  ebsEncryptionDefault,
  ec2FlowLogs,
  ec2ImageBlockPublicAccess,
  ec2Images,
  ec2Instances,
  ec2LaunchTemplates,
  ec2NetworkAcls,
  ec2NetworkInterfaces,
  ec2PrefixLists,
  ec2PublicSnapshots,
  ec2SecurityGroups,
  ec2SnapshotBlockPublicAccess,
  ec2Subnets,
  ec2Volumes,
  ec2Vpcs,
  efsFileSystems,
  eksClusters,
  elastiCacheCacheClusters,
  elastiCacheReplicationGroups,
  elastiCacheServerlessCaches,
  elbLoadBalancers,
  elbv2LoadBalancers,
  eventsRules,
  fsxFileSystems,
  guardDutyRegionSettings,
  iamAccountSummary,
  iamCredentialReport,
  iamOidcProviders,
  iamOrganizationFeatures,
  iamSamlProviders,
  kinesisStreams,
  lambdaFunctions,
  logsMetricFilters,
  openSearchDomains,
  organizationsPolicies,
  rdsDbClusterSnapshots,
  rdsDbClusters,
  rdsDbInstances,
  rdsDbSnapshots,
  redshiftClusters,
  s3AccessPoints,
  s3AccountPublicAccessBlock,
  s3Buckets,
  s3MultiRegionAccessPoints,
  securityHubRegionSettings,
  snsTopics,
  sqsQueues,
  ssoInstances,
];
