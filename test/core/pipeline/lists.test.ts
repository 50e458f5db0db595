import { describe, expect, it } from 'vitest';
import { CATALOGUE } from '../../../controls/catalogue.ts';
import { EMPTY_TALLY } from '../../../core/evaluation/tally.ts';
import { inventoryOf } from '../../../core/facts/inventory.ts';
import { evidenceOfList, listOf, listsOf, movedLists } from '../../../core/pipeline/lists.ts';
import type { ListCard, ListState } from '../../../core/ports.ts';

const ACCOUNT = '111111111111';
const at = (day: number): string => `2026-01-0${day}T00:00:00.000Z`;
const complete = (resources: number, day = 1): ListState => ({ capturedAt: at(day), resources });
const gap = (reason: string, day = 1): ListState => ({ capturedAt: at(day), gap: reason });
const DENIED = 'ec2:DescribeVolumes was denied (UnauthorizedOperation)';
const [VOLUME, VPC] = ['AWS::EC2::Volume', 'AWS::EC2::VPC'];

const card = (lists: Readonly<Record<string, ListState>>, region = 'eu-west-1', revision = 1): ListCard => ({
  accountId: ACCOUNT,
  region,
  lists: new Map(Object.entries(lists)),
  revision,
});
const meaning = (cards: readonly ListCard[], approvedRegions?: readonly string[]) =>
  listsOf(cards, CATALOGUE.rules, approvedRegions ? { approvedRegions } : {});

describe('the lists of an account', () => {
  it('count for each control that rests on them: complete ones as not applicable, incomplete ones as unknown', () => {
    const { tallies, open } = meaning([card({ [VOLUME]: complete(3) }), card({ [VOLUME]: gap('it failed', 2) }, 'us-east-1')]);
    expect(tallies.get('CMP-L1-02')).toEqual({ ...EMPTY_TALLY, notApplicable: 1, insufficientData: 1 });
    expect(open.get('CMP-L1-02')).toEqual([
      {
        resource: inventoryOf(ACCOUNT, 'us-east-1', VOLUME),
        compliance: 'INSUFFICIENT_DATA',
        code: 'not-read',
        reason: `${VOLUME} was not read: it failed`,
        capturedAt: at(2),
      },
    ]);
    expect(tallies.has('NET-L1-01')).toBe(false);
  });

  it('are listed by type, in the order of their Regions, with their gaps', () => {
    const { listings } = meaning([card({ [VOLUME]: gap('it failed') }, 'us-east-1'), card({ [VOLUME]: complete(3, 2) })]);
    expect(listings.get(VOLUME)).toEqual([
      { region: 'eu-west-1', capturedAt: at(2) },
      { region: 'us-east-1', capturedAt: at(1), gap: 'it failed' },
    ]);
  });

  it('are absent after their end', () => {
    const { listings, tallies } = meaning([card({ [VOLUME]: { capturedAt: at(1) } })]);
    expect([listings.size, tallies.size]).toEqual([0, 0]);
  });

  it('are absent if their Region is closed, except those that answer there', () => {
    const lists = { [VOLUME]: gap(DENIED), 'AWS::CloudTrail::RootActivity': complete(1) };
    const cards = [card({ [VOLUME]: complete(0) }), card(lists, 'us-east-1')];
    const closed = meaning(cards, ['eu-west-1']);
    expect([...closed.closedRegions]).toEqual(['us-east-1']);
    expect(closed.tallies.get('CMP-L1-02')).toEqual({ ...EMPTY_TALLY, notApplicable: 1 });
    expect(closed.listings.get('AWS::CloudTrail::RootActivity')).toHaveLength(1);
    const approved = meaning(cards, ['eu-west-1', 'us-east-1']);
    expect(approved.tallies.get('CMP-L1-02')).toEqual({ ...EMPTY_TALLY, notApplicable: 1, insufficientData: 1 });
  });

  it('of the whole account are absent if the only Region that lists them is closed', () => {
    const points = card({ 'AWS::S3::MultiRegionAccessPoint': gap('s3:ListMultiRegionAccessPoints was denied (AccessDenied)') }, 'global');
    expect(meaning([points], ['eu-west-1']).listings.size).toBe(0);
    expect(meaning([points], ['us-west-2']).listings.size).toBe(1);
  });

  it.each([[complete(0)], [gap('it failed')], [{ capturedAt: at(1) }]])('keep their state as evidence: %j', (list) => {
    expect(listOf(evidenceOfList(list))).toEqual(list);
  });
});

describe('the types whose list moved', () => {
  it.each<[string, ListState | undefined, ListState, string[]]>([
    ['that is new', undefined, complete(0), [VOLUME]],
    ['that is new and incomplete', undefined, gap('it failed'), [VOLUME]],
    ['that became incomplete', complete(1), gap('it failed', 2), [VOLUME]],
    ['that became complete', gap('it failed'), complete(1, 2), [VOLUME]],
    ['that is incomplete for another reason', gap('it failed'), gap('it is slow', 2), [VOLUME]],
    ['that ended', complete(1), { capturedAt: at(2) }, [VOLUME]],
    ['that began again', { capturedAt: at(1) }, complete(1, 2), [VOLUME]],
    ['that is newer', complete(1), complete(1, 2), []],
    ['that has more resources', complete(1), complete(5, 2), []],
    ['whose gap is newer', gap('it failed'), gap('it failed', 2), []],
    ['that ended before', { capturedAt: at(1) }, { capturedAt: at(2) }, []],
  ])('are those with a list %s', (_, before, after, expected) => {
    const other = { [VPC]: complete(1) };
    const change = { before: card({ ...other, ...(before && { [VOLUME]: before }) }), after: card({ ...other, [VOLUME]: after }) };
    expect(movedLists(change)).toEqual(expected);
  });

  it('are all of a new card', () => {
    expect(movedLists({ before: undefined, after: card({ [VOLUME]: complete(0), [VPC]: { capturedAt: at(1) } }) })).toEqual([VOLUME, VPC]);
  });

  it('are all if the Region may have closed or opened: the lists that did not move count again, or no more', () => {
    const [closed, half] = [card({ [VOLUME]: gap(DENIED), [VPC]: gap(DENIED) }), card({ [VOLUME]: complete(0, 2), [VPC]: gap(DENIED) })];
    expect(movedLists({ before: closed, after: half })).toEqual([VOLUME, VPC]);
    expect(movedLists({ before: half, after: closed })).toEqual([VOLUME, VPC]);
    expect(movedLists({ before: closed, after: card({ [VOLUME]: gap(DENIED, 2), [VPC]: gap(DENIED, 2) }) })).toEqual([]);
  });

  it('are all if a service control policy comes to be the reason of the last list, which closes the Region without settings', () => {
    const byPolicy = `${DENIED}: explicit deny in a service control policy`;
    const before = card({ [VOLUME]: gap(byPolicy), [VPC]: gap(DENIED) });
    const after = card({ [VOLUME]: gap(byPolicy), [VPC]: gap(byPolicy, 2) });
    expect(movedLists({ before, after })).toEqual([VOLUME, VPC]);
    expect(movedLists({ before: after, after: before })).toEqual([VOLUME, VPC]);
    expect([meaning([before]).closedRegions.size, meaning([after]).closedRegions.size]).toEqual([0, 1]);
  });

  it('are also those of the whole account that only this Region lists', () => {
    const before = card({ [VOLUME]: complete(0) }, 'us-west-2');
    expect(movedLists({ before, after: card({ [VOLUME]: gap(DENIED) }, 'us-west-2') })).toContain('AWS::S3::MultiRegionAccessPoint');
  });
});
