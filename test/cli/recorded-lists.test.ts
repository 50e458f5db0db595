import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { csmm, directoryOf, lines, volumeEvent } from './support.ts';

const ACCOUNT = '111111111111';
const MONDAY = '2026-01-05T00:00:00.000Z';
const TUESDAY = '2026-01-06T00:00:00.000Z';

interface Place {
  readonly at?: string;
  readonly region?: string;
  readonly account?: string;
}

const record = (
  resourceType: string,
  resourceId: string,
  facts: object | undefined,
  { at = MONDAY, region = 'eu-west-1', account = ACCOUNT }: Place = {},
) => ({
  csmm: 'facts',
  version: 1,
  accountId: account,
  awsRegion: region,
  resourceType,
  resourceId,
  capturedAt: at,
  ...(facts && { facts, missing: {} }),
});
const list = (type: string, resources: number, place: Place = {}) => record('CSMM::Inventory', type, { resources }, place);
const vpc = (place?: Place) => record('AWS::EC2::VPC', 'vpc-1', { ownerId: ACCOUNT }, place);
const volume = (id: string, place?: Place) => record('AWS::EC2::Volume', id, { encrypted: true, attached: true }, place);
const open = (place?: Place) => record('AWS::EC2::Volume', 'vol-1', { encrypted: false, attached: true }, place);
const volumes = (resources: number, place?: Place) => list('AWS::EC2::Volume', resources, place);
/** A record that says a fact in another form. */
const altered = (of: ReturnType<typeof record>) => ({ ...of, facts: { encrypted: 'yes', attached: true } });

async function replayed(...records: readonly (object | string)[]) {
  const file = join(await directoryOf({ 'facts.ndjson': lines(...records) }), 'facts.ndjson');
  const { code, stdout } = await csmm(['replay', file, '--json']);
  const { organization, accounts, replay } = JSON.parse(stdout);
  return { code, controls: organization.controls, accounts, gaps: replay.gaps };
}

const UNREAD = (of: number, type = 'AWS::EC2::Volume', region = 'eu-west-1') => ({
  accountId: ACCOUNT,
  region,
  resourceType: type,
  reason: `1 of ${of} resources could not be read`,
});

describe('a list of a record that holds at an earlier time', () => {
  const user = (name: string, at: string, facts: object | undefined = { passwordEnabled: false, reportGeneratedAt: null }) =>
    record('AWS::IAM::UserCredentials', name, facts, { at, region: 'global' });
  const users = (resources: number, at: string, asOf: string) =>
    record('CSMM::Inventory', 'AWS::IAM::UserCredentials', { resources, asOf }, { at, region: 'global' });
  const [EARLIER, NOON] = ['2026-01-05T08:30:00.000Z', '2026-01-05T12:00:00.000Z'];

  it('has the resources of that time, and those since', async () => {
    const { gaps, controls } = await replayed(user('ada', EARLIER), user('bob', NOON), users(2, NOON, EARLIER));
    expect(gaps).toEqual([]);
    expect(controls['IAM-L1-04']).toMatchObject({ status: 'NOT_APPLICABLE', notApplicable: expect.any(Number) });
  });

  it('has no resource that was deleted since', async () => {
    const { gaps } = await replayed(
      user('ada', EARLIER),
      record('AWS::IAM::UserCredentials', 'eve', undefined, { at: NOON, region: 'global' }),
      users(1, NOON, EARLIER),
    );
    expect(gaps).toEqual([]);
  });

  it('lacks one that is missing', async () => {
    expect((await replayed(user('ada', EARLIER), users(2, NOON, EARLIER))).gaps).toEqual([
      UNREAD(2, 'AWS::IAM::UserCredentials', 'global'),
    ]);
  });
});

