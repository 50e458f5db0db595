import { domainNameParser } from './api-gateway-domain-name.ts';
import { autoScalingGroupParser } from './autoscaling-group.ts';
import { launchConfigurationParser } from './autoscaling-launch-configuration.ts';
import { protectedResourceParser } from './backup-protected-resource.ts';
import { recoveryPointParser } from './backup-recovery-point.ts';
import { distributionParser } from './cloudfront-distribution.ts';
import { rootActivityParser } from './cloudtrail-root-activity.ts';
import { TRAIL_STATUS, trailStatusParser } from './cloudtrail-trail-status.ts';
import { COMPOSITE_ALARM, compositeAlarmParser } from './cloudwatch-composite-alarm.ts';
import { METRIC_ALARM, metricAlarmParser } from './cloudwatch-metric-alarm.ts';
import { SETTINGS, settingsParser } from './csmm-settings.ts';
import { daxClusterParser } from './dax-cluster.ts';
import { isBeingDeleted } from './deletion.ts';
import { CONTINUOUS_BACKUPS, continuousBackupsParser } from './dynamodb-continuous-backups.ts';
import { dynamoDbTableParser } from './dynamodb-table.ts';
import { ebsEncryptionDefaultParser } from './ec2-ebs-encryption-default.ts';
import { flowLogParser } from './ec2-flow-log.ts';
import { imageParser } from './ec2-image.ts';
import { imageBlockPublicAccessParser } from './ec2-image-block-public-access.ts';
import { instanceParser } from './ec2-instance.ts';
import { launchTemplateParser } from './ec2-launch-template.ts';
import { networkAclParser } from './ec2-network-acl.ts';
import { networkInterfaceParser } from './ec2-network-interface.ts';
import { PREFIX_LIST, prefixListParser } from './ec2-prefix-list.ts';
import { securityGroupParser } from './ec2-security-group.ts';
import { snapshotParser } from './ec2-snapshot.ts';
import { snapshotBlockPublicAccessParser } from './ec2-snapshot-block-public-access.ts';
import { subnetParser } from './ec2-subnet.ts';
import { volumeParser } from './ec2-volume.ts';
import { vpcParser } from './ec2-vpc.ts';
import { fileSystemParser } from './efs-file-system.ts';
import { eksClusterParser } from './eks-cluster.ts';
import { cacheClusterParser } from './elasticache-cache-cluster.ts';
import { replicationGroupParser } from './elasticache-replication-group.ts';
import { serverlessCacheParser } from './elasticache-serverless-cache.ts';
import { elasticsearchDomainParser } from './elasticsearch-domain.ts';
import { classicLoadBalancerParser } from './elb-load-balancer.ts';
import { listenerParser } from './elbv2-listener.ts';
import { LISTENER_RULES, listenerRulesParser } from './elbv2-listener-rules.ts';
import { loadBalancerParser } from './elbv2-load-balancer.ts';
import { DEFAULT_BUS_RULE, defaultBusRuleParser } from './events-default-bus-rule.ts';
import { fsxFileSystemParser } from './fsx-file-system.ts';
import { guardDutyRegionParser } from './guardduty-region-settings.ts';
import { accountSummaryParser } from './iam-account-summary.ts';
import { rootCredentialsParser, userCredentialsParser } from './iam-credentials.ts';
import { OIDC_PROVIDER_AUDIENCE, oidcProviderAudienceParser } from './iam-oidc-provider-audience.ts';
import { organizationsFeaturesParser } from './iam-organizations-features.ts';
import { SAML_PROVIDER_STATUS, samlProviderStatusParser } from './iam-saml-provider-status.ts';
import { INVENTORY, inventoryParser } from './inventory.ts';
import { streamParser } from './kinesis-stream.ts';
import { lambdaFunctionParser } from './lambda-function.ts';
import { METRIC_FILTER, metricFilterParser } from './logs-metric-filter.ts';
import { searchDomainParser } from './opensearch-domain.ts';
import { organizationsAccountParser } from './organizations-account.ts';
import { type ConfigItem, type FactParser, NOTHING_MISSING, nameOf, type ParsedFacts } from './parser.ts';
import { dbClusterParser } from './rds-db-cluster.ts';
import { dbInstanceParser } from './rds-db-instance.ts';
import { dbClusterSnapshotParser, dbSnapshotParser } from './rds-db-snapshot.ts';
import { redshiftClusterParser } from './redshift-cluster.ts';
import { accessPointParser, multiRegionAccessPointParser } from './s3-access-point.ts';
import { accountPublicAccessBlockParser } from './s3-account-public-access-block.ts';
import { bucketParser } from './s3-bucket.ts';
import { securityHubRegionParser } from './securityhub-region-settings.ts';
import { topicParser } from './sns-topic.ts';
import { TOPIC_SUBSCRIPTIONS, topicSubscriptionsParser } from './sns-topic-subscriptions.ts';
import { queueParser } from './sqs-queue.ts';
import { ssoInstanceParser } from './sso-instance.ts';

