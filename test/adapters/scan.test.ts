import { describe, expect, it } from 'vitest';
import type { Clients } from '../../adapters/aws/clients.ts';
import { type Observation, ReadAgain, type Reader } from '../../adapters/aws/readers/reader.ts';
import { type ReadTask, runTasks, type ScanPlan, tasksOf } from '../../adapters/aws/scan.ts';
import { readAgains, readAll, readContext } from '../support/readers.ts';

const clients: Clients = () => {
  throw new Error('nobody is called here');
};

const reader = (scope: Reader['scope'], ids: readonly string[] = []): Reader => ({
  id: `of-${scope}`,
  scope,
  lists: ['AWS::EC2::Volume'],
  permissions: [],
  refreshedBy: [],
  read: async function* (): AsyncGenerator<Observation> {
    for (const resourceId of ids) yield { resourceType: 'AWS::EC2::Volume', resourceId, configuration: {} };
  },
});

const planWith = (parts: Partial<ScanPlan>): ScanPlan => ({
  targets: [
    { accountId: '111111111111', clients },
    { accountId: '222222222222', clients },
  ],
  regions: ['eu-west-1', 'me-south-1'],
  partition: 'aws',
  globalRegion: 'us-east-1',
  readers: [reader('organization'), reader('account'), reader('region')],
  own: { accountId: '111111111111', clients },
  ...parts,
});

const told = ({ target, region, reader: { id } }: ReadTask): string => `${target.accountId} ${region} ${id}`;

describe('the tasks of a scan', () => {
  it('run readers of the organization once, of an account once in each, of a Region in each Region of each', () => {
    expect(tasksOf(planWith({})).map(told).sort()).toEqual([
      '111111111111 eu-west-1 of-region',
      '111111111111 me-south-1 of-region',
      '111111111111 us-east-1 of-account',
      '111111111111 us-east-1 of-organization',
      '222222222222 eu-west-1 of-region',
      '222222222222 me-south-1 of-region',
      '222222222222 us-east-1 of-account',
    ]);
  });

  it('leave out a Region in the accounts in which it is not enabled', () => {
    const targets = [
      { accountId: '111111111111', clients, enabledRegions: ['eu-west-1', 'me-south-1'] },
      { accountId: '222222222222', clients, enabledRegions: ['eu-west-1'] },
    ];
    const regions = tasksOf(planWith({ targets, readers: [reader('region')] })).map(told);
    expect(regions).toContain('111111111111 me-south-1 of-region');
    expect(regions).not.toContain('222222222222 me-south-1 of-region');
  });

  it('read the organization with their own credentials also where their own account is not read', () => {
    const plan = planWith({ own: { accountId: '333333333333', clients }, readers: [reader('organization')] });
    expect(tasksOf(plan).map(told)).toEqual(['333333333333 us-east-1 of-organization']);
  });
});

describe('a run of tasks', () => {
  it('ends with what the observer throws, and only when no task is under way', async () => {
    const plan = planWith({ readers: [reader('region', ['vol-1', 'vol-2', 'vol-3'])] });
    let found = 0;
    let underWay = 0;
    const observer = {
      now: () => new Date(),
      began: () => undefined,
      ended: () => undefined,
      found: async () => {
        underWay++;
        await new Promise((resolve) => setImmediate(resolve));
        underWay--;
        if (++found === 2) throw new Error('the disk is full');
      },
    };
    await expect(runTasks(tasksOf(plan), plan, observer, new AbortController().signal)).rejects.toThrow('the disk is full');
    expect(underWay).toBe(0);
    expect(found).toBeLessThan(6);
  });
});

describe('a resource whose id nobody can keep', () => {
  it.each([
    ['is empty', ''],
    ['holds a line break', 'group\nof mine'],
    ['holds half a character', 'vol-\ud800'],
    ['is longer than a key may be', '名'.repeat(300)],
  ])('leaves the list incomplete where the id %s, and hides no other', async (_, resourceId) => {
    const context = {
      accountId: '111111111111',
      region: 'eu-west-1',
      partition: 'aws',
      startedAt: '2026-01-01T00:00:00.000Z',
      accountIds: ['111111111111'],
      clients,
    };
    const items = await readAll(reader('region', ['vol-1', resourceId, 'vol-2']), context);
    expect(items.map(({ resource }) => resource.resourceId)).toEqual(['vol-1', 'vol-2', 'AWS::EC2::Volume']);
    expect(items.at(-1)?.configuration).toEqual({ resources: { reason: expect.stringContaining('cannot be stored: resourceId') } });
  });
});

describe('a reader whose source may be behind', () => {
  it('asks to be run again beside its evidence', async () => {
    const asked = new ReadAgain('2026-01-01T04:00:00.000Z', 'the report is four hours old');
    const behind: Reader = {
      ...reader('region'),
      read: async function* () {
        yield asked;
        yield { resourceType: 'AWS::EC2::Volume', resourceId: 'vol-1', configuration: {} };
      },
    };
    const context = readContext({ clients });
    expect(await readAgains(behind, context)).toEqual([asked]);
    expect((await readAll(behind, context)).map(({ resource }) => resource.resourceId)).toEqual(['vol-1', 'AWS::EC2::Volume']);
  });
});
