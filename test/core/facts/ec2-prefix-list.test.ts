import { describe, expect, it } from 'vitest';
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

  it.each([
    ['there are none', undefined],
    ['they are not a list', '0.0.0.0/0'],
    ['one has no block', entries('8.8.8.0/24', undefined)],
    ['one is not a block', entries('8.8.8.0/24', '8.8.8.0')],
    ['there are more than AWS allows', entries(...Array.from({ length: 2001 }, (_, index) => `8.${index >> 8}.${index & 255}.0/24`))],
  ])('are missing if %s', (_, Entries) => {
    expect(factsOf(TYPE, { Entries })).toEqual({ facts: {}, missing: { ranges: expect.stringMatching(/\S/) } });
  });
});
