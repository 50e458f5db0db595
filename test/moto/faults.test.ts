/** Each call of each reader fails in each way, one at a time: nothing is lost without being named, and nothing is made up. */
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { READERS } from '../../adapters/aws/readers/index.ts';
import type { ReadContext, Reader } from '../../adapters/aws/readers/reader.ts';
import { INVENTORY } from '../../core/facts/inventory.ts';
import type { ParsedFacts } from '../../core/facts/parser.ts';
import { type AwsProxy, awsProxy, type Call, type Fault } from '../support/aws-proxy.ts';
import { type Account, ESTATE_REGION, seedWeakly } from '../support/estate.ts';
import { freshAccount, useMoto } from '../support/moto.ts';
import { readContext, readFacts } from '../support/readers.ts';

const FAULTS: Readonly<Record<string, Fault>> = {
  'is denied': { status: 403, code: 'AccessDeniedException' },
  'is throttled': { status: 429, code: 'ThrottlingException' },
  'fails at the service': { status: 500, code: 'InternalFailure' },
  'breaks the connection': 'reset',
  'gives half an answer': 'truncated',
};

type Facts = Readonly<Record<string, ParsedFacts>>;

const moto = useMoto();

describe.skipIf(!moto)('a reader of which a call', () => {
  let account: Account;
  let proxy: AwsProxy;

  beforeAll(async () => {
    account = await freshAccount();
    await seedWeakly(account);
    proxy = await awsProxy(moto ?? '');
    vi.stubEnv('AWS_ENDPOINT_URL', proxy.endpoint);
    return () => {
      vi.unstubAllEnvs();
      proxy.close();
    };
  });

  /** The IAM actions of all calls since it was emptied. */
  const actions = new Set<string>();
  const observer = { called: (action: string) => actions.add(action), failed: () => {} };

  const contextOf = ({ scope }: Reader): ReadContext =>
    readContext(
      { accountId: account.accountId, accountIds: [account.accountId], region: scope === 'region' ? ESTATE_REGION : 'us-east-1' },
      { credentials: account.credentials, maxAttempts: 1, observer },
    );

  /** Returns a reader's resources and its calls, with a fault in the calls that `breaks` chooses. */
  async function read(
    reader: Reader,
    fault?: Fault,
    breaks: (call: Call) => boolean = () => false,
  ): Promise<{ facts: Facts; calls: Call[] }> {
    proxy.calls.length = 0;
    proxy.fault = (call) => (breaks(call) ? fault : undefined);
    const facts = await readFacts(reader, contextOf(reader));
    return { facts, calls: [...proxy.calls] };
  }

  it.each(READERS.map((reader) => [reader.id, reader] as const))(
    'needs no permission that it does not declare: %s',
    async (_id, reader) => {
      actions.clear();
      await read(reader);
      expect(reader.permissions).toEqual(expect.arrayContaining([...actions]));
    },
  );

  describe.each(Object.entries(FAULTS))('%s', (_, fault) => {
    it.each(READERS.map((reader) => [reader.id, reader] as const))('loses nothing unnamed: %s', async (_id, reader) => {
      const whole = await read(reader);
      const answered = whole.calls.filter(({ status = 500 }) => status < 300);
      for (const operation of new Set(answered.map((call) => call.operation))) {
        const { facts } = await read(reader, fault, (call) => call.operation === operation);
        expectNamedLoss(whole.facts, facts, operation);
      }
    });
  });
});

/** Calls whose answer another call can replace. S3 says whether a policy is public, and the policy says it too. */
const REPLACEABLE = /policyStatus$/i;

/** Facts of both reads are equal, and each fact that the second read lacks has its reason there. */
function expectNamedLoss(whole: Facts, broken: Facts, operation: string): void {
  const gaps = Object.entries(broken).filter(([key, { missing }]) => key.startsWith(INVENTORY) && missing.resources !== undefined);
  const losses = Object.values(broken).filter(({ missing }) => Object.keys(missing).length > 0);
  if (!REPLACEABLE.test(operation)) expect([...gaps, ...losses].length, `${operation} failed, and nobody says so`).toBeGreaterThan(0);
  for (const [key, { facts }] of Object.entries(broken)) {
    if (key.startsWith(INVENTORY)) continue;
    for (const [name, value] of Object.entries(facts))
      expect(withoutTimes(value), `${key} ${name} after ${operation}`).toEqual(withoutTimes(whole[key]?.facts[name]));
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
