import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateVolumeCommand, EC2Client, EnableEbsEncryptionByDefaultCommand } from '@aws-sdk/client-ec2';
import { GenerateCredentialReportCommand, IAMClient } from '@aws-sdk/client-iam';
import { CreateBucketCommand, PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { READERS } from '../../adapters/aws/readers/index.ts';
import { scanPolicy } from '../../adapters/aws/scan-policy.ts';
import type { ResultDocument } from '../../core/pipeline/result.ts';
import { type AwsProxy, awsProxyForTest, type Call } from '../support/aws-proxy.ts';
import { freshAccount, useMoto } from '../support/moto.ts';
import { expectValidResult } from '../support/schemas.ts';
import { csmm, directoryOf, lines } from './support.ts';

beforeEach(() => {
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  vi.stubEnv('AWS_REGION', 'eu-west-1');
});
afterEach(() => vi.unstubAllEnvs());

describe('csmm scan, before it calls anybody', () => {
  it.each([
    [['--accounts', '111111111111'], '--role-name'],
    [['--organization'], '--role-name'],
    [['--role-name', 'reader'], '--accounts'],
    [['--accounts', '111111111111', '--organization', '--role-name', 'reader'], 'cannot use --accounts with --organization'],
    [['--external-id', 'x'], '--role-name'],
    [['--record', 'a', '--resume', 'b'], '--resume'],
    [['--concurrency', '0'], '1 to 200'],
    [['--resume', '/no/such/record'], 'cannot open /no/such/record: it does not exist'],
    [['--resume', '/dev'], '/dev is not a file'],
    [['--accounts', '123', '--role-name', 'reader'], 'invalid list of --accounts: given "123"; allowed account IDs of 12 digits'],
    [['--regions', 'eu-wst-1'], '--regions is not a Region: given "eu-wst-1"; did you mean eu-west-1?'],
    [['--regions', 'Ireland'], 'invalid list of --regions: given "Ireland"; allowed Regions such as'],
    [['--print-policy', '--fail-under', '50'], '--fail-under has no effect with --print-policy, which scans nothing'],
    [['--print-policy', '--record', 'facts.ndjson'], '--record has no effect with --print-policy'],
  ])('refuses %j and says what to do', async (options, remedy) => {
    const { code, stderr } = await csmm(['scan', ...options]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(remedy) });
  });

  it.each([
    ['AWS_REGION', 'nonsense', 'AWS_REGION is not a Region: given "nonsense"; allowed Regions such as'],
    ['AWS_REGION', 'us-esat-1', 'AWS_REGION is not a Region: given "us-esat-1"; did you mean us-east-1?'],
    ['AWS_ENDPOINT_URL', 'foo', 'AWS_ENDPOINT_URL is not the URL of an endpoint: given "foo"'],
    ['AWS_ENDPOINT_URL_S3', 'localhost:5000', 'AWS_ENDPOINT_URL_S3 is not the URL of an endpoint'],
  ])('refuses %s=%s', async (variable, value, problem) => {
    vi.stubEnv(variable, value);
    const { code, stderr } = await csmm(['scan']);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(`csmm: ${problem}`) });
  });

  it('does not blame the credentials where nobody answers', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
    vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:1');
    const { code, stderr } = await csmm(['scan']);
    expect(code).toBe(2);
    expect(stderr).toContain('cannot reach http://127.0.0.1:1, the endpoint of AWS_ENDPOINT_URL: it refused the connection');
  });

  it('says where it looked for credentials when there are none', async () => {
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_PROFILE']) vi.stubEnv(name, '');
    vi.stubEnv('HOME', await directoryOf({}));
    const { code, stderr } = await csmm(['scan']);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining('the default credential chain has no valid AWS credentials'),
    });
  });

  it('prints a policy that allows reads and nothing else', async () => {
    const { code, stdout } = await csmm(['scan', '--print-policy']);
    expect(code).toBe(0);
    const statements: { Action: string[]; Resource: string }[] = JSON.parse(stdout).Statement;
    const actions = statements.flatMap(({ Action }) => Action);
    expect([...actions].sort()).toEqual([...new Set([...READERS.flatMap((reader) => reader.permissions), 'ec2:DescribeRegions'])].sort());
    expect(statements.find(({ Action }) => Action.includes('apigateway:GET'))?.Resource).toBe('arn:*:apigateway:*::/domainnames*');
    for (const action of actions) {
      expect(action).toMatch(/^[a-z0-9-]+:(Get|List|Describe|Lookup)\w+$|^apigateway:GET$|^iam:GenerateCredentialReport$/);
    }
    // An inline policy of a role holds 10,240 characters, a managed one 6,144 without blanks.
    expect(JSON.stringify(JSON.parse(stdout)).length).toBeLessThan(6144);
  });

  it('names the role in the policy when it is to be assumed', () => {
    expect(scanPolicy({ roleName: 'reader', organization: true })).toMatchObject({
      Statement: expect.arrayContaining([
        expect.objectContaining({ Action: expect.arrayContaining(['organizations:ListAccounts']) }),
        expect.objectContaining({ Action: ['sts:AssumeRole'], Resource: 'arn:*:iam::*:role/reader' }),
      ]),
    });
  });
});

