import { plainText } from '../reporting/plain-text.ts';

/** The place of a record in the input. A line of 0 is the file as a whole. */
export interface RecordPlace {
  readonly file: string;
  readonly line: number;
  readonly item?: number;
}

/** A JSON document in the input, or the error at its place. `item` is its position in a list that has no line for each element. */
export type InputRecord = RecordPlace & ({ readonly document: unknown } | { readonly error: string });

/** Returns the place of a record as `file:line` or `file:line (item 7)`. */
export const placeOf = ({ file, line, item }: RecordPlace): string =>
  `${line > 0 ? `${file}:${line}` : file}${item === undefined ? '' : ` (item ${item.toLocaleString('en')})`}`;

/** Returns `place: reason` as a line for standard error. */
export const unreadLine = (place: RecordPlace, reason: string): string => `${plainText(placeOf(place))}: ${plainText(reason)}\n`;
