/** Prefix of a service's IAM actions, by the SDK's client, where it is not the client's name in lower case. */
const PREFIXES: Readonly<Record<string, string>> = {
  APIGatewayClient: 'apigateway',
  ApiGatewayV2Client: 'apigateway',
  CloudWatchClient: 'cloudwatch',
  CloudWatchLogsClient: 'logs',
  ConfigServiceClient: 'config',
  EFSClient: 'elasticfilesystem',
  ElasticLoadBalancingClient: 'elasticloadbalancing',
  ElasticLoadBalancingV2Client: 'elasticloadbalancing',
  EventBridgeClient: 'events',
  OpenSearchClient: 'es',
  S3ControlClient: 's3',
  SSOAdminClient: 'sso',
};

/** IAM actions that are not named as their API operation. */
const ACTIONS: Readonly<Record<string, string>> = {
  'apigateway:GetDomainNames': 'apigateway:GET',
  's3:GetBucketEncryption': 's3:GetEncryptionConfiguration',
  's3:GetPublicAccessBlock': 's3:GetBucketPublicAccessBlock',
  's3:ListBuckets': 's3:ListAllMyBuckets',
  'S3Control:GetPublicAccessBlock': 's3:GetAccountPublicAccessBlock',
};

/**
 * The IAM action that allows an API call, such as `ec2:DescribeVolumes`, by the SDK's names of client and command.
 * Source: https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
 */
export function iamAction(clientName: string, commandName: string): string {
  const client = clientName.replace(/Client$/, '');
  const operation = commandName.replace(/Command$/, '');
  const action = `${PREFIXES[clientName] ?? client.toLowerCase()}:${operation}`;
  return ACTIONS[`${client}:${operation}`] ?? ACTIONS[action] ?? action;
}
