import {
  CreateBucketCommand,
  GetBucketPolicyCommand,
  GetPublicAccessBlockCommand,
  PutBucketAclCommand,
  PutBucketPolicyCommand,
  PutPublicAccessBlockCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  GetPublicAccessBlockCommand as GetAccountBlockCommand,
  PutPublicAccessBlockCommand as PutAccountBlockCommand,
  S3ControlClient,
} from '@aws-sdk/client-s3-control';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { REMEDIES } from '../../controls/remedies.ts';
import { View } from '../../core/facts/view.ts';
import { parsePolicy } from '../../core/policy/document.ts';
import { deniesPlainHttp } from '../../core/policy/plain-http.ts';
import { type RunbookParameters, remedyFor } from '../../core/remediation/model/remedy.ts';
import { type CallApi, InvalidAutomationExecutionParametersException, runAutomation } from '../support/automation.ts';
import { changesOf, closeLoop, type LoopAccount } from '../support/closed-loop.ts';
import { type Estate, inventoryOf } from '../support/control.ts';
import { useMoto } from '../support/moto.ts';
import { runbookText } from '../support/runbooks.ts';

/** At least one change, as a person reads it. */
const CHANGES = expect.arrayContaining([{ what: expect.any(String), before: expect.any(String), after: expect.any(String) }]);

// Closed loops run in the emulator. It stores any policy and denies no caller. A bucket in memory simulates denied reads, too large
// policies and concurrent changes of a setting, with the errors of S3.
// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html

const BUCKET = 'orders';
const ROLE = 'arn:aws:iam::111111111111:role/csmm-remediation';

const run = (runbook: string, parameters: RunbookParameters, call: CallApi, partition = 'aws') =>
  runAutomation(runbookText(runbook), { AutomationAssumeRole: [ROLE], ...parameters }, { call, partition });

const failure = (name: string) => Object.assign(new Error('made up'), { name });

/** Returns the plan of the remedy of a control for one resource. */
function planOf(controlId: string, resourceType: string, estate: Estate, resourceId = BUCKET) {
  const resource = { accountId: '111111111111', region: 'eu-west-1', resourceType, resourceId };
  return remedyFor(REMEDIES, controlId, resource)?.plan({ resource, inventory: inventoryOf(estate), declared: {} });
}

const OFF = { blockPublicAcls: false, ignorePublicAcls: false, blockPublicPolicy: false, restrictPublicBuckets: false };
const TOLD_OFF: RunbookParameters = {
  PreviousBlockPublicAcls: ['false'],
  PreviousIgnorePublicAcls: ['false'],
  PreviousBlockPublicPolicy: ['false'],
  PreviousRestrictPublicBuckets: ['false'],
};

