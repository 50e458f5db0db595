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

/** Actions that need less than every resource. `*` in API Gateway would read API keys too. */
const NARROWER: Readonly<Record<string, string>> = { 'apigateway:GET': 'apigateway:*::/domainnames*' };

/** The statements that allow `actions`, each on as little as AWS lets a reader name in advance. */
export function readStatements(actions: Iterable<string>, partition: string): { readonly actions: string[]; readonly resource: string }[] {
  const broad: string[] = [];
  const narrow: { actions: string[]; resource: string }[] = [];
  for (const action of [...new Set(actions)].sort()) {
    const resource = NARROWER[action];
    if (resource === undefined) broad.push(action);
    else narrow.push({ actions: [action], resource: `arn:${partition}:${resource}` });
  }
  return [{ actions: broad, resource: '*' }, ...narrow];
}
