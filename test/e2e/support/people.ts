import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DOORS, isDoor } from '../../../core/remediation/commands/doors.ts';
import { PEOPLE, type PersonRole } from '../../../lib/people-policies.ts';
import { statementsOf } from '../../support/iam.ts';
import { idsOf, propertiesOf, target } from './assembly.ts';
import type { Authority, Deployed, RoleOfTemplate } from './authority.ts';
import { type GateOptions, openGate } from './gate.ts';
import type { DeployedFunction } from './lambda.ts';

/** A person who has one of the policies for people and nothing else, on the way to the table and to the URLs of the command function. */
export interface Person {
  /** ARN that the function sees. */
  readonly arn: string;
  /** Endpoint of DynamoDB that lets through what the policy allows. */
  readonly dynamoDbUrl: string;
  /** URLs of the command function, as the output of the stack. */
  readonly commands: string;
  close(): Promise<void>;
}

export interface PeopleOptions extends Deployed {
  readonly authority: Authority;
  readonly region: string;
  readonly functions: ReadonlyMap<string, DeployedFunction>;
  readonly gate: Omit<GateOptions, 'role' | 'assumed'>;
}

/** The role of a person, with the managed policy of the template. */
function roleOf(person: PersonRole, name: string, { assembly, values, accountId, region }: PeopleOptions): RoleOfTemplate {
  const id = idsOf(assembly, 'AWS::IAM::ManagedPolicy').find((each) => {
    const { ManagedPolicyName } = propertiesOf(assembly, each);
    return ManagedPolicyName !== undefined && values.text(ManagedPolicyName) === `csmm-remediation-${person}-${region}`;
  });
  if (!id) throw new Error(`no policy for ${person}: allowed are ${PEOPLE.join(', ')}`);
  const statements = statementsOf(values.resolve(propertiesOf(assembly, id).PolicyDocument));
  return { label: `person ${person}`, principal: { kind: 'role', accountId, arn: `arn:aws:iam::${accountId}:role/${name}` }, statements };
}

export async function openPerson(person: PersonRole, name: string, options: PeopleOptions): Promise<Person> {
  const { assembly, values, accountId, region, authority, functions, gate } = options;
  const role = roleOf(person, name, options);
  const table = await openGate({ ...gate, role, assumed: new Map() });
  const arn = `arn:aws:sts::${accountId}:assumed-role/${name}/session`;
  const [alias] = idsOf(assembly, 'AWS::Lambda::Alias');
  const functionId = target(propertiesOf(assembly, alias ?? '').FunctionName);
  const command = functions.get(functionId);
  if (!command) throw new Error('no command function');

  /** https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html and urls-invocation.html */
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const door = request.url?.slice(1);
    const answer = (status: number, body: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    };
    if (!isDoor(door)) return answer(404, { Message: 'Not Found' });
    if (!/^AWS4-HMAC-SHA256 Credential=[^/]+\/\d{8}\/[\w-]+\/lambda\/aws4_request/.test(String(request.headers.authorization)))
      return answer(403, { Message: 'Forbidden' });
    const resource = `${values.arnOf(functionId)}:${door}`;
    const keys = { 'lambda:functionurlauthtype': 'AWS_IAM', 'lambda:invokedviafunctionurl': 'true' };
    const may = (action: string) => authority.mayRole(role, { action, resource, accountId, region, context: keys });
    if (!['lambda:InvokeFunctionUrl', 'lambda:InvokeFunction'].every(may)) return answer(403, { Message: 'Forbidden' });
    const iam = { accountId, userArn: arn, userId: `AROA:${name}`, callerId: `AROA:${name}`, accessKey: 'ASIA', principalOrgId: null };
    const event = {
      version: '2.0',
      body: Buffer.concat(chunks).toString(),
      isBase64Encoded: false,
      requestContext: { accountId, requestId: crypto.randomUUID(), authorizer: { iam } },
    };
    try {
      const { statusCode, body } = (await command.invoke(event, door)) as { statusCode: number; body: string };
      answer(statusCode, body);
    } catch (error) {
      command.output.push(String(error));
      answer(502, 'Internal Server Error');
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    arn,
    dynamoDbUrl: table.url,
    commands: DOORS.map((door) => `${door}=http://127.0.0.1:${port}/${door}`).join(' '),
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await table.close();
    },
  };
}