describe('the plan of a remedy', () => {
  it.each([
    [
      'STR-L1-01 names the account and what is set',
      planOf(
        'STR-L1-01',
        'AWS::S3::AccountPublicAccessBlock',
        {
          'AWS::S3::AccountPublicAccessBlock': { '111111111111': { ...OFF, ignorePublicAcls: true } },
        },
        '111111111111',
      ),
      { AccountId: ['111111111111'], ...TOLD_OFF, PreviousIgnorePublicAcls: ['true'] },
    ],
    [
      'STR-L1-02 names the bucket and what is set',
      planOf('STR-L1-02', 'AWS::S3::Bucket', {
        'AWS::S3::Bucket': { [BUCKET]: { publicAccessBlock: { ...OFF, blockPublicPolicy: true } } },
      }),
      { BucketName: [BUCKET], ...TOLD_OFF, PreviousBlockPublicPolicy: ['true'] },
    ],
    [
      'STR-L2-04 names a bucket with a policy',
      planOf('STR-L2-04', 'AWS::S3::Bucket', { 'AWS::S3::Bucket': { [BUCKET]: { hasPolicy: true, deniesPlainHttp: false } } }),
      { BucketName: [BUCKET] },
    ],
  ])('of %s', (_, plan, parameters) => {
    expect(plan).toEqual({ kind: 'run', parameters, changes: CHANGES });
  });

  it.each([
    ...Object.keys(OFF).map((setting): [string, ReturnType<typeof planOf>] => {
      const facts = { ...OFF, [setting]: undefined } as never;
      const estate: Estate = { 'AWS::S3::AccountPublicAccessBlock': { '111111111111': facts } };
      return [`STR-L1-01 where ${setting} was not read`, planOf('STR-L1-01', 'AWS::S3::AccountPublicAccessBlock', estate, '111111111111')];
    }),
    ['STR-L1-02 where its own settings were not read', planOf('STR-L1-02', 'AWS::S3::Bucket', { 'AWS::S3::Bucket': { [BUCKET]: {} } })],
    [
      'STR-L2-04 where the bucket has no policy',
      planOf('STR-L2-04', 'AWS::S3::Bucket', { 'AWS::S3::Bucket': { [BUCKET]: { hasPolicy: false, deniesPlainHttp: false } } }),
    ],
    ['STR-L2-04 where the policy was not read', planOf('STR-L2-04', 'AWS::S3::Bucket', { 'AWS::S3::Bucket': { [BUCKET]: {} } })],
    ['STR-L2-04 where the bucket is gone', planOf('STR-L2-04', 'AWS::S3::Bucket', {})],
  ])('of %s is that it cannot run', (_, plan) => {
    expect(plan).toEqual({ kind: 'cannot', reason: expect.stringMatching(/\S/) });
  });

  // A file system is encrypted when it is created or never; S3 gives every bucket a default encryption that cannot be removed.
  it.each(['AWS::EFS::FileSystem', 'AWS::S3::Bucket'])('of STR-L1-06 is missing for %s', (resourceType) => {
    expect(remedyFor(REMEDIES, 'STR-L1-06', { resourceType })).toBeUndefined();
  });
});

describe('a runbook of S3', () => {
  it.each([
    ['CSMM-BlockAccountPublicAccess', { AccountId: ['{{ global:ACCOUNT_ID }}'], ...TOLD_OFF }],
    ['CSMM-BlockBucketPublicAccess', { BucketName: ['orders"}'], ...TOLD_OFF }],
    ['CSMM-BlockBucketPublicAccess-Undo', { BucketName: [BUCKET], ...TOLD_OFF, PreviousBlockPublicAcls: ['maybe'] }],
    ['CSMM-DenyPlainHttp', { BucketName: ['a","Principal":"*'] }],
    ['CSMM-DenyPlainHttp', { BucketName: ['orders/../other'] }],
    ['CSMM-DenyPlainHttp-Undo', { BucketName: ['{{ AutomationAssumeRole }}'] }],
  ])('%s does not start with %j', async (runbook, parameters) => {
    const call: CallApi = async () => ({});
    await expect(run(runbook, parameters, call)).rejects.toThrow(InvalidAutomationExecutionParametersException);
  });
});

/** Settings of Block Public Access in memory. */
function blockInMemory(settings?: Record<string, boolean>, { unreadable = false } = {}) {
  const block = { settings, puts: 0 };
  const call: CallApi = async (_, api, input) => {
    if (api === 'GetPublicAccessBlock') {
      if (unreadable) throw failure('AccessDenied');
      if (!block.settings) throw failure('NoSuchPublicAccessBlockConfiguration');
      return { PublicAccessBlockConfiguration: block.settings };
    }
    if (api !== 'PutPublicAccessBlock') throw failure(api);
    block.settings = input.PublicAccessBlockConfiguration as Record<string, boolean>;
    block.puts++;
    return {};
  };
  return { block, call };
}

const NAMES = ['BlockPublicAcls', 'IgnorePublicAcls', 'BlockPublicPolicy', 'RestrictPublicBuckets'] as const;
const settingsOf = (bits: readonly boolean[]) => Object.fromEntries(NAMES.map((name, at) => [name, bits[at] ?? false]));
const told = (settings: Record<string, boolean>): RunbookParameters =>
  Object.fromEntries(NAMES.map((name) => [`Previous${name}`, [String(settings[name])]]));

