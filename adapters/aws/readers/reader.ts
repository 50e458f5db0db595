import type { CloudTrailTrigger, ResourceType } from '../../../core/control.ts';
import type { Unread } from '../../../core/facts/view.ts';
import type { Changed, ReadAgain } from '../../../core/pipeline/sweep.ts';
import type { Clients } from '../clients.ts';
import { failureKind } from '../failures.ts';

export { ReadAgain } from '../../../core/pipeline/sweep.ts';

/** Reads the resources of some types from the AWS APIs, page by page. It cannot change anything. */
export interface Reader {
  /** Id of the reader, such as `ec2-volumes`. */
  readonly id: string;
  /**
   * Scope of a run: in each Region of each account, once in each account (global services), or once for the organization
   * with the credentials of the management account or a delegated administrator.
   */
  readonly scope: 'region' | 'account' | 'organization';
  /** Types that a complete run lists in full, within its scope. */
  readonly lists: readonly ResourceType[];
  /** The IAM actions that the reader calls. */
  readonly permissions: readonly string[];
  /** The service is not offered in every Region. If it has no host name in a Region, it has no resources there. */
  readonly notEverywhere?: true;
  /** CloudTrail management events that make the reader run again, because no AWS Config item shows the change. */
  readonly refreshedBy: readonly CloudTrailTrigger[];
  /**
   * How long the API can still describe the time before a change. A run that begins earlier after the change is made again at the end of
   * this time. Absent if AWS documents none.
   */
  readonly lag?: Lag;
  /**
   * Yields the resources. An error makes the list incomplete and becomes its reason. So does an {@link Unread}, for a resource whose
   * identity cannot be read, but the list continues. A failed call for a single fact is not a reason to throw: see `attempt`. A
   * {@link ReadAgain} asks for another run, because the source may lag.
   */
  readonly read: (context: ReadContext) => AsyncIterable<Observation | Unread | ReadAgain | AsOf>;
}

/** The longest time after which a source shows a change, as AWS documents it. */
export interface Lag {
  readonly minutes: number;
  /** Page of AWS that documents the lag. */
  readonly source: string;
}

/** A reader yields it if its source is older than the run, such as a report: its complete lists hold at this time and not later. */
export class AsOf {
  /** ISO-8601 UTC with milliseconds. */
  readonly at: string;

  constructor(at: string) {
    this.at = at;
  }
}

/** The place in which a reader runs. */
export interface ReadContext {
  /** The account that is read. For a reader of scope `organization`: the account behind the credentials. */
  readonly accountId: string;
  /** The Region that is read. For other scopes: the Region in which the partition's global services answer. */
  readonly region: string;
  /** The other Regions that are evaluated, for calls that answer for the whole account in every Region: see {@link inOpenRegion}. */
  readonly otherRegions?: readonly string[];
  /** Receives the error of a denied call whose answer another Region gave. */
  readonly recovered?: (error: Error) => void;
  /** `aws`, `aws-cn`, `aws-us-gov` … */
  readonly partition: string;
  /** Start time of the run, ISO-8601 UTC: the capture time of everything that it finds, unless the source is older. */
  readonly startedAt: string;
  /** The change that requested the run. @default - none: the run is part of a sweep or a scan */
  readonly changed?: Changed | undefined;
  /** All evaluated accounts, for a reader of scope `organization`. */
  readonly accountIds: readonly string[];
  readonly clients: Clients;
}

/** One resource as the API describes it. Keys may have the SDK's spelling; dates become text. */
export interface Observation {
  readonly resourceType: ResourceType;
  /** Id that AWS Config gives the resource, so that both sources describe the same one. */
  readonly resourceId: string;
  /** The name of the resource, if its ID does not contain it and no tag `Name` does. */
  readonly resourceName?: string | undefined;
  /** @default - the Region that is read; `global` for the other scopes */
  readonly region?: string;
  /** @default - the account that is read */
  readonly accountId?: string;
  /** Time at which the resource was as described, ISO-8601 UTC. @default - the start time of the run */
  readonly capturedAt?: string;
  /** `true` if the resource no longer exists. Only for a source that is older than the run: other lists just lack the resource. */
  readonly gone?: true;
  /** Input of the type's parser. It may contain an `Unread` at any place. */
  readonly configuration: unknown;
  readonly supplementaryConfiguration?: unknown;
  readonly tags?: unknown;
  readonly relationships?: unknown;
}

/**
 * Yields what an API returns that answers for the whole account in every Region. It is called in the Region of the global services, or,
 * if that denies the call, in the first other Region that does not: an organization may have closed the Region.
 *
 * @throws the error of the first Region, if all of them deny the call.
 */
export async function* inOpenRegion<T>(
  { region, otherRegions = [], recovered }: ReadContext,
  read: (region: string) => AsyncIterable<T>,
): AsyncGenerator<T> {
  const denials: unknown[] = [];
  for (const place of new Set([region, ...otherRegions])) {
    let hasAnswered = false;
    try {
      for await (const page of read(place)) {
        hasAnswered = true;
        yield page;
      }
      for (const denial of denials) if (denial instanceof Error) recovered?.(denial);
      return;
    } catch (error) {
      if (hasAnswered || failureKind(error) !== 'denied') throw denials[0] ?? error;
      denials.push(error);
    }
  }
  throw denials[0];
}

/** Maximum number of concurrent detail calls of a reader. */
const DETAILS_AT_ONCE = 16;

type Described<O> = O | readonly O[];

/**
 * Describes each of `items` by further calls, some at a time, in the order of the items. If one fails, or the consumer stops early, it
 * waits for the calls under way, because no other code does.
 */
export async function* describeEach<T, O extends Observation | Unread | ReadAgain>(
  items: Iterable<T>,
  describe: (item: T) => Promise<Described<O>>,
): AsyncGenerator<O> {
  const begun: Promise<Described<O>>[] = [];
  try {
    for (const item of items) {
      const described = describe(item);
      // A later item may fail while an earlier one is awaited. It is awaited below, and reported then.
      described.catch(() => undefined);
      begun.push(described);
      const first = begun.length >= DETAILS_AT_ONCE ? begun.shift() : undefined;
      if (first) yield* listOf(await first);
    }
    for (let next = begun.shift(); next; next = begun.shift()) yield* listOf(await next);
  } finally {
    await Promise.allSettled(begun);
  }
}

const listOf = <O extends Observation | Unread | ReadAgain>(described: Described<O>): readonly O[] =>
  Array.isArray(described) ? (described as readonly O[]) : [described as O];
