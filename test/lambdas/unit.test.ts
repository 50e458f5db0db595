import { Readable } from 'node:stream';
import { HttpResponse } from '@smithy/core/protocols';
import { describe, expect, it } from 'vitest';
import { type CallObserver, clientsOf, type RequestHandler } from '../../adapters/aws/clients.ts';
import { READERS } from '../../adapters/aws/readers/index.ts';
import { memoryStateStore } from '../../adapters/memory/state-store.ts';
import { CATALOGUE } from '../../controls/catalogue.ts';
import { closedRegions } from '../../core/evaluation/closed-region.ts';
import { collectFacts } from '../../core/pipeline/collect.ts';
import { settingsEvidence } from '../../core/pipeline/collect-settings.ts';
import { MAX_RETRIES, type Unit } from '../../core/pipeline/unit.ts';
import type { Estate } from '../../lambdas/estate.ts';
import { EXEMPT, PROBES, readUnit } from '../../lambdas/unit.ts';
import { type AwsError, errorAnswer } from '../support/aws-proxy.ts';

const ACCOUNT = '222222222222';
const REGION = 'us-east-2';
const UNIT: Unit = { accountId: ACCOUNT, region: REGION, generation: 1 };
const REGIONAL = READERS.filter(({ scope }) => scope === 'region');
const NOW = new Date('2026-03-01T12:00:00.000Z');

interface Situation {
  /** How AWS answers a call. */
  readonly answer?: AwsError;
  /** @default that role can be assumed */
  readonly role?: Error;
  readonly approvedRegions?: readonly string[];
  readonly minutesLeft?: number;
}

/** An account in which every call fails, so that what a unit does about failures can be seen. */
async function account({ answer = { status: 403, code: 'AccessDenied' }, role, approvedRegions, minutesLeft = 14 }: Situation = {}) {
  const store = memoryStateStore();
  const dependencies = { store, rules: CATALOGUE.rules };
  if (approvedRegions) {
    await collectFacts(
      settingsEvidence({ version: 1, approvedRegions: [...approvedRegions] }, ACCOUNT, '2026-01-01T00:00:00.000Z'),
      dependencies,
    );
  }
  const services = new Set<string>();
  let [calls, underWay, most, roles] = [0, 0, 0, 0];
  const requestHandler = {
    handle: async ({ hostname, headers }: { readonly hostname: string; readonly headers: Record<string, string> }) => {
      calls++;
      most = Math.max(most, ++underWay);
      await new Promise(setImmediate);
      underWay--;
      const [service = ''] = hostname.split('.').filter((part) => part !== 'api' && !/^\d{12}$/.test(part));
      services.add(service);
      const { statusCode, headers: answered, body } = errorAnswer(service, headers, answer);
      return { response: new HttpResponse({ statusCode, headers: answered, body: Readable.from([Buffer.from(body)]) }) };
    },
    destroy: () => undefined,
  } as unknown as RequestHandler;
  const estate = {
    ownAccountId: '111111111111',
    partition: 'aws',
    globalRegion: 'us-east-1',
    regions: [REGION],
    accountIds: async () => [ACCOUNT],
    clientsFor: async (_: string, observer?: CallObserver) => {
      roles++;
      if (role) throw role;
      return clientsOf({
        credentials: { accessKeyId: 'x', secretAccessKey: 'y' },
        requestHandler,
        maxAttempts: 1,
        ...(observer && { observer }),
      });
    },
  } as unknown as Estate;
  const read = (unit: Partial<Unit> = {}) =>
    readUnit(
      { ...UNIT, ...unit },
      { estate, context: { getRemainingTimeInMillis: () => minutesLeft * 60_000 }, dependencies, now: () => NOW },
    );
  const gaps = async (): Promise<Map<string, string>> => {
    const lists = (await store.readCards(ACCOUNT)).flatMap(({ lists }) => [...lists]);
    return new Map(lists.map(([type, { gap }]) => [type, gap ?? 'complete']));
  };
  const card = () => store.readCard(ACCOUNT, REGION);
  return { read, gaps, card, services, counts: () => ({ calls, most, roles }) };
}

const listed = REGIONAL.flatMap(({ lists }) => lists).sort();
const named = (name: string) => Object.assign(new Error(name), { name, iamAction: 'sts:AssumeRole' });

describe('the probes of a unit', () => {
  it('are readers of Regions, of services that differ; so are those that are exempt', () => {
    const services = [...PROBES, ...EXEMPT].map((id) => REGIONAL.find((reader) => reader.id === id)?.permissions[0]?.split(':')[0]);
    expect(new Set(services).size).toBe(PROBES.length + EXEMPT.length);
    expect(services).not.toContain(undefined);
  });
});

