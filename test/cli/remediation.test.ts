import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { DUE_INDEX } from '../../adapters/aws/remediation-keys.ts';
import { dynamoRemediationStore } from '../../adapters/aws/remediation-store.ts';
import { minutesAfter } from '../../core/remediation/decide/decision.ts';
import type { Remediation } from '../../core/remediation/model/record.ts';
import type { RemediationStore } from '../../core/remediation/ports.ts';
import { next } from '../../core/remediation/run/commit.ts';
import { createTable, dynamoDbClient } from '../support/dynamodb-local.ts';
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
  let env: Record<string, string>;

  beforeEach(async () => {
    stubDeployment(endpoint, motoEndpoint);
    const table = await createTable(client, 'remediations', DUE_INDEX);
    store = dynamoRemediationStore(client, table);
    env = { AWS_REGION: 'eu-west-1', CSMM_REMEDIATIONS_TABLE: table };
    await store.commitRemediation({ previous: undefined, next: planned });
  });
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
    expect(on).toMatchObject({ running: true, by: expect.stringMatching(/^arn:aws:/), revision: 1 });
    await remediation('resume');
    expect(await store.readSwitch(), 'what is switched on stays as it is').toEqual(on);
    expect((await remediation('stop', '--reason', 'incident 42')).stdout).toContain('STOPPED since');
    expect(await store.readSwitch()).toMatchObject({ running: false, reason: 'incident 42', revision: 2 });
  });

  it('stops also where STS does not say who asks', async () => {
    await remediation('resume');
    vi.stubEnv('AWS_ENDPOINT_URL_STS', 'http://127.0.0.1:1');
    const { code } = await remediation('stop');
    expect(code).toBe(0);
    expect(await store.readSwitch()).toMatchObject({ running: false, by: 'an unknown caller (STS did not answer)' });
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
    for (const command of ['show', 'approve', 'rollback', 'resume']) {
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
      approval: { stateHash: 'hash', by: expect.stringMatching(/^arn:/) },
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
    await move({ status: 'SUCCEEDED', attempts: [attempt] });
    expect((await remediation('rollback', ID, '--yes')).stdout).toContain('ROLLBACK_REQUESTED');
    await move({ status: 'ROLLED_BACK' });
    expect((await remediation('resume', ID, '--yes')).stdout).toContain('NEW');
    expect(await store.readRemediation(ID)).toMatchObject({ status: 'NEW', dueAt: expect.any(String), releasedAt: expect.any(String) });
  });

  it('cancels what runs, where all is to stop', async () => {
    await move({ status: 'RUNNING' });
    const { stdout } = await remediation('stop', '--all', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ switch: { running: false }, cancelling: [ID] });
    expect(await store.readRemediation(ID)).toMatchObject({ stopAskedBy: expect.stringMatching(/^arn:/), dueAt: expect.any(String) });
  });
});
