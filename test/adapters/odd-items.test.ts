import { marshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, it } from 'vitest';
import { checkedFacts } from '../../adapters/aws/checked-facts.ts';
import {
  CorruptItemError,
  cardItem,
  findingItem,
  headsItem,
  type Item,
  knownStatuses,
  resourceItem,
  scoreItem,
  toAnyCard,
  toAnyJoin,
  toAnyOpenFinding,
  toAnyResource,
  toAnyScore,
  toBehind,
  toCard,
  toCause,
  toHeads,
  tombstoneItem,
  toResource,
  toScore,
  toTurn,
} from '../../adapters/aws/items.ts';
import { parseStreamRecord } from '../../adapters/aws/stream.ts';
import { EMPTY_TALLY } from '../../core/evaluation/tally.ts';
import { parserOf } from '../../core/facts/index.ts';
import type { ControlStatus } from '../../core/model.ts';
import type { JoinHead, ListCard, ListState, OpenFinding, StoredResource, StoredScore } from '../../core/ports.ts';
import { scoreAccount } from '../../core/scoring/scorecard.ts';

const resource: StoredResource = {
  resource: { accountId: '111111111111', region: 'eu-west-1', resourceType: 'AWS::EC2::Volume', resourceId: 'vol-1' },
  capturedAt: '2026-01-01T00:00:00.000Z',
  parsed: { facts: { encrypted: false }, missing: { attached: 'not in the configuration item' } },
  findings: [{ controlId: 'CMP-L1-02', compliance: 'NON_COMPLIANT', reason: 'the volume is not encrypted' }],
  revision: 3,
};
const tombstone: StoredResource = { ...resource, parsed: undefined, findings: [], revision: 4 };
const statuses = new Map<string, ControlStatus>([['CMP-L1-02', 'FAILED']]);
const score: StoredScore = {
  scope: '111111111111',
  revision: 2,
  catalogueVersion: '1',
  asOf: '2026-01-01T00:00:00.000Z',
  statuses,
  scorecard: scoreAccount([], statuses),
  changes: [],
};
const image = (item: Item): Record<string, unknown> => marshall(item, { removeUndefinedValues: true });

