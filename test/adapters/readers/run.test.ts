import { DescribeVolumesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { CredentialsExpiredError } from '../../../adapters/aws/failures.ts';
import { NotOfferedError } from '../../../adapters/aws/not-offered.ts';
import { ec2Volumes } from '../../../adapters/aws/readers/ec2-volumes.ts';
import { AsOf, type Observation, type Reader } from '../../../adapters/aws/readers/reader.ts';
import { runReader } from '../../../adapters/aws/readers/run.ts';
import { ReadAgain } from '../../../core/pipeline/sweep.ts';
import { READ_AT, readAll, readContext, readInventory } from '../../support/readers.ts';

const ec2 = mockClient(EC2Client);
beforeEach(() => ec2.reset());

const named = (name: string, parts: object = {}) => Object.assign(new Error(name), { name }, parts);

const reading = (read: () => AsyncIterable<Observation | AsOf>, parts: Partial<Reader> = {}): Reader => ({
  id: 'made-up',
  scope: 'region',
  lists: ['AWS::EC2::Volume', 'AWS::EC2::VPC'],
  permissions: [],
  refreshedBy: [],
  read,
  ...parts,
});
const volume = (resourceId: string, configuration: unknown = {}): Observation => ({
  resourceType: 'AWS::EC2::Volume',
  resourceId,
  configuration,
});

describe('a run of a reader', () => {
  it('ends with an entry of the inventory for each type that it lists', async () => {
    const reader = reading(async function* () {
      yield volume('vol-1');
      yield volume('vol-2');
    });
    expect(await readInventory(reader)).toEqual({ 'AWS::EC2::Volume': 2, 'AWS::EC2::VPC': 0 });
  });

  it('leaves entries with the reason where it breaks off, and keeps what it found', async () => {
    const reader = reading(async function* () {
      yield volume('vol-1');
      throw named('AccessDenied', { iamAction: 'ec2:DescribeVolumes' });
    });
    const items = await readAll(reader);
    expect(items.map(({ resource }) => resource.resourceId)).toEqual(['vol-1', 'AWS::EC2::Volume', 'AWS::EC2::VPC']);
    expect(await readInventory(reader)).toEqual({
      'AWS::EC2::Volume': 'ec2:DescribeVolumes was denied (AccessDenied)',
      'AWS::EC2::VPC': 'ec2:DescribeVolumes was denied (AccessDenied)',
    });
  });

  it('gives what is older than the run its own time, and never a newer one', async () => {
    const [before, after] = ['2025-12-31T22:00:00.000Z', '2026-01-01T00:00:00.001Z'];
    const items = await readAll(
      reading(async function* () {
        yield new AsOf(before);
        yield { ...volume('vol-1'), capturedAt: before };
        yield { ...volume('vol-2'), capturedAt: after };
        yield { ...volume('vol-3', null), gone: true };
      }),
    );
    expect(items.map(({ resource, capturedAt, state, configuration }) => [resource.resourceId, capturedAt, state, configuration])).toEqual([
      ['vol-1', before, 'recorded', {}],
      ['vol-2', READ_AT, 'recorded', {}],
      ['vol-3', READ_AT, 'deleted', null],
      ['AWS::EC2::Volume', READ_AT, 'recorded', { resources: 2, asOf: before }],
      ['AWS::EC2::VPC', READ_AT, 'recorded', { resources: 0, asOf: before }],
    ]);
  });

  it('leaves an incomplete list without another time', async () => {
    const reader = reading(async function* () {
      yield new AsOf('2025-12-31T22:00:00.000Z');
      throw named('AccessDenied', { iamAction: 'ec2:DescribeVolumes' });
    });
    for (const { configuration } of await readAll(reader)) expect(Object.keys(configuration as object)).toEqual(['resources']);
  });

  describe('soon after a change', () => {
    const lag = { minutes: 5, source: 'https://docs.aws.amazon.com/' };
    const asked = async (at: string | undefined, parts: Partial<Reader> = { lag }): Promise<string[]> => {
      const found: ReadAgain[] = [];
      const context = readContext(at === undefined ? {} : { changed: { at, users: [] } });
      const nothing = reading(async function* () {}, parts);
      for await (const item of runReader(nothing, context)) if (item instanceof ReadAgain) found.push(item);
      return found.map(({ at }) => at);
    };

    it.each([
      ['at the time of the change', READ_AT, ['2026-01-01T00:05:00.000Z']],
      ['within the lag of its source', '2025-12-31T23:55:01.000Z', ['2026-01-01T00:00:01.000Z']],
      ['at the end of the lag', '2025-12-31T23:55:00.000Z', []],
      ['without a change', undefined, []],
    ])('asks to run again when the source has settled: %s', async (_, at, expected) => {
      expect(await asked(at)).toEqual(expected);
    });

    it('asks for nothing if the source has no lag', async () => {
      expect(await asked(READ_AT, {})).toEqual([]);
    });
  });

  it('leaves entries with a reason for a fault of its own too', async () => {
    const reader = reading(async function* () {
      yield volume((undefined as unknown as { id: string }).id);
    });
    expect(Object.values(await readInventory(reader))).toEqual([
      expect.stringContaining('TypeError'),
      expect.stringContaining('TypeError'),
    ]);
  });

  it('ends where the credentials have expired, and says nothing of the lists', async () => {
    const reader = reading(async function* () {
      yield volume('vol-1');
      throw new CredentialsExpiredError('expired');
    });
    await expect(readAll(reader)).rejects.toThrow(CredentialsExpiredError);
  });

  it('takes a service that the Region lacks for one without resources, where the service is not everywhere', async () => {
    const failing = (error: Error) => () => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(error) }) });
    const nowhere = failing(new NotOfferedError('ec2.eu-west-1.amazonaws.com does not exist'));
    expect(await readInventory(reading(nowhere, { notEverywhere: true }))).toEqual({ 'AWS::EC2::Volume': 0, 'AWS::EC2::VPC': 0 });
    expect((await readInventory(reading(nowhere)))['AWS::EC2::VPC']).toContain('failed');
    for (const code of ['ENOTFOUND', 'EAI_AGAIN']) {
      const offline = failing(named('Error', { code }));
      expect((await readInventory(reading(offline, { notEverywhere: true })))['AWS::EC2::VPC']).toContain('failed');
    }
  });

  it('captures everything at its start, writes dates as text, and puts what has no Region under global', async () => {
    const reader = reading(
      async function* () {
        yield volume('vol-1', { at: new Date(0), list: [{ at: new Date(0) }] });
      },
      { scope: 'account' },
    );
    const [item] = await readAll(reader);
    expect(item).toMatchObject({
      resource: { accountId: '111111111111', region: 'global' },
      capturedAt: READ_AT,
      configuration: { at: '1970-01-01T00:00:00.000Z', list: [{ at: '1970-01-01T00:00:00.000Z' }] },
    });
  });

  it('answers for every account of the organization, also for those of which it found nothing', async () => {
    const reader = reading(
      async function* () {
        yield { ...volume('vol-1'), accountId: '222222222222' };
      },
      { scope: 'organization', lists: ['AWS::EC2::Volume'] },
    );
    const items = await readAll(reader, readContext({ accountIds: ['111111111111', '222222222222'] }));
    expect(items.map(({ resource, configuration }) => [resource.accountId, resource.resourceId, configuration])).toEqual([
      ['222222222222', 'vol-1', {}],
      ['111111111111', 'AWS::EC2::Volume', { resources: 0 }],
      ['222222222222', 'AWS::EC2::Volume', { resources: 1 }],
    ]);
  });

  it('reads page after page', async () => {
    ec2
      .on(DescribeVolumesCommand)
      .resolvesOnce({ Volumes: [{ VolumeId: 'vol-1' }], NextToken: 'more' })
      .resolvesOnce({ Volumes: [{ VolumeId: 'vol-2' }] });
    expect(await readInventory(ec2Volumes)).toEqual({ 'AWS::EC2::Volume': 2 });
  });
});