describe('a record of a Region that the organization has closed', () => {
  const denied = (type: string, why: string, region = 'us-east-1') => ({
    ...list(type, 0, { region }),
    facts: {},
    missing: { resources: `ec2:DescribeX was denied (UnauthorizedOperation)${why}` },
  });
  const BY_SCP = ': explicit deny in a service control policy';
  const closed = (why: string) => [
    volumes(0),
    list('AWS::EC2::VPC', 0),
    denied('AWS::EC2::Volume', why),
    denied('AWS::EC2::VPC', why),
    volume('vol-1'),
    volumes(1),
  ];
  const summary = async (...records: readonly object[]) => {
    const file = join(await directoryOf({ 'facts.ndjson': lines(...records) }), 'facts.ndjson');
    const { code, stdout } = await csmm(['replay', file, '--json']);
    const { organization, replay } = JSON.parse(stdout);
    return { code, status: organization.controls['CMP-L1-02'].status, ...replay };
  };

  it('is complete without it, and names it', async () => {
    expect(await summary(...closed(BY_SCP))).toMatchObject({
      code: 0,
      status: 'PASSED',
      closed: [{ accountId: ACCOUNT, region: 'us-east-1' }],
      denied: [],
      gaps: [],
    });
  });

  it('is incomplete if only some calls are denied, or if no policy and no approved Regions say that it is closed', async () => {
    const open = [...closed(BY_SCP), list('AWS::SQS::Queue', 0, { region: 'us-east-1' })];
    for (const records of [open, closed('')]) {
      expect(await summary(...records)).toMatchObject({ code: 3, status: 'NO_DATA', closed: [], gaps: [{}, {}] });
    }
  });
});

