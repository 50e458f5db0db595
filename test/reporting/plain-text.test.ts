import { describe, expect, it } from 'vitest';
import { cut, cutMiddle, displayWidth, flow, plainText, wrap } from '../../reporting/plain-text.ts';

describe('plainText', () => {
  it.each([
    ['a name', 'plain-name_1 äöü 名前', 'plain-name_1 äöü 名前'],
    ['a colour', '\u001b[31mred\u001b[0m', 'red'],
    ['a cleared screen', '\u001b[2J\u001b[1;1Hgone', 'gone'],
    ['an 8-bit control sequence', '\u009b31mred', 'red'],
    ['a window title', '\u001b]0;title\u0007after', ']0;titleafter'],
    ['a link', '\u001b]8;;https://example.com\u001b\\text', ']8;;https://example.com\\text'],
    ['an escape that joins around another', '\u001b\u001b[0m[31mred', '[31mred'],
    ['line breaks', 'one\r\ntwo\tthree\u2028four\u0085five', 'one two three four five'],
    ['a carriage return that hides', 'evil\rgood', 'evil good'],
    ['backspaces', 'ab\b\bc', 'abc'],
    ['NUL and DEL', 'a\u0000b\u007fc', 'abc'],
    ['a turned direction', 'abc\u202Etxt.exe\u2066', 'abctxt.exe'],
    ['zero width characters', 'a\u200Bb\uFEFFc', 'abc'],
    ['stacked marks', `a${'\u0301'.repeat(50)}b`, 'ab'],
    ['half a surrogate pair', 'a\ud800b', 'ab'],
  ])('makes %s harmless', (_, text, plain) => {
    expect(plainText(text)).toBe(plain);
  });

  it('takes long hostile text in linear time', () => {
    const started = process.cpuUsage();
    for (const piece of ['\u001b[', '\u001b[1', '\u009b;', '\u001b]', '\r\n']) plainText(piece.repeat(50_000));
    expect(process.cpuUsage(started).user).toBeLessThan(1_000_000);
  });
});

describe('cutting', () => {
  it.each([
    ['short', 10, 'short'],
    ['exactly ten', 11, 'exactly ten'],
    ['exactly ten', 10, 'exactly t…'],
    ['名前名前', 5, '名前…'],
    ['anything', 0, ''],
  ])('cuts %j to %i columns', (text, width, expected) => {
    expect(cut(text, width)).toBe(expected);
    expect(displayWidth(cut(text, width))).toBeLessThanOrEqual(width);
  });

  it('keeps both ends of an id', () => {
    expect(cutMiddle('sg-0123456789abcdef0', 11)).toBe('sg-01…cdef0');
    expect(cutMiddle('sg-0123456789abcdef0', 20)).toBe('sg-0123456789abcdef0');
    expect(displayWidth(cutMiddle('名前名前名前', 8))).toBeLessThanOrEqual(8);
  });

  it('wraps words, and continues a word that is longer than a line on the next one', () => {
    expect(wrap('one two three', 7)).toEqual(['one two', 'three']);
    expect(wrap('a veryverylongword b', 6)).toEqual(['a', 'veryve', 'rylong', 'word b']);
  });

  it('flows parts into lines', () => {
    expect(flow(['one', 'two', 'three'], 9)).toEqual(['one · two', 'three']);
  });
});
