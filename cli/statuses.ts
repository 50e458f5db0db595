import { type ControlStatus, STATUSES } from '../core/model.ts';
import type { Statuses, WeightedAccount } from '../core/scoring/scorecard.ts';
import { UsageError } from './exit.ts';
import { didYouMean } from './suggest.ts';

/** Control statuses of one account, or of the accounts of an organization by id. */
export type StatusesInput =
  | { readonly kind: 'account'; readonly statuses: Statuses }
  | { readonly kind: 'organization'; readonly accounts: ReadonlyMap<string, WeightedAccount> };

/**
 * Reads `{"statuses": {…}}` or `{"accounts": {"<id>": {"weight": 1, "statuses": {…}}}}`. Takes nothing that it does not
 * understand: a misspelled id would otherwise silently count as `NO_DATA`.
 *
 * @throws UsageError with everything that is wrong.
 */
export function readStatuses(document: unknown, controlIds: readonly string[]): StatusesInput {
  const reader = new Reader(controlIds);
  const input = reader.read(document);
  if (reader.problems.length > 0 || !input) throw new UsageError(reader.problems);
  return input;
}

/** An account's id as AWS writes it, or any name that an organization gives it. */
const ACCOUNT_ID = /^[A-Za-z0-9][A-Za-z0-9._@:/-]{0,127}$/;
const WEIGHT_DEFAULT = 1;

class Reader {
  readonly problems: string[] = [];
  readonly #known: ReadonlySet<string>;

  constructor(controlIds: readonly string[]) {
    this.#known = new Set(controlIds);
  }

  read(document: unknown): StatusesInput | undefined {
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
    if (entries?.size === 0) this.problems.push('accounts names no account');
    for (const [id, member] of entries ?? []) {
      const place = `accounts.${quoted(id)}`;
      if (!ACCOUNT_ID.test(id)) this.problems.push(`${place} is not an account id: use letters, digits and . _ @ : / -, at most 128`);
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
    const statuses = new Map<string, ControlStatus>();
    for (const [id, status] of this.#object(value, place) ?? []) {
      if (!this.#known.has(id)) this.problems.push(`${place}: unknown control ${quoted(id)}${didYouMean(id, [...this.#known])}`);
      if (isStatus(status)) statuses.set(id, status);
      else this.problems.push(`${place}.${quoted(id)}: unknown status ${shown(status)}; it must be one of ${STATUSES.join(', ')}`);
    }
    return statuses;
  }

  /** The members of an object. As a map, so that no key is special. */
  #object(value: unknown, place: string, keys?: readonly string[]): Map<string, unknown> | undefined {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.problems.push(`${place} must be an object, not ${shown(value)}`);
      return undefined;
    }
    const members = new Map(Object.entries(value));
    for (const key of members.keys()) {
      if (keys && !keys.includes(key)) {
        this.problems.push(`${place} has the unknown key ${quoted(key)}${didYouMean(key, keys)}; it may have ${keys.join(', ')}`);
      }
    }
    return members;
  }
}

const isStatus = (value: unknown): value is ControlStatus => STATUSES.some((status) => status === value);
const quoted = (text: string): string => JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);

function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  return typeof value === 'string' ? quoted(value) : String(value);
}