const moto = useMoto();

describe.skipIf(!moto)('csmm scan of an emulated account', () => {
  const ONE_REGION = ['--regions', 'eu-west-1'];
  let proxy: AwsProxy;
  let accountId: string;

  beforeEach(async () => {
    const account = await freshAccount();
    accountId = account.accountId;
    await seed(account);
    proxy = await awsProxyForTest(moto ?? '');
    vi.stubEnv('AWS_ENDPOINT_URL', proxy.endpoint);
    vi.stubEnv('AWS_MAX_ATTEMPTS', '1');
    vi.stubEnv('AWS_ACCESS_KEY_ID', account.credentials.accessKeyId);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', account.credentials.secretAccessKey);
    vi.stubEnv('AWS_SESSION_TOKEN', account.credentials.sessionToken);
  });

  const scanJson = async (...options: string[]): Promise<ScanResult> => {
    const { stdout, stderr } = await csmm(['scan', ...ONE_REGION, '--json', ...options]);
    expect(stderr).not.toContain('internal error');
    return JSON.parse(stdout);
  };
  const scored = ({ organization, accounts }: ResultDocument) => ({ organization, accounts });

  it('judges what is there, and records it so that a replay gives the same scorecard', async () => {
    const file = join(await directoryOf({}), 'facts.ndjson');
    const result = await scanJson('--record', file);
    expectValidResult(result);
    const { controls } = result.accounts[accountId]!;
    expect(controls['CMP-L1-01']).toMatchObject({ status: 'PASSED', compliant: 1 });
    expect(controls['STR-L2-01']).toMatchObject({ status: 'FAILED', compliant: 1, nonCompliant: 1 });

    const replayed = await csmm(['replay', file, '--json']);
    // The emulator does not know every call, so neither the scan nor its replay is complete.
    expect(replayed.code).toBe(3);
    expect(scored(JSON.parse(replayed.stdout))).toEqual(scored(result));
    writeFileSync(file, readFileSync(file, 'utf8').trim().split('\n').reverse().join('\n'));
    expect(scored(JSON.parse((await csmm(['replay', file, '--json'])).stdout))).toEqual(scored(result));
    expect(readFileSync(file, 'utf8')).not.toMatch(/SecretAccessKey|AccessKeyId|"Policy"/);
  });

  it('says that a control does not apply where a complete list shows nothing to judge', async () => {
    const { controls } = (await scanJson()).accounts[accountId]!;
    expect(controls['STR-L1-03']?.status).toBe('NOT_APPLICABLE');
  });

  it('loses the facts of a denied call, names its action, and passes nothing on it', async () => {
    proxy.fault = ({ operation }) => (operation.endsWith('?versioning') ? { status: 403, code: 'AccessDenied' } : undefined);
    const result = await scanJson();
    expect(result.scan.denied).toContainEqual({ action: 's3:GetBucketVersioning', places: [{ accountId, region: expect.any(String) }] });
    const { controls } = result.accounts[accountId]!;
    expect(controls['STR-L2-01']).toMatchObject({ status: 'NO_DATA', compliant: 0, insufficientData: 2 });
    expect(controls['STR-L2-01']?.unknown[0]?.reason).toContain('s3:GetBucketVersioning was denied');
    expect(controls['STR-L1-02']?.status).toBe('PASSED');
  });

  it('tells on a terminal what was denied and which policy allows it, and ends with 3', async () => {
    proxy.fault = ({ operation }) => (operation === 'DescribeVolumes' ? { status: 403, code: 'UnauthorizedOperation' } : undefined);
    const { code, stdout } = await csmm(['scan', ...ONE_REGION]);
    expect(code).toBe(3);
    expect(stdout).toContain(`ec2:DescribeVolumes was denied in ${accountId} eu-west-1`);
    expect(stdout).toContain('csmm scan --print-policy');
  });

  it('stops when the credentials expire, and goes on from there without reading anything twice', async () => {
    const whole = await scanJson();
    const callsOfAll = countBy(proxy.calls);
    proxy.calls.length = 0;

    proxy.fault = () => (proxy.calls.length > 12 ? { status: 403, code: 'ExpiredToken' } : undefined);
    const file = join(await directoryOf({}), 'facts.ndjson');
    const broken = await csmm(['scan', ...ONE_REGION, '--json', '--record', file]);
    expect(broken).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(`--resume ${file}`) });
    const before = countBy(proxy.calls.filter(({ status = 500 }) => status < 300));

    proxy.fault = () => undefined;
    proxy.calls.length = 0;
    const resumed = await scanJson('--resume', file);
    const statuses = (result: ResultDocument) =>
      Object.entries(result.accounts[accountId]!.controls).map(([id, { status, compliant, nonCompliant }]) => [
        id,
        status,
        compliant,
        nonCompliant,
      ]);
    expect(statuses(resumed)).toEqual(statuses(whole));
    const after = countBy(proxy.calls);
    const twice = [...after.keys()].filter((call) => !/GetCallerIdentity|DescribeRegions/.test(call) && (before.get(call) ?? 0) > 0);
    expect(after.size).toBeLessThan(callsOfAll.size);
    // Only lists that had not ended are asked for again.
    expect(twice.length).toBeLessThan(before.size);
  });

  it('makes no call twice, and none that changes anything', async () => {
    await scanJson();
    const answered = proxy.calls.filter(({ status = 0 }) => status < 500);
    const inputs = answered.map(({ service, region, operation, input }) => `${service} ${region} ${operation} ${input}`);
    // IAM is asked until its report is written, and the Regions are found out before the scan begins.
    const twice = inputs.filter((input, at) => inputs.indexOf(input) !== at && !/GenerateCredentialReport/.test(input));
    expect(twice).toEqual([]);
    for (const { operation, method } of proxy.calls) {
      expect(
        method === 'GET' || /^(POST )?(\/\S*\/)?(Get|List|Describe|Lookup|GenerateCredentialReport|AssumeRole|POST)/.test(operation),
        operation,
      ).toBe(true);
    }
  });

  it('reads other accounts through a role, each on its own scorecard', async () => {
    const other = await freshAccount();
    await seed(other);
    proxy.calls.length = 0;
    const result = await scanJson('--accounts', `${accountId},${other.accountId}`, '--role-name', 'reader');
    expect(Object.keys(result.accounts).sort()).toEqual([accountId, other.accountId].sort());
    expect(result.accounts[other.accountId]?.controls['STR-L2-01']).toMatchObject({ nonCompliant: 1 });
    expect(proxy.calls.filter(({ operation }) => operation === 'AssumeRole')).toHaveLength(1);
  });

  it('asks the organization also where its own account is not to be read, and says why nothing is known', async () => {
    const other = await freshAccount();
    const { accounts } = await scanJson('--accounts', other.accountId, '--role-name', 'reader');
    expect(Object.keys(accounts)).toEqual([other.accountId]);
    expect(accounts[other.accountId]?.controls['IAM-L2-01']).toMatchObject({
      status: 'NO_DATA',
      insufficientData: 1,
      unknown: [{ reason: expect.stringContaining('is in no organization itself') }],
    });
  });

  it('tells of a fact for which a call failed, and ends with 3', async () => {
    proxy.fault = ({ operation }) => (operation.endsWith('?versioning') ? { status: 500, code: 'InternalError' } : undefined);
    const { code, stdout } = await csmm(['scan', ...ONE_REGION]);
    expect(stdout).toContain('s3:GetBucketVersioning failed (InternalError) on 2 of AWS::S3::Bucket');
    expect(code).toBe(3);
    expectValidResult(await scanJson());
  });

  it('tells in few lines of a Region in which every call fails', async () => {
    proxy.fault = ({ region, service, operation }) =>
      region === 'eu-west-1' && service !== 'sts' && operation !== 'DescribeRegions' ? { status: 401, code: 'AuthFailure' } : undefined;
    const { code, stdout } = await csmm(['scan', ...ONE_REGION]);
    expect(code).toBe(3);
    expect(stdout.replaceAll(/\s+/g, ' ')).toMatch(
      / and \d\d more in \d{12} eu-west-1: was denied \(AuthFailure\): the account has not enabled the Region eu-west-1/,
    );
    expect(stdout.match(/AuthFailure\)/g)?.length).toBeLessThan(12);
  });

  it.each([
    ['/no/such/folder/facts.ndjson', 'ENOENT'],
    ['/dev/full', 'ENOSPC'],
  ])('says that the record %s cannot be written (%s), and calls nobody any more', async (file, why) => {
    const { code, stdout, stderr } = await csmm(['scan', ...ONE_REGION, '--json', '--record', file]);
    expect(stderr).toMatch(new RegExp(`^csmm: cannot write the record ${file}: ${why}`));
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    const calls = proxy.calls.length;
    await new Promise((resolve) => setImmediate(resolve));
    expect(proxy.calls.length).toBe(calls);
    expect(proxy.calls.length).toBeLessThan(60);
  });

  it('stops at Ctrl-C, says where its record is, and goes on from there', async () => {
    const file = join(await directoryOf({}), 'facts.ndjson');
    const interrupted = new Promise<void>((resolve) => {
      proxy.fault = () => {
        if (proxy.calls.length > 12) resolve();
        return undefined;
      };
    });
    const stopped = await csmm(['scan', ...ONE_REGION, '--record', file], { interrupted });
    expect(stopped).toMatchObject({ code: 130, stdout: '', stderr: expect.stringContaining(`--resume ${file}`), listeners: 0 });
    expect(Object.keys((await scanJson('--resume', file)).accounts)).toEqual([accountId]);
  });

  describe('going on from a record', () => {
    let file: string;
    let recorded: string[];
    const record = async (): Promise<void> => {
      file = join(await directoryOf({}), 'facts.ndjson');
      await scanJson('--record', file);
      recorded = readFileSync(file, 'utf8').trim().split('\n');
      proxy.calls.length = 0;
    };
    const read = (operation: string) => proxy.calls.filter((call) => call.operation === operation).length;

    it('reads nothing of what is there in full, and a list again of which a resource is lost', async () => {
      await record();
      await scanJson('--resume', file);
      expect(read('DescribeVolumes')).toBe(0);
      writeFileSync(file, lines(...recorded.filter((line) => !/"AWS::EC2::Volume","resourceId":"vol-/.test(line))));
      await scanJson('--resume', file);
      expect(read('DescribeVolumes')).toBe(1);
    });

    it('reads again what an interrupted write left unreadable, and tells of it without its control characters', async () => {
      await record();
      const at = recorded.findIndex((line) => line.includes('"resourceId":"AWS::EC2::Volume"'));
      writeFileSync(file, `${[...recorded.slice(0, at), ...recorded.slice(at + 1)].join('\n')}\n\u001b[31m${recorded[at]?.slice(0, 40)}`);
      const { code, stderr } = await csmm(['scan', ...ONE_REGION, '--json', '--resume', file]);
      expect(stderr).toMatch(/facts\.ndjson:\d+: not valid JSON.*csmm reads its list again/);
      expect(stderr).not.toContain('\u001b');
      expect(read('DescribeVolumes')).toBe(1);
      expect([0, 3]).toContain(code);
      const { stderr: again } = await csmm(['replay', file]);
      expect(again.trim().split('\n')).toHaveLength(1);
    });

    it('still tells what was denied before', async () => {
      proxy.fault = ({ operation }) => (operation.endsWith('?versioning') ? { status: 403, code: 'AccessDenied' } : undefined);
      await record();
      proxy.fault = () => undefined;
      const { scan } = await scanJson('--resume', file);
      expect(scan.denied.map(({ action }) => action)).toContain('s3:GetBucketVersioning');
    });

    it('refuses the record of other accounts', async () => {
      await record();
      writeFileSync(file, lines(...recorded).replaceAll(accountId, '222222222222'));
      expect(await refusal()).toContain('is of a scan of other accounts: 222222222222. This one has');
      writeFileSync(file, lines(...recorded.slice(1)).replaceAll(accountId, '222222222222'));
      expect(await refusal()).toContain('belongs to account 222222222222, which this scan does not include');
    });

    it('refuses the record of other Regions, with or without its first line', async () => {
      await record();
      expect(await refusal('--regions', 'eu-west-1,us-east-1')).toContain('is of a scan of other Regions: eu-west-1. This one has');
      writeFileSync(file, lines(...recorded.slice(1)));
      expect(await refusal('--regions', 'us-east-1')).toContain('belongs to eu-west-1, which this scan does not include');
    });

    it.each([
      ['settings', 'version: 1\napprovedRegions: [eu-west-1]\n'],
      ['an export of AWS Config', '{"configurationItems":[{"resourceType":"AWS::EC2::Volume","resourceId":"vol-1"}]}\n'],
      ['JSON of somebody else', '{"scripts":{}}\n{}\n'],
    ])('refuses %s, and writes nothing into the file', async (_, text) => {
      file = join(await directoryOf({ other: text }), 'other');
      expect(await refusal()).toContain('is not a record of a scan. Fix: pass a file that csmm scan --record wrote');
      expect(readFileSync(file, 'utf8')).toBe(text);
    });

    it('refuses a record of other controls', async () => {
      await record();
      writeFileSync(file, lines(...recorded).replace(/"catalogueVersion":"[^"]*"/, '"catalogueVersion":"0.0.1"'));
      expect(await refusal()).toContain('is of another version of the controls');
    });

    describe('that is older than a day', () => {
      beforeEach(async () => {
        await record();
        const yesterday = new Date(Date.now() - 25 * 3_600_000).toISOString();
        writeFileSync(file, lines(...recorded).replaceAll(/"(startedAt|capturedAt)":"[^"]*"/g, `"$1":"${yesterday}"`));
      });

      it('is refused without a terminal', async () => {
        expect(await refusal()).toContain('up to 25 hours old, and csmm would not read them again. Fix: scan again without --resume');
      });

      it('is refused on a terminal if the user does not confirm it', async () => {
        const terminal = { columns: 100, rows: 40 };
        const options = ['scan', ...ONE_REGION, '--resume', file];
        expect((await csmm(options, { terminal, stdin: 'no\n' })).code).toBe(2);
        const { code, stderr } = await csmm(options, { terminal, stdin: 'yes\n' });
        expect([0, 3]).toContain(code);
        expect(stderr).toContain('25 hours old, and csmm does not read them again. Continue?');
      });
    });

    const refusal = async (...options: string[]): Promise<string> => {
      const { code, stderr } = await csmm(['scan', ...ONE_REGION, ...options, '--resume', file]);
      expect(code).toBe(2);
      return stderr;
    };
  });

  it('knows nothing of an account whose role cannot be assumed, and says so once', async () => {
    proxy.fault = ({ operation }) => (operation === 'AssumeRole' ? { status: 403, code: 'AccessDenied' } : undefined);
    const result = await scanJson('--accounts', `${accountId},222222222222`, '--role-name', 'reader');
    const { controls } = result.accounts['222222222222']!;
    expect(controls['STR-L2-01']).toMatchObject({ status: 'NO_DATA' });
    expect(controls['STR-L2-01']?.unknown[0]?.reason).toContain('the role reader cannot be assumed');
    expect(proxy.calls.filter(({ operation }) => operation === 'AssumeRole')).toHaveLength(1);
  });

  it('takes settings, which exempt what they name', async () => {
    const file = join(await directoryOf({ 'csmm.yaml': 'version: 1\napprovedRegions: [eu-west-1, eu-north-1]\n' }), 'csmm.yaml');
    const { controls } = (await scanJson('--settings', file)).accounts[accountId]!;
    expect(controls['CMP-L1-01']).toMatchObject({ status: 'NO_DATA', compliant: 1, insufficientData: 1 });
  });

  it('refuses a Region that is not enabled, and names those that are', async () => {
    const { code, stderr } = await csmm(['scan', '--regions', 'xx-nowhere-1']);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('eu-west-1') });
  });
});

type ScanResult = ResultDocument & { scan: { denied: { action: string }[]; gaps: unknown[]; unread: unknown[] } };

const countBy = (calls: readonly Call[]): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const { service, region, operation } of calls) {
    const key = `${service} ${region} ${operation}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
};

async function seed({ accountId, credentials }: Awaited<ReturnType<typeof freshAccount>>): Promise<void> {
  const config = { region: 'eu-west-1', credentials };
  // IAM has the report when the scan asks for it, which waits for a second otherwise.
  await new IAMClient(config).send(new GenerateCredentialReportCommand({}));
  const ec2 = new EC2Client(config);
  await ec2.send(new EnableEbsEncryptionByDefaultCommand({}));
  await ec2.send(new CreateVolumeCommand({ AvailabilityZone: 'eu-west-1a', Size: 1 }));
  const s3 = new S3Client({ ...config, forcePathStyle: true });
  for (const name of ['kept', 'unkept']) {
    const Bucket = `${name}-${accountId}`;
    await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' } }));
    if (name === 'kept') await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  }
}
