import { describe, expect, it } from 'vitest';
import { coversPort, isWholeInternet, readPorts, readProtocol } from '../../../core/facts/network.ts';
import { View } from '../../../core/facts/view.ts';

const view = (value: unknown) => new View(value, { last: undefined });

describe('a CIDR block', () => {
  it.each(['0.0.0.0/0', '::/0', '10.0.0.0/0', ' 0.0.0.0/0 '])('is the whole Internet: %s', (block) => {
    expect(isWholeInternet(block)).toBe(true);
  });

  it.each(['10.0.0.0/8', '0.0.0.0/10', '0.0.0.0/32', '2001:db8::/32'])('is not the whole Internet: %s', (block) => {
    expect(isWholeInternet(block)).toBe(false);
  });

  it.each(['0.0.0.0', '', 'zzz', '0.0.0.0/', '0.0.0.0/x', '0.0.0.0/33', '0.0.0.0/00', '::/', '::/129', 'pl-123', '0.0.0.0/0/0'])(
    'is none: %s',
    (block) => expect(isWholeInternet(block)).toBeUndefined(),
  );
});

describe('a port range', () => {
  it.each([
    ['its first port', { from: 22, to: 30 }, true],
    ['its last port', { from: 1, to: 22 }, true],
    ['no port below', { from: 23, to: 30 }, false],
    ['no port above', { from: 1, to: 21 }, false],
    ['every port when it has no bounds', {}, true],
    ['every port from its lower bound', { from: 22 }, true],
    ['every port up to its upper bound', { to: 21 }, false],
  ])('covers %s', (_, range, expected) => {
    expect(coversPort(range, 22)).toBe(expected);
  });

  it.each([
    ['both bounds', 20, 25, { from: 20, to: 25 }],
    ['bounds written as text', '22', '22.0', { from: 22, to: 22 }],
    ['port 0', 0, 0, { from: 0, to: 0 }],
    ['absent bounds as open', undefined, null, {}],
    ['-1 as open', -1, -1, {}],
  ])('is read with %s', (_, from, to, expected) => {
    expect(readPorts(view(from), view(to))).toEqual(expected);
  });

  it('is unknown if a bound is not a number', () => {
    expect(readPorts(view('ssh'), view(22))).toBeUndefined();
    expect(readPorts(view(22), view({}))).toBeUndefined();
  });
});

describe('a protocol', () => {
  it.each([
    ['6', 'tcp'],
    [6, 'tcp'],
    ['TCP', 'tcp'],
    ['-1', '-1'],
    [-1, '-1'],
    ['17', '17'],
    ['icmpv6', 'icmpv6'],
    [undefined, undefined],
    [{}, undefined],
  ])('%o is read as %o', (raw, expected) => {
    expect(readProtocol(view(raw))).toBe(expected);
  });
});