describe('an item in another form', () => {
  const VOLUME = resource.resource;
  const item = resourceItem(resource);
  const odd = { findings: resource.findings, resource: VOLUME, unreadable: expect.stringContaining(`${item.pk}`) };

  it.each<[string, Item, Partial<StoredResource>]>([
    ['a number as time', { capturedAt: 7 }, { capturedAt: '1970-01-01T00:00:00.000Z', parsed: { facts: {}, missing: {} } }],
    ['evidence that is no JSON', { evidence: '{"facts":' }, { parsed: { facts: {}, missing: {} } }],
    ['evidence that is null', { evidence: null }, { parsed: { facts: {}, missing: {} } }],
    ['evidence without reasons', { evidence: '{"facts":{}}' }, { parsed: { facts: {}, missing: {} } }],
    ['findings that are null', { findings: null }, { findings: [], parsed: resource.parsed }],
    ['a finding of an unknown compliance', { findings: '[{"controlId":"A","compliance":"WARNING","reason":"r"}]' }, { findings: [] }],
    ['findings and no evidence', { evidence: undefined }, { parsed: { facts: {}, missing: {} } }],
    ['no revision', { revision: undefined }, { revision: 0, parsed: resource.parsed }],
    ['a revision of text', { revision: '3' }, { revision: 0 }],
    ['a revision that no number holds', { revision: 2 ** 60 }, { revision: 0 }],
    ['the id of another resource', { resourceId: 'other' }, { parsed: resource.parsed }],
  ])('is a resource whose key names it, with what can be read: %s', (_, changed, expected) => {
    expect(() => toResource({ ...item, ...changed })).toThrow(CorruptItemError);
    expect(toAnyResource({ ...item, ...changed })).toMatchObject({ ...odd, revision: 3, ...expected });
  });

  it('is itself if it only has fields of a later release', () => {
    expect(toResource({ ...item, seenBy: 'a later release' })).toEqual(resource);
    expect(toAnyResource({ ...item, ttl: 7 })).toEqual(resource);
    expect(toScore({ ...scoreItem(score), trend: 'up' })).toEqual(score);
  });

  it('is a tombstone if it is among them', () => {
    const gone = { ...tombstoneItem(tombstone, 0), findings: 7, capturedAt: undefined };
    expect(toAnyResource(gone)).toMatchObject({ resource: VOLUME, parsed: undefined, unreadable: expect.any(String) });
  });

  it('has no fact of another form than its type, with the reason', () => {
    const stored: StoredResource = { ...resource, parsed: { facts: { encrypted: 'yes', attached: true, later: [] }, missing: {} } };
    expect(checkedFacts(stored).parsed).toEqual({
      facts: { attached: true, later: [] },
      missing: { encrypted: 'the stored value is not true or false' },
    });
    expect(checkedFacts(resource)).toBe(resource);
    const none = checkedFacts(toAnyResource({ ...item, evidence: '[]' })).parsed;
    expect(none?.facts).toEqual({});
    expect(Object.keys(none?.missing ?? {}).sort()).toEqual([...parserOf(VOLUME.resourceType)!.names].sort());
  });

  it.each<[string, Item, Partial<OpenFinding>]>([
    ['a compliance that no finding has', { compliance: 'COMPLIANT' }, { compliance: 'INSUFFICIENT_DATA' }],
    ['no reason', { reason: undefined }, { compliance: 'NON_COMPLIANT' }],
    ['a number as time', { capturedAt: 7 }, { compliance: 'NON_COMPLIANT' }],
    ['no id', { resourceId: undefined }, { compliance: 'NON_COMPLIANT' }],
  ])('is an open finding on the resource that its key names: %s', (_, changed, expected) => {
    const open: OpenFinding = { resource: VOLUME, compliance: 'NON_COMPLIANT', reason: 'r', capturedAt: resource.capturedAt };
    const found = toAnyOpenFinding({ ...findingItem('CMP-L1-02', open), ...changed });
    expect(found).toMatchObject({ resource: VOLUME, code: 'unreadable', ...expected });
  });

  it.each([
    undefined,
    '{',
    '{"tally":{}}',
    '{"tally":{"compliant":-1,"nonCompliant":0,"notApplicable":0,"insufficientData":0},"open":[]}',
    '7',
  ])('is unknown data of the account if it should be a join: %j', (result) => {
    const { tally, open } = toAnyJoin('111111111111', { pk: 'J#111111111111', sk: 'NET-L2-01', result });
    expect(tally).toEqual({ ...EMPTY_TALLY, insufficientData: 1 });
    expect(open).toMatchObject([{ resource: { resourceType: 'AWS::::Account' }, compliance: 'INSUFFICIENT_DATA', code: 'unreadable' }]);
  });

  it('is a card with a gap in each list that cannot be read', () => {
    const lists = new Map<string, ListState>([
      ['AWS::EC2::Volume', { capturedAt: resource.capturedAt, resources: 3 }],
      ['AWS::S3::Bucket', { capturedAt: resource.capturedAt, gap: 'denied' }],
    ]);
    const card: ListCard = { accountId: '111111111111', region: 'eu-west-1', lists, revision: 2 };
    const packed = cardItem(card);
    expect(toAnyCard(packed)).toEqual(card);
    const one = JSON.stringify({ ...JSON.parse(String(packed.lists)), 'AWS::EC2::Volume': { at: 7, n: 3 } });
    expect(() => toCard({ ...packed, lists: one })).toThrow(CorruptItemError);
    expect([...toAnyCard({ ...packed, lists: one }).lists]).toEqual([
      ['AWS::EC2::Volume', { capturedAt: '1970-01-01T00:00:00.000Z', gap: expect.stringContaining('lists') }],
      ['AWS::S3::Bucket', lists.get('AWS::S3::Bucket')],
    ]);
    const all = toAnyCard({ ...packed, lists: null, revision: 'two' }, ['A', 'B']);
    expect([...all.lists.keys()]).toEqual(['A', 'B']);
    expect([...all.lists.values()]).toEqual([expect.objectContaining({ gap: expect.any(String) }), expect.anything()]);
    expect(all).toMatchObject({ accountId: '111111111111', region: 'eu-west-1', revision: 0 });
  });

  it('is a score of no catalogue, with the revision and the statuses that can be read', () => {
    const instead = { revision: 9, statuses: new Map([['NET-L1-01', 'FAILED' as const]]) };
    const any = (changed: Item) => toAnyScore('111111111111', { ...scoreItem(score), ...changed }, instead);
    expect(any({ scorecard: {} })).toMatchObject({ revision: 2, catalogueVersion: '', statuses, changes: [] });
    expect(any({ revision: null, statuses: 7 })).toMatchObject({ catalogueVersion: '', ...instead });
    expect(knownStatuses('NET-L1-01:F NET-L1-02:Z x')).toEqual(new Map([['NET-L1-01', 'FAILED']]));
    expect(knownStatuses(null)).toEqual(new Map());
  });

  it('wants everything if it should be a turn, and has no due time that is none', () => {
    expect(toTurn('111111111111', { version: 'x', seen: [], due: { A: 7, B: resource.capturedAt } })).toEqual({
      scope: '111111111111',
      version: 0,
      due: new Map([['B', resource.capturedAt]]),
    });
    expect(toTurn('111111111111', undefined)).toEqual({ scope: '111111111111', version: 0, due: new Map() });
  });

  it('has the heads and the causes that can be read', () => {
    const head: JoinHead = { tally: EMPTY_TALLY, catalogueVersion: '1', digest: 'd' };
    const heads = JSON.stringify([['NET-L2-01', head], ['NET-L2-02', { ...head, tally: null }], 'x']);
    expect(toHeads({ ...headsItem('111111111111', new Map()), heads })).toEqual(new Map([['NET-L2-01', head]]));
    expect(toHeads({ pk: 'A#111111111111', sk: 'HEADS' })).toEqual(new Map());
    expect(toCause({ cause: '{}' })).toBeUndefined();
  });

  it('is a note that is due now', () => {
    expect(toBehind({ pk: 'B#', sk: '111111111111', attempts: 'x' })).toMatchObject({ nextAt: '1970-01-01T00:00:00.000Z', attempts: 1 });
  });
});

describe('a record of the streams', () => {
  it('counts what was there before as far as it can be read', () => {
    const NewImage = image(resourceItem({ ...resource, revision: 4 }));
    const OldImage = image({ ...resourceItem(resource), evidence: 'x' });
    expect(parseStreamRecord({ NewImage, OldImage })).toMatchObject({
      change: { before: { findings: resource.findings, parsed: { facts: {} }, unreadable: expect.any(String) }, after: { revision: 4 } },
    });
    const card = image({ ...scoreItem(score), statuses: 'x' });
    expect(parseStreamRecord({ NewImage: image(scoreItem(score)), OldImage: card })).toMatchObject({ change: { before: undefined } });
    for (const [own, other] of [
      [NewImage, OldImage],
      [image(scoreItem(score)), card],
    ] as const)
      expect(() => parseStreamRecord({ NewImage: other, OldImage: own })).toThrow(CorruptItemError);
  });

  it('can have a number that JavaScript cannot represent', () => {
    const NewImage = { ...image(resourceItem(resource)), size: { N: '123456789012345678901234567890' } };
    expect(parseStreamRecord({ NewImage })).toMatchObject({ kind: 'state' });
  });
});