describe.each([
  ['CSMM-BlockAccountPublicAccess', { AccountId: ['111111111111'] }],
  ['CSMM-BlockBucketPublicAccess', { BucketName: [BUCKET] }],
])('%s', (runbook, target: RunbookParameters) => {
  // Any two settings differ in one of the last two.
  const EVERY = [[], [true, true, true, true], [false, false, true, true], [false, true, false, true]].map(settingsOf);

  it('turns all settings on, whatever they were, and its inverse brings back each as it was', async () => {
    for (const settings of EVERY) {
      const { block, call } = blockInMemory(settings);
      expect((await run(runbook, { ...target, ...told(settings) }, call)).status).toBe('Success');
      expect(block.settings).toEqual(settingsOf([true, true, true, true]));
      expect(block.puts).toBe(Object.values(settings).includes(false) ? 1 : 0);
      expect((await run(`${runbook}-Undo`, { ...target, ...told(settings) }, call)).status).toBe('Success');
      expect(block.settings).toEqual(settings);
    }
  });

  it('turns them on where nothing was set', async () => {
    const { block, call } = blockInMemory();
    expect((await run(runbook, { ...target, ...TOLD_OFF }, call)).status).toBe('Success');
    expect(block.settings).toEqual(settingsOf([true, true, true, true]));
  });

  it('changes nothing where the settings are no longer those that it was told', async () => {
    for (const now of [settingsOf([true]), settingsOf([false, false, false, true])]) {
      const { block, call } = blockInMemory(now);
      const ended = await run(runbook, { ...target, ...TOLD_OFF }, call);
      expect(ended).toMatchObject({ status: 'Failed', failure: expect.stringContaining('the settings have changed') });
      expect(block).toEqual({ settings: now, puts: 0 });
    }
  });

  it('changes nothing where settings that it was told of cannot be read', async () => {
    const { block, call } = blockInMemory(settingsOf([true]), { unreadable: true });
    expect((await run(runbook, { ...target, ...told(settingsOf([true])) }, call)).status).toBe('Failed');
    expect(block.puts).toBe(0);
  });

  it('fails where the change does not stay', async () => {
    const { block, call } = blockInMemory(settingsOf([]));
    const ended = await run(runbook, { ...target, ...TOLD_OFF }, async (service, api, input) => {
      const answer = await call(service, api, input);
      if (block.settings) block.settings = { ...block.settings, RestrictPublicBuckets: false };
      return answer;
    });
    expect(ended).toMatchObject({ status: 'TimedOut', failure: expect.stringMatching(/^verify: /) });
  });

  it('has an inverse that changes nothing where the settings are back', async () => {
    const { block, call } = blockInMemory(settingsOf([true]));
    expect((await run(`${runbook}-Undo`, { ...target, ...told(settingsOf([true])) }, call)).status).toBe('Success');
    expect(block.puts).toBe(0);
  });

  it('has an inverse that changes nothing where somebody has turned a setting off since', async () => {
    const now = settingsOf([true, true, true, false]);
    const { block, call } = blockInMemory(now);
    const ended = await run(`${runbook}-Undo`, { ...target, ...TOLD_OFF }, call);
    expect(ended).toMatchObject({ status: 'Failed', failure: expect.stringContaining('the settings have changed') });
    expect(block).toEqual({ settings: now, puts: 0 });
  });

  it('has an inverse that fails where the settings do not come back', async () => {
    const { call } = blockInMemory(settingsOf([true, true, true, true]));
    const ended = await run(`${runbook}-Undo`, { ...target, ...TOLD_OFF }, (service, api, input) =>
      api === 'PutPublicAccessBlock' ? Promise.resolve({}) : call(service, api, input),
    );
    expect(ended).toMatchObject({ status: 'Failed', failure: expect.stringContaining('the settings are not restored') });
  });
});