describe('a unit of a Region in which everything is denied', () => {
  it('makes some calls only where the settings do not approve the Region, and every list says why', async () => {
    const { read, gaps, card, services, counts } = await account({ approvedRegions: ['eu-west-1'] });
    const { shut, failed, rest } = await read();
    expect(shut).toMatch(/^\S+ was denied \(AccessDenied\)/);
    expect([failed.size, rest]).toEqual([0, []]);
    expect(counts()).toMatchObject({ calls: PROBES.length + EXEMPT.length, roles: 1 });
    expect(services.size).toBe(PROBES.length + EXEMPT.length);
    const reasons = await gaps();
    expect([...reasons.keys()].sort()).toEqual(listed);
    for (const reason of reasons.values()) expect(reason).toMatch(/ was denied \(AccessDenied\)/);
    const written = await card();
    expect(written?.revision, 'one write for all lists').toBe(1);
    expect(written && closedRegions([written], { approvedRegions: ['eu-west-1'] }).has(REGION)).toBe(true);
  });

  it.each([
    ['the settings approve it', ['eu-west-1', REGION]],
    ['no settings name Regions', undefined],
  ])('asks every service where %s, and every list has a reason of its own', async (_, approvedRegions) => {
    const { read, gaps, counts } = await account(approvedRegions ? { approvedRegions } : {});
    expect((await read()).shut).toBeUndefined();
    expect(counts().calls).toBeGreaterThanOrEqual(REGIONAL.length);
    expect(counts().most).toBeLessThanOrEqual(24);
    expect((await gaps()).get('AWS::EC2::Volume')).toBe('ec2:DescribeVolumes was denied (AccessDenied)');
  });

  it('says that the account has not enabled the Region, whatever the settings are', async () => {
    const { read, gaps, counts } = await account({ answer: { status: 401, code: 'AuthFailure' } });
    await read();
    expect(counts().calls).toBe(PROBES.length + EXEMPT.length);
    expect((await gaps()).get('AWS::EC2::Volume')).toMatch(/the account has not enabled the Region us-east-2$/);
  });
});

describe('a unit that fails for a passing reason', () => {
  const answer = { status: 400, code: 'ThrottlingException' };

  it('leaves the lists as they were, and names the readers that are to run again', async () => {
    const { read, gaps, counts } = await account({ answer });
    const { failed, complete } = await read();
    expect([...failed.keys()].length).toBeGreaterThan(REGIONAL.length - 12);
    expect(failed.get('ec2-volumes')).toMatch(/^ec2:DescribeVolumes failed \(ThrottlingException\)/);
    expect(complete).toBe(false);
    expect((await gaps()).get('AWS::EC2::Volume')).toBeUndefined();
    expect(counts().calls).toBeGreaterThanOrEqual(REGIONAL.length);
  });

  it('runs the named readers alone', async () => {
    const { read, counts } = await account({ answer });
    const { failed } = await read({ readers: ['ec2-volumes', 'ec2-subnets'], attempt: 2 });
    expect([...failed.keys()].sort()).toEqual(['ec2-subnets', 'ec2-volumes']);
    expect(counts().calls).toBe(2);
  });

  it('says why at its last attempt', async () => {
    const { read, gaps } = await account({ answer });
    const { failed } = await read({ readers: ['ec2-volumes'], attempt: MAX_RETRIES });
    expect([...failed.keys()]).toEqual(['ec2-volumes']);
    expect(await gaps()).toEqual(
      new Map([['AWS::EC2::Volume', expect.stringContaining('ec2:DescribeVolumes failed (ThrottlingException)')]]),
    );
  });

  it('begins nothing without time', async () => {
    const { read, counts } = await account({ minutesLeft: 0.5 });
    expect((await read()).rest).toHaveLength(REGIONAL.length);
    expect(counts().calls).toBe(0);
  });
});

describe('a unit of an account whose role cannot be assumed', () => {
  it('says so in every list if it is denied', async () => {
    const { read, gaps, counts } = await account({ role: named('AccessDenied') });
    const { failed } = await read();
    expect(failed.size).toBe(0);
    expect(counts()).toMatchObject({ calls: 0, roles: 1 });
    const reasons = await gaps();
    expect([...reasons.keys()].sort()).toEqual(listed);
    expect(new Set(reasons.values())).toEqual(new Set(['sts:AssumeRole was denied (AccessDenied)']));
  });

  it('fails while it may pass, and says so at the last attempt', async () => {
    const { read, gaps } = await account({ role: named('Throttling') });
    await expect(read()).rejects.toThrow('Throttling');
    expect((await gaps()).size).toBe(0);
    const { failed } = await read({ attempt: MAX_RETRIES });
    expect(failed.size).toBe(REGIONAL.length);
    expect([...(await gaps()).keys()].sort()).toEqual(listed);
  });
});
