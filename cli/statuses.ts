import type { ControlStatus } from '../core/model.ts';
import type { Statuses, WeightedAccount } from '../core/scoring/scorecard.ts';
import { controlHint, controlId } from './control-ids.ts';
import { equalCheck, relatedCheck } from './crosswalk-equal.ts';
import { UsageError } from './exit.ts';
import { allowedWords } from './suggest.ts';

/** Control statuses of one account, or of the accounts of an organization by id. */
export type StatusesInput = (
  | { readonly kind: 'account'; readonly statuses: Statuses }
  | { readonly kind: 'organization'; readonly accounts: ReadonlyMap<string, WeightedAccount> }
) & {
  /** Remarks for the user about results of other tools. */
  readonly notes: readonly string[];
  /** Results of other tools that do not count, because they are only related to a control, each with the reason. */
  readonly unused: readonly string[];
};

/**
 * Reads `{"statuses": {…}}` or `{"accounts": {"<id>": {"weight": 1, "statuses": {…}}}}`. Rejects everything that it does not
 * understand: a misspelled id would otherwise count as `NO_DATA` without a message. Leaves out checks that are only related to a
 * control, and reports them.
 *
 * @throws UsageError with every problem, up to {@link MAX_PROBLEMS}.
 */
export function readStatuses(document: unknown): StatusesInput {
  const reader = new Reader();
  const input = reader.read(document);
  const { problems } = reader;
  const more = problems.length - MAX_PROBLEMS;
  if (more > 0) problems.splice(MAX_PROBLEMS, more, `and ${more} problems more`);
  if (problems.length > 0 || !input) throw new UsageError(problems);
  return { ...input, notes: reader.notes, unused: reader.unused };
}

/** Maximum number of listed problems. Some are slow to describe, because of their hints. */
const MAX_PROBLEMS = 1000;
/** An account id of AWS, or any name that an organization gives an account. */
const ACCOUNT_ID = /^[A-Za-z0-9][A-Za-z0-9._@:/-]{0,127}$/;
const WEIGHT_DEFAULT = 1;

/** A status of a control, under the name that the document gives it. */
interface Part {
  readonly name: string;
  readonly status: ControlStatus;
}

class Reader {
  readonly problems: string[] = [];
  readonly notes: string[] = [];
  readonly unused: string[] = [];

  read(
    document: unknown,
  ):
    | { readonly kind: 'account'; readonly statuses: Statuses }
    | { readonly kind: 'organization'; readonly accounts: ReadonlyMap<string, WeightedAccount> }
    | undefined {
    const top = this.#object(document, 'the document', ['statuses', 'accounts']);
    if (!top) return undefined;
    const [statuses, accounts] = [top.get('statuses'), top.get('accounts')];
    if ((statuses === undefined) === (accounts === undefined)) {
      this.problems.push(`the document must have either "statuses" or "accounts"${statuses === undefined ? '' : ', not both'}`);
    }
    if (statuses !== undefined) return { kind: 'account', statuses: this.#statuses(statuses, 'statuses') };
    return accounts === undefined ? undefined : { kind: 'organization', accounts: this.#accounts(accounts) };
  }

  #accounts(value: unknown): Map<string, WeightedAccount> {
    const accounts = new Map<string, WeightedAccount>();
    const entries = this.#object(value, 'accounts');
    if (entries?.size === 0) this.problems.push('accounts is empty. Fix: add an account, such as "111111111111"');
    for (const [id, member] of entries ?? []) {
      const place = `accounts.${quoted(id)}`;
      if (!ACCOUNT_ID.test(id)) {
        this.problems.push(`${place} is not an account ID; allowed: 1 to 128 letters, digits and . _ @ : / -, first a letter or digit`);
      }
      const account = this.#object(member, place, ['weight', 'statuses']);
      if (!account) continue;
      if (!account.has('statuses')) this.problems.push(`${place} has no "statuses"`);
      accounts.set(id, {
        weight: this.#weight(account.get('weight'), place),
        statuses: account.has('statuses') ? this.#statuses(account.get('statuses'), `${place}.statuses`) : new Map(),
      });
    }
    return accounts;
  }

  #weight(value: unknown, place: string): number {
    if (value === undefined) return WEIGHT_DEFAULT;
    if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value;
    this.problems.push(`${place}.weight must be a number greater than 0, not ${shown(value)}`);
    return WEIGHT_DEFAULT;
  }