/** The policy of a bucket in memory, stored unchanged. */
function policyInMemory(policy?: unknown, { unreadable = false, deaf = false } = {}) {
  const bucket: { policy: string | undefined; puts: number } = {
    policy: policy === undefined ? undefined : JSON.stringify(policy),
    puts: 0,
  };
  const call: CallApi = async (_, api, input) => {
    if (api === 'GetBucketPolicy') {
      if (unreadable) throw failure('AccessDenied');
      if (bucket.policy === undefined) throw failure('NoSuchBucketPolicy');
      return { Policy: bucket.policy };
    }
    bucket.puts++;
    if (deaf) return {};
    if (api !== 'PutBucketPolicy') throw failure(api);
    bucket.policy = String(input.Policy);
    return {};
  };
  return { bucket, call };
}

const read = (policy: string | undefined): unknown => (policy === undefined ? undefined : JSON.parse(policy));
const ALLOW = {
  Sid: 'Readers',
  Effect: 'Allow',
  Principal: { AWS: '111111111111' },
  Action: 's3:GetObject',
  Resource: 'arn:aws:s3:::orders/*',
};
const DENY = {
  Sid: 'CsmmDenyPlainHttp',
  Effect: 'Deny',
  Principal: '*',
  Action: 's3:*',
  Resource: ['arn:aws:s3:::orders', 'arn:aws:s3:::orders/*'],
  Condition: { Bool: { 'aws:SecureTransport': 'false' } },
};
const policyOf = (...Statement: unknown[]) => ({ Version: '2012-10-17', Statement });
const TARGET: RunbookParameters = { BucketName: [BUCKET] };

/** Whether the control finds that a policy denies plain HTTP. */
const passes = (policy: string | undefined) => deniesPlainHttp(parsePolicy(new View(policy, { last: undefined }))!, BUCKET, 'aws');

describe('CSMM-DenyPlainHttp', () => {
  it('adds the statement that the control asks for, and leaves the rest as it is', async () => {
    const before = { Version: '2008-10-17', Id: 'made-by-hand', Statement: ALLOW };
    const { bucket, call } = policyInMemory(before);
    expect((await run('CSMM-DenyPlainHttp', TARGET, call)).status).toBe('Success');
    expect(read(bucket.policy)).toEqual({ ...before, Statement: [ALLOW, DENY] });
    expect(passes(bucket.policy)).toBe(true);
  });

  it('names the bucket as its partition does', async () => {
    const { bucket, call } = policyInMemory(policyOf(ALLOW));
    await run('CSMM-DenyPlainHttp', TARGET, call, 'aws-cn');
    expect(bucket.policy).toContain('"arn:aws-cn:s3:::orders/*"');
  });

  it.each([
    ['is its own', DENY],
    ['has another Sid', { ...DENY, Sid: 'TlsOnly' }],
    [
      'is written another way',
      { ...DENY, Principal: { AWS: ['*'] }, Action: ['s3:*'], Condition: { Bool: { 'aws:SecureTransport': ['false'] } } },
    ],
  ])('changes nothing where a statement denies plain HTTP that %s', async (_, statement) => {
    const { bucket, call } = policyInMemory(policyOf(ALLOW, statement));
    expect((await run('CSMM-DenyPlainHttp', TARGET, call)).status).toBe('Success');
    expect(bucket.puts).toBe(0);
  });

  it.each([
    ['a statement with its Sid says something else', policyOf({ ...DENY, Action: 's3:PutObject' }), 'another statement has the Sid'],
    ['the policy would be too large', policyOf({ ...ALLOW, Sid: 'a'.repeat(20_200) }), 'the policy would exceed 20 KB'],
    ['the policy would be too large in bytes', policyOf({ ...ALLOW, Sid: 'ü'.repeat(10_100) }), 'the policy would exceed 20 KB'],
    ['the policy holds a variable of SSM', policyOf({ ...ALLOW, Sid: '{{ global:DATE }}' }), 'two opening braces'],
    ['the policy has no statements', { Version: '2012-10-17' }, 'KeyError'],
    ['a statement is a text', policyOf('Allow'), 'Error'],
    ['the policy is a list', [], 'Error'],
  ])('changes nothing where %s', async (_, policy, why) => {
    const { bucket, call } = policyInMemory(policy);
    expect(await run('CSMM-DenyPlainHttp', TARGET, call)).toMatchObject({ status: 'Failed', failure: expect.stringContaining(why) });
    expect(bucket.puts).toBe(0);
  });

  it.each([
    ['there is no policy', undefined, {}, 'NoSuchBucketPolicy'],
    ['the policy cannot be read', policyOf(ALLOW), { unreadable: true }, 'AccessDenied'],
  ])('changes nothing where %s', async (_, policy, options, why) => {
    const { bucket, call } = policyInMemory(policy, options);
    expect(await run('CSMM-DenyPlainHttp', TARGET, call)).toMatchObject({ status: 'Failed', failure: expect.stringContaining(why) });
    expect(bucket.puts).toBe(0);
  });

  it('fails where the policy that it has put is not there', async () => {
    const { call } = policyInMemory(policyOf(ALLOW), { deaf: true });
    expect(await run('CSMM-DenyPlainHttp', TARGET, call)).toMatchObject({
      status: 'Failed',
      failure: expect.stringContaining('does not deny plain HTTP'),
    });
  });
});

