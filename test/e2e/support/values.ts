import { type Assembly, propertiesOf, target } from './assembly.ts';

/** Place of the resources of a template. */
export interface Place {
  readonly accountId: string;
  readonly region: string;
  /** Names of tables by their logical id, where they are not the id. */
  readonly tables?: ReadonlyMap<string, string>;
  /** Value of a reference to a queue: its URL. @default its name */
  readonly queueUrl?: (name: string) => string;
  /** Values of the template's parameters. */
  readonly parameters?: Readonly<Record<string, string>>;
}

/** The names and ARNs of the resources of a template, and the values of its functions. */
export interface Values {
  nameOf(id: string): string;
  arnOf(id: string): string;
  /** A value without functions of CloudFormation. @throws Error for a function or an attribute that is not known here */
  resolve(value: unknown): unknown;
  /** @throws Error if the value is not a text */
  text(value: unknown): string;
}

/** Makes one of the ARN's resource part. */
const ARNS: Readonly<Record<string, (name: string) => string>> = {
  'AWS::CloudWatch::Alarm': (name) => `cloudwatch:REGION:ACCOUNT:alarm:${name}`,
  'AWS::DynamoDB::GlobalTable': (name) => `dynamodb:REGION:ACCOUNT:table/${name}`,
  'AWS::Events::EventBus': (name) => `events:REGION:ACCOUNT:event-bus/${name}`,
  'AWS::IAM::Role': (name) => `iam::ACCOUNT:role/${name}`,
  'AWS::KMS::Key': (name) => `kms:REGION:ACCOUNT:key/${name}`,
  'AWS::Lambda::Function': (name) => `lambda:REGION:ACCOUNT:function:${name}`,
  'AWS::Logs::LogGroup': (name) => `logs:REGION:ACCOUNT:log-group:${name}:*`,
  'AWS::SQS::Queue': (name) => `sqs:REGION:ACCOUNT:${name}`,
};

/** Label of the one stream of a table. */
const STREAM = '/stream/latest';

export function valuesOf(assembly: Assembly, { accountId, region, tables, queueUrl = (name) => name, parameters = {} }: Place): Values {
  const typeOf = (id: string): string | undefined => assembly.resources[id]?.Type;
  const nameOf = (id: string): string => {
    const type = typeOf(id);
    if (!type) throw new Error(`the template has no resource ${id}`);
    const { RoleName, Name, LogGroupName, FifoQueue } = propertiesOf(assembly, id);
    if (type === 'AWS::IAM::Role' && RoleName !== undefined) return text(RoleName);
    if (type === 'AWS::Events::EventBus') return text(Name);
    if (type === 'AWS::Logs::LogGroup' && LogGroupName !== undefined) return text(LogGroupName);
    // CloudFormation makes the names of queues itself, with the suffix that FIFO wants.
    if (type === 'AWS::SQS::Queue') return FifoQueue === true ? `${id}.fifo` : id;
    return tables?.get(id) ?? id;
  };
  const arnOf = (id: string): string => {
    const type = typeOf(id) ?? '';
    if (type === 'AWS::Events::Rule') {
      const { EventBusName } = propertiesOf(assembly, id);
      return arn(`events:REGION:ACCOUNT:rule/${EventBusName === undefined ? '' : `${text(EventBusName)}/`}${id}`);
    }
    const form = ARNS[type];
    if (!form) throw new Error(`the ARN of a ${type} is not known here: ${id}`);
    return arn(form(nameOf(id)));
  };
  const arn = (form: string): string => `arn:aws:${form.replace('REGION', region).replace('ACCOUNT', accountId)}`;

  const PSEUDO: Readonly<Record<string, string>> = {
    'AWS::AccountId': accountId,
    'AWS::Partition': 'aws',
    'AWS::Region': region,
    'AWS::StackId': arn('cloudformation:REGION:ACCOUNT:stack/Csmm/1'),
    'AWS::StackName': 'Csmm',
    'AWS::URLSuffix': 'amazonaws.com',
  };
  const ref = (id: string): string =>
    parameters[id] ??
    PSEUDO[id] ??
    (typeOf(id) === 'AWS::Lambda::Alias' ? aliasArn(id) : undefined) ??
    (typeOf(id) === 'AWS::SQS::Queue' ? queueUrl(nameOf(id)) : nameOf(id));
  const aliasArn = (id: string): string => {
    const { FunctionName, Name } = propertiesOf(assembly, id);
    return `${arnOf(target(FunctionName))}:${text(Name)}`;
  };
  const attribute = ([id = '', name = '']: readonly string[]): string => {
    if (name === 'Arn') return arnOf(id);
    if (name === 'StreamArn') return `${arnOf(id)}${STREAM}`;
    if (name === 'QueueName' || name === 'Name') return nameOf(id);
    throw new Error(`the attribute ${name} of ${id} is not known here`);
  };
  const resolve = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(resolve);
    if (typeof value !== 'object' || value === null) return value;
    const [[name = '', operand] = [], ...others] = Object.entries(value);
    if (others.length === 0 && name === 'Ref') return ref(String(operand));
    if (others.length === 0 && name === 'Fn::GetAtt') return attribute(operand as string[]);
    if (others.length === 0 && name === 'Fn::Join') {
      const [separator, parts] = operand as [string, unknown[]];
      return parts.map(text).join(separator);
    }
    if (name.startsWith('Fn::')) throw new Error(`the function ${name} is not known here`);
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, resolve(member)]));
  };
  function text(value: unknown): string {
    const resolved = resolve(value);
    if (typeof resolved !== 'string') throw new Error(`${JSON.stringify(value)} is no text`);
    return resolved;
  }
  return { nameOf, arnOf, resolve, text };
}
