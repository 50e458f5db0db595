import { describe, expect, it } from 'vitest';
import { parseJson } from '../../cli/json.ts';

describe('parseJson', () => {
  it.each([
    '{}',
    '[]',
    ' [1, -0.5e+3, "a\\u00e9\\n", true, false, null, {"a": {"b": []}}]\n',
    '\uFEFF{"a": 1}',
    '{"__proto__": 1, "a": "]}"}',
    '"text"',
  ])('reads %j as JSON.parse does', (text) => {
    expect(parseJson(text)).toEqual(JSON.parse(text.replace('\uFEFF', '')));
  });

  it.each([
    ['', 'expected a value, but the text ends at line 1, column 1'],
    ['{"a": 1,}', 'expected a key in double quotes at line 1, column 9'],
    ['{"a": 1\n "b": 2}', 'expected a comma or } at line 2, column 2'],
    ['{"a" 1}', 'expected a colon at line 1, column 6'],
    ['[1, 2', 'expected a comma or ], but the text ends at line 1, column 6'],
    ['{"a": PASSED}', 'expected a value at line 1, column 7'],
    ["{'a': 1}", 'expected a key in double quotes at line 1, column 2'],
    ['{"a": "x\ny"}', 'expected a value at line 1, column 7'],
    ['{"a": 01}', 'expected a comma or } at line 1, column 8'],
    ['{} {}', 'unexpected text after the document at line 1, column 4'],
    ['{"a": 1,\n "a": 2}', 'the key "a" is there twice, again at line 2, column 2'],
    ['['.repeat(100_000), 'nested deeper than 100 levels at line 1, column 102'],
  ])('rejects %j', (text, message) => {
    expect(() => parseJson(text)).toThrow(message);
  });

  it('reads a text and a key of 10 MB', () => {
    const long = 'x\\n'.repeat(3_000_000);
    const key = JSON.stringify(long);
    expect(Object.keys(parseJson(`{${key}:${key}}`) as object)).toEqual([JSON.parse(key)]);
    expect(() => parseJson(`{"a":${key.slice(0, -1)}`)).toThrow('expected a value');
  });
});
