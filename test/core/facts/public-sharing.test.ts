import { describe, expect, it } from 'vitest';
import { parseFacts, parserOf } from '../../../core/facts/index.ts';
import { factsOf } from '../../support/facts.ts';

const SETTING = 'AWS::EC2::SnapshotBlockPublicAccess';

describe('public sharing', () => {
  it.each([
    ['AWS::EC2::Image', { Public: true }, { public: true }],
    ['AWS::EC2::ImageBlockPublicAccess', { ImageBlockPublicAccessState: 'unblocked' }, { state: 'unblocked' }],
    ['AWS::EC2::Snapshot', { RestorableByAll: true }, { restorableByAll: true }],
    [SETTING, { State: 'block-all-sharing', AccountId: '111111111111' }, { state: 'block-all-sharing' }],
  ])('%s is read from %o', (type, configuration, facts) => {
    expect(factsOf(type, configuration).facts).toEqual(facts);
  });

  it.each([
    ['AWS::EC2::Image', { Public: 'perhaps' }],
    ['AWS::EC2::ImageBlockPublicAccess', { ImageBlockPublicAccessState: 1 }],
    ['AWS::EC2::Snapshot', []],
    [SETTING, { State: {} }],
  ])('%s is not read from %o', (type, configuration) => {
    expect(factsOf(type, configuration).facts).toEqual({});
  });

  it('is not blocked in a Region with a deleted setting', () => {
    const item = {
      resource: { accountId: '111111111111', region: 'eu-west-1', resourceType: SETTING, resourceId: '111111111111' },
      capturedAt: '2026-01-01T00:00:00.000Z',
      state: 'deleted',
      configuration: null,
      supplementaryConfiguration: {},
      tags: {},
      relationships: [],
    } as const;
    expect(parseFacts(item, parserOf(SETTING)!)).toEqual({ facts: { state: 'unblocked' }, missing: {}, deleted: true });
  });
});

describe.each([
  ['AWS::RDS::DBSnapshot', 'DBSnapshotAttributes'],
  ['AWS::RDS::DBClusterSnapshot', 'DBClusterSnapshotAttributes'],
])('the attributes of %s', (type, name) => {
  const read = (attributes: unknown) => factsOf(type, {}, { supplementaryConfiguration: { [name]: attributes } }).facts.restorableByAll;
  const restore = (attributeValues: unknown) => [{ attributeName: 'restore', attributeValues }];

  it.each([
    ['all', restore(['222222222222', 'all']), true],
    ['one account', restore(['222222222222']), false],
    ['no account', restore([]), false],
    ['all, next to values that are no text,', restore([{}, 'all', 7]), true],
    ['all, next to an attribute that is no object,', [7, ...restore(['all'])], true],
    ['all, in the keys of the API,', [{ AttributeName: 'restore', AttributeValues: ['all'] }], true],
    ['all, next to another attribute,', [{ attributeName: 'other', attributeValues: [] }, ...restore(['all'])], true],
  ])('show that %s can restore it', (_, attributes, expected) => {
    expect(read(attributes)).toBe(expected);
    expect(read(JSON.stringify(attributes))).toBe(expected);
  });

  it.each([
    ['no attribute', []],
    ['another attribute', [{ attributeName: 'other', attributeValues: ['all'] }]],
    ['no values', [{ attributeName: 'restore' }]],
    ['a value that is not a list', restore('all')],
    ['an account that is not a text', restore([{}])],
    ['nothing', undefined],
  ])('do not show who can restore it with %s', (_, attributes) => {
    expect(read(attributes)).toBeUndefined();
  });
});