describe('CSMM-DenyPlainHttp-Undo', () => {
  const text = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 8 }),
    fc.constantFrom('"', '\\', '\u0000', '}}', '$', 'CsmmDenyPlainHttp '),
  );
  const statements = fc.array(
    fc.record({
      Sid: text,
      Effect: fc.constantFrom('Allow', 'Deny'),
      Principal: fc.dictionary(text, text),
      Action: fc.array(text),
      Condition: fc.jsonValue(),
    }),
    { minLength: 1, maxLength: 4 },
  );

  it('brings back any policy as it was', async () => {
    const policies = fc.record({ Version: fc.constantFrom('2008-10-17', '2012-10-17'), Id: text, Statement: statements });
    await fc.assert(
      fc.asyncProperty(policies, async (given) => {
        const policy: unknown = JSON.parse(JSON.stringify(given));
        fc.pre(!JSON.stringify(policy).includes('{{'));
        const { bucket, call } = policyInMemory(policy);
        expect((await run('CSMM-DenyPlainHttp', TARGET, call)).status).toBe('Success');
        expect(bucket.puts).toBe(1);
        expect((await run('CSMM-DenyPlainHttp-Undo', TARGET, call)).status).toBe('Success');
        expect(read(bucket.policy)).toEqual(policy);
      }),
      { numRuns: 5 },
    );
  });

  it('keeps what others have added', async () => {
    const { bucket, call } = policyInMemory(policyOf(DENY, ALLOW));
    expect((await run('CSMM-DenyPlainHttp-Undo', TARGET, call)).status).toBe('Success');
    expect(read(bucket.policy)).toEqual(policyOf(ALLOW));
    expect((await run('CSMM-DenyPlainHttp-Undo', TARGET, call)).status).toBe('Success');
    expect(bucket.puts).toBe(1);
  });

  it.each([
    ['others', policyOf(ALLOW, { ...DENY, Sid: 'TlsOnly' })],
    ['one that stands without a list', { Version: '2012-10-17', Statement: ALLOW }],
  ])('changes nothing where the statement is gone, of %s', async (_, policy) => {
    const { bucket, call } = policyInMemory(policy);
    expect((await run('CSMM-DenyPlainHttp-Undo', TARGET, call)).status).toBe('Success');
    expect(bucket.puts).toBe(0);
  });

  it.each([
    ['the statement was changed', policyOf(ALLOW, { ...DENY, Resource: 'arn:aws:s3:::orders' }), 'was changed'],
    ['the policy holds nothing else by now', policyOf(DENY), 'the policy has no other statement'],
    ['the rest holds a variable of SSM', policyOf({ ...ALLOW, Sid: '{{ global:DATE }}' }, DENY), 'two opening braces'],
    ['there is no policy', undefined, 'NoSuchBucketPolicy'],
  ])('changes nothing where %s', async (_, policy, why) => {
    const { bucket, call } = policyInMemory(policy);
    expect(await run('CSMM-DenyPlainHttp-Undo', TARGET, call)).toMatchObject({
      status: 'Failed',
      failure: expect.stringContaining(why),
    });
    expect(bucket.puts).toBe(0);
  });

  it('fails where the rest does not stay', async () => {
    const { call } = policyInMemory(policyOf(ALLOW, DENY), { deaf: true });
    expect(await run('CSMM-DenyPlainHttp-Undo', TARGET, call)).toMatchObject({
      status: 'Failed',
      failure: expect.stringContaining('the statement still exists'),
    });
  });
});

