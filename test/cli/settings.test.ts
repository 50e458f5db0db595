import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { dynamoStateStore } from '../../adapters/aws/dynamo-state-store.ts';
import { dynamoSettingsStore } from '../../adapters/aws/settings-store.ts';
import { CATALOGUE } from '../../controls/catalogue.ts';
import { type SettingsFacts, settingsRef } from '../../core/facts/csmm-settings.ts';
import { collectFacts } from '../../core/pipeline/collect.ts';
import { rescoreAccount } from '../../core/pipeline/rescore.ts';
import { createTable, dynamoDbClient } from '../support/dynamodb-local.ts';
import { csmm, directoryOf, stubDeployment } from './support.ts';

const EXCEPTION = "  - {control: STR-L1-02, owner: web@example.com, reason: a test, ticket: T-1, expires: '2099-01-01'}\n";
const FILE = `version: 1\napprovedRegions: [eu-west-1]\nexceptions:\n${EXCEPTION}`;

const fileOf = async (text: string): Promise<string> => `${await directoryOf({ 'csmm.yaml': text })}/csmm.yaml`;

describe('csmm settings validate', () => {
  it('says what a right file declares', async () => {
    const { code, stdout, stderr } = await csmm(['settings', 'validate', await fileOf(FILE)]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('declares approvedRegions, exceptions; 1 of 1 exceptions are valid');
  });

  it('lists everything that is wrong with its place, and exits with 2', async () => {
    const { code, stdout, stderr } = await csmm(['settings', 'validate', await fileOf('version: 1\nregions: []\ntargets: {iam: 101}\n')]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('csmm.yaml:2:1');
    expect(stderr).toContain('csmm.yaml:3:');
  });

  it('warns of an exception that has expired, and takes the file', async () => {
    const { code, stdout, stderr } = await csmm(['settings', 'validate', await fileOf(FILE.replace('2099', '2020'))]);
    expect(code).toBe(0);
    expect(stderr).toContain('is in the past');
    expect(stdout).toContain('0 of 1 exceptions are valid');
  });
});

describe('csmm settings, before it calls anybody', () => {
  it.each([
    ['diff', [], {}, '--region or AWS_REGION'],
    ['diff', ['--region', 'eu-west-1'], {}, '--table or CSMM_STATE_TABLE'],
    ['apply', ['--region', 'eu-west-1', '--table', 't'], {}, '--scores-table or CSMM_SCORES_TABLE'],
    ['show', [], { AWS_REGION: 'eu-west-1' }, 'output StateTableName'],
  ])('asks %s for what is missing (%j)', async (command, options, env, remedy) => {
    const file = command === 'show' ? [] : [await fileOf(FILE)];
    const { code, stderr } = await csmm(['settings', command, ...file, ...options], { env });
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(remedy) });
  });
});

const endpoint = inject('dynamoDbEndpoint');
const motoEndpoint = inject('motoEndpoint');

