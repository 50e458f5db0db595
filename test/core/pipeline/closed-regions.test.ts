import { describe, expect, it } from 'vitest';
import { READERS } from '../../../adapters/aws/readers/index.ts';
import { inProcessPipeline } from '../../../cli/in-process.ts';
import { CATALOGUE } from '../../../controls/catalogue.ts';
import { inventoryOf } from '../../../core/facts/inventory.ts';
import type { ControlStatus } from '../../../core/model.ts';
import type { ResourceEvidence } from '../../../core/pipeline/collect.ts';
import { settingsEvidence } from '../../../core/pipeline/collect-settings.ts';
import { scopeRegion } from '../../../core/pipeline/sweep.ts';
import type { SettingsDocument } from '../../../core/settings/document.ts';

const ACCOUNT = '111111111111';
const at = (hour: number): string => `2026-01-01T0${hour}:00:00.000Z`;
const DENIED = 'ec2:DescribeX was denied (UnauthorizedOperation)';
const BY_SCP = `${DENIED}: explicit deny in a service control policy`;

type Answer = number | string;

/** The list of every type that csmm reads, in the Regions of an account. */
const sweep = (answer: (type: string, region: string) => Answer, hour = 1): ResourceEvidence[] =>
  READERS.flatMap((reader) =>
    reader.lists.flatMap((type) =>
      [...new Set(['eu-west-1', 'us-east-1'].map((region) => scopeRegion(reader, region)))].map((region): ResourceEvidence => {
        const said = answer(type, region);
        const parsed = typeof said === 'number' ? { facts: { resources: said }, missing: {} } : { facts: {}, missing: { resources: said } };
        return { resource: inventoryOf(ACCOUNT, region, type), capturedAt: at(hour), parsed };
      }),
    ),
  );
const approving = (...approvedRegions: string[]): ResourceEvidence =>
  settingsEvidence({ version: 1, approvedRegions } as SettingsDocument, ACCOUNT, at(0));
const volume = (encrypted: boolean, hour = 0): ResourceEvidence => ({
  resource: { accountId: ACCOUNT, region: 'us-east-1', resourceType: 'AWS::EC2::Volume', resourceId: 'vol-1' },
  capturedAt: at(hour),
  parsed: { facts: { encrypted, attached: true, deletedWithInstance: false, fleet: null, forClaim: false, instanceIds: [] }, missing: {} },
});
const closed = (_: string, region: string): Answer => (region === 'us-east-1' ? DENIED : 0);
const open = (): Answer => 0;

const EVALUATED = CATALOGUE.controls.filter(({ rules }) => rules.length > 0).map(({ id }) => id);

function estate() {
  const pipeline = inProcessPipeline(CATALOGUE);
  const statuses = async (): Promise<ReadonlyMap<string, ControlStatus>> => {
    await pipeline.settle();
    return (await pipeline.store.readScore(ACCOUNT))?.statuses ?? new Map();
  };
  return {
    pipeline,
    statuses,
    after: async (...evidence: readonly ResourceEvidence[]) => {
      for (const each of evidence) await pipeline.take(each);
      return statuses();
    },
  };
}
const statusesAfter = (...evidence: readonly ResourceEvidence[]) => estate().after(...evidence);
const lost = (before: ReadonlyMap<string, ControlStatus>, after: ReadonlyMap<string, ControlStatus>): string[] =>
  EVALUATED.filter((id) => after.get(id) === 'NO_DATA' && before.get(id) !== 'NO_DATA');

describe('an organization that closes us-east-1', () => {
  it('loses no control', async () => {
    const before = await statusesAfter(approving('eu-west-1'), ...sweep(open));
    expect(lost(before, await statusesAfter(approving('eu-west-1'), ...sweep(closed)))).toEqual([]);
  });

  it('loses none without settings either, if AWS names the service control policy', async () => {
    const bySet = await statusesAfter(...sweep(open));
    const byScp = await statusesAfter(...sweep((type, region) => (closed(type, region) === DENIED ? BY_SCP : 0)));
    expect(lost(bySet, byScp)).toEqual([]);
    expect(lost(bySet, await statusesAfter(...sweep(closed)))).toContain('CMP-L1-02');
  });

  it('has the same statuses in every order of settings and lists', async () => {
    const expected = await statusesAfter(approving('eu-west-1'), ...sweep(closed));
    expect(await statusesAfter(...sweep(closed), approving('eu-west-1'))).toEqual(expected);
    const steps = estate();
    await steps.after(...sweep(closed));
    expect(await steps.after(approving('eu-west-1'))).toEqual(expected);
  });

  it('has a gap if it approves the Region, or closes it for some services only', async () => {
    const before = await statusesAfter(approving('eu-west-1', 'us-east-1'), ...sweep(open));
    expect(lost(before, await statusesAfter(approving('eu-west-1', 'us-east-1'), ...sweep(closed)))).toContain('CMP-L1-02');
    const half = (type: string, region: string): Answer => (type.startsWith('AWS::EC2::') ? closed(type, region) : 0);
    expect(lost(before, await statusesAfter(approving('eu-west-1'), ...sweep(half)))).toContain('CMP-L1-02');
  });

  it('opens it again: what was closed counts at once, also the lists that are still denied', async () => {
    const steps = estate();
    const before = await steps.after(approving('eu-west-1'), ...sweep(closed));
    const half = (type: string, region: string): Answer => (type.startsWith('AWS::EC2::') ? closed(type, region) : 0);
    const halfOpen = await steps.after(...sweep(half, 2));
    expect(lost(before, halfOpen)).toContain('CMP-L1-02');
    expect(halfOpen).toEqual(await statusesAfter(approving('eu-west-1'), ...sweep(half, 2)));
    expect(await steps.after(...sweep(open, 3))).toEqual(await statusesAfter(approving('eu-west-1'), ...sweep(open, 3)));
  });

  it('keeps the findings of resources there that were known: a failure does not pass by closing its Region', async () => {
    const steps = estate();
    await steps.after(approving('eu-west-1'), volume(false), ...sweep((type) => (type === 'AWS::EC2::Volume' ? 1 : 0)));
    expect((await steps.after(...sweep(closed, 2))).get('CMP-L1-02')).toBe('FAILED');
    expect((await statusesAfter(approving('eu-west-1'), volume(true), ...sweep(closed))).get('CMP-L1-02')).toBe('PASSED');
  });
});
