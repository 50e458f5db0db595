import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { awsProxyForTest, type Call } from '../support/aws-proxy.ts';
import { freshAccount, useMoto } from '../support/moto.ts';
import { csmm, directoryOf } from './support.ts';

const WEEK = 'examples/week.ndjson';

describe('csmm remediate', () => {
  it('says that it changes nothing, and exits with 2, where no plan is asked for', async () => {
    const { code, stdout, stderr } = await csmm(['remediate', WEEK]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('Fix: pass --plan');
  });

  it('tells what would run on what, whether it can be undone, and what the score would gain', async () => {
    const { code, stdout } = await csmm(['remediate', '--plan', WEEK]);
    expect(code).toBe(3);
    expect(stdout).toMatch(/Score 39\.0 → \d+\.\d if every fix succeeds/);
    expect(stdout).toContain('CSMM-EnableVpcFlowLogs  safe, reversible, mode off');
    expect(stdout).toContain('VpcId=vpc-034a65a8fb722c8ec');
    expect(stdout).toContain('To fix by hand');
    expect(stdout).toMatch(/by hand|no runbook does this/);
  });

  it('tells by the settings what would happen to it', async () => {
    const rules =
      '    - {mode: plan, controls: [NET-L2-01], tags: {stage: test}}\n    - {mode: auto, controls: [CMP-L2-01], maxRisk: disruptive}\n';
    const file = await directoryOf({ 'csmm.yaml': `version: 1\nremediation:\n  rules:\n${rules}` });
    const { stdout } = await csmm(['remediate', '--plan', WEEK, '--settings', `${file}/csmm.yaml`, '--json']);
    const modes = new Map<string, string>();
    for (const { controlId, fixes } of JSON.parse(stdout).controls) for (const { mode } of fixes) modes.set(controlId, mode);
    expect(modes.get('NET-L2-01')).toBe('unknown');
    expect(modes.get('CMP-L2-01')).toBe('auto');
    expect(modes.get('NET-L2-02')).toBe('off');
  });

  it('gives the plan as JSON: counts that agree with the list, and a score that never falls', async () => {
    const { stdout } = await csmm(['remediate', '--plan', WEEK, '--json']);
    const { score, planned, byHand, controls } = JSON.parse(stdout);
    const fixes = controls.flatMap((control: { fixes: { plan: { kind: string } }[] }) => control.fixes);
    expect(fixes.filter(({ plan }: { plan: { kind: string } }) => plan.kind === 'run')).toHaveLength(planned);
    expect(fixes.length - planned).toBe(byHand);
    expect(score.after).toBeGreaterThan(score.before);
    expect(controls.every(({ gain }: { gain: number }) => gain >= 0)).toBe(true);
  });

  it('exits with 3 if there is nothing to score', async () => {
    const file = `${await directoryOf({ 'a.ndjson': '' })}/a.ndjson`;
    expect(await csmm(['remediate', '--plan', file])).toMatchObject({ code: 3, stdout: expect.stringContaining('Nothing to score') });
    const json = await csmm(['remediate', '--plan', file, '--json']);
    expect({ code: json.code, score: JSON.parse(json.stdout).score }).toEqual({ code: 3, score: { before: null, after: null } });
  });

  it.each([
    ['--profile', 'audit'],
    ['--regions', 'eu-west-1'],
    ['--accounts', '111111111111'],
    ['--organization'],
    ['--role-name', 'audit'],
    ['--external-id', 'x'],
  ])('refuses %s with a path, because it would not choose records', async (...option) => {
    const { code, stdout, stderr } = await csmm(['remediate', '--plan', WEEK, ...option]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toBe(
      `csmm: ${option[0]} has no effect on recorded evidence. Fix: remove ${option[0]}, or remove the path to scan your accounts\n`,
    );
  });

  it('says which file it cannot read', async () => {
    const { code, stderr } = await csmm(['remediate', '--plan', 'nowhere.ndjson']);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('nowhere.ndjson') });
  });

  it('shows names and reasons without the control characters that strangers gave them', async () => {
    const record = {
      csmm: 'facts',
      version: 1,
      accountId: '111111111111',
      awsRegion: 'eu-west-1',
      resourceType: 'AWS::S3::Bucket',
      resourceId: 'a\u202eb',
      capturedAt: '2026-01-01T00:00:00.000Z',
      facts: { versioning: 'Off' },
      missing: {},
    };
    const directory = await directoryOf({ 'facts.ndjson': `${JSON.stringify(record)}\n` });
    const { stdout } = await csmm(['remediate', '--plan', `${directory}/facts.ndjson`]);
    expect(stdout).toContain('CSMM-EnableBucketVersioning');
    expect(stdout).not.toContain('\u202e');
  });
});

const moto = useMoto();

describe.skipIf(!moto)('csmm remediate --plan of an emulated account', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('scans it, tells what would run there, and calls nothing that changes anything', async () => {
    const proxy = await awsProxyForTest(moto ?? '');
    const { credentials } = await freshAccount();
    vi.stubEnv('AWS_ENDPOINT_URL', proxy.endpoint);
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    vi.stubEnv('AWS_REGION', 'eu-west-1');
    vi.stubEnv('AWS_ACCESS_KEY_ID', credentials.accessKeyId);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', credentials.secretAccessKey);
    vi.stubEnv('AWS_SESSION_TOKEN', credentials.sessionToken ?? '');
    const s3 = new S3Client({ endpoint: moto ?? '', region: 'eu-west-1', credentials, forcePathStyle: true });
    await s3.send(new CreateBucketCommand({ Bucket: 'orders', CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' } }));
    s3.destroy();
    const { stdout } = await csmm(['remediate', '--plan', '--regions', 'eu-west-1', '--json']);
    const { controls } = JSON.parse(stdout) as { controls: { controlId: string; fixes: { plan: object }[] }[] };
    expect(controls.find(({ controlId }) => controlId === 'STR-L2-01')?.fixes).toMatchObject([
      {
        resource: { resourceId: 'orders' },
        plan: { kind: 'run', runbook: 'CSMM-EnableBucketVersioning', parameters: { BucketName: ['orders'] } },
      },
    ]);
    expect(proxy.calls.length).toBeGreaterThan(20);
    const isRead = ({ method, operation }: Call) =>
      method === 'GET' || /^(POST )?(\/\S*\/)?(Get|List|Describe|Lookup|GenerateCredentialReport|POST)/.test(operation);
    expect(proxy.calls.filter((call) => !isRead(call))).toEqual([]);
  });
});
