import { toResource } from '../../../adapters/aws/items.ts';
import { CATALOGUE } from '../../../controls/catalogue.ts';
import { wantedBy } from '../../../core/pipeline/wanted.ts';
import type { ItemChange } from '../../support/tables.ts';

/** Follows changes that count from their commit to the scoring run that has seen them. */
export interface Watch {
  /** For the world's `onChange`. */
  see(change: ItemChange): void;
  /** Watches the next commit of an account's resource. */
  expect(accountId: string, resourceId: string, sentAt: number): void;
  /** Milliseconds from the commit of a change to the commit of the first score that has seen it. */
  readonly delays: readonly number[];
  /** Milliseconds from the message of a change to its commit. */
  readonly waits: readonly number[];
  /** Number of committed changes that count and that no score has seen. */
  readonly unseen: number;
  /** Commits of scoring runs by scope. */
  commits(scope: string): number;
}

interface Pending {
  readonly committedAt: number;
  readonly key: string;
  /** The counter's value with which a run has seen the change; `undefined` until it is counted. */
  count: number | undefined;
}

export function createWatch(now: () => number): Watch {
  const expected = new Map<string, number>();
  const pending = new Map<string, Pending[]>();
  const commits = new Map<string, number>();
  const delays: number[] = [];
  const waits: number[] = [];

  function committed({ before, after }: ItemChange): void {
    if (!after) return;
    const change = { before: before && toResource(before), after: toResource(after) };
    const { accountId, resourceId } = change.after.resource;
    const sentAt = expected.get(`${accountId} ${resourceId}`);
    if (sentAt === undefined) return;
    expected.delete(`${accountId} ${resourceId}`);
    waits.push(now() - sentAt);
    const key = wantedBy(change, CATALOGUE.rules);
    if (key === undefined) return;
    pending.set(accountId, [...(pending.get(accountId) ?? []), { committedAt: now(), key, count: undefined }]);
  }

  function counted(scope: string, { before, after }: ItemChange): void {
    for (const each of pending.get(scope) ?? []) {
      const count = Number(after?.[each.key] ?? 0);
      // The relay counts a record after its commit, but the batch may have others of the same key: the first count after it is enough.
      if (each.count === undefined && count > Number(before?.[each.key] ?? 0)) each.count = count;
    }
  }

  function scored(scope: string, seen: Readonly<Record<string, number>>): void {
    commits.set(scope, (commits.get(scope) ?? 0) + 1);
    const waiting = pending.get(scope);
    if (!waiting) return;
    const rest = waiting.filter(({ count, key, committedAt }) => {
      const isSeen = count !== undefined && (seen[key] ?? 0) >= count;
      if (isSeen) delays.push(now() - committedAt);
      return !isSeen;
    });
    pending.set(scope, rest);
  }

  return {
    see: (change) => {
      const [kind, scope = ''] = change.pk.split('#');
      if (kind === 'R' && expected.size > 0) committed(change);
      else if (kind === 'W' && change.sk === 'WANT') counted(scope, change);
      else if (kind === 'A' && change.sk === 'TURN') scored(scope, (change.after?.seen ?? {}) as Record<string, number>);
    },
    expect: (accountId, resourceId, sentAt) => void expected.set(`${accountId} ${resourceId}`, sentAt),
    delays,
    waits,
    get unseen() {
      return [...pending.values()].reduce((sum, each) => sum + each.length, 0);
    },
    commits: (scope) => commits.get(scope) ?? 0,
  };
}

/** Returns the value that a share of the numbers does not exceed; 0 without numbers. */
export function percentile(numbers: readonly number[], share: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0;
}
