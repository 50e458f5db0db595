import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { DUE_INDEX } from '../../adapters/aws/remediation-keys.ts';
import { dynamoRemediationStore } from '../../adapters/aws/remediation-store.ts';
import { minutesAfter } from '../../core/remediation/decide/decision.ts';
import type { Attempt, Remediation } from '../../core/remediation/model/record.ts';
import type { RemediationStore } from '../../core/remediation/ports.ts';
import { next } from '../../core/remediation/run/commit.ts';
import { CALLER, type CommandServer, commandServer } from '../support/command-server.ts';
import { createTable, dynamoDbClient } from '../support/dynamodb-local.ts';
import { stored } from '../support/seals.ts';
import { csmm, stubDeployment } from './support.ts';

const ID = '0123456789abcdef01234567';
const START = '2026-11-18T12:00:00.000Z';

const planned: Remediation = {
  id: ID,
  controlId: 'STR-L2-01',
  resource: { accountId: '111111111111', region: 'eu-west-1', resourceType: 'AWS::S3::Bucket', resourceId: 'orders\u001b[31m' },
  status: 'WAITING_FOR_APPROVAL',
  reason: 'the mode is approve',
  revision: 1,
  failingSince: START,
  updatedAt: START,
  plan: {
    mode: 'approve',
    runbook: 'CSMM-EnableBucketVersioning',
    parameters: { BucketName: ['orders'] },
    region: 'eu-west-1',
    risk: 'safe',
    reversible: true,
    impact: 'Old versions are paid for.',
    stateHash: 'hash',
    finding: 'versioning is Off',
  },
  attempts: [],
  trail: [{ at: START, status: 'WAITING_FOR_APPROVAL', reason: 'the mode is approve' }],
};

describe('csmm remediation, before it calls anybody', () => {
  it.each([
    ['list', [], {}, '--region or AWS_REGION'],
    ['stop', ['--region', 'eu-west-1'], {}, '--table or CSMM_REMEDIATIONS_TABLE'],
    ['list', ['--status', 'DONE'], { AWS_REGION: 'eu-west-1' }, 'Allowed choices are NEW'],
  ])('asks %s for what is missing (%j)', async (command, options, env, remedy) => {
    const { code, stderr } = await csmm(['remediation', command, ...options], { env });
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(remedy) });
  });
});

const endpoint = inject('dynamoDbEndpoint');
const motoEndpoint = inject('motoEndpoint');

