import { forEachAtOnce } from '../../core/concurrency.ts';
import type { ConfigItem } from '../../core/facts/parser.ts';
import { ReadAgain } from '../../core/pipeline/sweep.ts';
import type { Clients } from './clients.ts';
import { CredentialsExpiredError } from './failures.ts';
import type { Reader } from './readers/reader.ts';
import { runReader, unreadItems } from './readers/run.ts';

/** An account to read. */
export interface Target {
  readonly accountId: string;
  readonly clients: Clients;
  /** The Regions that are enabled in the account. Others cannot be read. @default - all Regions of the plan */
  readonly enabledRegions?: readonly string[];
  /** Why the account's role cannot be assumed. csmm then reads nothing of the account and reports all of it as missing. */
  readonly unreachable?: string;
}

export interface ScanPlan {
  readonly targets: readonly Target[];
  readonly regions: readonly string[];
  readonly partition: string;
  /** The Region in which global services answer. */
  readonly globalRegion: string;
  readonly readers: readonly Reader[];
  /** The identity that runs the readers of the organization, even if its account is not a target. */
  readonly own: Pick<Target, 'accountId' | 'clients'>;
}

/** One run of a reader. */
export interface ReadTask {
  readonly target: Target;
  readonly region: string;
  readonly reader: Reader;
}

/** Returns every reader run of a scan. Accounts and Regions are mixed, so that no account gets all calls at once. */
export function tasksOf({ targets, regions, globalRegion, readers, own }: ScanPlan): ReadTask[] {
  const of = (scope: Reader['scope']) => readers.filter((reader) => reader.scope === scope);
  const enabledIn = (region: string) => targets.filter(({ enabledRegions }) => enabledRegions?.includes(region) ?? true);
  return [
    ...of('organization').map((reader) => ({ target: own, region: globalRegion, reader })),
    ...of('account').flatMap((reader) => targets.map((target) => ({ target, region: globalRegion, reader }))),
    ...of('region').flatMap((reader) => regions.flatMap((region) => enabledIn(region).map((target) => ({ target, region, reader })))),
  ];
}

/** Maximum number of concurrent reader runs. The clients' common limit bounds their calls. */
const TASKS_AT_ONCE = 16;

export interface ScanObserver {
  /** Receives a resource. The reader waits for it. */
  found(item: ConfigItem): Promise<void>;
  began(task: ReadTask): void;
  ended(task: ReadTask): void;
  /** Receives the error of a denied call whose answer another Region gave. */
  recovered?(error: Error): void;
  now(): Date;
}

/**
 * Runs the tasks concurrently until all are done or `signal` aborts. No task is running when it returns.
 * @throws CredentialsExpiredError if the caller's credentials expired. Tasks that ended before are complete.
 * @throws the observer's error.
 */
export async function runTasks(
  tasks: readonly ReadTask[],
  { partition, targets, regions }: ScanPlan,
  observer: ScanObserver,
  signal: AbortSignal,
): Promise<void> {
  const accountIds = targets.map(({ accountId }) => accountId);
  let expired: CredentialsExpiredError | undefined;
  let fault: { readonly error: unknown } | undefined;
  const run = async (task: ReadTask): Promise<void> => {
    const { target, region, reader } = task;
    if (signal.aborted || expired || fault) return;
    observer.began(task);
    const { accountId, clients, unreachable, enabledRegions } = target;
    const otherRegions = regions.filter((each) => each !== region && (enabledRegions?.includes(each) ?? true));
    const context = {
      accountId,
      region,
      partition,
      startedAt: observer.now().toISOString(),
      accountIds,
      clients,
      otherRegions,
      recovered: (error: Error) => observer.recovered?.(error),
    };
    try {
      const items = unreachable === undefined ? runReader(reader, context) : unreadItems(reader, context, unreachable);
      for await (const item of items) {
        if (signal.aborted || fault) return;
        if (!(item instanceof ReadAgain)) await observer.found(item);
      }
      observer.ended(task);
    } catch (error) {
      if (error instanceof CredentialsExpiredError) expired = error;
      else fault ??= { error };
    }
  };
  await forEachAtOnce(tasks, TASKS_AT_ONCE, run);
  if (fault) throw fault.error;
  if (expired) throw expired;
}