describe('a list of a record', () => {
  it.each<[string, readonly (object | string)[], object[]]>([
    ['has its resources', [volume('vol-1'), volume('vol-2'), volumes(2)], []],
    ['has them after it', [volumes(2), volume('vol-1'), volume('vol-2')], []],
    ['has a resource of a rejected record', [volume('vol-1'), altered(volume('vol-2')), volumes(2)], [UNREAD(2)]],
    ['has a resource of a cut line', [volume('vol-1'), JSON.stringify(volume('vol-2')).slice(0, -20), volumes(2)], [UNREAD(2)]],
    ['has a resource without a line', [volume('vol-1'), volumes(2)], [UNREAD(2)]],
    ['has a resource whose record is there twice', [volume('vol-1'), volume('vol-1'), volumes(2)], [UNREAD(2)]],
    ['counts those of its own Region', [volume('vol-1'), volume('vol-2', { region: 'us-east-1' }), volumes(2)], [UNREAD(2)]],
    ['counts those of its own account', [volume('vol-1'), volume('vol-2', { account: '222222222222' }), volumes(2)], [UNREAD(2)]],
    [
      'of the whole account counts every Region',
      [
        record('AWS::CloudTrail::TrailStatus', 'arn:aws:cloudtrail:eu-west-1:111111111111:trail/a', {}),
        record('AWS::CloudTrail::TrailStatus', 'arn:aws:cloudtrail:us-east-1:111111111111:trail/b', {}, { region: 'us-east-1' }),
        list('AWS::CloudTrail::TrailStatus', 3, { region: 'global' }),
      ],
      [UNREAD(3, 'AWS::CloudTrail::TrailStatus', 'global')],
    ],
    [
      'has a number that is none',
      [volume('vol-1'), { ...volumes(1), facts: { resources: -1 } }],
      [{ ...UNREAD(1), reason: 'its record could not be read' }],
    ],
    ['was already incomplete', [record('CSMM::Inventory', 'AWS::EC2::Volume', {})], [{ ...UNREAD(0), reason: 'not in the record' }]],
    ['of a later scan has a resource of the earlier one', [volume('vol-1'), volumes(1), volumes(1, { at: TUESDAY })], [UNREAD(1)]],
    ['of a later scan has its own', [volume('vol-1'), volumes(1), volume('vol-2', { at: TUESDAY }), volumes(1, { at: TUESDAY })], []],
    ['of an earlier scan is no longer of interest', [volumes(7), volume('vol-1', { at: TUESDAY }), volumes(1, { at: TUESDAY })], []],
    ['has a resource that was deleted later', [volumes(1), record('AWS::EC2::Volume', 'vol-1', undefined, { at: TUESDAY })], []],
    ['has a resource that AWS Config described before', [volumes(1), volumeEvent(1, true)], []],
    ['has one more than AWS Config described', [volumes(2), volumeEvent(1, true)], [UNREAD(2)]],
  ])('that %s', async (_, records, gaps) => {
    const result = await replayed(...records);
    expect(result.gaps).toEqual(gaps);
    if (gaps.length > 0) expect(result.code).toBe(3);
  });

  it.each<[string, readonly object[], string]>([
    ['of a later scan', [open(), volumes(1), volume('vol-2', { at: TUESDAY }), volumes(1, { at: TUESDAY })], 'PASSED'],
    ['of a later scan, whatever the order', [volumes(1, { at: TUESDAY }), volume('vol-2', { at: TUESDAY }), volumes(1), open()], 'PASSED'],
    ['of a later scan without any', [open(), volumes(1), volumes(0, { at: TUESDAY })], 'NOT_APPLICABLE'],
    ['after the last item of AWS Config', [volumeEvent(1, false), volumes(0)], 'NOT_APPLICABLE'],
    ['of an earlier scan', [volumes(0), open({ at: TUESDAY })], 'FAILED'],
    ['of a later scan that lacks one', [open(), volumes(1), volumes(1, { at: TUESDAY })], 'FAILED'],
    ['of another Region', [open(), volumes(1), volumes(0, { at: TUESDAY, region: 'us-east-1' })], 'FAILED'],
    ['of AWS Config, where it cannot tell which', [volumeEvent(1, false), volumeEvent(1, true, 'vol-2'), volumes(1)], 'FAILED'],
  ])('ends the resources that are not in it: %s', async (_, records, status) => {
    expect((await replayed(...records)).controls['CMP-L1-02'].status).toBe(status);
  });

  it('with too few resources lets no control pass that rests on it, and lets a failure stand', async () => {
    const passing = await replayed(volume('vol-1'), volumes(2));
    expect(passing.controls['CMP-L1-02'].status).toBe('NO_DATA');
    expect((await replayed(open(), volumes(2))).controls['CMP-L1-02'].status).toBe('FAILED');
  });

  it('with too few resources fails no control that asks for one', async () => {
    const flowLog = record('AWS::EC2::FlowLog', 'fl-1', { trafficType: 7 });
    const without = [vpc(), list('AWS::EC2::VPC', 1)];
    expect((await replayed(...without, list('AWS::EC2::FlowLog', 0))).controls['NET-L2-01'].status).toBe('FAILED');
    expect((await replayed(...without, flowLog, list('AWS::EC2::FlowLog', 1))).controls['NET-L2-01'].status).toBe('NO_DATA');
  });

  it('with too few resources is named in the report, in the events and at the end of play', async () => {
    const file = join(await directoryOf({ 'facts.ndjson': lines(volume('vol-1'), volumes(2)) }), 'facts.ndjson');
    const report = await csmm(['replay', file]);
    expect(report.stdout.replaceAll(/\s+/g, ' ')).toContain(
      'Not read AWS::EC2::Volume in 111111111111 eu-west-1: 1 of 2 resources could not be read',
    );
    const events = (await csmm(['replay', file, '--events'])).stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).detail);
    expect(events.findLast(({ controlId }) => controlId === 'CMP-L1-02')).toMatchObject({ from: 'PASSED', to: 'NO_DATA' });
    const played = await csmm(['play', '--file', file]);
    expect(played.stdout).toContain('lists without all of their resources, so that no control rests on them: 1');
    expect(played.code).toBe(3);
  });
});
