import { type DomainNameFacts, domainNameParser } from './api-gateway-domain-name.ts';
import { type AutoScalingGroupFacts, autoScalingGroupParser } from './autoscaling-group.ts';
import { type LaunchConfigurationFacts, launchConfigurationParser } from './autoscaling-launch-configuration.ts';
import { type ProtectedResourceFacts, protectedResourceParser } from './backup-protected-resource.ts';
import { type RecoveryPointFacts, recoveryPointParser } from './backup-recovery-point.ts';
import { type DistributionFacts, distributionParser } from './cloudfront-distribution.ts';
import { type RootActivityFacts, rootActivityParser } from './cloudtrail-root-activity.ts';
import { TRAIL_STATUS, type TrailStatusFacts, trailStatusParser } from './cloudtrail-trail-status.ts';
import { METRIC_ALARM, type MetricAlarmFacts, metricAlarmParser } from './cloudwatch-metric-alarm.ts';
import { SETTINGS, type SettingsFacts, settingsParser } from './csmm-settings.ts';
import { CONTINUOUS_BACKUPS, type ContinuousBackupsFacts, continuousBackupsParser } from './dynamodb-continuous-backups.ts';
import { type DynamoDbTableFacts, dynamoDbTableParser } from './dynamodb-table.ts';
import { type EbsEncryptionDefaultFacts, ebsEncryptionDefaultParser } from './ec2-ebs-encryption-default.ts';
import { type FlowLogFacts, flowLogParser } from './ec2-flow-log.ts';
import { type ImageFacts, imageParser } from './ec2-image.ts';
import { type ImageBlockPublicAccessFacts, imageBlockPublicAccessParser } from './ec2-image-block-public-access.ts';
import { type InstanceFacts, instanceParser } from './ec2-instance.ts';
import { type LaunchTemplateFacts, launchTemplateParser } from './ec2-launch-template.ts';
import { type NetworkAclFacts, networkAclParser } from './ec2-network-acl.ts';
import { type NetworkInterfaceFacts, networkInterfaceParser } from './ec2-network-interface.ts';
import { type SecurityGroupFacts, securityGroupParser } from './ec2-security-group.ts';
import { type SnapshotFacts, snapshotParser } from './ec2-snapshot.ts';
import { type SnapshotBlockPublicAccessFacts, snapshotBlockPublicAccessParser } from './ec2-snapshot-block-public-access.ts';
import { type SubnetFacts, subnetParser } from './ec2-subnet.ts';
import { type VolumeFacts, volumeParser } from './ec2-volume.ts';
import { type VpcFacts, vpcParser } from './ec2-vpc.ts';
import { type FileSystemFacts, fileSystemParser } from './efs-file-system.ts';
import { type EksClusterFacts, eksClusterParser } from './eks-cluster.ts';
import { type ElasticsearchDomainFacts, elasticsearchDomainParser } from './elasticsearch-domain.ts';
import { type ClassicLoadBalancerFacts, classicLoadBalancerParser } from './elb-load-balancer.ts';
import { type ListenerFacts, listenerParser } from './elbv2-listener.ts';
import { type LoadBalancerFacts, loadBalancerParser } from './elbv2-load-balancer.ts';
import { DEFAULT_BUS_RULE, type DefaultBusRuleFacts, defaultBusRuleParser } from './events-default-bus-rule.ts';
import { type GuardDutyRegionFacts, guardDutyRegionParser } from './guardduty-region-settings.ts';
import { type AccountSummaryFacts, accountSummaryParser } from './iam-account-summary.ts';
import { type RootCredentialsFacts, rootCredentialsParser, type UserCredentialsFacts, userCredentialsParser } from './iam-credentials.ts';
import { type OrganizationsFeaturesFacts, organizationsFeaturesParser } from './iam-organizations-features.ts';
import { SAML_PROVIDER_STATUS, type SamlProviderStatusFacts, samlProviderStatusParser } from './iam-saml-provider-status.ts';
import { INVENTORY, type InventoryFacts, inventoryParser } from './inventory.ts';
import { type StreamFacts, streamParser } from './kinesis-stream.ts';
import { type LambdaFunctionFacts, lambdaFunctionParser } from './lambda-function.ts';
import { METRIC_FILTER, type MetricFilterFacts, metricFilterParser } from './logs-metric-filter.ts';
import { type SearchDomainFacts, searchDomainParser } from './opensearch-domain.ts';
import { type OrganizationsAccountFacts, organizationsAccountParser } from './organizations-account.ts';
import { type ConfigItem, type FactParser, nameOf, type ParsedFacts } from './parser.ts';
import { type DbClusterFacts, dbClusterParser } from './rds-db-cluster.ts';
import { type DbInstanceFacts, dbInstanceParser } from './rds-db-instance.ts';
import { type DbSnapshotFacts, dbClusterSnapshotParser, dbSnapshotParser } from './rds-db-snapshot.ts';
import { type RedshiftClusterFacts, redshiftClusterParser } from './redshift-cluster.ts';
import { type AccountPublicAccessBlockFacts, accountPublicAccessBlockParser } from './s3-account-public-access-block.ts';
import { type BucketFacts, bucketParser } from './s3-bucket.ts';
import { type SecurityHubRegionFacts, securityHubRegionParser } from './securityhub-region-settings.ts';
import { type TopicFacts, topicParser } from './sns-topic.ts';
import { TOPIC_SUBSCRIPTIONS, type TopicSubscriptionsFacts, topicSubscriptionsParser } from './sns-topic-subscriptions.ts';
import { type QueueFacts, queueParser } from './sqs-queue.ts';
import { type SsoInstanceFacts, ssoInstanceParser } from './sso-instance.ts';