describe('the scripts of CSMM-DenyPlainHttp and its inverse', () => {
  /** Runs the same document, but passes its scripts a policy that SSM has parsed. */
  const runParsed = (runbook: string, call: CallApi) => {
    const handed = runbookText(runbook).replaceAll(/Name: Policy\n {8}Selector: \$\.Policy\n {8}Type: String\n/g, (output) =>
      output.replace('String', 'StringMap'),
    );
    const parsedCall: CallApi = async (service, api, input) => {
      const answer = await call(service, api, input);
      return api === 'GetBucketPolicy' ? { Policy: JSON.parse((answer as { Policy: string }).Policy) } : answer;
    };
    return runAutomation(handed, { AutomationAssumeRole: [ROLE], ...TARGET }, { call: parsedCall });
  };

  it('take a policy that is no longer a text', async () => {
    const { bucket, call } = policyInMemory(policyOf(ALLOW));
    for (const puts of [1, 1]) {
      expect((await runParsed('CSMM-DenyPlainHttp', call)).status).toBe('Success');
      expect(bucket.puts).toBe(puts);
    }
    expect(read(bucket.policy)).toEqual(policyOf(ALLOW, DENY));
    for (const puts of [2, 2]) {
      expect((await runParsed('CSMM-DenyPlainHttp-Undo', call)).status).toBe('Success');
      expect(bucket.puts).toBe(puts);
    }
    expect(read(bucket.policy)).toEqual(policyOf(ALLOW));
  });
});

const bucketOf = ({ accountId }: LoopAccount): string => `records-${accountId}`;

async function makeBucket(account: LoopAccount): Promise<void> {
  const CreateBucketConfiguration = { LocationConstraint: 'eu-west-1' as const };
  await account.client(S3Client).send(new CreateBucketCommand({ Bucket: bucketOf(account), CreateBucketConfiguration }));
}

const putPolicy = (account: LoopAccount, policy: unknown) =>
  account.client(S3Client).send(new PutBucketPolicyCommand({ Bucket: bucketOf(account), Policy: JSON.stringify(policy) }));

const allowing = (account: LoopAccount, Principal: unknown) =>
  policyOf({ Sid: 'Readers', Effect: 'Allow', Principal, Action: 's3:GetObject', Resource: `arn:aws:s3:::${bucketOf(account)}/*` });

/** Returns the response of an API, or a placeholder for its error if nothing is set. */
async function orUnset<T, U>(answer: Promise<T>, error: string, unset: U): Promise<T | U> {
  try {
    return await answer;
  } catch (thrown) {
    if ((thrown as Error).name === error) return unset;
    throw thrown;
  }
}

const UNSET = { PublicAccessBlockConfiguration: settingsOf([]) };
const NO_BLOCK = 'NoSuchPublicAccessBlockConfiguration';

