import pLimit from 'p-limit';
import type { ConfigItem } from '../../core/facts/parser.ts';
import type { Clients } from './clients.ts';
import { CredentialsExpiredError } from './failures.ts';
import type { Reader } from './readers/reader.ts';
import { runReader, unreadItems } from './readers/run.ts';

/** An account to be read. */
export interface Target {
  readonly accountId: string;
  readonly clients: Clients;
  /** Why its role cannot be assumed: nothing of it is then read, and all of it is missing. */
  readonly unreachable?: string;
}

export interface ScanPlan {
  readonly targets: readonly Target[];
  readonly regions: readonly string[];
  readonly partition: string;
  /** Where global services answer. */
  readonly globalRegion: string;
  readonly readers: readonly Reader[];
  /** The account whose credentials the readers of the organization have. */
  readonly ownAccountId: string;
}

/** One run of a reader. */
export interface ReadTask {
  readonly target: Target;
  readonly region: string;
  readonly reader: Reader;
}

/** The Region of what a task reads: `global` for what has none. */
export const scopeRegion = ({ reader, region }: Pick<ReadTask, 'reader' | 'region'>): string =>
  reader.scope === 'region' ? region : 'global';

/** Every run that a scan takes, the accounts and Regions mixed, so that none of them gets all calls at once. */
export function tasksOf({ targets, regions, globalRegion, readers, ownAccountId }: ScanPlan): ReadTask[] {
  const of = (scope: Reader['scope']) => readers.filter((reader) => reader.scope === scope);
  const own = targets.find(({ accountId }) => accountId === ownAccountId);
  return [
    ...(own ? of('organization').map((reader) => ({ target: own, region: globalRegion, reader })) : []),
    ...of('account').flatMap((reader) => targets.map((target) => ({ target, region: globalRegion, reader }))),
    ...of('region').flatMap((reader) => regions.flatMap((region) => targets.map((target) => ({ target, region, reader })))),
  ];
}

/** Runs at once; what each calls for details is bounded by the clients' common limit. */
const TASKS_AT_ONCE = 16;

export interface ScanObserver {
  /** Takes what was found; the reader waits for it. */
  found(item: ConfigItem): Promise<void>;
  began(task: ReadTask): void;
  ended(task: ReadTask): void;
  now(): Date;
}

/**
 * Runs the tasks, some at once, until all are done or `signal` says stop.
 * @throws CredentialsExpiredError where the caller's credentials ran out: the tasks that ended before are complete.
 */
export async function runTasks(
  tasks: readonly ReadTask[],
  { partition, targets }: ScanPlan,
  observer: ScanObserver,
  signal: AbortSignal,
): Promise<void> {
  const limit = pLimit(TASKS_AT_ONCE);
  const accountIds = targets.map(({ accountId }) => accountId);
  let expired: CredentialsExpiredError | undefined;
  const run = async (task: ReadTask): Promise<void> => {
    const { target, region, reader } = task;
    if (signal.aborted || expired) return;
    observer.began(task);
    const { accountId, clients, unreachable } = target;
    const context = { accountId, region, partition, startedAt: observer.now().toISOString(), accountIds, clients };
    try {
      const items = unreachable === undefined ? runReader(reader, context) : unreadItems(reader, context, unreachable);
      for await (const item of items) {
        if (signal.aborted) return;
        await observer.found(item);
      }
      observer.ended(task);
    } catch (error) {
      if (!(error instanceof CredentialsExpiredError)) throw error;
      expired = error;
    }
  };
  await Promise.all(tasks.map((task) => limit(() => run(task))));
  if (expired) throw expired;
}
