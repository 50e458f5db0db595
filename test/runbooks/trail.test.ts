import {
  CloudTrailClient,
  CreateTrailCommand,
  DescribeTrailsCommand,
  GetTrailStatusCommand,
  PutEventSelectorsCommand,
  StartLoggingCommand,
} from '@aws-sdk/client-cloudtrail';
import {
  CreateBucketCommand,
  GetBucketLocationCommand,
  GetBucketPolicyCommand,
  PutBucketPolicyCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { REMEDIES } from '../../controls/remedies.ts';
import type { Inventory } from '../../core/control.ts';
import type { TrailStatusFacts } from '../../core/facts/cloudtrail-trail-status.ts';
import { View } from '../../core/facts/view.ts';
import { parsePolicy } from '../../core/policy/document.ts';
import { deniesPlainHttp } from '../../core/policy/plain-http.ts';
import type { RemedyPlan, RunbookParameters } from '../../core/remediation/model/remedy.ts';
import { EMPTY_SETTINGS } from '../../core/settings/account-settings.ts';
import { account, trail } from '../support/alarms.ts';
import { type CallApi, runAutomation } from '../support/automation.ts';
import { changesOf, closeLoop, type LoopAccount } from '../support/closed-loop.ts';
import type { Estate } from '../support/control.ts';
import { freshAccount, useMoto } from '../support/moto.ts';
import { motoCaller } from '../support/moto-caller.ts';
import { runbookText } from '../support/runbooks.ts';

// The emulator never delivers to a log group, so IAM-L2-05 cannot pass there, and its runbook runs without the control. It has no
// buckets of other accounts either. The tests simulate them with an S3 in memory.

const ROLE = 'arn:aws:iam::111111111111:role/csmm-remediation';
const OWN = '111111111111';
const arn = (name: string, region = 'eu-west-1', accountId = OWN) => `arn:aws:cloudtrail:${region}:${accountId}:trail/${name}`;

function planOf(controlId: string, inventory: Inventory, trailArn?: string): RemedyPlan | undefined {
  const resource = trailArn
    ? { accountId: OWN, region: 'eu-west-1', resourceType: 'AWS::CloudTrail::TrailStatus', resourceId: trailArn }
    : { accountId: OWN, region: 'global', resourceType: 'AWS::::Account', resourceId: OWN };
  return REMEDIES[controlId]?.[0]?.plan({ resource, inventory, declared: {} });
}

const trails = (facts: Readonly<Record<string, TrailStatusFacts>>, rest: Estate = {}): Estate => ({
  'AWS::CloudTrail::TrailStatus': facts,
  ...rest,
});

describe('the remedy of IAM-L2-04', () => {
  const values = (plan: RemedyPlan | undefined) =>
    plan?.kind === 'run' ? [...Object.values(plan.parameters).flat(), plan.region] : plan?.reason;
  const NEW = ['csmm-trail', 'absent', 'false', undefined];

  it.each<[string, Readonly<Record<string, TrailStatusFacts>>, readonly unknown[]]>([
    ['makes a trail where there is none', {}, NEW],
    [
      'widens a trail that records one Region',
      { [arn('main')]: trail({ multiRegion: false }) },
      ['main', 'single-region', 'true', 'eu-west-1'],
    ],
    [
      'starts a trail that has stopped long ago',
      { [arn('main')]: trail({ logging: false, latestDeliveryAt: '2024-01-01T00:00:00.000Z' }) },
      ['main', 'multi-region', 'false', 'eu-west-1'],
    ],
    [
      'widens and starts a trail',
      { [arn('main')]: trail({ multiRegion: false, logging: false }) },
      ['main', 'single-region', 'false', 'eu-west-1'],
    ],
    [
      'makes a trail where the selectors of one leave something out',
      { [arn('main')]: trail({ logging: false, managementEvents: { read: 'none', write: 'all' } }) },
      NEW,
    ],
    ['makes a trail where one does not deliver', { [arn('main')]: trail({ latestDeliveryAt: 'never' }) }, NEW],
    [
      'makes a trail where one records one Region and does not deliver',
      { [arn('main')]: trail({ multiRegion: false, latestDeliveryAt: 'never' }) },
      NEW,
    ],
    [
      'leaves the trail of another account alone',
      { [arn('main', 'eu-west-1', '222222222222')]: trail({ logging: false }, '222222222222') },
      NEW,
    ],
  ])('%s', (_, facts, expected) => expect(values(planOf('IAM-L2-04', account(trails(facts))))).toEqual(expected));

  it('tells the trail that it changes, and none where it makes one', () => {
    const touches = (facts: Readonly<Record<string, TrailStatusFacts>>) => {
      const plan = planOf('IAM-L2-04', account(trails(facts)));
      return plan?.kind === 'run' && plan.touches;
    };
    expect(touches({ [arn('main')]: trail({ multiRegion: false }) })).toEqual([
      { accountId: OWN, region: 'eu-west-1', resourceType: 'AWS::CloudTrail::TrailStatus', resourceId: arn('main') },
    ]);
    expect(touches({})).toBeUndefined();
  });

  it('makes a trail in the first approved Region', () => {
    const settings = { ...EMPTY_SETTINGS, approvedRegions: ['eu-central-1', 'eu-west-1'] };
    expect(values(planOf('IAM-L2-04', account({}, { settings })))).toEqual(['csmm-trail', 'absent', 'false', 'eu-central-1']);
  });

  it('cannot help where its own trail does not deliver, or trails were not listed', () => {
    const own = planOf('IAM-L2-04', account(trails({ [arn('csmm-trail')]: trail({ latestDeliveryAt: 'never' }) })));
    expect(own).toEqual({ kind: 'cannot', reason: expect.stringMatching(/csmm-trail: trail never delivered logs/) });
    const gap = account({}, {}, { gaps: { 'AWS::CloudTrail::TrailStatus': ['global'] } });
    expect(planOf('IAM-L2-04', gap)).toEqual({ kind: 'cannot', reason: expect.stringMatching(/denied/) });
  });
});

describe('the remedy of IAM-L2-05', () => {
  const NOW = '2026-01-01T00:00:00.000Z';
  const whole: TrailStatusFacts = trail({
    ...{ logFileValidation: false, kmsKeyId: `arn:aws:kms:eu-west-1:${OWN}:key/k`, bucketName: 'logs', latestLogGroupDeliveryAt: NOW },
  });
  const bucket: Estate = {
    'AWS::S3::Bucket': {
      logs: {
        publicAccessBlock: { blockPublicAcls: true, ignorePublicAcls: true, blockPublicPolicy: true, restrictPublicBuckets: true },
        hasPolicy: false,
        policyIsPublic: false,
        publicAclGrantee: 'none',
      },
    },
  };
  const plan = (facts: TrailStatusFacts) => {
    const inventory = account(trails({ [arn('main')]: facts }, bucket));
    return planOf('IAM-L2-05', inventory, arn('main'));
  };

  it('turns validation on where that is all that lacks', () => {
    expect(plan(whole)).toEqual({
      kind: 'run',
      parameters: { TrailName: ['main'] },
      changes: [{ what: 'log file validation', before: 'false', after: 'true' }],
    });
  });

  it.each<[string, TrailStatusFacts, RegExp]>([
    ['the trail belongs to another account', { ...whole, ownerAccountId: '222222222222' }, /another account/],
    ['the trail has no key too', { ...whole, kmsKeyId: 'none' }, /not encrypted with a KMS key; csmm has no runbook/],
    ['the trail has no log group too', { ...whole, logGroupArn: 'none' }, /CloudWatch Logs; csmm has no runbook/],
    ['only the key lacks', { ...whole, logFileValidation: true, kmsKeyId: 'none' }, /not encrypted/],
    ['the bucket is unknown', { ...whole, bucketName: 'elsewhere' }, /not found in any evaluated account/],
  ])('cannot help where %s', (_, facts, reason) => {
    expect(plan(facts)).toEqual({ kind: 'cannot', reason: expect.stringMatching(reason) });
  });
});

const TRAIL = 'CSMM-EnableMultiRegionTrail';

async function trailsOf({ client }: LoopAccount): Promise<unknown[]> {
  const cloudTrail = client(CloudTrailClient);
  const { trailList = [] } = await cloudTrail.send(new DescribeTrailsCommand({ includeShadowTrails: false }));
  return Promise.all(
    trailList.map(async ({ Name, IsMultiRegionTrail, IncludeGlobalServiceEvents, LogFileValidationEnabled }) => {
      const { IsLogging } = await cloudTrail.send(new GetTrailStatusCommand({ Name }));
      return { Name, IsMultiRegionTrail, IncludeGlobalServiceEvents, LogFileValidationEnabled, IsLogging };
    }),
  );
}

/** Creates a trail. */
const seedTrail =
  ({ multiRegion, logging, globalEvents = true }: { multiRegion: boolean; logging: boolean; globalEvents?: boolean }) =>
  async ({ client, accountId }: LoopAccount) => {
    const cloudTrail = client(CloudTrailClient);
    await client(S3Client).send(new CreateBucketCommand({ Bucket: `logs-${accountId}` }));
    await cloudTrail.send(
      new CreateTrailCommand({
        Name: 'main',
        S3BucketName: `logs-${accountId}`,
        IsMultiRegionTrail: multiRegion,
        IncludeGlobalServiceEvents: globalEvents,
      }),
    );
    const EventSelectors = [{ ReadWriteType: 'All' as const, IncludeManagementEvents: true }];
    await cloudTrail.send(new PutEventSelectorsCommand({ TrailName: 'main', EventSelectors }));
    if (logging) await cloudTrail.send(new StartLoggingCommand({ Name: 'main' }));
  };

describe.skipIf(!useMoto())(TRAIL, () => {
  const loop = { controlId: 'IAM-L2-04', runbook: TRAIL, region: 'us-east-1', previous: trailsOf };

  it('makes a trail and its bucket; the inverse deletes the trail and keeps the bucket', async () => {
    const { account: made, undo, first } = await closeLoop({ ...loop, seed: async () => {} });
    expect(changesOf(first)).toContain('s3:CreateBucket');
    const Bucket = `csmm-trail-${made.accountId}-us-east-1`;
    const { Policy = '' } = await made.client(S3Client).send(new GetBucketPolicyCommand({ Bucket }));
    expect(deniesPlainHttp(parsePolicy(new View(Policy, { last: undefined }))!, Bucket, 'aws')).toBe(true);
    expect(JSON.parse(Policy)).toMatchObject({
      Statement: [
        { Condition: { StringEquals: { 'aws:SourceArn': `arn:aws:cloudtrail:us-east-1:${made.accountId}:trail/csmm-trail` } } },
        { Resource: `arn:aws:s3:::${Bucket}/AWSLogs/${made.accountId}/*`, Principal: { Service: 'cloudtrail.amazonaws.com' } },
        { Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
      ],
    });
    expect(undo && changesOf(undo)).toEqual(['cloudtrail:StopLogging', 'cloudtrail:DeleteTrail']);
  });

  it.each([
    ['starts a trail that is not logging', { multiRegion: true, logging: false }, ['cloudtrail:StartLogging']],
    ['widens a trail that is not logging', { multiRegion: false, logging: false }, ['cloudtrail:UpdateTrail', 'cloudtrail:StartLogging']],
    ['widens a trail', { multiRegion: false, logging: true }, ['cloudtrail:UpdateTrail']],
    ['widens a trail without global events', { multiRegion: false, logging: true, globalEvents: false }, ['cloudtrail:UpdateTrail']],
  ])('%s', async (_, given, changes) => {
    const { first, undo } = await closeLoop({ ...loop, seed: seedTrail(given) });
    expect(changesOf(first)).toEqual(changes);
    expect(undo && changesOf(undo)).toHaveLength(changes.length);
  });

  /** The responses of an emulated account to the runbook in a Region. */
  async function runIn(region: string, prepare?: (s3: S3Client, bucket: string) => Promise<unknown>) {
    const { accountId, credentials } = await freshAccount();
    const s3 = new S3Client({ region, credentials, forcePathStyle: true });
    const bucket = `csmm-trail-${accountId}-${region}`;
    await prepare?.(s3, bucket);
    const parameters = { AutomationAssumeRole: [ROLE], TrailName: ['csmm-trail'], PreviousTrail: ['absent'], PreviousLogging: ['false'] };
    const run = await runAutomation(runbookText(TRAIL), parameters, { call: motoCaller({ credentials, region }), region, accountId });
    return { run, s3, bucket };
  }

  it('makes the bucket in its Region', async () => {
    const { run, s3, bucket } = await runIn('eu-west-1');
    expect(run, run.failure).toMatchObject({ status: 'Success' });
    expect((await s3.send(new GetBucketLocationCommand({ Bucket: bucket }))).LocationConstraint).toBe('eu-west-1');
  });

  it('leaves the policy of a bucket that a former trail has left', async () => {
    const policy = JSON.stringify({ Version: '2012-10-17', Statement: [] });
    const { run, s3, bucket } = await runIn('us-east-1', async (client, Bucket) => {
      await client.send(new CreateBucketCommand({ Bucket }));
      await client.send(new PutBucketPolicyCommand({ Bucket, Policy: policy }));
    });
    expect(changesOf(run)).toEqual(['cloudtrail:CreateTrail', 'cloudtrail:PutEventSelectors', 'cloudtrail:StartLogging']);
    expect((await s3.send(new GetBucketPolicyCommand({ Bucket: bucket }))).Policy).toBe(policy);
  });

  it('fails without a change where a bucket of that name has no policy', async () => {
    const { run } = await runIn('us-east-1', (client, Bucket) => client.send(new CreateBucketCommand({ Bucket })));
    expect([run.status, changesOf(run)]).toEqual(['Failed', []]);
  });
});

describe(`${TRAIL} against a made-up API`, () => {
  const run = (call: CallApi, parameters: RunbookParameters = {}) =>
    runAutomation(
      runbookText(TRAIL),
      { AutomationAssumeRole: [ROLE], TrailName: ['csmm-trail'], PreviousTrail: ['absent'], PreviousLogging: ['false'], ...parameters },
      { call },
    );
  const failure = (name: string) => Object.assign(new Error('made up'), { name });

  /** An account without a trail. Its bucket can already exist. */
  const newTrail =
    (hasBucket: boolean, fails: (api: string) => string | undefined): CallApi =>
    async (_, api) => {
      const name = fails(api) ?? (api === 'GetBucketLocation' && !hasBucket ? 'NoSuchBucket' : undefined);
      if (name) throw failure(name);
      if (api === 'DescribeTrails') return { trailList: [] };
      if (api === 'GetTrail') return { Trail: { IsMultiRegionTrail: true } };
      return api === 'GetTrailStatus' ? { IsLogging: true } : {};
    };

  it.each(['AccessDenied', 'SlowDown', 'NoSuchBucketPolicy'])('replaces no policy where reading it ends with %s', async (error) => {
    const made = await run(newTrail(true, (api) => (api === 'GetBucketPolicy' ? error : undefined)));
    expect([made.status, changesOf(made)]).toEqual(['Failed', []]);
  });

  it('gives a bucket that it makes its policy first of all', async () => {
    const made = await run(newTrail(false, () => undefined));
    expect(made, made.failure).toMatchObject({ status: 'Success' });
    expect(changesOf(made).slice(0, 2)).toEqual(['s3:CreateBucket', 's3:PutBucketPolicy']);
  });

  it('asks for the trail again where CloudTrail does not see the policy yet', async () => {
    let asked = 0;
    const slow = newTrail(false, (api) => (api === 'CreateTrail' && ++asked < 3 ? 'InsufficientS3BucketPolicyException' : undefined));
    expect(await run(slow)).toMatchObject({ status: 'Success' });
    expect(asked).toBe(3);
  });

  it('waits until the trail shows that it records all Regions and is logging', async () => {
    const trailList = [{ Name: 'csmm-trail', TrailARN: arn('csmm-trail'), IsMultiRegionTrail: false }];
    let looks = 0;
    const lagging: CallApi = async (_, api) => {
      if (api === 'DescribeTrails') return { trailList };
      if (api === 'GetTrail') return { Trail: { IsMultiRegionTrail: ++looks > 2 } };
      return api === 'GetTrailStatus' ? { IsLogging: ++looks > 5 } : {};
    };
    expect(await run(lagging, { PreviousTrail: ['single-region'] })).toMatchObject({ status: 'Success' });
  });

  it('sends no log file to a bucket of that name that somebody else owns', async () => {
    const { status, calls } = await run(async (_, api, input) => {
      if (api === 'DescribeTrails') return { trailList: [] };
      if (api === 'GetBucketLocation') expect(input.ExpectedBucketOwner).toBe(OWN);
      throw failure(api === 'CreateBucket' ? 'BucketAlreadyExists' : 'AccessDenied');
    });
    expect([status, calls.at(-1)?.api]).toEqual(['Failed', 'CreateBucket']);
  });

  it.each([
    ['was there and is gone', 'single-region', []],
    ['was not there and records one Region', 'absent', [{ Name: 'csmm-trail', TrailARN: arn('csmm-trail'), IsMultiRegionTrail: false }]],
    [
      'recorded all Regions and records one',
      'multi-region',
      [{ Name: 'csmm-trail', TrailARN: arn('csmm-trail'), IsMultiRegionTrail: false }],
    ],
  ])('changes nothing where the trail %s', async (_, previous, trailList) => {
    const made = await run(async () => ({ trailList }), { PreviousTrail: [previous] });
    expect([made.status, changesOf(made)]).toEqual(['Failed', []]);
    expect(made.failure).toMatch(/which differs from its previous state/);
  });
});

describe.skipIf(!useMoto())('CSMM-EnableTrailLogFileValidation', () => {
  it('turns validation on, changes nothing when run again, and is undone', async () => {
    const { accountId, credentials } = await freshAccount();
    const client: LoopAccount['client'] = (made, region = 'us-east-1') => new made({ region, credentials, forcePathStyle: true } as never);
    const emulated = { accountId, client, region: 'us-east-1', credentials } as unknown as LoopAccount;
    await seedTrail({ multiRegion: true, logging: true })(emulated);
    const before = await trailsOf(emulated);
    const run = (runbook: string, parameters: RunbookParameters = {}) =>
      runAutomation(
        runbookText(runbook),
        { AutomationAssumeRole: [ROLE], TrailName: ['main'], ...parameters },
        { call: motoCaller({ credentials, region: 'us-east-1' }), accountId, region: 'us-east-1' },
      );
    const first = await run('CSMM-EnableTrailLogFileValidation');
    const NewDestination = first.outputs['inspect.NewDestination'] ?? [];
    const left = { 'inspect.NewDestination': NewDestination };
    expect([first.status, first.outputs, changesOf(first)]).toEqual([
      'Success',
      { 'read.PreviousValidation': ['false'], ...left },
      ['cloudtrail:UpdateTrail'],
    ]);
    expect(await trailsOf(emulated)).toMatchObject([{ LogFileValidationEnabled: true, IsLogging: true }]);
    const again = await run('CSMM-EnableTrailLogFileValidation');
    expect([again.status, again.outputs, changesOf(again)]).toEqual(['Success', { 'read.PreviousValidation': ['true'], ...left }, []]);
    expect((await run('CSMM-EnableTrailLogFileValidation-Undo', { PreviousValidation: ['true'], NewDestination })).status).toBe('Success');
    expect((await run('CSMM-EnableTrailLogFileValidation-Undo', { PreviousValidation: ['false'], NewDestination })).status).toBe('Success');
    expect(await trailsOf(emulated)).toEqual(before);
  });
});