describe.skipIf(!useMoto())('CSMM-BlockAccountPublicAccess in an account', () => {
  const loop = {
    controlId: 'STR-L1-01',
    runbook: 'CSMM-BlockAccountPublicAccess',
    previous: async ({ client, accountId }: LoopAccount) => {
      const answer = client(S3ControlClient).send(new GetAccountBlockCommand({ AccountId: accountId }));
      return (await orUnset(answer, NO_BLOCK, UNSET)).PublicAccessBlockConfiguration;
    },
  };

  it('turns on what was never set', async () => {
    const { first, again, undo, parameters, account } = await closeLoop({ ...loop, seed: async () => undefined });
    expect(parameters.AccountId).toEqual([account.accountId]);
    expect([first, again, undo].map((ran) => ran && changesOf(ran))).toEqual([
      ['s3control:PutPublicAccessBlock'],
      [],
      ['s3control:PutPublicAccessBlock'],
    ]);
  });

  it('turns on what was off in part', async () => {
    const PublicAccessBlockConfiguration = settingsOf([true, false, true, false]);
    const seed = ({ client, accountId }: LoopAccount) =>
      client(S3ControlClient).send(new PutAccountBlockCommand({ AccountId: accountId, PublicAccessBlockConfiguration }));
    const { parameters } = await closeLoop({ ...loop, seed });
    expect(parameters).toMatchObject(told(PublicAccessBlockConfiguration));
  });
});

describe.skipIf(!useMoto())('CSMM-BlockBucketPublicAccess in an account', () => {
  const loop = {
    controlId: 'STR-L1-02',
    runbook: 'CSMM-BlockBucketPublicAccess',
    previous: async (account: LoopAccount) => {
      const answer = account.client(S3Client).send(new GetPublicAccessBlockCommand({ Bucket: bucketOf(account) }));
      return (await orUnset(answer, NO_BLOCK, UNSET)).PublicAccessBlockConfiguration;
    },
  };

  it('closes a bucket with a public policy', async () => {
    const seed = async (account: LoopAccount) => {
      await makeBucket(account);
      await putPolicy(account, allowing(account, '*'));
    };
    const { first, undo } = await closeLoop({ ...loop, seed });
    expect([first, undo].map((ran) => ran && changesOf(ran))).toEqual([['s3:PutPublicAccessBlock'], ['s3:PutPublicAccessBlock']]);
  });

  it('closes a bucket with a public ACL and some settings on', async () => {
    const seed = async (account: LoopAccount) => {
      await makeBucket(account);
      const Bucket = bucketOf(account);
      await account.client(S3Client).send(new PutBucketAclCommand({ Bucket, ACL: 'public-read' }));
      const PublicAccessBlockConfiguration = settingsOf([false, false, true, false]);
      await account.client(S3Client).send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration }));
    };
    const { parameters } = await closeLoop({ ...loop, seed });
    expect(parameters).toMatchObject({ ...TOLD_OFF, PreviousBlockPublicPolicy: ['true'] });
  });
});

describe.skipIf(!useMoto())('CSMM-DenyPlainHttp in an account', () => {
  const loop = {
    controlId: 'STR-L2-04',
    runbook: 'CSMM-DenyPlainHttp',
    previous: async (account: LoopAccount) => {
      const answer = account.client(S3Client).send(new GetBucketPolicyCommand({ Bucket: bucketOf(account) }));
      return read((await orUnset(answer, 'NoSuchBucketPolicy', { Policy: undefined })).Policy);
    },
  };

  it('adds to a policy that is there, and its inverse takes nothing else away', async () => {
    const seed = async (account: LoopAccount) => {
      await makeBucket(account);
      await putPolicy(account, allowing(account, { AWS: account.accountId }));
    };
    const { first, undo } = await closeLoop({ ...loop, seed });
    expect([first, undo].map((ran) => ran && changesOf(ran))).toEqual([['s3:PutBucketPolicy'], ['s3:PutBucketPolicy']]);
  });
});
