import { acceptedStart } from '../characters.ts';

/** The reason why the last value could not be read. Each item has one of these objects. */
export interface Complaints {
  last: string | undefined;
}

/** Replaces a value that csmm could not read. A fact that depends on it is missing, with this reason. */
export class Unread {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = acceptedStart(reason, MAX_REASON);
  }
}

/** A value that another attempt within minutes may read: the call was throttled, for instance. */
export class NotYetRead extends Unread {}

/** Maximum length of a reason, in characters. Reasons quote error messages, which can be long; the rest is cut off. */
const MAX_REASON = 300;

const NOTHING = Symbol('nothing');

/** Maximum length of a text, in characters. No name, ARN or setting that a rule reads is longer. Longer texts would fill the store. */
const MAX_TEXT = 2048;

/**
 * A position in a JSON document of unknown structure. Its methods return `undefined` for an absent value. For a value of the wrong
 * type they return `undefined` and record a complaint. They never throw.
 *
 * AWS Config writes keys in camelCase for older resource types and in PascalCase for newer ones, and some values as JSON text. `at`
 * and `json` hide these differences.
 */
export class View {
  private readonly value: unknown;
  private readonly complaints: Complaints;
  private readonly parent: View | undefined;
  /** The name of a member, or the index of an element. */
  private readonly key: string | number;

  constructor(value: unknown, complaints: Complaints, parent?: View, key: string | number = '') {
    this.value = value;
    this.complaints = complaints;
    this.parent = parent;
    this.key = key;
  }

  /** Returns the member with the first of `keys` that exists. The case of the first letter does not matter. */
  at(...keys: string[]): View {
    if (this.isObject) {
      for (const key of keys) {
        const found = member(this.value as object, key);
        if (found instanceof Unread) this.complaints.last = found.reason;
        if (found !== NOTHING) return new View(found, this.complaints, this, key);
      }
    } else if (this.exists) this.complain('an object');
    return new View(undefined, this.complaints, this, keys[0]);
  }

  /** Whether the value is neither `null` nor `undefined`. */
  get exists(): boolean {
    return this.value !== undefined && this.value !== null;
  }

  text(): string | undefined {
    if (!this.exists) return undefined;
    if (typeof this.value !== 'string') return this.complain('text');
    return this.value.length <= MAX_TEXT ? this.value : this.complain(`text of at most ${MAX_TEXT} characters`);
  }

  /** Returns what a text means, by `meanings`. Another text is a complaint: AWS adds values, and their meaning is unknown. */
  meaning<T>(meanings: Readonly<Record<string, T>>): T | undefined {
    const text = this.text();
    if (text === undefined) return undefined;
    return Object.hasOwn(meanings, text) ? meanings[text] : this.complain(`one of ${Object.keys(meanings).join(', ')}`);
  }

  /** Returns a boolean, also from the text "true" or "false". */
  flag(): boolean | undefined {
    if (!this.exists) return undefined;
    if (typeof this.value === 'boolean') return this.value;
    if (this.value === 'true') return true;
    if (this.value === 'false') return false;
    return this.complain('a boolean');
  }

  /** Returns a finite number, also from a text such as "22" or "22.0". */
  number(): number | undefined {
    if (!this.exists) return undefined;
    const number = typeof this.value === 'string' && this.value.trim() !== '' ? Number(this.value) : this.value;
    return typeof number === 'number' && Number.isFinite(number) ? number : this.complain('a number');
  }

  /** Returns the elements of an array. */
  list(): View[] | undefined {
    if (!this.exists) return undefined;
    if (!Array.isArray(this.value)) return this.complain('a list');
    const elements = this.value.map((element, index) => new View(element, this.complaints, this, index));
    const empty = elements.find((element) => !element.exists);
    return empty ? empty.complain('there') : elements;
  }

  /** Returns the same position with a JSON text (URL-encoded or not) parsed. Other values stay as they are. */
  json(): View {
    if (typeof this.value !== 'string') return this;
    const parsed = parseJsonText(this.value);
    if (parsed === NOTHING) {
      this.complain('JSON');
      return new View(undefined, this.complaints, this.parent, this.key);
    }
    return new View(parsed, this.complaints, this.parent, this.key);
  }

  /**
   * Returns the same position without complaints. For a value that decides even if values next to it cannot be read, such as a public
   * address.
   */
  quietly(): View {
    return new View(this.value, { last: undefined }, this.parent, this.key);
  }

  /** Returns the raw value. Its type is unknown, because it comes from outside. */
  raw(): unknown {
    return this.value;
  }

  /** Whether the value is an object with members, not a list and not `null`. */
  get isObject(): boolean {
    return this.exists && typeof this.value === 'object' && !Array.isArray(this.value) && !(this.value instanceof Unread);
  }

  /** Records that the value is not what was expected, such as `text`. Returns `undefined`. */
  complain(expected: string): undefined {
    this.complaints.last = this.value instanceof Unread ? this.value.reason : `${this.path()} is not ${expected}`;
    return undefined;
  }

  private path(): string {
    const above = this.parent?.path() ?? '';
    if (typeof this.key === 'number') return `${above}[${this.key}]`;
    return above === '' || this.key.startsWith('[') ? above + this.key : `${above}.${this.key}`;
  }
}

function member(value: object, key: string): unknown {
  if (Object.hasOwn(value, key)) return (value as Record<string, unknown>)[key];
  const other = otherCase(key);
  return Object.hasOwn(value, other) ? (value as Record<string, unknown>)[other] : NOTHING;
}

/** Keys in the other case of their first letter. The code names all keys that an object may lack, so they are few. */
const OTHER_CASE = new Map<string, string>();

function otherCase(key: string): string {
  const known = OTHER_CASE.get(key);
  if (known !== undefined) return known;
  const first = key.charAt(0);
  const other = (first === first.toLowerCase() ? first.toUpperCase() : first.toLowerCase()) + key.slice(1);
  OTHER_CASE.set(key, other);
  return other;
}

function parseJsonText(text: string): unknown {
  try {
    return JSON.parse(text.trimStart().startsWith('%') ? decodeURIComponent(text) : text);
  } catch {
    return NOTHING;
  }
}
