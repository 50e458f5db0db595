import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { DUE_INDEX } from '../../adapters/aws/remediation-keys.ts';
import { dynamoRemediationStore } from '../../adapters/aws/remediation-store.ts';
import { MAX_DOCUMENT_BYTES, type PolicyRef, policyNamed } from '../../core/remediation/policy-drift/policy-document.ts';
import { type CommandServer, commandServer } from '../support/command-server.ts';
import { createTable, dynamoDbClient } from '../support/dynamodb-local.ts';
import { csmm, directoryOf, stubDeployment } from './support.ts';

const ACCOUNT = '111111111111';
const POLICY = '{ "Version": "2012-10-17", "Statement": [] }';
const fileOf = async (text: string): Promise<string> => `${await directoryOf({ 'policy.json': text })}/policy.json`;
const command = async (name: string, text = POLICY, ...options: string[]) => [
  ...['remediation', 'record-policy', name, '--account', ACCOUNT, '--document', await fileOf(text)],
  ...options,
];

describe('csmm remediation record-policy, before it calls anybody', () => {
  it.each([
    ['the policy of another account', 'arn:aws:iam::222222222222:policy/a', POLICY, 'is not a policy of account 111111111111'],
    ['a policy of AWS', 'arn:aws:iam::aws:policy/a', POLICY, 'is not a policy of account'],
    ['a name that is none', 'a/b/c', POLICY, 'Fix: pass the ARN of a customer managed policy'],
    ['a name that would move the cursor', 'a\u001b[2J', POLICY, 'is not a policy of account'],
    ['a file that is no JSON', 'a', '{', 'is not a policy document'],
    ['a file that is a list', 'a', '[]', 'is not a policy document'],
    ['a file that states nothing', 'a', '{"Version":"2012-10-17"}', 'is not a policy document'],
    [
      'a file that is too long',
      'a',
      `{"Statement":"${'x'.repeat(MAX_DOCUMENT_BYTES)}"}`,
      `is too long: IAM allows ${MAX_DOCUMENT_BYTES} bytes`,
    ],
  ])('refuses %s', async (_, name, text, told) => {
    const { code, stdout, stderr } = await csmm(await command(name, text), {
      env: { AWS_REGION: 'eu-west-1', CSMM_REMEDIATIONS_TABLE: 't' },
    });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(told);
    expect(stderr).not.toContain('\u001b');
  });

  it('refuses an account that is none, a file that is not there, and no deployment', async () => {
    const env = { AWS_REGION: 'eu-west-1', CSMM_REMEDIATIONS_TABLE: 't' };
    const given = ['remediation', 'record-policy', 'a', '--document', await fileOf(POLICY), '--account'];
    expect(await csmm([...given, '1'], { env })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('is not a policy of account 1'),
    });
    const missing = ['remediation', 'record-policy', 'a', '--account', ACCOUNT, '--document', '/no/such/file'];
    expect(await csmm(missing, { env })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('cannot open /no/such/file: it does not exist'),
    });
    expect(await csmm([...given, ACCOUNT], { env: { AWS_REGION: 'eu-west-1' } })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('RemediationsTableName'),
    });
  });
});

const endpoint = inject('dynamoDbEndpoint');
const motoEndpoint = inject('motoEndpoint');

describe.skipIf(!endpoint || !motoEndpoint)('csmm remediation record-policy', () => {
  const client = dynamoDbClient(endpoint ?? '');
  let table: string;
  let server: CommandServer;
  let env: Record<string, string>;
  beforeEach(async () => {
    stubDeployment(endpoint, motoEndpoint);
    table = await createTable(client, 'remediations', DUE_INDEX);
    server = await commandServer(dynamoRemediationStore(client, table));
    env = { AWS_REGION: 'eu-west-1', CSMM_REMEDIATIONS_TABLE: table, CSMM_COMMANDS: server.commands };
  });
  afterEach(() => server.close());
  afterEach(() => vi.unstubAllEnvs());
  const recorded = (name: string) => dynamoRemediationStore(client, table).readBaseline(policyNamed(ACCOUNT, name) as PolicyRef);

  it.each(['arn:aws:iam::111111111111:policy/team/orders', 'orders/access', 'orders'])(
    'records what %s is to say, when and by whom',
    async (name) => {
      const { code, stdout } = await csmm(await command(name, POLICY, '--yes'), { env });
      expect(code).toBe(0);
      expect(stdout).toContain('has no approved document yet');
      expect(stdout).toContain('Recorded');
      expect(await recorded(name)).toMatchObject({
        resource: { accountId: ACCOUNT, resourceId: name },
        document: '{"Version":"2012-10-17","Statement":[]}',
        approvedAt: expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/),
        approvedBy: expect.stringMatching(/^arn:aws:/),
        revision: 1,
      });
    },
  );

  it('asks, says what it takes the place of, and changes nothing without a yes', async () => {
    await csmm(await command('orders', POLICY, '--yes'), { env });
    const other = '{"Statement":["other"]}';
    const terminal = { columns: 100, rows: 30 };
    const asked = await csmm(await command('orders', other), { env, terminal, stdin: 'no\n' });
    expect(asked).toMatchObject({ code: 2, stderr: expect.stringContaining('nothing was changed') });
    expect(asked.stdout).toMatch(/replaces the document that arn:aws:\S+ approved/);
    expect(await recorded('orders')).toMatchObject({ revision: 1 });
    expect(await csmm(await command('orders', other), { env })).toMatchObject({ code: 2, stderr: expect.stringContaining('--yes') });
    const told = await csmm(await command('orders', other, '--yes', '--json'), { env });
    expect(JSON.parse(told.stdout)).toEqual(await recorded('orders'));
    expect(await recorded('orders')).toMatchObject({ revision: 2, document: other });
  });
});
