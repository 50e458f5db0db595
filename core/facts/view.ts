/** Where a reader says why a value could not be read; one per item. */
export interface Complaints {
  last: string | undefined;
}

/** Stands in place of a value that could not be read. A fact that would come from it is missing, for this reason. */
export class Unread {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason.slice(0, MAX_REASON);
  }
}

/** Reasons quote error messages, which may say anything: longer ones are cut. */
const MAX_REASON = 300;

const NOTHING = Symbol('nothing');

/** Longer than any name, ARN or setting that a rule asks for: what is longer is not one, and would fill the store. */
const MAX_TEXT = 2048;

/**
 * A position in a JSON document whose shape nobody guarantees. Reading what is absent gives `undefined`; reading what has
 * the wrong type gives `undefined` and leaves a complaint. It never throws.
 *
 * AWS Config spells keys in camelCase for older resource types and in PascalCase for newer ones, and hands over JSON as
 * text in places; `at` and `json` hide both.
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

  /** The member under the first of `keys` that exists, in either case of its first letter. */
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

  /** Whether there is anything but `null` here. */
  get exists(): boolean {
    return this.value !== undefined && this.value !== null;
  }

  text(): string | undefined {
    if (!this.exists) return undefined;
    if (typeof this.value !== 'string') return this.complain('text');
    return this.value.length <= MAX_TEXT ? this.value : this.complain(`text of at most ${MAX_TEXT} characters`);
  }

  /** A boolean, also where it is written as the text "true" or "false". */
  flag(): boolean | undefined {
    if (!this.exists) return undefined;
    if (typeof this.value === 'boolean') return this.value;
    if (this.value === 'true') return true;
    if (this.value === 'false') return false;
    return this.complain('a boolean');
  }

  /** A finite number, also where it is written as text such as "22" or "22.0". */
  number(): number | undefined {
    if (!this.exists) return undefined;
    const number = typeof this.value === 'string' && this.value.trim() !== '' ? Number(this.value) : this.value;
    return typeof number === 'number' && Number.isFinite(number) ? number : this.complain('a number');
  }

  /** The elements of an array. */
  list(): View[] | undefined {
    if (!this.exists) return undefined;
    if (!Array.isArray(this.value)) return this.complain('a list');
    const elements = this.value.map((element, index) => new View(element, this.complaints, this, index));
    const empty = elements.find((element) => !element.exists);
    return empty ? empty.complain('there') : elements;
  }

  /** The same position with JSON in a text (URL-encoded or not) parsed; any other value as it is. */
  json(): View {
    if (typeof this.value !== 'string') return this;
    const parsed = parseJsonText(this.value);
    if (parsed === NOTHING) {
      this.complain('JSON');
      return new View(undefined, this.complaints, this.parent, this.key);
    }
    return new View(parsed, this.complaints, this.parent, this.key);
  }

  /** The raw value. Its type is unknown: it comes from outside. */
  raw(): unknown {
    return this.value;
  }

  /** Whether here is an object with members (not a list, not null). */
  get isObject(): boolean {
    return this.exists && typeof this.value === 'object' && !Array.isArray(this.value) && !(this.value instanceof Unread);
  }

  private complain(expected: string): undefined {
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
  const first = key.charAt(0);
  const other = (first === first.toLowerCase() ? first.toUpperCase() : first.toLowerCase()) + key.slice(1);
  return Object.hasOwn(value, other) ? (value as Record<string, unknown>)[other] : NOTHING;
}

function parseJsonText(text: string): unknown {
  try {
    return JSON.parse(text.trimStart().startsWith('%') ? decodeURIComponent(text) : text);
  } catch {
    return NOTHING;
  }
}
