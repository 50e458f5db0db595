import { describe, expect, it } from 'vitest';
import { internetIn, rangeSet } from '../../../core/policy/internet.ts';
import { factsOf } from '../../support/facts.ts';

const TYPE = 'AWS::EC2::PrefixList';
const rangesOf = (Entries: unknown) => factsOf(TYPE, { PrefixListId: 'pl-0123456789abcdef0', Entries }).facts.ranges;
const entries = (...blocks: unknown[]) => blocks.map((Cidr) => ({ Cidr }));

describe('facts of a prefix list', () => {
  it('are the entries with public addresses, each once', () => {
    expect(rangesOf(entries('8.8.8.0/24', '10.0.0.0/8', '8.8.8.0/24', '2a00::/16', 'fd00::/8'))).toEqual(['8.8.8.0/24', '2a00::/16']);
    expect(factsOf(TYPE, { entries: [{ cidr: '0.0.0.0/0', description: 'all' }] }).facts).toEqual({ ranges: ['0.0.0.0/0'] });
    expect(rangesOf([])).toEqual([]);
  });

  it('show whether AWS manages it', () => {
    expect(factsOf(TYPE, { OwnerId: 'AWS', PrefixListName: 'com.amazonaws.eu-west-1.s3' }).facts).toEqual({ ofAws: true });
    expect(factsOf(TYPE, { OwnerId: '111111111111', PrefixListName: 'com.amazonaws.eu-west-1.s3', Entries: [] }).facts).toEqual({
      ofAws: false,
      ranges: [],
    });
  });

  it.each([
    ['one that cannot be read', entries('nonsense', '0.0.0.0/0')],
    ['more of them than csmm reads', entries('0.0.0.0/1', '128.0.0.0/1', ...Array.from({ length: 2000 }, () => '8.8.8.0/24'))],
  ])('contain entries that are the internet beside %s', (_, Entries) => {
    expect(internetIn([rangeSet(rangesOf(Entries) as string[])])).toMatchObject({ family: 'IPv4', share: 1 });
  });

  it.each([
    ['there are none', undefined, 'not in the configuration item'],
    ['they are not a list', '0.0.0.0/0', 'configuration.entries is not a list'],
    ['one has no block', entries('8.8.8.0/24', undefined), 'configuration.entries[1].cidr is not a CIDR block'],
    ['one is not a block', entries('8.8.8.0/24', '8.8.8.0'), 'configuration.entries[1].cidr is not a CIDR block'],
    [
      'there are more than AWS allows',
      entries(...Array.from({ length: 2001 }, (_, index) => `8.${index >> 8}.${index & 255}.0/24`)),
      'configuration.entries is not a list of at most 2000 entries',
    ],
  ])('are missing if %s', (_, Entries, ranges) => {
    expect(factsOf(TYPE, { OwnerId: '111111111111', Entries })).toEqual({ facts: { ofAws: false }, missing: { ranges } });
  });
});
