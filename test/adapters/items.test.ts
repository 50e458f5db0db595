import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, it } from 'vitest';
import {
  CorruptItemError,
  cardItem,
  findingItem,
  type Item,
  packStatuses,
  resourceItem,
  scoreItem,
  toCard,
  toJoin,
  tombstoneItem,
  toOpenFinding,
  toResource,
  toScore,
  unpackStatuses,
} from '../../adapters/aws/items.ts';
import { parseStreamRecord } from '../../adapters/aws/stream.ts';
import { CATALOGUE } from '../../controls/catalogue.ts';
import { EMPTY_TALLY } from '../../core/evaluation/tally.ts';
import { inventoryOf } from '../../core/facts/inventory.ts';
import { type ControlStatus, STATUSES } from '../../core/model.ts';
import { movedLists } from '../../core/pipeline/lists.ts';
import { type ListCard, type OpenFinding, ORGANIZATION, type StoredResource, type StoredScore } from '../../core/ports.ts';
import { scoreAccount } from '../../core/scoring/scorecard.ts';

const resource: StoredResource = {
  resource: { accountId: '111111111111', region: 'eu-west-1', resourceType: 'AWS::EC2::Volume', resourceId: 'a#b/__proto__ é' },
  capturedAt: '2026-01-01T00:00:00.000Z',
  parsed: { facts: { encrypted: false, list: [1, null, { '': 'x' }] }, missing: { attached: 'not in the configuration item' } },
  findings: [{ controlId: 'CMP-L1-02', compliance: 'NON_COMPLIANT', reason: 'the volume is not encrypted' }],
  revision: 3,
};
const tombstone: StoredResource = { ...resource, parsed: undefined, findings: [], revision: 4 };
const statuses = new Map<string, ControlStatus>(CATALOGUE.controls.map(({ id }, index) => [id, STATUSES[index % STATUSES.length]!]));
const score: StoredScore = {
  scope: '111111111111',
  revision: 2,
  catalogueVersion: '1',
  asOf: '2026-01-01T00:00:00.000Z',
  statuses,
  scorecard: scoreAccount(CATALOGUE.controls, statuses),
  changes: [{ controlId: 'CMP-L1-02', from: 'NO_DATA', to: 'FAILED', resource: null, reason: null }],
};

const card: ListCard = {
  accountId: '111111111111',
  region: 'eu-west-1',
  lists: new Map([
    ['AWS::EC2::Volume', { capturedAt: '2026-01-01T00:00:00.000Z', resources: 0 }],
    ['AWS::EC2::VPC', { capturedAt: '2026-01-01T00:00:01.000Z', gap: 'ec2:DescribeVpcs was denied (UnauthorizedOperation)' }],
    ['AWS::DAX::Cluster', { capturedAt: '2026-01-02T00:00:00.000Z' }],
  ]),
  revision: 7,
};

/** An item as the table gives it back. */
const stored = (item: Item): Item => unmarshall(marshall(item));
const image = (item: Item): Record<string, unknown> => marshall(item);

describe('items of the tables', () => {
  it.each([
    ['a resource', resource],
    ['a resource that is gone', tombstone],
  ])('give back %s', (_, original) => {
    expect(toResource(stored(resourceItem(original)))).toEqual(original);
  });

  it.each([
    ['an account', score],
    ['the organization', { ...score, scope: ORGANIZATION }],
  ])('give back the score of %s', (_, original) => {
    expect(toScore(stored(scoreItem(original)))).toEqual(original);
  });

  it('give back the lists of a Region, complete, incomplete or ended', () => {
    expect(toCard(stored(cardItem(card)))).toEqual(card);
  });

  it('give back a tombstone, with the second in which DynamoDB may delete it', () => {
    const item = stored(tombstoneItem(tombstone, Date.UTC(2026, 0, 1, 0, 0, 0, 999)));
    expect(toResource(item)).toEqual(tombstone);
    expect(item).toMatchObject({ pk: 'Z#111111111111#AWS::EC2::Volume', ttl: Date.UTC(2026, 3, 1) / 1000 });
  });

  it('give back an open finding', () => {
    const open: OpenFinding = { resource: resource.resource, compliance: 'NON_COMPLIANT', reason: 'r', capturedAt: resource.capturedAt };
    expect(toOpenFinding(stored(findingItem('CMP-L1-02', open)))).toEqual(open);
  });

  it('hold statuses in a few hundred bytes', () => {
    expect(unpackStatuses(packStatuses(statuses))).toEqual(statuses);
    expect(packStatuses(statuses).length).toBeLessThan(2000);
    expect(packStatuses(new Map())).toBe('');
    expect(unpackStatuses('')).toEqual(new Map());
  });

  it.each<[string, () => unknown]>([
    ['a resource without its Region', () => toResource({ ...resourceItem(resource), region: undefined })],
    ['a resource without findings', () => toResource({ ...resourceItem(resource), findings: undefined })],
    ['a resource with a number as time', () => toResource({ ...resourceItem(resource), capturedAt: 7 })],
    ['a finding without reason', () => toOpenFinding({ ...resource.resource, compliance: 'NON_COMPLIANT', capturedAt: '' })],
    ['a score without statuses', () => toScore({ ...scoreItem(score), statuses: undefined })],
    ['a status that is not known', () => unpackStatuses('CMP-L1-02:X')],
    ['a status without letter', () => unpackStatuses('CMP-L1-02')],
    ['a join without result', () => toJoin({})],
    ['a card without lists', () => toCard({ ...cardItem(card), lists: undefined })],
    ['a card without a Region', () => toCard({ ...cardItem(card), region: undefined })],
  ])('that this version did not write are an error: %s', (_, read) => {
    expect(read).toThrow(CorruptItemError);
  });
});