/** Parsers by resource type. A new type needs one line here, and one in {@link NOT_IN_CONFIG} if AWS Config does not record it. */
const PARSERS = {
  'AWS::ApiGateway::DomainName': domainNameParser,
  'AWS::AutoScaling::AutoScalingGroup': autoScalingGroupParser,
  'AWS::AutoScaling::LaunchConfiguration': launchConfigurationParser,
  'AWS::Backup::ProtectedResource': protectedResourceParser,
  'AWS::Backup::RecoveryPoint': recoveryPointParser,
  'AWS::CloudFront::Distribution': distributionParser,
  'AWS::CloudTrail::RootActivity': rootActivityParser,
  [TRAIL_STATUS]: trailStatusParser,
  [COMPOSITE_ALARM]: compositeAlarmParser,
  [METRIC_ALARM]: metricAlarmParser,
  'AWS::DAX::Cluster': daxClusterParser,
  [CONTINUOUS_BACKUPS]: continuousBackupsParser,
  'AWS::DynamoDB::Table': dynamoDbTableParser,
  'AWS::EC2::EBSEncryptionByDefault': ebsEncryptionDefaultParser,
  'AWS::EC2::FlowLog': flowLogParser,
  'AWS::EC2::Image': imageParser,
  'AWS::EC2::ImageBlockPublicAccess': imageBlockPublicAccessParser,
  'AWS::EC2::Instance': instanceParser,
  'AWS::EC2::LaunchTemplate': launchTemplateParser,
  'AWS::EC2::NetworkAcl': networkAclParser,
  'AWS::EC2::NetworkInterface': networkInterfaceParser,
  [PREFIX_LIST]: prefixListParser,
  'AWS::EC2::SecurityGroup': securityGroupParser,
  'AWS::EC2::Snapshot': snapshotParser,
  'AWS::EC2::SnapshotBlockPublicAccess': snapshotBlockPublicAccessParser,
  'AWS::EC2::Subnet': subnetParser,
  'AWS::EC2::Volume': volumeParser,
  'AWS::EC2::VPC': vpcParser,
  'AWS::EFS::FileSystem': fileSystemParser,
  'AWS::ElastiCache::CacheCluster': cacheClusterParser,
  'AWS::ElastiCache::ReplicationGroup': replicationGroupParser,
  'AWS::ElastiCache::ServerlessCache': serverlessCacheParser,
  'AWS::Elasticsearch::Domain': elasticsearchDomainParser,
  'AWS::ElasticLoadBalancing::LoadBalancer': classicLoadBalancerParser,
  'AWS::ElasticLoadBalancingV2::Listener': listenerParser,
  [LISTENER_RULES]: listenerRulesParser,
  'AWS::ElasticLoadBalancingV2::LoadBalancer': loadBalancerParser,
  'AWS::EKS::Cluster': eksClusterParser,
  [DEFAULT_BUS_RULE]: defaultBusRuleParser,
  'AWS::FSx::FileSystem': fsxFileSystemParser,
  'AWS::GuardDuty::RegionSettings': guardDutyRegionParser,
  'AWS::IAM::AccountSummary': accountSummaryParser,
  [OIDC_PROVIDER_AUDIENCE]: oidcProviderAudienceParser,
  'AWS::IAM::OrganizationsFeatures': organizationsFeaturesParser,
  'AWS::IAM::RootCredentials': rootCredentialsParser,
  [SAML_PROVIDER_STATUS]: samlProviderStatusParser,
  'AWS::IAM::UserCredentials': userCredentialsParser,
  'AWS::Kinesis::Stream': streamParser,
  'AWS::Lambda::Function': lambdaFunctionParser,
  [METRIC_FILTER]: metricFilterParser,
  'AWS::OpenSearch::Domain': searchDomainParser,
  'AWS::Organizations::Account': organizationsAccountParser,
  'AWS::RDS::DBCluster': dbClusterParser,
  'AWS::RDS::DBClusterSnapshot': dbClusterSnapshotParser,
  'AWS::RDS::DBInstance': dbInstanceParser,
  'AWS::RDS::DBSnapshot': dbSnapshotParser,
  'AWS::Redshift::Cluster': redshiftClusterParser,
  'AWS::S3::AccessPoint': accessPointParser,
  'AWS::S3::AccountPublicAccessBlock': accountPublicAccessBlockParser,
  'AWS::S3::Bucket': bucketParser,
  'AWS::S3::MultiRegionAccessPoint': multiRegionAccessPointParser,
  'AWS::SecurityHub::RegionSettings': securityHubRegionParser,
  'AWS::SNS::Topic': topicParser,
  [TOPIC_SUBSCRIPTIONS]: topicSubscriptionsParser,
  'AWS::SQS::Queue': queueParser,
  'AWS::SSO::Instance': ssoInstanceParser,
  [INVENTORY]: inventoryParser,
  [SETTINGS]: settingsParser,
};

