/** Each call of each reader breaks in each way, one at a time: nothing is lost without being named, and nothing is made up. */
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newRequestHandler } from '../../adapters/aws/clients.ts';
import { CredentialsExpiredError } from '../../adapters/aws/failures.ts';
import { credentialReportReader, iamCredentialReport } from '../../adapters/aws/readers/iam-credential-report.ts';
import { READERS } from '../../adapters/aws/readers/index.ts';
import type { ReadContext, Reader } from '../../adapters/aws/readers/reader.ts';
import { INVENTORY } from '../../core/facts/inventory.ts';
import type { ParsedFacts } from '../../core/facts/parser.ts';
import { type Account, ESTATE_REGION, seedWeakly } from '../support/estate.ts';
import { freshAccount, useMoto } from '../support/moto.ts';
import { readContext, readFacts } from '../support/readers.ts';
import { type BrokenCall, type RecordedAnswers, recordedAnswers } from '../support/recorded-answers.ts';

const ended = (name: string, code: string): Error => Object.assign(new Error(`${code} made up by the test`), { name, code });

const FAULTS: Readonly<Record<string, BrokenCall>> = {
  'is denied': { status: 403, code: 'AccessDeniedException' },
  'is throttled': { status: 429, code: 'ThrottlingException' },
  'fails at the service': { status: 500, code: 'InternalFailure' },
  'loses its connection': ended('TimeoutError', 'ECONNRESET'),
  'gets no answer in time': ended('TimeoutError', 'ETIMEDOUT'),
};

type Facts = Readonly<Record<string, ParsedFacts>>;

const moto = useMoto();

describe.skipIf(!moto)('a reader of which a call', () => {
  let account: Account;
  let answers: RecordedAnswers;
  const unhandled: unknown[] = [];
  const noteUnhandled = (reason: unknown): void => void unhandled.push(reason);

  beforeAll(async () => {
    account = await freshAccount();
    await seedWeakly(account);
    // Several resources of a kind are described at the same time.
    const config = { region: ESTATE_REGION, credentials: account.credentials };
    for (const name of ['second', 'third']) {
      await new SNSClient(config).send(new CreateTopicCommand({ Name: name }));
      await new SQSClient(config).send(new CreateQueueCommand({ QueueName: name }));
      await new S3Client({ ...config, forcePathStyle: true }).send(
        new CreateBucketCommand({
          Bucket: `${name}-${account.accountId}`,
          CreateBucketConfiguration: { LocationConstraint: ESTATE_REGION },
        }),
      );
    }
    answers = recordedAnswers(newRequestHandler());
    process.on('unhandledRejection', noteUnhandled);
  });
  afterAll(() => void process.off('unhandledRejection', noteUnhandled));

  /** The IAM actions of all calls since it was emptied. */
  const actions = new Set<string>();
  const observer = { called: (action: string) => actions.add(action), failed: () => {} };

  const contextOf = ({ scope }: Reader): ReadContext =>
    readContext(
      { accountId: account.accountId, accountIds: [account.accountId], region: scope === 'region' ? ESTATE_REGION : 'us-east-1' },
      { credentials: account.credentials, maxAttempts: 1, observer, requestHandler: answers.requestHandler },
    );

  /** Returns what a reader reads, where one of its calls breaks. Node.js reports a rejection without a handler before it returns. */
  async function readBroken(reader: Reader, broken?: Parameters<RecordedAnswers['begin']>[0]): Promise<Facts> {
    answers.begin(broken);
    try {
      return await readFacts(reader, contextOf(reader));
    } finally {
      await new Promise((resolve) => setImmediate(resolve));
      expect(unhandled).toEqual([]);
    }
  }

  const withoutWaiting = (reader: Reader): Reader =>
    reader.id === iamCredentialReport.id ? credentialReportReader(async () => {}) : reader;
  const EACH = READERS.map((reader) => [reader.id, withoutWaiting(reader)] as const);

  it.each(EACH)('needs no permission that it does not declare: %s', async (_id, reader) => {
    actions.clear();
    await readBroken(reader);
    expect(reader.permissions).toEqual(expect.arrayContaining([...actions]));
  });

  describe.each(Object.entries(FAULTS))('%s', (_, fault) => {
    it.each(EACH)('loses nothing unnamed: %s', async (_id, reader) => {
      const whole = await readBroken(reader);
      const calls = [...answers.calls];
      for (const [number, { path, status = 500 }] of calls.entries()) {
        // The emulator does not know every call. Readers do not need an answer that is an error.
        if (status >= 300) continue;
        const facts = await readBroken(reader, { number, with: fault });
        expectNamedLoss(whole, facts, path);
      }
    });
  });

  it.each(EACH)('finds its credentials expired, says nothing of its lists: %s', async (_id, reader) => {
    await readBroken(reader);
    const calls = answers.calls.length;
    for (let number = 0; number < calls; number++) {
      const reading = readBroken(reader, { number, with: { status: 403, code: 'ExpiredToken' } });
      await expect(reading, `call ${number + 1} of ${calls}`).rejects.toThrow(CredentialsExpiredError);
    }
  });
});

/** Calls whose answer another call can replace. S3 says whether a policy is public, and the policy says it too. */
const REPLACEABLE = /policyStatus$/i;

/** Facts of both reads are equal, and each fact that the second read lacks has its reason there. */
function expectNamedLoss(whole: Facts, broken: Facts, call: string): void {
  const what = `${call} broke`;
  const gaps = Object.entries(broken).filter(([key, { missing }]) => key.startsWith(INVENTORY) && missing.resources !== undefined);
  const losses = Object.values(broken).filter(({ missing }) => Object.keys(missing).length > 0);
  if (!REPLACEABLE.test(call)) expect([...gaps, ...losses].length, `${what}, and nobody says so`).toBeGreaterThan(0);
  for (const [key, { facts }] of Object.entries(broken)) {
    if (key.startsWith(INVENTORY)) continue;
    for (const [name, value] of Object.entries(facts))
      expect(withoutTimes(value), `${key} ${name} after ${what}`).toEqual(withoutTimes(whole[key]?.facts[name]));
  }
  for (const [key, { facts }] of Object.entries(whole)) {
    const now = broken[key];
    if (!now) expect(gaps.length, `${key} is lost, and its list is said to be complete`).toBeGreaterThan(0);
    for (const name of Object.keys(now ? facts : {})) {
      const isKept = now !== undefined && Object.hasOwn(now.facts, name);
      if (!isKept) expect(now?.missing[name], `${key} ${name} is lost`).toMatch(/\S/);
    }
  }
}

/** The emulator invents some times for each answer. */
const withoutTimes = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value ?? null).replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'a time'));
