import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inProcessPipeline } from '../../../cli/in-process.ts';
import { CATALOGUE } from '../../../controls/catalogue.ts';
import { inventoryOf } from '../../../core/facts/inventory.ts';
import type { ResourceEvidence } from '../../../core/pipeline/collect.ts';
import { settingsEvidence } from '../../../core/pipeline/collect-settings.ts';
import type { ExceptionEntry } from '../../../core/settings/document.ts';

const ACCOUNT = '111111111111';
const REGION = 'eu-west-1';
const AT = '2026-01-01T00:00:00.000Z';
const LATER = '2026-01-02T00:00:00.000Z';

const EBS = 'AWS::EC2::Snapshot';
const BLOCK = 'AWS::EC2::SnapshotBlockPublicAccess';
const CLUSTER_SNAPSHOT = 'AWS::RDS::DBClusterSnapshot';
const DB_SNAPSHOT = 'AWS::RDS::DBSnapshot';
const INSTANCE = 'AWS::RDS::DBInstance';
const CLUSTER = 'AWS::RDS::DBCluster';

const list = (type: string, resources: number | string = 0, capturedAt = AT): ResourceEvidence => ({
  resource: inventoryOf(ACCOUNT, REGION, type),
  capturedAt,
  parsed: typeof resources === 'number' ? { facts: { resources }, missing: {} } : { facts: {}, missing: { resources } },
});
const found = (resourceType: string, facts: object, capturedAt = AT): ResourceEvidence => ({
  resource: { accountId: ACCOUNT, region: REGION, resourceType, resourceId: 'example' },
  capturedAt,
  parsed: { facts, missing: {} },
});
const gone = ({ resource }: ResourceEvidence): ResourceEvidence => ({ resource, capturedAt: LATER, parsed: undefined });

const privateSnapshot = found(DB_SNAPSHOT, { restorableByAll: false });
const publicSnapshot = found(DB_SNAPSHOT, { restorableByAll: true });
const encrypted = found(INSTANCE, { storageEncrypted: true, inCluster: false });
const blocked = found(BLOCK, { state: 'block-all-sharing', ownsSnapshots: true });

async function resultOf(...evidence: readonly ResourceEvidence[]) {
  const pipeline = inProcessPipeline(CATALOGUE);
  for (const piece of evidence) await pipeline.take(piece);
  const { changes } = await pipeline.settle();
  return { controls: (await pipeline.result()).accounts[ACCOUNT]?.controls ?? {}, changes, pipeline };
}
const statusOf = async (id: string, ...evidence: readonly ResourceEvidence[]) => (await resultOf(...evidence)).controls[id]?.status;

describe('a control that evaluates a type without items in AWS Config', () => {
  const rest = [list(EBS), list(CLUSTER_SNAPSHOT), list(DB_SNAPSHOT), blocked];

  it.each<[string, string, readonly ResourceEvidence[]]>([
    ['passes where each type has a list or a resource', 'PASSED', rest],
    ['does not pass on one resource while nobody read the others', 'NO_DATA', [privateSnapshot]],
    ['does not pass where only that type was not read', 'NO_DATA', [privateSnapshot, blocked, list(CLUSTER_SNAPSHOT)]],
    ['does not pass where only a type of AWS Config was not read', 'NO_DATA', [privateSnapshot, blocked, list(EBS)]],
    ['does not stop applying while a type was not read', 'NO_DATA', [list(EBS), list(DB_SNAPSHOT)]],
    ['fails on what was read', 'FAILED', [publicSnapshot]],
    ['fails on what was read, beside a list that broke off', 'FAILED', [publicSnapshot, list(EBS, 'denied')]],
  ])('%s', async (_, status, evidence) => {
    expect(await statusOf('STR-L1-04', ...evidence)).toBe(status);
  });

  it('does not apply where each type has an empty list', async () => {
    const types = ['AWS::ElasticLoadBalancingV2::Listener', 'AWS::ElasticLoadBalancing::LoadBalancer', 'AWS::CloudFront::Distribution'];
    const lists = [...types, 'AWS::ApiGateway::DomainName'].map((type) => list(type));
    expect(await statusOf('NET-L1-04', ...lists)).toBe('NOT_APPLICABLE');
    expect(await statusOf('NET-L1-04', ...lists.slice(1))).toBe('NO_DATA');
  });
});

describe('a control whose types all have items in AWS Config', () => {
  it.each<[string, string, readonly ResourceEvidence[]]>([
    ['passes on the items alone, because AWS Config has none of the other types', 'PASSED', [encrypted]],
    ['does not pass where csmm listed one type, but not the other', 'NO_DATA', [encrypted, list(INSTANCE, 1)]],
    ['does not pass where csmm listed only the other type', 'NO_DATA', [list(CLUSTER)]],
    ['passes where csmm listed both', 'PASSED', [encrypted, list(INSTANCE, 1), list(CLUSTER)]],
    ['passes where AWS Config has items of the type that csmm did not list', 'PASSED', [encrypted, list(CLUSTER)]],
    ['does not apply where both lists are empty', 'NOT_APPLICABLE', [list(INSTANCE), list(CLUSTER)]],
    ['is not moved by the list of a type that it does not evaluate', 'PASSED', [encrypted, list(EBS)]],
    ['does not count a resource that is gone', 'NO_DATA', [encrypted, gone(encrypted), list(CLUSTER)]],
  ])('%s', async (_, status, evidence) => {
    expect(await statusOf('STR-L1-05', ...evidence)).toBe(status);
  });
});