describe.skipIf(!endpoint || !motoEndpoint)('csmm remediation on a deployment', () => {
  const client = dynamoDbClient(endpoint ?? '');
  let store: RemediationStore;
  let server: CommandServer;
  let env: Record<string, string>;

  beforeEach(async () => {
    stubDeployment(endpoint, motoEndpoint);
    const table = await createTable(client, 'remediations', DUE_INDEX);
    store = dynamoRemediationStore(client, table);
    server = await commandServer(store);
    env = { AWS_REGION: 'eu-west-1', CSMM_REMEDIATIONS_TABLE: table, CSMM_COMMANDS: server.commands };
    await store.commitRemediation({ previous: undefined, next: planned });
  });
  afterEach(() => server.close());
  afterEach(() => vi.unstubAllEnvs());

  const remediation = (command: string, ...rest: string[]) => csmm(['remediation', command, ...rest], { env });
  /** Moves the remediation on, as the deployment would. */
  const move = async (changed: Partial<Remediation>): Promise<void> => {
    const previous = await store.readRemediation(ID);
    if (!previous) throw new Error('there is none');
    const now = () => minutesAfter(previous.updatedAt, 1);
    expect(await store.commitRemediation({ previous, next: next(previous, { now }, { ...previous, ...changed }) })).toBe(true);
  };

  it('says that nothing was switched on, switches it on, stops it, and tells since when and by whom', async () => {
    expect((await remediation('list')).stdout).toContain('STOPPED remediation was never started. Fix: run csmm remediation resume');
    const resumed = await remediation('resume');
    expect({ code: resumed.code, stderr: resumed.stderr }).toEqual({ code: 0, stderr: '' });
    const on = await store.readSwitch();
    expect(on).toMatchObject({ running: true, by: CALLER, revision: 1 });
    expect((await remediation('stop', '--reason', 'incident 42')).stdout).toContain('STOPPED all accounts since');
    expect(await store.listStops()).toMatchObject([
      { kind: 'starts', scope: {}, reason: 'incident 42', by: expect.stringMatching(/^arn:aws:/) },
    ]);
    const { stdout } = await remediation('list');
    expect(stdout).toContain('STOPPED all accounts since');
    expect(stdout).toContain('incident 42');
    expect((await remediation('resume')).stdout).toContain('Running since');
    expect(await store.listStops()).toEqual([]);
  });

  it('stops also where STS does not say who asks', async () => {
    await remediation('resume');
    vi.stubEnv('AWS_ENDPOINT_URL_STS', 'http://127.0.0.1:1');
    const { code } = await remediation('stop');
    expect(code).toBe(0);
    expect(await store.listStops()).toMatchObject([{ by: 'an unknown caller (STS did not answer)' }]);
  });

  it('lists by status, and shows one from its failure on, without the control characters of its name', async () => {
    const { stdout } = await remediation('list', '--status', 'WAITING_FOR_APPROVAL', 'PLANNED');
    expect(stdout).toContain(ID);
    expect(stdout).not.toContain('\u001b');
    expect((await remediation('list', '--status', 'SUCCEEDED')).stdout).toContain('No remediations found');
    const shown = (await remediation('show', ID)).stdout;
    for (const text of [
      'CSMM-EnableBucketVersioning in eu-west-1, mode approve',
      'BucketName=orders',
      'reversible',
      'the mode is approve',
    ]) {
      expect(shown).toContain(text);
    }
    expect(JSON.parse((await remediation('show', ID, '--json')).stdout)).toEqual(planned);
  });

  it('exits with 2 for a remediation that is not there', async () => {
    for (const command of ['show', 'approve', 'rollback', 'resume', 'release']) {
      const { code, stderr } = await remediation(command, 'f'.repeat(24), ...(command === 'show' ? [] : ['--yes']));
      expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(`remediation ${'f'.repeat(24)} does not exist`) });
    }
  });

  it('approves what is planned, and nothing else', async () => {
    const { code, stdout } = await remediation('approve', ID, '--yes');
    expect(code).toBe(0);
    expect(stdout).toContain('APPROVED');
    expect(await store.readRemediation(ID)).toMatchObject({
      status: 'APPROVED',
      approval: { stateHash: 'hash', by: CALLER, userId: 'AIDA', requestId: 'request' },
    });
    const again = await remediation('approve', ID, '--yes');
    expect({ code: again.code, stderr: again.stderr }).toEqual({ code: 2, stderr: expect.stringContaining('is APPROVED') });
  });

  it('asks before it approves, and does nothing where nobody can answer', async () => {
    const { code, stderr } = await remediation('approve', ID);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('Fix: pass --yes') });
    expect((await store.readRemediation(ID))?.status).toBe('WAITING_FOR_APPROVAL');
  });

  it('has what was done taken back, and lets it be done again by name', async () => {
    const execution = {
      kind: 'fix',
      runbook: 'CSMM-EnableBucketVersioning',
      parameters: {},
      region: 'eu-west-1',
      stateHash: 'hash',
      token: 't',
    } as const;
    const attempt = { ...execution, intendedAt: START, executionId: 'e-1', outcome: 'verified', at: START, reason: 'read again' } as const;
    const { seal } = await stored({ ...planned, attempts: [attempt] });
    await move({ status: 'SUCCEEDED', attempts: [attempt], ...(seal !== undefined && { seal }) });
    expect((await remediation('rollback', ID, '--yes')).stdout).toContain('ROLLBACK_REQUESTED');
    await move({ status: 'ROLLED_BACK' });
    expect((await remediation('resume', ID, '--yes')).stdout).toContain('NEW');
    expect(await store.readRemediation(ID)).toMatchObject({ status: 'NEW', dueAt: expect.any(String), releasedAt: expect.any(String) });
  });

  it('cancels what runs, where all is to stop', async () => {
    await move({ status: 'RUNNING' });
    for (const option of ['--runs', '--all']) {
      const { stdout } = await remediation('stop', option, '--json');
      expect(JSON.parse(stdout)).toMatchObject({ stop: { kind: 'starts', scope: {} }, cancelling: [ID] });
    }
    expect(await store.readRemediation(ID)).toMatchObject({ stopAskedBy: CALLER, dueAt: expect.any(String) });
  });

  it('stops and resumes one account, one control, and rollbacks', async () => {
    await remediation('resume');
    const here = ['--account', '111111111111', '--control', 'str-l2-01'];
    await remediation('stop', ...here);
    await remediation('stop', '--rollbacks');
    const stops = await store.listStops();
    expect(stops.map(({ kind, scope }) => [kind, scope])).toEqual([
      ['starts', { accountId: '111111111111', controlId: 'STR-L2-01' }],
      ['rollbacks', {}],
    ]);
    expect((await remediation('list')).stdout).toContain('STOPPED rollbacks of all accounts since');
    const { stdout } = await remediation('resume', ...here, '--json');
    expect(JSON.parse(stdout)).toMatchObject({ switch: { resumed: [{ accountId: '111111111111' }] }, stops: [{ kind: 'rollbacks' }] });
    const wrong = await remediation('stop', '--account', '1');
    expect({ code: wrong.code, stderr: wrong.stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining('1 is not the ID of an account'),
    });
  });

  it('stops although the command function does not answer, and says that it could not cancel', async () => {
    await move({ status: 'RUNNING' });
    server.instead = { status: 502, body: 'Internal Server Error' };
    const { code, stderr } = await remediation('stop', '--runs');
    expect({ code, stderr }).toEqual({
      code: 3,
      stderr: expect.stringMatching(/^csmm: not cancelled: the command function at .* failed \(502\)/),
    });
    expect(await store.listStops()).toHaveLength(1);
  });

  it.each([
    [{ status: 403, body: '{"Message":"Forbidden"}' }, 'IAM does not allow you to use'],
    [{ status: 502, body: 'Internal Server Error' }, 'failed (502). Fix: look at its log'],
    [{ status: 200, body: 'no JSON' }, 'failed (200)'],
    [{ status: 409, body: JSON.stringify({ error: 'the plan has \u001b[31mchanged' }) }, 'the plan has'],
  ])('tells what the function answered: %j', async (instead, told) => {
    server.instead = instead;
    const { code, stderr } = await remediation('approve', ID, '--yes');
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(told) });
    expect(stderr).not.toContain('\u001b');
  });

  it('signs each request for Lambda, and says what is missing where it cannot send one', async () => {
    await remediation('approve', ID, '--yes');
    expect(server.headers).toMatchObject([
      {
        authorization: expect.stringMatching(
          /^AWS4-HMAC-SHA256 Credential=local\/\d{8}\/eu-west-1\/lambda\/aws4_request, SignedHeaders=content-type;host;/,
        ),
      },
    ]);
    env.CSMM_COMMANDS = 'approve=http://127.0.0.1:1/approve';
    const away = await remediation('approve', ID, '--yes');
    expect({ code: away.code, stderr: away.stderr }).toEqual({ code: 2, stderr: expect.stringContaining('127.0.0.1:1 did not answer') });
    const missing = await remediation('release', ID, '--yes');
    expect({ code: missing.code, stderr: missing.stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining('the URL of the command function for operate is missing. Fix: pass the output Commands'),
    });
  });

  it('rejects, and exempts until a time', async () => {
    expect((await remediation('reject', ID, '--reason', 'not ours', '--yes')).stdout).toContain(`rejected by ${CALLER}: not ours`);
    const until = new Date(Date.now() + 86_400_000).toISOString();
    expect((await remediation('exempt', ID, '--until', until, '--reason', 'migration', '--yes')).stdout).toContain(`exempt until ${until}`);
    expect(await store.readRemediation(ID)).toMatchObject({ status: 'REFUSED', exemption: { until, by: CALLER } });
    expect((await remediation('exempt', ID, '--until', '91d', '--yes')).stderr).toContain('is not within the next 90 days');
    expect((await remediation('exempt', ID, '--until', '30d', '--yes')).stdout.replace(/\s+/g, ' ')).toContain('csmm remediation exempt');
    expect((await remediation('exempt', ID, '--until', 'soon', '--reason', 'x', '--yes')).stderr).toContain('soon is not a time');
  });

  describe('rolls back a time window', () => {
    const attempt: Attempt = {
      kind: 'fix',
      runbook: 'CSMM-EnableBucketVersioning',
      parameters: {},
      region: 'eu-west-1',
      stateHash: 'hash',
      token: 't',
      intendedAt: '2026-11-18T14:30:00.000Z',
      executionId: 'e-1',
      outcome: 'verified',
      at: START,
      reason: 'read again',
    };
    const between = ['--between', '2026-11-18T14:00:00Z', '2026-11-18T15:00:00Z'];
    const done = async (): Promise<string> => {
      const { seal } = await stored({ ...planned, attempts: [attempt] });
      await move({ status: 'SUCCEEDED', attempts: [attempt], ...(seal !== undefined && { seal }) });
      return JSON.parse((await remediation('rollback', ...between, '--json')).stdout).hash;
    };

    it('after a preview, with the hash of the list', async () => {
      const hash = await done();
      const preview = await remediation('rollback', ...between);
      expect(preview).toMatchObject({ code: 2, stderr: expect.stringContaining(`Fix: pass --yes ${hash.slice(0, 12)}`) });
      expect(preview.stdout).toContain('1 rollbacks of all accounts, from 2026-11-18T14:00:00.000Z to 2026-11-18T15:00:00.000Z');
      expect(preview.stdout).toContain(ID);
      expect((await remediation('rollback', ...between, '--yes', 'abc')).stderr).toContain('the list is not the one of abc');
      expect((await store.readRemediation(ID))?.status).toBe('SUCCEEDED');
      const { code, stdout } = await remediation('rollback', ...between, '--account', '111111111111', '--yes', hash);
      expect(code, 'another scope is another list').toBe(2);
      expect(stdout).toContain('1 rollbacks of account 111111111111');
      expect((await remediation('rollback', ...between, '--yes', hash.slice(0, 12))).stdout).toContain('csmm rolls back 1 remediations');
      expect(await store.readRemediation(ID)).toMatchObject({ status: 'ROLLBACK_REQUESTED', rollbackAsked: { by: CALLER } });
    });

    it('that has nothing, and refuses what is no window', async () => {
      expect(await remediation('rollback', ...between)).toMatchObject({ code: 0, stdout: expect.stringContaining('0 rollbacks') });
      for (const [options, told] of [
        [['--between', '14:00'], '--between needs two times'],
        [['--between', '14:00', 'x'], 'x is not a time'],
        [['--between', '15:00', '14:00'], 'the window is empty'],
        [[ID, ...between], 'an ID and --between do not go together'],
        [[], 'the remediation is missing'],
      ] as const) {
        expect(await remediation('rollback', ...options)).toMatchObject({ code: 2, stderr: expect.stringContaining(told) });
      }
    });

    it('and takes an ID after --yes for what it is', async () => {
      await done();
      expect((await remediation('rollback', '--yes', ID)).stdout).toContain('ROLLBACK_REQUESTED');
    });
  });
});
