import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  CreateBucketCommand,
  GetBucketVersioningCommand,
  PutBucketTaggingCommand,
  PutBucketVersioningCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { DeleteCommand, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import { SETTINGS_KEY } from '../../adapters/aws/keys.ts';
import { placeKey, placeOfKey, stopKey } from '../../adapters/aws/remediation-keys.ts';
import { dynamoRemediationStore } from '../../adapters/aws/remediation-store.ts';
import { dynamoSettingsStore } from '../../adapters/aws/settings-store.ts';
import type { CsmmEvent } from '../../core/pipeline/events.ts';
import { setSwitch } from '../../core/remediation/commands/requests.ts';
import type { RemediationChangedDetail } from '../../core/remediation/events.ts';
import type { Remediation } from '../../core/remediation/model/record.ts';
import type { RemediationStore } from '../../core/remediation/ports.ts';
import { LOCKED_MINUTES } from '../../core/remediation/run/timing.ts';
import type { RemediationDocument, RemediationRule } from '../../core/settings/document.ts';
import type { PersonRole } from '../../lib/people-policies.ts';
import { csmm } from '../cli/support.ts';
import { freshAccount, useMoto } from '../support/moto.ts';
import { credentialsOf } from '../support/moto-server.ts';
import { expectValidEvents } from '../support/schemas.ts';
import { type Deployment, deploy, type EmulatedEstate } from './support/deployment.ts';
import type { Person } from './support/people.ts';
import type { Execution } from './support/ssm.ts';

/**
 * The synthesized stacks remediate an emulated account by themselves: from a failure to a new read that passes, and back. A simulation of SSM runs the documents of the stack against the emulator. Each test has buckets of its own, whose names no other
 * account of the emulator may have.
 */

const REGION = 'eu-west-1';
const CONTROL = 'STR-L2-01';
const AUTO: RemediationRule = { mode: 'auto', controls: [CONTROL], withoutPlan: 'the estate is made up' };
const [dynamoDb, moto] = [inject('dynamoDbEndpoint'), useMoto()];

describe.skipIf(!dynamoDb || !moto)('the deployed remediation', () => {
  let system: Deployment;
  let estate: EmulatedEstate & { readonly accountId: string };
  let s3: S3Client;
  let store: RemediationStore;
  beforeAll(async () => {
    const { accountId } = await freshAccount();
    estate = { endpoint: moto ?? '', accountId, credentials: await credentialsOf(accountId) };
    s3 = new S3Client({ region: REGION, credentials: estate.credentials, forcePathStyle: true });
    system = await deploy(dynamoDb ?? '', estate, { remediation: true });
    store = dynamoRemediationStore(system.client, system.tableNamed('RemediationTable'));
  });
  afterAll(async () => {
    await system?.stop();
    s3?.destroy();
  });
  beforeEach(() => {
    vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', dynamoDb);
    vi.stubEnv('AWS_ACCESS_KEY_ID', estate.credentials.accessKeyId);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', estate.credentials.secretAccessKey);
    vi.stubEnv('AWS_SESSION_TOKEN', estate.credentials.sessionToken);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    system?.ssm.moods.clear();
  });

  const create = async (Bucket: string): Promise<void> => {
    await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: REGION } }));
  };
  const setVersioning = async (Bucket: string, Status: 'Enabled' | 'Suspended'): Promise<void> => {
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }));
  };
  const versioning = async (Bucket: string) => (await s3.send(new GetBucketVersioningCommand({ Bucket }))).Status;
  /** Has all buckets of the account read, as a sweep and a call have them read. */
  const read = async (): Promise<void> => {
    const reading = { task: 'read', accountId: estate.accountId, region: 'global', reader: 's3-buckets' };
    system.putInto('SweepReadings', JSON.stringify(reading));
    await system.settle();
  };
  /** A bucket that has been seen passing. */
  const passingBucket = async (name: string): Promise<void> => {
    await create(name);
    await setVersioning(name, 'Enabled');
    await read();
    expect(await remediationOf(name)).toBeUndefined();
  };
  const beginsToFail = async (name: string): Promise<void> => {
    await setVersioning(name, 'Suspended');
    await read();
  };
  /** Lets so much time pass, and everything happen that is due then. */
  const pass = async (minutes: number): Promise<void> => {
    system.advance(0, minutes);
    await system.onSchedule('RemediationEachMinute');
    await system.settle();
  };

  const configure = async (rules: readonly RemediationRule[], more: Partial<RemediationDocument> = {}): Promise<void> => {
    const settings = dynamoSettingsStore(system.client, system.tableNamed('State'));
    const previous = await settings.readSettings();
    const at = system.now();
    const applied = { appliedAt: at, appliedBy: 'arn:aws:iam::111111111111:user/owner', expiredUntil: at };
    const document = { version: 1, remediation: { rules, ...more } } as const;
    expect(await settings.applySettings(previous, { ...applied, document, revision: (previous?.revision ?? 0) + 1 })).toBe(true);
  };
  const flip = (running: boolean) =>
    setSwitch(running, 'a test', { store, by: 'arn:aws:iam::111111111111:user/owner', now: () => system.now() });
  const people = new Map<PersonRole, Person>();
  /** A person of a kind, in a session of a role of that kind. */
  const person = async (kind: PersonRole): Promise<Person> => {
    const known = people.get(kind) ?? (await system.person(kind, `team-${kind}`));
    people.set(kind, known);
    return known;
  };
  /** Runs a command as a person, whose calls IAM decides on by the policy of the stack. */
  const commandAs = async (kind: PersonRole, name: string, ...rest: string[]) => {
    const { dynamoDbUrl, commands } = await person(kind);
    vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', dynamoDbUrl);
    const env = { AWS_REGION: REGION, CSMM_REMEDIATIONS_TABLE: system.tableNamed('RemediationTable'), CSMM_COMMANDS: commands };
    const { code, stdout, stderr } = await csmm(['remediation', name, ...rest], { env });
    vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', dynamoDb);
    return { code, stdout, stderr };
  };
  const command = async (kind: PersonRole, name: string, ...rest: string[]): Promise<string> => {
    const { code, stdout, stderr } = await commandAs(kind, name, ...rest);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return stdout;
  };
  /** Actions that IAM has denied to a person since the last call. */
  const deniedTo = (kind: PersonRole): string[] => {
    const own = system.denied.filter(({ by }) => by === `person ${kind}`);
    for (const denial of own) system.denied.splice(system.denied.indexOf(denial), 1);
    return [...new Set(own.map(({ action }) => action))];
  };

  const remediationOf = async (bucket: string): Promise<Remediation | undefined> =>
    (await store.listRemediations({})).find(({ resource }) => resource.resourceId === bucket);
  const idOf = async (bucket: string): Promise<string> => (await remediationOf(bucket))?.id ?? '';
  /** The published events for a bucket, in order. */
  const told = (bucket: string): RemediationChangedDetail[] =>
    system.recorder.entries.flatMap(({ DetailType, detail }) => {
      const changed = detail as unknown as RemediationChangedDetail;
      return DetailType === 'CSMM Remediation Changed' && changed.resource.resourceId === bucket ? [changed] : [];
    });
  const stepsOf = (bucket: string): string[] => told(bucket).map(({ to }) => to);
  const executionsOf = (bucket: string): Execution[] =>
    system.ssm.executions.filter(({ parameters }) => parameters.BucketName?.includes(bucket));
  const statusOfControl = async (): Promise<string | undefined> => {
    const key = { pk: `A#${estate.accountId}`, sk: 'CARD' };
    const { Item } = await system.client.send(new GetCommand({ TableName: system.tableNamed('Scores'), Key: key, ConsistentRead: true }));
    return new RegExp(`${CONTROL}:(.)`).exec(Item?.statuses ?? '')?.[1];
  };
  /** The metrics that a function has written, each with its values and dimensions. */
  const metricsOf = (service: string): Record<string, unknown>[] =>
    system
      .functionOf(service)
      .output.join('')
      .split('\n')
      .filter((line) => line.includes('CloudWatchMetrics'))
      .map((line) => JSON.parse(line));

  it('finds only a backlog in what was there before it, and starts nothing of it', async () => {
    await configure([AUTO]);
    await flip(true);
    await create('e2e-old-1');
    await create('e2e-old-2');
    await read();
    expect(await statusOfControl()).toBe('F');
    await pass(2);
    for (const bucket of ['e2e-old-1', 'e2e-old-2']) {
      expect(told(bucket).map(({ to, reason }) => [to, reason])).toEqual([
        ['NEW', expect.any(String)],
        ['PLANNED', expect.stringContaining('no complete inventory of the resource type')],
      ]);
    }
    await pass(30);
    expect(system.ssm.asked).not.toContain('StartAutomationExecution');

    for (const bucket of ['e2e-old-1', 'e2e-old-2']) await setVersioning(bucket, 'Enabled');
    await read();
    expect(stepsOf('e2e-old-1')).toEqual(['NEW', 'PLANNED', 'CLOSED']);
    expect(await statusOfControl()).toBe('P');
  });

  describe('closes the loop', () => {
    const name = 'e2e-orders';

    it('notes a failure, and decides on it after two minutes', async () => {
      await passingBucket(name);
      system.advance(0, 1);
      await setVersioning(name, 'Suspended');
      expect(system.putEvent(configEvent(name, 'Suspended', estate.accountId, system.now()))).toBe(1);
      await system.settle();
      expect(stepsOf(name)).toEqual(['NEW']);
      expect(await statusOfControl()).toBe('F');
      await pass(1);
      expect(stepsOf(name)).toEqual(['NEW']);
      await pass(1);
      expect(stepsOf(name)).toEqual(['NEW', 'STARTING', 'RUNNING']);
      expect(executionsOf(name)).toEqual([
        expect.objectContaining({
          document: 'CSMM-EnableBucketVersioning',
          by: expect.stringContaining(':assumed-role/csmm-remediate/'),
          parameters: {
            BucketName: [name],
            PreviousVersioning: ['Suspended'],
            AutomationAssumeRole: [`arn:aws:iam::${estate.accountId}:role/csmm-EnableBucketVersioning`],
          },
        }),
      ]);
      expect(await versioning(name)).toBe('Suspended');
    });

    it('follows the runbook, and believes a fresh reading alone', async () => {
      await pass(1);
      expect(stepsOf(name).at(-1)).toBe('RUNNING');
      await system.ssm.finish();
      expect(await versioning(name)).toBe('Enabled');
      await setVersioning(name, 'Suspended');
      await pass(1);
      expect(told(name).at(-1)).toMatchObject({
        to: 'VERIFYING',
        reason: 'not verified yet: bucket versioning is Suspended (required: Enabled)',
      });
      expect(await statusOfControl()).toBe('F');
      await setVersioning(name, 'Enabled');
      await pass(1);
      expect(stepsOf(name)).toEqual(['NEW', 'STARTING', 'RUNNING', 'VERIFYING', 'VERIFYING', 'SUCCEEDED']);
      expect(told(name).at(-1)?.reason).toBe('read again: bucket versioning is Enabled');
      expect(await statusOfControl()).toBe('P');
    });

    it('tells each step once and in order, as its schema says', () => {
      const events = told(name);
      expect(events.map(({ from }) => from)).toEqual([null, 'NEW', 'STARTING', 'RUNNING', 'VERIFYING', 'VERIFYING']);
      expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
      expect(events.map(({ revision }) => revision)).toEqual(events.map(({ revision }) => revision).sort((a, b) => a - b));
      const [execution] = executionsOf(name);
      expect(new Set(events.slice(2).map(({ executionId }) => executionId))).toEqual(new Set([execution?.id]));
      expectValidEvents(events.map((detail) => ({ detailType: 'CSMM Remediation Changed', detail }) as unknown as CsmmEvent));
    });

    it('measures what was planned, started and verified, and how long it took', () => {
      const metrics = metricsOf('announce');
      for (const metric of ['RemediationsStarted', 'RunbooksSucceeded', 'RemediationsVerified']) {
        expect(metrics.filter((each) => metric in each).flatMap((each) => each[metric])).toEqual([1]);
      }
      const [took] = metrics.filter((each) => 'TimeToRemediate' in each);
      expect(took).toMatchObject({ Control: CONTROL, service: 'announce' });
      expect(Number(took?.TimeToRemediate)).toBeGreaterThanOrEqual(4 * 60);
      expect(Number(took?.TimeToRemediate)).toBeLessThan(10 * 60);
      expect(metricsOf('remediate').some((each) => each.RemediationTicks === 1)).toBe(true);
    });

    it('takes it back when a person asks, and does not do it again', async () => {
      await command('operator', 'rollback', await idOf(name), '--yes');
      await system.settle();
      expect(stepsOf(name).slice(6)).toEqual(['ROLLBACK_REQUESTED', 'STARTING', 'RUNNING']);
      const event = await system.ssm.finish();
      expect(event.detail.Definition).toBe('CSMM-EnableBucketVersioning-Undo');
      system.putEvent(event);
      await system.settle();
      expect(await versioning(name)).toBe('Suspended');
      expect(stepsOf(name).at(-1)).toBe('ROLLED_BACK');

      await read();
      expect(await statusOfControl()).toBe('F');
      await pass(3);
      await setVersioning(name, 'Enabled');
      await read();
      system.advance(0, 1);
      await beginsToFail(name);
      await pass(3);
      expect(stepsOf(name).at(-1)).toBe('ROLLED_BACK');
      expect(executionsOf(name)).toHaveLength(2);
    });
  });

  it('only says what it would do in mode plan', async () => {
    await passingBucket('e2e-planned');
    await configure([{ mode: 'plan', controls: [CONTROL] }]);
    const asked = system.ssm.asked.length;
    system.advance(0, 1);
    await beginsToFail('e2e-planned');
    await pass(2);
    expect(told('e2e-planned').map(({ to, reason, plan }) => ({ to, reason, plan }))).toEqual([
      { to: 'NEW', reason: 'bucket versioning is Suspended (required: Enabled)', plan: null },
      {
        to: 'PLANNED',
        reason: 'the mode is plan',
        plan: {
          mode: 'plan',
          runbook: 'CSMM-EnableBucketVersioning',
          parameters: { BucketName: ['e2e-planned'], PreviousVersioning: ['Suspended'] },
          region: REGION,
          risk: 'safe',
          reversible: true,
          changes: [{ what: 'versioning', before: 'Suspended', after: 'Enabled' }],
          impact: expect.any(String) as string,
        },
      },
    ]);
    await pass(60);
    expect(system.ssm.asked.slice(asked)).toEqual(['GetDocument']);
    expect(await versioning('e2e-planned')).toBe('Suspended');
  });

  it('starts by itself in mode auto after a day in mode plan in the account', async () => {
    await configure([{ mode: 'plan', controls: [CONTROL] }]);
    await pass(1);
    expect((await store.readRehearsals(estate.accountId)).entries).toMatchObject([{ controlId: CONTROL, conditions: '{}' }]);
    await configure([{ mode: 'auto', controls: [CONTROL] }]);
    await passingBucket('e2e-too-early');
    system.advance(0, 1);
    await beginsToFail('e2e-too-early');
    await pass(2);
    expect(told('e2e-too-early').at(-1)).toMatchObject({
      to: 'PLANNED',
      reason: expect.stringMatching(/in mode plan or approve only since/),
    });
    system.advance(25);
    await pass(1);
    await passingBucket('e2e-rehearsed');
    system.advance(0, 1);
    await beginsToFail('e2e-rehearsed');
    await pass(2);
    expect(stepsOf('e2e-rehearsed').at(-1)).toBe('RUNNING');
    system.putEvent(await system.ssm.finish());
    await system.settle();
    expect(stepsOf('e2e-rehearsed').at(-1)).toBe('SUCCEEDED');
  });

  it('starts nothing while it is stopped, and makes up for nothing when it is resumed', async () => {
    await passingBucket('e2e-decided-while-stopped');
    await passingBucket('e2e-noted-while-stopped');
    await configure([AUTO]);
    onTestFinished(async () => void (await flip(true)));
    await flip(false);
    system.advance(0, 1);
    await beginsToFail('e2e-decided-while-stopped');
    await pass(2);
    expect(told('e2e-decided-while-stopped').at(-1)).toMatchObject({
      to: 'PLANNED',
      reason: expect.stringMatching(/ stopped remediation at .* a test$/),
    });
    await beginsToFail('e2e-noted-while-stopped');
    system.advance(0, 1);
    await flip(true);
    await pass(1);
    expect(told('e2e-noted-while-stopped').at(-1)).toMatchObject({
      to: 'PLANNED',
      reason: expect.stringMatching(/^the failure is older than the last start of remediation, at /),
    });
    await pass(60);
    expect(executionsOf('e2e-decided-while-stopped')).toEqual([]);
    expect(executionsOf('e2e-noted-while-stopped')).toEqual([]);
  });

  it('starts nothing while a change calendar is closed or unknown, and starts by itself when it opens', async () => {
    await configure([AUTO], { changeCalendars: ['releases'] });
    await passingBucket('e2e-calendar');
    system.advance(0, 1);
    await beginsToFail('e2e-calendar');
    await pass(2);
    expect(told('e2e-calendar').at(-1)).toMatchObject({ to: 'WAITING', reason: expect.stringContaining('there is no calendar releases') });
    system.ssm.calendars.set('releases', 'CLOSED');
    await pass(5);
    expect(told('e2e-calendar').at(-1)).toMatchObject({ to: 'WAITING', reason: 'a change calendar is closed' });
    system.ssm.calendars.set('releases', 'OPEN');
    // A longer time without a tick would be an outage.
    for (let each = 0; each < 3; each++) await pass(20);
    expect(stepsOf('e2e-calendar').at(-1)).toBe('RUNNING');
    system.putEvent(await system.ssm.finish());
    await system.settle();
    await configure([AUTO]);
  });

  it('is woken by the event of SSM before its time', async () => {
    await passingBucket('e2e-woken');
    system.advance(0, 1);
    await beginsToFail('e2e-woken');
    await pass(2);
    expect(stepsOf('e2e-woken').at(-1)).toBe('RUNNING');
    expect(system.putEvent({ ...(await system.ssm.finish()), region: REGION })).toBe(1);
    await system.settle();
    expect(stepsOf('e2e-woken').slice(-3)).toEqual(['RUNNING', 'VERIFYING', 'SUCCEEDED']);
  });

  it('finds an execution again whose start was never answered, and starts it once', async () => {
    await passingBucket('e2e-lost-answer');
    system.advance(0, 1);
    await beginsToFail('e2e-lost-answer');
    system.ssm.moods.set('StartAutomationExecution', 'forgetful');
    await pass(2);
    system.ssm.moods.clear();
    expect(stepsOf('e2e-lost-answer')).toEqual(['NEW', 'STARTING']);
    await pass(19);
    expect(stepsOf('e2e-lost-answer')).toEqual(['NEW', 'STARTING']);
    await pass(2);
    expect(stepsOf('e2e-lost-answer')).toEqual(['NEW', 'STARTING', 'RUNNING']);
    const [execution, ...others] = executionsOf('e2e-lost-answer');
    expect(others).toEqual([]);
    expect(told('e2e-lost-answer').at(-1)?.executionId).toBe(execution?.id);
    await system.ssm.finish(execution?.id);
    await pass(1);
    expect(stepsOf('e2e-lost-answer').at(-1)).toBe('SUCCEEDED');
    expect(executionsOf('e2e-lost-answer')).toHaveLength(1);
  });

  it('tries again where SSM has not answered and knows of no execution', async () => {
    await passingBucket('e2e-silence');
    system.advance(0, 1);
    await beginsToFail('e2e-silence');
    system.ssm.moods.set('StartAutomationExecution', 'silent');
    await pass(2);
    expect(stepsOf('e2e-silence')).toEqual(['NEW', 'STARTING']);
    system.ssm.moods.set('DescribeAutomationExecutions', 'throttling');
    await pass(20);
    expect(told('e2e-silence').at(-1)).toMatchObject({
      to: 'STARTING',
      reason: expect.stringMatching(/^could not read the status from SSM: /),
    });
    system.ssm.moods.clear();
    await pass(1);
    expect(told('e2e-silence').at(-1)).toMatchObject({ to: 'WAITING', reason: expect.stringContaining('SSM has no execution for it') });
    await pass(5);
    expect(stepsOf('e2e-silence').at(-1)).toBe('RUNNING');
    expect(executionsOf('e2e-silence')).toHaveLength(1);
    system.putEvent(await system.ssm.finish());
    await system.settle();
    expect(stepsOf('e2e-silence').at(-1)).toBe('SUCCEEDED');
  });

  it('starts later what SSM has no time for', async () => {
    await passingBucket('e2e-throttled');
    system.advance(0, 1);
    await beginsToFail('e2e-throttled');
    system.ssm.moods.set('StartAutomationExecution', 'throttling');
    await pass(2);
    expect(told('e2e-throttled').at(-1)).toMatchObject({ to: 'HELD', reason: expect.stringContaining('Rate exceeded') });
    system.ssm.moods.clear();
    await pass(2);
    expect(stepsOf('e2e-throttled').at(-1)).toBe('RUNNING');
    expect(executionsOf('e2e-throttled')).toHaveLength(1);
    system.putEvent(await system.ssm.finish());
    await system.settle();
    expect(stepsOf('e2e-throttled').at(-1)).toBe('SUCCEEDED');
  });

  it('waits for a limit of SSM and for an account that denies, and starts both by itself', async () => {
    for (const [name, mood, parts] of [
      ['e2e-full', 'full', 1],
      ['e2e-denied', 'denying', 4],
    ] as const) {
      await passingBucket(name);
      system.advance(0, 1);
      await beginsToFail(name);
      system.ssm.moods.set('StartAutomationExecution', mood);
      await pass(2);
      await pass(5);
      expect(told(name).at(-1)).toMatchObject({ to: 'HELD', reason: expect.stringMatching(/LimitExceeded|denied/) });
      expect(executionsOf(name)).toHaveLength(0);
      system.ssm.moods.clear();
      for (let part = 0; part < parts; part++) await pass(15);
      expect(stepsOf(name).at(-1)).toBe('RUNNING');
      system.putEvent(await system.ssm.finish());
      await system.settle();
      expect(stepsOf(name).at(-1)).toBe('SUCCEEDED');
    }
  });

  it('goes on with others where an account makes a runbook tell too much', async () => {
    await passingBucket('e2e-hostile');
    system.advance(0, 1);
    await beginsToFail('e2e-hostile');
    await pass(2);
    const [hostile] = executionsOf('e2e-hostile');
    Object.assign(hostile ?? {}, {
      status: 'Success',
      outputs: { 'read.PreviousStatus': Array.from({ length: 200 }, () => 'x'.repeat(5000)) },
    });
    await passingBucket('e2e-peer');
    system.advance(0, 1);
    await beginsToFail('e2e-peer');
    await pass(2);
    expect(told('e2e-hostile').at(-1)).toMatchObject({ to: 'WAITING', reason: expect.stringMatching(/outputs are too large to record/) });
    expect(stepsOf('e2e-peer').at(-1)).toBe('RUNNING');
    system.putEvent(await system.ssm.finish());
    await system.settle();
    expect(stepsOf('e2e-peer').at(-1)).toBe('SUCCEEDED');
  });

  it('runs nothing in mode approve before a person agrees', async () => {
    await configure([{ mode: 'approve', controls: [CONTROL] }]);
    await passingBucket('e2e-asked-for');
    system.advance(0, 1);
    await beginsToFail('e2e-asked-for');
    await pass(2);
    await pass(60);
    expect(stepsOf('e2e-asked-for')).toEqual(['NEW', 'WAITING_FOR_APPROVAL']);
    expect(executionsOf('e2e-asked-for')).toEqual([]);

    for (const kind of ['watcher', 'operator', 'administrator'] as const) {
      const refused = await commandAs(kind, 'approve', await idOf('e2e-asked-for'), '--yes');
      expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('IAM does not allow you') });
      expect(deniedTo(kind)).toEqual(['lambda:InvokeFunctionUrl']);
    }
    expect(stepsOf('e2e-asked-for').at(-1)).toBe('WAITING_FOR_APPROVAL');
    await command('approver', 'approve', await idOf('e2e-asked-for'), '--yes');
    await system.settle();
    expect(stepsOf('e2e-asked-for').slice(2)).toEqual(['APPROVED', 'STARTING', 'RUNNING']);
    expect(told('e2e-asked-for').at(-1)?.approvedBy).toBe((await person('approver')).arn);
    system.putEvent(await system.ssm.finish());
    await system.settle();
    expect(stepsOf('e2e-asked-for').at(-1)).toBe('SUCCEEDED');
    expect(await versioning('e2e-asked-for')).toBe('Enabled');
  });

  it('is stopped and resumed by scope, and rolled back while it is stopped', async () => {
    await configure([AUTO]);
    await passingBucket('e2e-incident');
    await passingBucket('e2e-after-stop');
    system.advance(0, 1);
    await beginsToFail('e2e-incident');
    await pass(2);
    await system.ssm.finish(executionsOf('e2e-incident')[0]?.id);
    await pass(1);
    expect(stepsOf('e2e-incident').at(-1)).toBe('SUCCEEDED');
    const scope = ['--account', estate.accountId];
    await command('operator', 'stop', ...scope, '--reason', 'it broke the shop');
    await command('operator', 'stop', '--rollbacks', '--runs', '--control', CONTROL);
    await beginsToFail('e2e-after-stop');
    await pass(2);
    expect(told('e2e-after-stop').at(-1)).toMatchObject({ to: 'PLANNED', reason: expect.stringContaining('it broke the shop') });

    const since = { from: executionsOf('e2e-incident')[0], to: system.now() };
    expect(since.from).toBeDefined();
    const from = (await remediationOf('e2e-incident'))?.attempts.at(-1)?.intendedAt ?? '';
    const between = ['--between', from, since.to, ...scope];
    const listed = JSON.parse((await commandAs('watcher', 'rollback', ...between, '--json')).stdout);
    expect(listed.rollbacks.map(({ id }: { id: string }) => id)).toEqual([await idOf('e2e-incident')]);
    await command('operator', 'rollback', ...between, '--yes', listed.hash);
    await system.settle();
    expect(told('e2e-incident').at(-1)).toMatchObject({
      to: 'ROLLBACK_REQUESTED',
      reason: expect.stringMatching(/^not rolled back yet: .* stopped rollbacks of STR-L2-01/),
    });
    const resuming = await commandAs('operator', 'resume', '--rollbacks', '--control', CONTROL);
    expect([resuming.code, deniedTo('operator')]).toEqual([2, ['lambda:InvokeFunctionUrl']]);
    await command('administrator', 'resume', '--rollbacks', '--control', CONTROL);
    await pass(2);
    expect(stepsOf('e2e-incident').at(-1)).toBe('RUNNING');
    system.putEvent(await system.ssm.finish(executionsOf('e2e-incident').at(-1)?.id));
    await system.settle();
    expect(stepsOf('e2e-incident').at(-1)).toBe('ROLLED_BACK');
    expect(await versioning('e2e-incident')).toBe('Suspended');

    await command('administrator', 'resume', ...scope);
    await pass(60);
    expect(executionsOf('e2e-after-stop')).toEqual([]);
    expect(await store.listStops()).toEqual([]);
    await command('operator', 'release', await idOf('e2e-incident'), '--yes');
    await system.settle();
    await system.ssm.finish(executionsOf('e2e-incident').at(-1)?.id);
    await pass(1);
  });

  it('lets nobody but its functions write the table, but for a new stop, and nobody but the command function remove one', async () => {
    const TableName = system.tableNamed('RemediationTable');
    const forged = { ...placeKey({ id: 'f'.repeat(24), controlId: CONTROL, accountId: estate.accountId }), revision: 1 };
    const stopped = stopKey('starts', { accountId: '222222222222' });
    const removed: string[] = [];
    for (const kind of ['watcher', 'approver', 'operator', 'administrator'] as const) {
      const client = new DynamoDBClient({ region: REGION, endpoint: (await person(kind)).dynamoDbUrl, credentials: estate.credentials });
      await expect(client.send(new PutCommand({ TableName, Item: forged }))).rejects.toThrow();
      const put = client.send(new PutCommand({ TableName, Item: { ...stopped, by: kind } }));
      if (kind === 'operator') await put;
      else await expect(put).rejects.toThrow();
      await expect(client.send(new DeleteCommand({ TableName, Key: stopped }))).rejects.toThrow();
      removed.push(...deniedTo(kind));
      client.destroy();
    }
    expect(new Set(removed)).toEqual(new Set(['dynamodb:PutItem', 'dynamodb:DeleteItem']));
    expect(await store.listStops()).toMatchObject([{ scope: { accountId: '222222222222' }, by: 'operator' }]);
    await command('administrator', 'resume', '--account', '222222222222');
    expect(await store.listStops()).toEqual([]);
  });

  it('does not act on a rollback that a writer of the table has invented', async () => {
    const genuine = await remediationOf('e2e-orders');
    const [attempt] = genuine?.attempts ?? [];
    if (!genuine || !attempt) throw new Error('it has no execution');
    const id = 'f'.repeat(24);
    const resource = { ...genuine.resource, resourceId: 'e2e-of-another-team' };
    const runs = system.ssm.executions.length;
    const next: Remediation = { ...genuine, id, resource, status: 'ROLLBACK_REQUESTED', dueAt: system.now(), revision: 1 };
    expect(await store.commitRemediation({ previous: undefined, next })).toBe(true);
    await system.settle();
    await pass(1);
    expect(await store.readRemediation(id)).toMatchObject({ status: 'CORRUPT' });
    expect(system.ssm.executions).toHaveLength(runs);
    expect(await command('watcher', 'show', id)).toContain('CORRUPT');
  });

  it('loses nothing and starts nothing while nobody can read the settings', async () => {
    await configure([AUTO]);
    for (const bucket of ['e2e-runs-already', 'e2e-noted-before', 'e2e-failed-meanwhile']) await passingBucket(bucket);
    system.advance(0, 1);
    await beginsToFail('e2e-runs-already');
    await pass(2);
    await beginsToFail('e2e-noted-before');

    const key = { TableName: system.tableNamed('State'), Key: SETTINGS_KEY };
    const { Item: good } = await system.client.send(new GetCommand(key));
    const restore = () => system.client.send(new PutCommand({ TableName: key.TableName, Item: good }));
    onTestFinished(async () => void (await restore()));
    await system.client.send(new PutCommand({ TableName: key.TableName, Item: { ...good, checksum: 'of something else' } }));
    await pass(2);
    expect(told('e2e-noted-before').at(-1)).toMatchObject({
      to: 'WAITING',
      reason: expect.stringContaining('do not match their checksum'),
    });
    await beginsToFail('e2e-failed-meanwhile');
    expect(stepsOf('e2e-failed-meanwhile')).toEqual([]);
    await system.ssm.finish(executionsOf('e2e-runs-already')[0]?.id);
    await pass(1);
    expect(stepsOf('e2e-runs-already').at(-1)).toBe('SUCCEEDED');
    expect(executionsOf('e2e-noted-before')).toEqual([]);

    await restore();
    await system.settle();
    expect(stepsOf('e2e-failed-meanwhile')).toEqual(['NEW']);
    await pass(5);
    // Of two that start in one tick, the one that comes second may find that the other has changed the ledger, and waits.
    const isWaiting = (bucket: string) => stepsOf(bucket).at(-1) === 'WAITING';
    const second = ['e2e-noted-before', 'e2e-failed-meanwhile'].filter(isWaiting);
    expect(second.length).toBeLessThan(2);
    for (const bucket of second) expect(told(bucket).at(-1)?.reason).toContain('a limit has just changed');
    if (second.length > 0) await pass(LOCKED_MINUTES);
    for (const bucket of ['e2e-noted-before', 'e2e-failed-meanwhile']) {
      expect(stepsOf(bucket).at(-1)).toBe('RUNNING');
      await system.ssm.finish(executionsOf(bucket)[0]?.id);
    }
    await pass(1);
    for (const bucket of ['e2e-noted-before', 'e2e-failed-meanwhile']) expect(stepsOf(bucket).at(-1)).toBe('SUCCEEDED');
    expect(system.parked('TriageFailures')).toEqual([]);
  });

  it('refuses what has got an exempt tag before the decision', async () => {
    await configure([AUTO], { exemptTags: { 'csmm-hands-off': '*' } });
    await passingBucket('e2e-hands-off');
    await passingBucket('e2e-hands-on');
    system.advance(0, 1);
    await beginsToFail('e2e-hands-off');
    await beginsToFail('e2e-hands-on');
    const Tagging = { TagSet: [{ Key: 'csmm-hands-off', Value: 'until the migration is over' }] };
    await s3.send(new PutBucketTaggingCommand({ Bucket: 'e2e-hands-off', Tagging }));
    await pass(2);
    expect(told('e2e-hands-off').at(-1)).toMatchObject({ to: 'REFUSED', reason: expect.stringContaining('csmm-hands-off') });
    expect(executionsOf('e2e-hands-off')).toEqual([]);
    expect(stepsOf('e2e-hands-on').at(-1)).toBe('RUNNING');
    await system.ssm.finish();
    await pass(1);
  });

  it('parks what nobody can read, with the reason, and goes on with the rest', async () => {
    await configure([AUTO]);
    await passingBucket('e2e-beside-poison');
    system.advance(0, 1);
    const [state, remediations] = [system.tableNamed('State'), system.tableNamed('RemediationTable')];
    const resource = { pk: `R#${estate.accountId}#AWS::S3::Bucket`, sk: `${REGION}#poison` };
    const remediation = { pk: `M#${estate.accountId}`, sk: `${CONTROL}#poison` };
    await system.client.send(new PutCommand({ TableName: state, Item: { ...resource, revision: 1 } }));
    await system.client.send(new PutCommand({ TableName: remediations, Item: { ...remediation, dueAt: system.now(), dueShard: '0' } }));
    system.putInto('RemediationExecutions', '{"detail":');
    system.putInto('RemediationExecutions', JSON.stringify({ detail: { ExecutionId: 'of somebody else' } }));
    await setVersioning('e2e-beside-poison', 'Suspended');
    system.putEvent(configEvent('e2e-beside-poison', 'Suspended', estate.accountId, system.now()));
    await system.settle();
    await pass(2);
    expect(stepsOf('e2e-beside-poison')).toEqual(['NEW', 'STARTING', 'RUNNING']);

    const parked = (queue: string) => system.parked(queue).map(({ body, reason }) => [body, reason]);
    expect(parked('TriageFailures')).toEqual([
      [expect.stringContaining('poison'), expect.stringContaining('is not an object with accountId')],
    ]);
    expect(parked('AnnounceFailures')).toEqual([[expect.stringContaining('poison'), expect.stringContaining('has an unexpected shape')]]);
    expect(parked('RemediateFailures')).toHaveLength(2);
    expect(parked('RemediateFailures')).toEqual(
      expect.arrayContaining([
        ['{"detail":', 'the message has no execution ID'],
        [expect.stringContaining('poison'), expect.stringContaining('has an unexpected shape')],
      ]),
    );
    for (const [TableName, Key] of [
      [state, resource],
      [remediations, remediation],
    ] as const) {
      await system.client.send(new DeleteCommand({ TableName, Key }));
    }
  });

  it('sets aside a remediation that cannot be read any more, so that no tick finds it due again', async () => {
    const TableName = system.tableNamed('RemediationTable');
    const Key = placeKey({ id: await idOf('e2e-beside-poison'), controlId: CONTROL, accountId: estate.accountId });
    const { Item: good } = await system.client.send(new GetCommand({ TableName, Key }));
    onTestFinished(async () => void (await system.client.send(new PutCommand({ TableName, Item: good }))));
    const parked = system.parked('RemediateFailures').length;
    await system.client.send(new PutCommand({ TableName, Item: { ...Key, dueAt: system.now(), dueShard: '0' } }));
    await pass(1);
    const { Item: aside } = await system.client.send(new GetCommand({ TableName, Key, ConsistentRead: true }));
    expect(aside).toEqual({ ...Key, dueAt: expect.any(String) });
    const reasons = system.parked('RemediateFailures').slice(parked);
    expect(reasons.map(({ body }) => JSON.parse(body))).toContainEqual({ remediationId: placeOfKey(Key).id });
    await pass(1);
    expect(system.parked('RemediateFailures')).toHaveLength(parked + reasons.length);
  });

  it('publishes nothing that its schemas do not describe, and every execution was the one of a remediation', async () => {
    const published = system.recorder.entries.map(({ DetailType, detail }) => ({ detailType: DetailType, detail }) as unknown as CsmmEvent);
    expectValidEvents(published);
    for (const { id } of system.ssm.executions) expect(await store.findByExecution(id)).toBeDefined();
    expect(system.recorder.unknown).toEqual([]);
    expect(system.parked('RemediationUndelivered')).toEqual([]);
  });
});

/** An AWS Config item of a bucket. */
const configEvent = (resourceId: string, status: string, account: string, capturedAt: string) => ({
  version: '0',
  'detail-type': 'Config Configuration Item Change',
  source: 'aws.config',
  account,
  time: capturedAt,
  region: REGION,
  detail: {
    messageType: 'ConfigurationItemChangeNotification',
    configurationItem: {
      configurationItemCaptureTime: capturedAt,
      configurationItemStatus: 'OK',
      awsAccountId: account,
      awsRegion: REGION,
      resourceType: 'AWS::S3::Bucket',
      resourceId,
      configuration: { name: resourceId },
      supplementaryConfiguration: { BucketVersioningConfiguration: { status } },
      tags: {},
      relationships: [],
    },
  },
});