describe('records of the streams', () => {
  it('tell of a change of a resource', () => {
    const [OldImage, NewImage] = [image(resourceItem(resource)), image(resourceItem(tombstone))];
    expect(parseStreamRecord({ OldImage, NewImage })).toEqual({ kind: 'state', change: { before: resource, after: tombstone } });
    expect(parseStreamRecord({ NewImage })).toEqual({ kind: 'state', change: { before: undefined, after: tombstone } });
  });

  it('tell of a change of a scorecard', () => {
    const next = { ...score, revision: 3 };
    const change = { OldImage: image(scoreItem(score)), NewImage: image(scoreItem(next)) };
    expect(parseStreamRecord(change)).toEqual({ kind: 'score', change: { before: score, after: next } });
  });

  it('tell of what the joins of a control find, before and after', () => {
    const join = (nonCompliant: number) => ({ tally: { ...EMPTY_TALLY, nonCompliant }, open: [] });
    const item = (nonCompliant: number): Item => ({ pk: 'J#111111111111', sk: 'NET-L2-01', result: JSON.stringify(join(nonCompliant)) });
    const told = { accountId: '111111111111', controlId: 'NET-L2-01', before: join(0), after: join(1) };
    expect(parseStreamRecord({ OldImage: image(item(0)), NewImage: image(item(1)) })).toEqual({ kind: 'join', change: told });
    expect(parseStreamRecord({ NewImage: image(item(1)) })).toEqual({ kind: 'join', change: { ...told, before: undefined } });
  });

  it.each<[string, Item]>([
    ['a finding', { pk: 'F#111111111111#CMP-L1-02', sk: 'x' }],
    ['a shard of tallies', { pk: 'T#111111111111', sk: '0', 'CMP-L1-02:compliant': 1 }],
    ['a turn', { pk: 'A#111111111111', sk: 'TURN', version: 1 }],
    ['the statuses of an account', { pk: 'S#1', sk: '111111111111', statuses: '' }],
  ])('tell nothing of %s', (_, item) => {
    expect(parseStreamRecord({ NewImage: image(item) })).toBeUndefined();
  });

  it('tell of a deletion when a resource is removed, without findings and without its time', () => {
    const gone = { ...resource, parsed: undefined, findings: [], revision: 4 };
    expect(parseStreamRecord({ OldImage: image(resourceItem(resource)) })).toEqual({
      kind: 'state',
      change: { before: resource, after: gone },
    });
    const byUser = { type: 'Unknown', principalId: 'AROAEXAMPLE:collect' };
    expect(parseStreamRecord({ OldImage: image(resourceItem(resource)), userIdentity: byUser })?.kind).toBe('state');
  });

  it('tell nothing of what expired, of a tombstone, or of one that moved', () => {
    const userIdentity = { type: 'Service', principalId: 'dynamodb.amazonaws.com' };
    const expired = image(tombstoneItem(tombstone, 0));
    expect(parseStreamRecord({ OldImage: expired, userIdentity })).toBeUndefined();
    expect(parseStreamRecord({ OldImage: image(resourceItem(resource)), userIdentity })).toBeUndefined();
    expect(parseStreamRecord({ NewImage: expired })).toBeUndefined();
    expect(parseStreamRecord({ OldImage: expired })).toBeUndefined();
    expect(parseStreamRecord({ OldImage: image(resourceItem(tombstone)) })).toBeUndefined();
    expect(parseStreamRecord({})).toBeUndefined();
  });

  it('tell of a change of the lists of a Region', () => {
    const before = { ...card, lists: new Map(), revision: 6 };
    const [OldImage, NewImage] = [image(cardItem(before)), image(cardItem(card))];
    expect(parseStreamRecord({ OldImage, NewImage })).toEqual({ kind: 'card', change: { before, after: card } });
    expect(parseStreamRecord({ NewImage })).toEqual({ kind: 'card', change: { before: undefined, after: card } });
    expect(parseStreamRecord({ OldImage })).toBeUndefined();
  });

  it('tell of the end of an inventory entry of an earlier release as of a change of its list', () => {
    const entry: StoredResource = {
      resource: inventoryOf('111111111111', 'eu-west-1', 'AWS::EC2::Volume'),
      capturedAt: '2026-01-01T00:00:00.000Z',
      parsed: { facts: { resources: 2 }, missing: {} },
      findings: [{ controlId: 'CMP-L1-02', compliance: 'NOT_APPLICABLE', reason: 'all 2 resources were read' }],
      revision: 5,
    };
    const told = parseStreamRecord({ OldImage: image(resourceItem(entry)) });
    expect(told?.kind === 'card' && movedLists(told.change)).toEqual(['AWS::EC2::Volume']);
  });
});