type FactsOf<P> = P extends FactParser<infer F> ? F : never;

/** The facts that csmm reads, by resource type. A fact that was not read is absent. */
export type FactsByType = { [T in keyof typeof PARSERS]: FactsOf<(typeof PARSERS)[T]> };

/**
 * Types without items in AWS Config: settings of an account or a Region that have no name, and data that only an API returns. csmm
 * rejects an item of AWS Config with such a type.
 */
const NOT_IN_CONFIG: ReadonlySet<string> = new Set<keyof FactsByType>([
  'AWS::Backup::ProtectedResource',
  'AWS::CloudTrail::RootActivity',
  'AWS::EC2::Image',
  'AWS::EC2::ImageBlockPublicAccess',
  'AWS::EC2::Snapshot',
  TRAIL_STATUS,
  'AWS::EC2::EBSEncryptionByDefault',
  'AWS::IAM::AccountSummary',
  'AWS::IAM::OrganizationsFeatures',
  OIDC_PROVIDER_AUDIENCE,
  'AWS::IAM::RootCredentials',
  SAML_PROVIDER_STATUS,
  'AWS::IAM::UserCredentials',
  'AWS::Organizations::Account',
  'AWS::SSO::Instance',
  'AWS::ApiGateway::DomainName',
  'AWS::GuardDuty::RegionSettings',
  'AWS::SecurityHub::RegionSettings',
  COMPOSITE_ALARM,
  METRIC_ALARM,
  CONTINUOUS_BACKUPS,
  DEFAULT_BUS_RULE,
  LISTENER_RULES,
  METRIC_FILTER,
  TOPIC_SUBSCRIPTIONS,
  INVENTORY,
  SETTINGS,
]);

/** All types whose facts csmm reads. */
export const FACT_TYPES: readonly string[] = Object.keys(PARSERS);

/**
 * Types that AWS Config does not record yet. It adds types every month, so csmm accepts an item of them:
 * https://docs.aws.amazon.com/config/latest/developerguide/resource-config-reference.html
 */
const NOT_YET_IN_CONFIG: ReadonlySet<string> = new Set<keyof FactsByType>([
  'AWS::DAX::Cluster',
  'AWS::ElastiCache::CacheCluster',
  'AWS::ElastiCache::ReplicationGroup',
  'AWS::ElastiCache::ServerlessCache',
  'AWS::FSx::FileSystem',
]);

/** Returns whether AWS Config records resources of the type. */
export const isInConfig = (resourceType: string): boolean => isConfigType(resourceType) && !NOT_YET_IN_CONFIG.has(resourceType);

/** Returns whether an item of AWS Config can have the type, now or later. */
export const isConfigType = (resourceType: string): boolean => !NOT_IN_CONFIG.has(resourceType);

/** Returns the parser of a resource type, or `undefined` if no control reads the type. */
export function parserOf(resourceType: string): FactParser<object> | undefined {
  return Object.hasOwn(PARSERS, resourceType) ? PARSERS[resourceType as keyof FactsByType] : undefined;
}

/**
 * Returns the facts of an item, or `undefined` if the resource is deleted or AWS is deleting it. csmm does not evaluate a deleted resource, unless its
 * absence is itself a setting. Facts that were not delivered are missing, with the reason.
 */
export function parseFacts(item: ConfigItem, parser: FactParser<object>): ParsedFacts<object> | undefined {
  switch (item.state) {
    case 'recorded':
      if (isBeingDeleted(item)) return undefined;
      return withName(parser.parse(item), nameOf(item));
    case 'deleted':
      return parser.whenDeleted && { facts: parser.whenDeleted, missing: NOTHING_MISSING, deleted: true };
    case 'unrecorded':
      return allMissing(parser, 'AWS Config does not record this resource');
    case 'oversized':
      return allMissing(parser, 'configuration item was too large to deliver and was not fetched');
  }
}

const withName = (parsed: ParsedFacts<object>, name: string | undefined): ParsedFacts<object> =>
  name === undefined ? parsed : { facts: parsed.facts, missing: parsed.missing, name };

function allMissing(parser: FactParser<object>, reason: string): ParsedFacts<object> {
  return { facts: {}, missing: Object.fromEntries(parser.names.map((name) => [name, reason])) };
}
