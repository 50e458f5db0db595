import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { DOCTOR_PERMISSIONS } from '../../adapters/aws/doctor/permissions.ts';
import { freshAccount, useMoto } from '../support/moto.ts';
import { csmm } from './support.ts';

/** A folder with a `cdk.json`. */
function folderWith(content: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'csmm-doctor-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'cdk.json'), content);
  return folder;
}

describe('csmm doctor, before it calls anybody', () => {
  it.each<[string, string[], Record<string, string>, string]>([
    ['no Region', [], {}, 'the home Region is missing. Fix: pass --region, -c homeRegion=… or AWS_REGION'],
    ['a misspelled Region', ['--region', 'eu-wset-1'], {}, '--region is not a Region'],
    ['a context value without a name', ['-c', '=x'], { AWS_REGION: 'eu-west-1' }, '--context is not name=value: given "=x"'],
    ['an invalid context value', ['-c', 'homeRegion=Ireland'], {}, 'homeRegion is "Ireland", but must be a Region such as eu-west-1'],
    ['an organization without units', ['-c', 'homeRegion=eu-west-1', '-c', 'organizationId=o-a1b2c3d4e5'], {}, 'organizationId needs'],
    [
      'an invalid bootstrap',
      ['-c', '@aws-cdk/core:bootstrapQualifier=../x', '--region', 'eu-west-1'],
      {},
      'is not the name of a bootstrap',
    ],
  ])('refuses %s', async (_, argv, env, message) => {
    const { code, stdout, stderr } = await csmm(['doctor', ...argv], { env });
    expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: '', stderr: expect.stringContaining(message) });
  });

  it.each([
    ['is not JSON', '{', 'cdk.json is not JSON'],
    ['has an invalid value', '{"context": {"homeRegion": 5}}', 'homeRegion is "5", but must be a Region'],
  ])('refuses a cdk.json that %s', async (_, content, message) => {
    const { code, stderr } = await csmm(['doctor'], { cwd: folderWith(content), env: { AWS_REGION: 'eu-west-1' } });
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) });
  });

  it('prints the policy that it needs, and its help lists the actions', async () => {
    const { code, stdout } = await csmm(['doctor', '--print-policy']);
    const [statement, ...others] = JSON.parse(stdout).Statement;
    expect({ code, others, actions: statement.Action, resource: statement.Resource }).toEqual({
      code: 0,
      others: [],
      actions: DOCTOR_PERMISSIONS,
      resource: '*',
    });
    expect(DOCTOR_PERMISSIONS.filter((action) => !/:(Get|List|Describe|Query)/.test(action))).toEqual([]);
    const help = (await csmm(['doctor', '--help'])).stdout;
    for (const action of DOCTOR_PERMISSIONS) expect(help).toContain(action);
  });
});

const motoEndpoint = useMoto();

describe.skipIf(!motoEndpoint)('csmm doctor in a fresh account', () => {
  let env: Record<string, string>;
  let account: Awaited<ReturnType<typeof freshAccount>>;

  beforeEach(async () => {
    account = await freshAccount();
    const { accessKeyId, secretAccessKey, sessionToken = '' } = account.credentials;
    env = { AWS_REGION: 'eu-west-1' };
    for (const [name, value] of Object.entries({
      AWS_ENDPOINT_URL: motoEndpoint,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_SESSION_TOKEN: sessionToken,
      AWS_MAX_ATTEMPTS: '1',
    }))
      vi.stubEnv(name, value ?? '');
  });
  afterEach(() => vi.unstubAllEnvs());

  const doctor = (...argv: string[]) => csmm(['doctor', ...argv], { env });

  it('lists what is missing, with fixes, and exits with 4', async () => {
    const { code, stdout, stderr } = await doctor();
    expect(code).toBe(4);
    expect(stderr).toBe('csmm: reading the stacks\ncsmm: reading the prerequisites\n');
    expect(stdout).toContain(`csmm is not deployed (no stack Csmm): account ${account.accountId}`);
    expect(stdout).toContain(
      `fail  us-east-1: the CDK bootstrap is missing\n         Fix: bootstrap the Region.\n           npx cdk bootstrap aws://${account.accountId}/us-east-1`,
    );
    expect(stdout).toContain('fail  eu-west-1: AWS Config has no recorder');
    expect(stdout).toMatch(/fail {2}eu-west-1: no trail records this Region/);
    // The emulator lacks this API.
    expect(stdout).toContain('?     eu-west-1: the concurrency of Lambda could not be checked: lambda:GetAccountSettings failed');
    expect(stdout).toMatch(/\n \d+ ok · 0 warn · 6 fail · 1 not checked\n$/);
  });

  it('prints the same as JSON, and nothing else', async () => {
    const { code, stdout, stderr } = await doctor('--json');
    expect({ code, stderr }).toEqual({ code: 4, stderr: '' });
    const { checks, counts, ...document } = JSON.parse(stdout);
    expect(document).toEqual({
      csmm: 'doctor',
      format: 1,
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      checkedAt: expect.stringMatching(/Z$/),
      accountId: account.accountId,
      partition: 'aws',
      homeRegion: 'eu-west-1',
      otherRegions: ['us-east-1'],
      organizationId: null,
      deployed: false,
    });
    expect(counts).toMatchObject({ warn: 0, fail: 6, unread: 1 });
    expect(checks).toContainEqual({
      group: 'account',
      id: 'bootstrap',
      outcome: 'fail',
      accountId: account.accountId,
      region: 'us-east-1',
      message: 'the CDK bootstrap is missing',
      fix: 'bootstrap the Region',
      command: `npx cdk bootstrap aws://${account.accountId}/us-east-1`,
    });
  });

  it('takes the context of the working folder, below that of the command line', async () => {
    const cwd = folderWith(
      '{"context": {"homeRegion": "eu-north-1", "regions": ["eu-west-1"], "@aws-cdk/core:bootstrapQualifier": "mine"}}',
    );
    const ssm = new SSMClient({ region: 'eu-north-1', credentials: account.credentials });
    await ssm.send(new PutParameterCommand({ Name: '/cdk-bootstrap/mine/version', Value: '21', Type: 'String' }));
    const { stdout } = await csmm(['doctor', '--json'], { cwd, env });
    const { homeRegion, otherRegions, checks } = JSON.parse(stdout);
    expect({ homeRegion, otherRegions }).toEqual({ homeRegion: 'eu-north-1', otherRegions: ['eu-west-1', 'us-east-1'] });
    expect(checks).toContainEqual(
      expect.objectContaining({ outcome: 'ok', region: 'eu-north-1', message: 'the CDK bootstrap has version 21' }),
    );
    const other = await csmm(['doctor', '--json', '-c', 'homeRegion=eu-west-1', '-c', 'regions='], { cwd, env });
    expect(JSON.parse(other.stdout)).toMatchObject({ homeRegion: 'eu-west-1', otherRegions: ['us-east-1'] });
  });

  it('says what is wrong with the credentials', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:1');
    const { code, stdout, stderr } = await csmm(['doctor'], { env: { ...env, AWS_ENDPOINT_URL: 'http://127.0.0.1:1' } });
    expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: '', stderr: expect.stringContaining('cannot reach') });
  });
});
