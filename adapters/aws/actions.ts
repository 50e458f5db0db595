/** Prefix of a service's IAM actions, if it is neither the SDK's name of the service in lower case nor that of boto3. */
const PREFIXES: Readonly<Record<string, string>> = {
  accessanalyzer: 'access-analyzer',
  apigatewayv2: 'apigateway',
  cloudwatchlogs: 'logs',
  configservice: 'config',
  efs: 'elasticfilesystem',
  elasticloadbalancingv2: 'elasticloadbalancing',
  elb: 'elasticloadbalancing',
  elbv2: 'elasticloadbalancing',
  eventbridge: 'events',
  opensearch: 'es',
  resourcegroupstaggingapi: 'tag',
  s3control: 's3',
  'sso-admin': 'sso',
  ssoadmin: 'sso',
};

/** IAM actions that are not named after their API operation, by service and operation, or by the action that the name suggests. */
const ACTIONS: Readonly<Record<string, string>> = {
  'apigateway:GetDomainName': 'apigateway:GET',
  'apigateway:GetDomainNames': 'apigateway:GET',
  'apigateway:UpdateDomainName': 'apigateway:PATCH',
  's3:DeleteBucketEncryption': 's3:PutEncryptionConfiguration',
  's3:DeletePublicAccessBlock': 's3:PutBucketPublicAccessBlock',
  's3:GetBucketEncryption': 's3:GetEncryptionConfiguration',
  's3:GetPublicAccessBlock': 's3:GetBucketPublicAccessBlock',
  's3:HeadBucket': 's3:ListBucket',
  's3:ListBuckets': 's3:ListAllMyBuckets',
  's3:PutBucketEncryption': 's3:PutEncryptionConfiguration',
  's3:PutPublicAccessBlock': 's3:PutBucketPublicAccessBlock',
  's3control:DeletePublicAccessBlock': 's3:PutAccountPublicAccessBlock',
  's3control:GetPublicAccessBlock': 's3:GetAccountPublicAccessBlock',
  's3control:PutPublicAccessBlock': 's3:PutAccountPublicAccessBlock',
};

/** Returns the IAM action that allows an API call, such as `ec2:DescribeVolumes`, from the SDK's names of client and command. */
export const iamAction = (clientName: string, commandName: string): string =>
  iamActionOf(clientName.replace(/Client$/, '').toLowerCase(), commandName.replace(/Command$/, ''));

/**
 * Returns the IAM action that allows an operation of a service. The service has the name that boto3 uses, such as `s3control`.
 * Source: https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
 */
export function iamActionOf(service: string, operation: string): string {
  const action = `${PREFIXES[service] ?? service}:${operation}`;
  return ACTIONS[`${service}:${operation}`] ?? ACTIONS[action] ?? action;
}

/** Actions that can be limited to some resources. `*` in API Gateway would also allow reading API keys. */
const NARROWER: Readonly<Record<string, string>> = { 'apigateway:GET': 'apigateway:*::/domainnames*' };

/** Returns the statements that allow `actions`, each limited as far as AWS lets a reader name resources in advance. */
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