/** The facts that the project reads, by resource type. A fact that could not be read is absent. */
export interface FactsByType {
  'AWS::ApiGateway::DomainName': DomainNameFacts;
  'AWS::AutoScaling::AutoScalingGroup': AutoScalingGroupFacts;
  'AWS::AutoScaling::LaunchConfiguration': LaunchConfigurationFacts;
  'AWS::Backup::ProtectedResource': ProtectedResourceFacts;
  'AWS::Backup::RecoveryPoint': RecoveryPointFacts;
  'AWS::CloudFront::Distribution': DistributionFacts;
  'AWS::CloudTrail::RootActivity': RootActivityFacts;
  [TRAIL_STATUS]: TrailStatusFacts;
  [METRIC_ALARM]: MetricAlarmFacts;
  [CONTINUOUS_BACKUPS]: ContinuousBackupsFacts;
  'AWS::DynamoDB::Table': DynamoDbTableFacts;
  'AWS::EC2::EBSEncryptionByDefault': EbsEncryptionDefaultFacts;
  'AWS::EC2::FlowLog': FlowLogFacts;
  'AWS::EC2::Image': ImageFacts;
  'AWS::EC2::ImageBlockPublicAccess': ImageBlockPublicAccessFacts;
  'AWS::EC2::Instance': InstanceFacts;
  'AWS::EC2::LaunchTemplate': LaunchTemplateFacts;
  'AWS::EC2::NetworkAcl': NetworkAclFacts;
  'AWS::EC2::NetworkInterface': NetworkInterfaceFacts;
  'AWS::EC2::SecurityGroup': SecurityGroupFacts;
  'AWS::EC2::Snapshot': SnapshotFacts;
  'AWS::EC2::SnapshotBlockPublicAccess': SnapshotBlockPublicAccessFacts;
  'AWS::EC2::Subnet': SubnetFacts;
  'AWS::EC2::Volume': VolumeFacts;
  'AWS::EC2::VPC': VpcFacts;
  'AWS::EFS::FileSystem': FileSystemFacts;
  'AWS::Elasticsearch::Domain': ElasticsearchDomainFacts;
  'AWS::ElasticLoadBalancing::LoadBalancer': ClassicLoadBalancerFacts;
  'AWS::ElasticLoadBalancingV2::Listener': ListenerFacts;
  'AWS::ElasticLoadBalancingV2::LoadBalancer': LoadBalancerFacts;
  'AWS::EKS::Cluster': EksClusterFacts;
  [DEFAULT_BUS_RULE]: DefaultBusRuleFacts;
  'AWS::GuardDuty::RegionSettings': GuardDutyRegionFacts;
  'AWS::IAM::AccountSummary': AccountSummaryFacts;
  'AWS::IAM::OrganizationsFeatures': OrganizationsFeaturesFacts;
  'AWS::IAM::RootCredentials': RootCredentialsFacts;
  [SAML_PROVIDER_STATUS]: SamlProviderStatusFacts;
  'AWS::IAM::UserCredentials': UserCredentialsFacts;
  'AWS::Kinesis::Stream': StreamFacts;
  'AWS::Lambda::Function': LambdaFunctionFacts;
  [METRIC_FILTER]: MetricFilterFacts;
  'AWS::OpenSearch::Domain': SearchDomainFacts;
  'AWS::Organizations::Account': OrganizationsAccountFacts;
  'AWS::RDS::DBCluster': DbClusterFacts;
  'AWS::RDS::DBClusterSnapshot': DbSnapshotFacts;
  'AWS::RDS::DBInstance': DbInstanceFacts;
  'AWS::RDS::DBSnapshot': DbSnapshotFacts;
  'AWS::Redshift::Cluster': RedshiftClusterFacts;
  'AWS::S3::AccountPublicAccessBlock': AccountPublicAccessBlockFacts;
  'AWS::S3::Bucket': BucketFacts;
  'AWS::SecurityHub::RegionSettings': SecurityHubRegionFacts;
  'AWS::SNS::Topic': TopicFacts;
  [TOPIC_SUBSCRIPTIONS]: TopicSubscriptionsFacts;
  'AWS::SQS::Queue': QueueFacts;
  'AWS::SSO::Instance': SsoInstanceFacts;
  [INVENTORY]: InventoryFacts;
  [SETTINGS]: SettingsFacts;
}