  #statuses(value: unknown, place: string): Statuses {
    const parts = new Map<string, Part[]>();
    for (const [name, given] of this.#object(value, place) ?? []) {
      const id = this.#controlOf(name, place);
      const status = statusOf(given);
      if (status === undefined) {
        this.problems.push(
          `${place}.${quoted(name)}: unknown status: given ${shown(given)}; allowed ${ALLOWED}. Fix: use NO_DATA if there is no result`,
        );
      } else if (id !== undefined) parts.set(id, [...(parts.get(id) ?? []), { name, status }]);
    }
    return new Map([...parts].map(([id, given]) => [id, this.#combined(id, given, place)]));
  }

  /** Returns the id of the control that a name decides: its own name, or that of an equal check. */
  #controlOf(name: string, place: string): string | undefined {
    const id = controlId(name);
    if (id !== undefined) return id;
    const equal = equalCheck(name);
    if (equal) {
      if (equal.isRegional) this.notes.push(`${place}.${quoted(name)} counts as the result of all enabled Regions (${equal.controlId})`);
      return equal.controlId;
    }
    const related = relatedCheck(name);
    if (!related)
      this.problems.push(`${place}: unknown control ${quoted(name)}${this.problems.length < MAX_PROBLEMS ? controlHint(name) : ''}`);
    else {
      const controls = related.controlIds.join(', ');
      this.unused.push(
        `${place}: ${quoted(name)} of ${related.tool} does not count: it is related to ${controls}, but does not decide it. Fix: give the status of ${controls}`,
      );
    }
    return undefined;
  }

  /** Combines the statuses that several names give one control: any `FAILED` fails, and all must be known to pass. */
  #combined(id: string, parts: readonly Part[], place: string): ControlStatus {
    const ownNames = parts.filter(({ name }) => controlId(name) === id);
    if (ownNames.length > 1) {
      this.problems.push(
        `${place}: ${ownNames.map(({ name }) => quoted(name)).join(' and ')} are the same control, ${id}. Fix: keep one of them`,
      );
    }
    const has = (status: ControlStatus): boolean => parts.some((part) => part.status === status);
    if (has('FAILED')) return 'FAILED';
    if (has('NO_DATA')) {
      const missing = parts.filter(({ status }) => status === 'NO_DATA').map(({ name }) => quoted(name));
      if (missing.length < parts.length) this.notes.push(`${place}: ${id} is NO_DATA, because ${missing.join(', ')} has no result`);
      return 'NO_DATA';
    }
    return has('PASSED') ? 'PASSED' : 'NOT_APPLICABLE';
  }

  /** The members of an object, as a map so that no key is special. */
  #object(value: unknown, place: string, keys?: readonly string[]): Map<string, unknown> | undefined {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.problems.push(`${place} must be an object, not ${shown(value)}`);
      return undefined;
    }
    const members = new Map(Object.entries(value));
    for (const key of members.keys()) {
      if (keys && !keys.includes(key)) {
        this.problems.push(`unknown key ${quoted(key)}${allowedWords(key, place, keys)}`);
      }
    }
    return members;
  }
}

const ALLOWED = 'PASSED (or PASS), FAILED (or FAIL), NOT_APPLICABLE, NO_DATA, in any case';

/** Statuses by the terms of csmm, Security Hub and Prowler. Other terms, such as MANUAL or WARNING, have no clear meaning. */
const STATUS_TERMS: ReadonlyMap<string, ControlStatus> = new Map([
  ['PASSED', 'PASSED'],
  ['PASS', 'PASSED'],
  ['FAILED', 'FAILED'],
  ['FAIL', 'FAILED'],
  ['NOT_APPLICABLE', 'NOT_APPLICABLE'],
  ['NO_DATA', 'NO_DATA'],
]);

const statusOf = (value: unknown): ControlStatus | undefined =>
  typeof value === 'string'
    ? STATUS_TERMS.get(
        value
          .trim()
          .toUpperCase()
          .replaceAll(/[\s-]+/g, '_'),
      )
    : undefined;

const quoted = (text: string): string => JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);

function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  return typeof value === 'string' ? quoted(value) : String(value);
}
