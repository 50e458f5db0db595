import type { CloudTrailTrigger, ResourceType } from '../../../core/control.ts';
import type { Clients } from '../clients.ts';

/** Reads the resources of some types from the AWS APIs, page by page. It can change nothing. */
export interface Reader {
  /** Such as `ec2-volumes`. */
  readonly id: string;
  /**
   * Where it runs: in each Region of each account, once in each account (global services), or once for the organization with
   * the credentials of the management account or a delegated administrator.
   */
  readonly scope: 'region' | 'account' | 'organization';
  /** The types of which a finished run has listed all that its scope holds. */
  readonly lists: readonly ResourceType[];
  /** The IAM actions that it calls. */
  readonly permissions: readonly string[];
  /** The service is not offered in every Region: where it has no host name, there is none of its resources. */
  readonly notEverywhere?: true;
  /** CloudTrail management events after which it must run again, as no item of AWS Config tells the change. */
  readonly refreshedBy: readonly CloudTrailTrigger[];
  /**
   * Yields what it finds. What it throws is why the list is not complete. A call for a single fact that fails is no
   * reason to throw: see `attempt`.
   */
  readonly read: (context: ReadContext) => AsyncIterable<Observation>;
}

/** Where a reader runs. */
export interface ReadContext {
  /** The account that is read; for a reader of scope `organization` the one whose credentials it has. */
  readonly accountId: string;
  /** The Region that is read; for other scopes the one in which the partition's global services answer. */
  readonly region: string;
  /** `aws`, `aws-cn`, `aws-us-gov` … */
  readonly partition: string;
  /** When the run began, ISO-8601 UTC: the capture time of all that it finds. */
  readonly startedAt: string;
  /** All accounts that are evaluated, for a reader of scope `organization`. */
  readonly accountIds: readonly string[];
  readonly clients: Clients;
}

/** One resource as the API describes it. Keys may be spelt as the SDK spells them; dates become text. */
export interface Observation {
  readonly resourceType: ResourceType;
  /** As AWS Config names the resource, so that both speak of the same one. */
  readonly resourceId: string;
  /** @default - the Region that is read, `global` for the other scopes */
  readonly region?: string;
  /** @default - the account that is read */
  readonly accountId?: string;
  /** What the parser of the type reads; an `Unread` may stand anywhere in it. */
  readonly configuration: unknown;
  readonly supplementaryConfiguration?: unknown;
  readonly tags?: unknown;
  readonly relationships?: unknown;
}

/** How many calls a reader makes at once for the details of what it has listed. */
const DETAILS_AT_ONCE = 8;

type Described = Observation | readonly Observation[];

/** Describes each of `items` by further calls, some at a time, in the order of the items. */
export async function* describeEach<T>(items: Iterable<T>, describe: (item: T) => Promise<Described>): AsyncGenerator<Observation> {
  const begun: Promise<Described>[] = [];
  try {
    for (const item of items) {
      begun.push(describe(item));
      const first = begun.length >= DETAILS_AT_ONCE ? begun.shift() : undefined;
      if (first) yield* [await first].flat();
    }
    for (let next = begun.shift(); next; next = begun.shift()) yield* [await next].flat();
  } finally {
    // Whoever stops half-way leaves nobody behind to complain of what the others met.
    for (const left of begun) left.catch(() => undefined);
  }
}
