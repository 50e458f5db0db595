import { plainText } from '../reporting/plain-text.ts';
import { type Output, write } from './io.ts';
import { placeOf, type RecordPlace, unreadLine } from './summary.ts';

/** Records that csmm could not read for the same reason. */
export interface UnreadGroup {
  /** The reason of the first record. Those of the others differ only in quoted texts and numbers. */
  readonly reason: string;
  readonly records: number;
  /** Places of the first records, as `file:line` or `file:line (item 7)`. */
  readonly places: readonly string[];
}

/** Number of records with the same reason that csmm lists one by one. It counts the others. */
const LISTED = 5;
/** Number of reasons that csmm keeps apart. It counts the records with further reasons together. */
const MAX_REASONS = 50;
const FURTHER = 'other reasons';

/** The records that csmm could not read, by reason. Memory does not grow with their number. */
export class UnreadRecords {
  readonly #groups = new Map<string, { reason: string; records: number; readonly places: string[] }>();

  /** Notes a record. Returns the line to show for it, or `undefined` if enough records with the same reason are shown. */
  note(place: RecordPlace, reason: string): string | undefined {
    const pattern = reason.replaceAll(/"(?:[^"\\]|\\.)*"?|'[^']*'|\d+/g, '…').slice(0, 200);
    const key = this.#groups.has(pattern) || this.#groups.size < MAX_REASONS ? pattern : FURTHER;
    const group = this.#groups.get(key) ?? { reason: key === FURTHER ? FURTHER : reason, records: 0, places: [] };
    this.#groups.set(key, group);
    group.records++;
    if (group.places.length >= LISTED) return undefined;
    group.places.push(placeOf(place));
    return unreadLine(place, reason);
  }

  get groups(): readonly UnreadGroup[] {
    return [...this.#groups.values()];
  }

  /** Writes how many further records csmm could not read, one line for each reason. */
  async writeRest(output: Output): Promise<void> {
    for (const { reason, records, places } of this.groups) {
      const more = records - places.length;
      if (more > 0)
        await write(output, `csmm: ${more.toLocaleString('en')} more records like ${plainText(places[0] ?? '')}: ${plainText(reason)}\n`);
    }
  }
}