describe('the reason', () => {
  it('is a finding on the account that names the types', async () => {
    const { controls } = await resultOf(privateSnapshot, blocked);
    expect(controls['STR-L1-04']).toMatchObject({ status: 'NO_DATA', compliant: 2, insufficientData: 1, failing: [] });
    expect(controls['STR-L1-04']?.unknown).toEqual([
      {
        accountId: ACCOUNT,
        region: 'global',
        resourceType: 'AWS::::Account',
        resourceId: ACCOUNT,
        code: 'not-read',
        reason: `${EBS}, ${CLUSTER_SNAPSHOT} were never read`,
        capturedAt: AT,
      },
    ]);
  });

  it('names one type in the singular', async () => {
    const { controls } = await resultOf(encrypted, list(INSTANCE, 1));
    expect(controls['STR-L1-05']?.unknown.map(({ reason }) => reason)).toEqual([`${CLUSTER} was never read`]);
  });

  it('is there where the control fails, because a fix is not enough to pass', async () => {
    const { controls } = await resultOf(publicSnapshot);
    expect(controls['STR-L1-04']).toMatchObject({ status: 'FAILED', nonCompliant: 1, insufficientData: 1 });
    expect(controls['STR-L1-04']?.unknown.map(({ reason }) => reason)).toEqual([`${EBS}, ${BLOCK}, ${CLUSTER_SNAPSHOT} were never read`]);
  });

  it('is absent where the control has no evidence', async () => {
    const { controls } = await resultOf(publicSnapshot);
    expect(controls['NET-L1-04']).toMatchObject({ status: 'NO_DATA', insufficientData: 0, unknown: [] });
  });

  it('is the cause of a change of the status, and the list that ends it is the cause of the next', async () => {
    const { pipeline } = await resultOf(encrypted);
    const changeOf = async (...evidence: readonly ResourceEvidence[]) => {
      for (const piece of evidence) await pipeline.take(piece);
      const { changes } = await pipeline.settle();
      return changes.flatMap(({ after }) => (after.scope === ACCOUNT ? after.changes : [])).filter((c) => c.controlId === 'STR-L1-05');
    };
    expect(await changeOf(list(INSTANCE, 1))).toMatchObject([
      {
        from: 'PASSED',
        to: 'NO_DATA',
        resource: { resourceType: 'AWS::::Account' },
        code: 'not-read',
        reason: `${CLUSTER} was never read`,
      },
    ]);
    expect(await changeOf(list(CLUSTER))).toMatchObject([{ from: 'NO_DATA', to: 'PASSED' }]);
    expect(await changeOf(gone(list(CLUSTER)))).toMatchObject([{ from: 'PASSED', to: 'NO_DATA', reason: `${CLUSTER} was never read` }]);
  });
});

describe('with exceptions', () => {
  const TERMS = { control: 'STR-L1-04', owner: 'a@example.com', reason: 'known', ticket: 'T-1', expires: '2027-01-01T00:00:00.000Z' };
  const excepting = (exception: Partial<ExceptionEntry>) =>
    settingsEvidence({ version: 1, exceptions: [{ ...TERMS, ...exception }] }, ACCOUNT, AT);

  it('an exception for the whole control does not depend on what was read', async () => {
    expect(await statusOf('STR-L1-04', privateSnapshot, excepting({}))).toBe('NOT_APPLICABLE');
  });

  it('an exception for the only failing resource does not make the control pass or stop applying', async () => {
    const exempt = excepting({ resource: { type: DB_SNAPSHOT, id: 'example' } });
    expect(await statusOf('STR-L1-04', publicSnapshot, exempt)).toBe('NO_DATA');
    expect(await statusOf('STR-L1-04', publicSnapshot, exempt, list(EBS), list(CLUSTER_SNAPSHOT), blocked)).toBe('PASSED');
  });
});

it('gives the same result whatever the order of the evidence and the number of scores in between', async () => {
  const all = [privateSnapshot, blocked, encrypted, gone(encrypted), list(EBS), list(CLUSTER), gone(list(CLUSTER)), list(DB_SNAPSHOT)];
  await fc.assert(
    fc.asyncProperty(
      fc.shuffledSubarray(all).chain((some) => fc.tuple(fc.constant(some), fc.shuffledSubarray(some, { minLength: some.length }))),
      async ([some, shuffled]) => {
        const { pipeline: once } = await resultOf(...some);
        const often = inProcessPipeline(CATALOGUE);
        for (const piece of shuffled) {
          await often.take(piece);
          await often.settle();
        }
        expect((await often.result()).accounts).toEqual((await once.result()).accounts);
      },
    ),
    { numRuns: 50 },
  );
});