describe.skipIf(!endpoint || !motoEndpoint)('csmm settings on a deployment', () => {
  const client = dynamoDbClient(endpoint ?? '');
  const names = { stateTable: '', scoresTable: '' };
  let env: Record<string, string>;

  beforeEach(async () => {
    stubDeployment(endpoint, motoEndpoint);
    Object.assign(names, { stateTable: await createTable(client, 'state'), scoresTable: await createTable(client, 'scores') });
    env = { AWS_REGION: 'eu-west-1', CSMM_STATE_TABLE: names.stateTable, CSMM_SCORES_TABLE: names.scoresTable };
  });
  afterEach(() => vi.unstubAllEnvs());

  /** An account that the deployment has scored. */
  async function knownAccount(accountId: string): Promise<void> {
    const store = dynamoStateStore(client, names);
    const resource = { accountId, region: 'eu-west-1', resourceType: 'AWS::EC2::VPC', resourceId: 'vpc-1' };
    const evidence = { resource, capturedAt: '2026-01-01T00:00:00.000Z', parsed: { facts: {}, missing: {} } };
    await collectFacts(evidence, { store, rules: CATALOGUE.rules });
    await rescoreAccount(accountId, { store, catalogue: CATALOGUE });
  }
  const told = async (accountId: string) => {
    const stored = await dynamoStateStore(client, names).readResource(settingsRef(accountId));
    return stored && { ...(stored.parsed?.facts as SettingsFacts | undefined)?.settings, capturedAt: stored.capturedAt };
  };
  const applied = () => dynamoSettingsStore(client, names.stateTable).readSettings();
  const settings = (command: string, ...rest: string[]) => csmm(['settings', command, ...rest], { env });

  it('shows that nothing is applied', async () => {
    expect((await settings('show')).stdout).toContain('No settings are applied');
    expect(JSON.parse((await settings('show', '--json')).stdout)).toBeNull();
  });

  it('applies a file to every account that is known, and shows since when and by whom', async () => {
    for (const accountId of ['111111111111', '222222222222']) await knownAccount(accountId);
    const { code, stdout } = await settings('apply', await fileOf(FILE), '--yes');
    expect(code).toBe(0);
    expect(stdout).toContain('+ approvedRegions: eu-west-1');
    expect(stdout).toContain('Applied to 2 accounts');
    const shown = JSON.parse((await settings('show', '--json')).stdout);
    expect(shown).toMatchObject({
      revision: 1,
      appliedBy: expect.stringMatching(/^arn:aws:/),
      document: { approvedRegions: ['eu-west-1'] },
    });
    for (const accountId of ['111111111111', '222222222222']) {
      expect(await told(accountId)).toMatchObject({
        approvedRegions: ['eu-west-1'],
        exceptions: [{ ticket: 'T-1' }],
        capturedAt: shown.appliedAt,
      });
    }
  });

  it('shows what a file would change, and changes nothing', async () => {
    await settings('apply', await fileOf(FILE), '--yes');
    const { code, stdout } = await settings(
      'diff',
      await fileOf(FILE.replace('2099-01-01', '2098-01-01').replace('eu-west-1', 'us-east-1')),
    );
    expect(code).toBe(0);
    expect(stdout).toContain('+ approvedRegions: us-east-1');
    expect(stdout).toContain('− approvedRegions: eu-west-1');
    expect(stdout).toContain('~ exceptions: STR-L1-02 in every account: expires "2099-01-01" → "2098-01-01"');
    expect((await applied())?.revision).toBe(1);
  });

  it('applies a second file after the first, though the clock has gone back', async () => {
    await knownAccount('111111111111');
    await settings('apply', await fileOf(FILE), '--yes');
    const first = await applied();
    const store = dynamoSettingsStore(client, names.stateTable);
    const ahead = '2099-06-01T00:00:00.000Z';
    await store.applySettings(first, { ...first!, appliedAt: ahead, expiredUntil: ahead, revision: 2 });
    await settings('apply', await fileOf('version: 1\n'), '--yes');
    expect(await applied()).toMatchObject({ revision: 3, appliedAt: '2099-06-01T00:00:00.001Z' });
    expect(await told('111111111111')).toMatchObject({ exceptions: [], capturedAt: '2099-06-01T00:00:00.001Z' });
  });

  it('goes on where it was broken off, without applying anew', async () => {
    await knownAccount('111111111111');
    await settings('apply', await fileOf(FILE), '--yes');
    const first = await applied();
    await knownAccount('222222222222');
    const { code, stdout } = await settings('apply', await fileOf(FILE));
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('No changes') });
    expect(await applied()).toEqual(first);
    expect((await told('222222222222'))?.capturedAt).toBe(first?.appliedAt);
  });

  it('asks on a terminal, and applies nothing without a yes', async () => {
    const terminal = { columns: 100, rows: 30 };
    const file = await fileOf(FILE);
    const refused = await csmm(['settings', 'apply', file], { env, terminal, stdin: 'no\n' });
    expect({ code: refused.code, stderr: refused.stderr }).toEqual({ code: 2, stderr: expect.stringContaining('nothing was applied') });
    expect(await applied()).toBeUndefined();
    expect((await csmm(['settings', 'apply', file], { env, terminal, stdin: 'yes\n' })).code).toBe(0);
    expect(await applied()).toMatchObject({ revision: 1 });
  });

  it('applies nothing where nobody can be asked and --yes is not given', async () => {
    const { code, stderr } = await settings('apply', await fileOf(FILE));
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('--yes') });
    expect(await applied()).toBeUndefined();
  });

  it('names a table that is not there', async () => {
    const { code, stderr } = await settings('show', '--table', 'nowhere');
    expect(code).toBe(2);
    expect(stderr).toContain('ResourceNotFoundException');
    expect(stderr).not.toContain('internal error');
  });
});
