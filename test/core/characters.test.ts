import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accepted, acceptedJson, acceptedShort, acceptedStart, escapedForQueue, isAccepted } from '../../core/characters.ts';

/** The rule of SQS, by code points: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html */
const takes = (point: number): boolean =>
  [0x9, 0xa, 0xd].includes(point) ||
  (point >= 0x20 && point <= 0xd7ff) ||
  (point >= 0xe000 && point <= 0xfffd) ||
  (point >= 0x10000 && point <= 0x10ffff);
const taken = (text: string): boolean => [...text].every((character) => takes(character.codePointAt(0) as number));

/** Texts of single UTF-16 units, so that half characters occur, around the edges of what SQS takes. */
const units = fc
  .array(
    fc.oneof(
      fc.constantFrom(0, 8, 9, 0xa, 0xb, 0xd, 0x1f, 0x20, 0x7f, 0xd7ff, 0xd800, 0xdbff, 0xdc00, 0xdfff, 0xe000, 0xfffd, 0xfffe, 0xffff),
      fc.nat({ max: 0xffff }),
    ),
  )
  .map((codes) => String.fromCharCode(...codes));

describe('characters', () => {
  it.each([
    ['a name', true],
    ['tab\tand\r\nlines', true],
    ['👍 \u{1fffe}', true],
    ['bell\u0007', false],
    ['\ud83d without its half', false],
    ['\udc4d', false],
    ['\ufffe', false],
    ['\uffff', false],
  ])('of %j are accepted: %s', (text, is) => {
    expect(isAccepted(text)).toBe(is);
  });

  it('are accepted where SQS takes them, and replaced one by one where it does not', () => {
    fc.assert(
      fc.property(units, (text) => {
        expect(isAccepted(text)).toBe(taken(text));
        const clean = accepted(text);
        expect(taken(clean)).toBe(true);
        expect([...clean]).toHaveLength([...text].length);
        expect(accepted(clean)).toBe(clean);
        if (taken(text)) expect(clean).toBe(text);
      }),
    );
  });

  it('stay whole in a text that is cut', () => {
    fc.assert(
      fc.property(units, fc.integer({ min: 1, max: 20 }), (text, length) => {
        for (const short of [acceptedStart(text, length), acceptedShort(text, length)]) {
          expect(short.length).toBeLessThanOrEqual(length);
          expect(taken(short)).toBe(true);
        }
        if (text.length <= length)
          expect([acceptedStart(text, length), acceptedShort(text, length)]).toEqual([accepted(text), accepted(text)]);
      }),
    );
    expect([acceptedStart('ab👍', 3), acceptedShort('ab👍cd', 4), acceptedShort('abcdef', 4)]).toEqual(['ab', 'ab…', 'abc…']);
  });

  it('of JSON are accepted before and after it is parsed', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('reason', 'name'), fc.array(units)), (value) => {
        const json = acceptedJson(value);
        expect(taken(json)).toBe(true);
        for (const text of Object.values<string[]>(JSON.parse(json)).flat()) expect(taken(text)).toBe(true);
      }),
    );
  });

  it('of JSON that a queue refuses become escapes with the same value', () => {
    fc.assert(
      fc.property(units, (text) => {
        const escaped = escapedForQueue(JSON.stringify({ text }));
        expect(taken(escaped)).toBe(true);
        expect(JSON.parse(escaped)).toEqual({ text });
      }),
    );
  });
});