const PARSERS: { readonly [T in keyof FactsByType]: FactParser<FactsByType[T]> } = {
  'AWS::ApiGateway::DomainName': domainNameParser,
  'AWS::AutoScaling::AutoScalingGroup': autoScalingGroupParser,
  'AWS::AutoScaling::LaunchConfiguration': launchConfigurationParser,
  'AWS::Backup::ProtectedResource': protectedResourceParser,
  'AWS::Backup::RecoveryPoint': recoveryPointParser,
  'AWS::CloudFront::Distribution': distributionParser,
  'AWS::CloudTrail::RootActivity': rootActivityParser,
  [TRAIL_STATUS]: trailStatusParser,
  [METRIC_ALARM]: metricAlarmParser,
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
  'AWS::EC2::SecurityGroup': securityGroupParser,
  'AWS::EC2::Snapshot': snapshotParser,
  'AWS::EC2::SnapshotBlockPublicAccess': snapshotBlockPublicAccessParser,
  'AWS::EC2::Subnet': subnetParser,
  'AWS::EC2::Volume': volumeParser,
  'AWS::EC2::VPC': vpcParser,
  'AWS::EFS::FileSystem': fileSystemParser,
  'AWS::Elasticsearch::Domain': elasticsearchDomainParser,
  'AWS::ElasticLoadBalancing::LoadBalancer': classicLoadBalancerParser,
  'AWS::ElasticLoadBalancingV2::Listener': listenerParser,
  'AWS::ElasticLoadBalancingV2::LoadBalancer': loadBalancerParser,
  'AWS::EKS::Cluster': eksClusterParser,
  [DEFAULT_BUS_RULE]: defaultBusRuleParser,
  'AWS::GuardDuty::RegionSettings': guardDutyRegionParser,
  'AWS::IAM::AccountSummary': accountSummaryParser,
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
  'AWS::S3::AccountPublicAccessBlock': accountPublicAccessBlockParser,
  'AWS::S3::Bucket': bucketParser,
  'AWS::SecurityHub::RegionSettings': securityHubRegionParser,
  'AWS::SNS::Topic': topicParser,
  [TOPIC_SUBSCRIPTIONS]: topicSubscriptionsParser,
  'AWS::SQS::Queue': queueParser,
  'AWS::SSO::Instance': ssoInstanceParser,
  [INVENTORY]: inventoryParser,
  [SETTINGS]: settingsParser,
};

/**
 * Types of which AWS Config has no items: settings of an account or a Region that have no name of their own, and what only an
 * API tells. An item that claims to be of such a type is not believed.
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
  'AWS::IAM::RootCredentials',
  SAML_PROVIDER_STATUS,
  'AWS::IAM::UserCredentials',
  'AWS::Organizations::Account',
  'AWS::SSO::Instance',
  'AWS::ApiGateway::DomainName',
  'AWS::GuardDuty::RegionSettings',
  'AWS::SecurityHub::RegionSettings',
  METRIC_ALARM,
  CONTINUOUS_BACKUPS,
  DEFAULT_BUS_RULE,
  METRIC_FILTER,
  TOPIC_SUBSCRIPTIONS,
  INVENTORY,
  SETTINGS,
]);

export const isInConfig = (resourceType: string): boolean => !NOT_IN_CONFIG.has(resourceType);

/** The parser of a resource type, or `undefined` where no control reads the type. */
export function parserOf(resourceType: string): FactParser<object> | undefined {
  return Object.hasOwn(PARSERS, resourceType) ? PARSERS[resourceType as keyof FactsByType] : undefined;
}

const NOTHING_MISSING: Readonly<Record<string, string>> = Object.freeze({});

/**
 * Everything that an item says of its resource. A resource that is gone has no facts and is no longer judged, unless its
 * absence is itself a setting; what was not delivered is missing with the reason.
 * `undefined` means that the resource is gone.
 */
export function parseFacts(item: ConfigItem, parser: FactParser<object>): ParsedFacts<object> | undefined {
  switch (item.state) {
    case 'recorded':
      return withName(parser.parse(item), nameOf(item));
    case 'deleted':
      return parser.whenDeleted && { facts: parser.whenDeleted, missing: NOTHING_MISSING, deleted: true };
    case 'unrecorded':
      return allMissing(parser, 'AWS Config does not record this resource');
    case 'oversized':
      return allMissing(parser, 'the configuration item was too large to be delivered and was not fetched');
  }
}

const withName = (parsed: ParsedFacts<object>, name: string | undefined): ParsedFacts<object> =>
  name === undefined ? parsed : { ...parsed, name };

function allMissing(parser: FactParser<object>, reason: string): ParsedFacts<object> {
  return { facts: {}, missing: Object.fromEntries(parser.names.map((name) => [name, reason])) };
}
