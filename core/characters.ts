/**
 * The characters that SQS accepts in messages and attributes: those of XML 1.0. A lone surrogate is half of a character, which no
 * encoding can carry. Reasons and names quote resources, which can contain any text.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
 */
const REFUSED = /[^\t\n\r -\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;
const ALL_REFUSED = new RegExp(REFUSED.source, 'gu');

/** Whether queues and tables accept every character of a text. */
export const isAccepted = (text: string): boolean => !REFUSED.test(text);

/** Returns a text with � (U+FFFD) in place of each character that queues or tables refuse. */
export const accepted = (text: string): string => (isAccepted(text) ? text : text.replaceAll(ALL_REFUSED, '\ufffd'));

/**
 * Returns the first `length` UTF-16 units of a name as a table holds it: without what is not a character. It can hold control characters,
 * which no name that csmm sends to a queue keeps.
 */
export const storableName = (name: string, length: number): string =>
  name.slice(0, length).replaceAll(/[\ud800-\udfff\ufffe\uffff]/gu, '\ufffd');

/** Returns the first `length` UTF-16 units of a text, without half a character at the end, and {@link accepted}. */
export const acceptedStart = (text: string, length: number): string =>
  accepted(text.length <= length ? text : text.slice(0, length).replace(/[\ud800-\udbff]$/, ''));

/** Returns an {@link accepted} text of at most `length` UTF-16 units, with … for the end if it is too long. */
export const acceptedShort = (text: string, length: number): string =>
  text.length <= length ? accepted(text) : `${acceptedStart(text, length - 1)}…`;

/** Returns a value as JSON whose texts are {@link accepted}, in the JSON and after it is parsed. */
export const acceptedJson = (value: unknown): string =>
  JSON.stringify(value, (_, member: unknown) => (typeof member === 'string' ? accepted(member) : member));

/** Returns a text with a JSON escape in place of each character that queues refuse. JSON keeps its value. */
export const escapedForQueue = (text: string): string =>
  text.replaceAll(ALL_REFUSED, (character) =>
    character
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  );
