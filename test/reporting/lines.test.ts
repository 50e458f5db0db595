import { describe, expect, it } from 'vitest';
import { paint, span } from '../../reporting/lines.ts';

const textOf = (texts: readonly string[], columns: number, cutsLines = false) =>
  paint([texts.map((text) => span(text))], { columns, colour: false, cutsLines });

describe('paint', () => {
  it('continues a line that is too long between words, and indents the rest', () => {
    expect(textOf([' one two', '  three four'], 12)).toBe(' one two\n   three\n   four\n');
  });

  it('continues a word that is longer than a line', () => {
    expect(textOf(['abcdefghij'], 4)).toBe('ab\n  cd\n  ef\n  gh\n  ij\n');
  });

  it('counts wide characters as two columns', () => {
    expect(textOf(['名名名名'], 6)).toBe('名名\n  名名\n');
  });

  it('loses no text at any width', () => {
    const text = ' STR-L1-02  critical  Buckets are not public  +2.4, unlocks Storage L2';
    for (let columns = 1; columns < 80; columns++) {
      const lines = textOf([text.slice(0, 12), text.slice(12)], columns).split('\n');
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
      expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
    }
  });

  it('cuts a long line on a screen with a fixed height', () => {
    expect(textOf([' one two', '  three four'], 12, true)).toBe(' one two  t…\n');
  });

  it('keeps the colour of each part of a continued line', () => {
    expect(paint([[span('one '), span('two three', 'good')]], { columns: 8, colour: true })).toBe(
      'one \u001b[32mtwo\u001b[39m\n  \u001b[32mthree\u001b[39m\n',
    );
  });
});
