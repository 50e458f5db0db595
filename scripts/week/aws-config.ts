/** Simulates AWS Config: it watches resources change and delivers EventBridge events, one a line. */

export interface Relationship {
  resourceId: string | null;
  readonly resourceName: string | null;
  readonly resourceType: string;
  readonly name: string;
}

/** A resource of the sample organization. The story edits its settings in place, and then AWS Config records them. */
export interface Resource<C extends object = object, S extends object = object> {
  readonly account: string;
  /** Region in which AWS Config records the resource; `global` for a global service. */
  readonly region: string;
  readonly type: string;
  readonly id: string;
  readonly name: string | null;
  readonly arn: string | null;
  readonly zone: string;
  readonly createdAt: string;
  readonly relationships: readonly Relationship[];
  readonly tags: Record<string, string>;
  readonly configuration: C;
  readonly supplementary: S;
}

type Edit<C extends object, S extends object> = (resource: Resource<C, S>) => unknown;

export interface AwsConfig {
  /** The events delivered so far, each as one line of JSON. */
  readonly lines: readonly string[];
  /** Moves the clock to a time of the week, such as `Tue 14:02` (UTC), and runs the given change. */
  at<T>(time: string, happening: string, happens: () => T): T;
  /** Returns the current time of the week, ISO-8601. */
  now(): string;
  /** Returns the resources that exist at their last recording. */
  living(): readonly Resource[];
  /** Records resources for the first time. */
  discover(...resources: readonly Resource[]): void;
  /** Edits a resource and delivers the change. */
  change<C extends object, S extends object>(resource: Resource<C, S>, edit: Edit<C, S>): void;
  remove(...resources: readonly Resource[]): void;
  /** Delivers the newest event of a resource again, byte for byte. */
  repeat(resource: Resource): void;
  /** Edits a resource and captures the change, but delivers it only when the result is called. */
  delay<C extends object, S extends object>(resource: Resource<C, S>, edit: Edit<C, S>): () => void;
  /** Edits a resource that then exceeds the size limit: AWS Config delivers only a summary. */
  changeOversized<C extends object, S extends object>(resource: Resource<C, S>, edit: Edit<C, S>): void;
  /** Captures the current state, without a change, and returns the line instead of delivering it. */
  capture(resource: Resource): string;
  /** Delivers a line unchanged. */
  deliver(line: string): void;
  /** Wraps a `detail` in the envelope that EventBridge adds. */
  envelope(account: string, region: string, detailType: string, resources: readonly string[], detail: object): object;
}

const MONDAY = Date.UTC(2026, 10, 2);
const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/** Returns milliseconds since the epoch for a time of the week such as `Tue 14:02`. */
function timeOf(text: string): number {
  const [, day = '', hour, minute] = /^(\w{3}) (\d{2}):(\d{2})$/.exec(text) ?? [];
  if (!DAYS.includes(day)) throw new Error(`a time of the week is written like "Tue 14:02", not "${text}"`);
  return MONDAY + ((DAYS.indexOf(day) * 24 + Number(hour)) * 60 + Number(minute)) * 60_000;
}

export function awsConfig(random: Random): AwsConfig {
  const lines: string[] = [];
  const seen = new Map<Resource, { readonly view: View; readonly line: string }>();
  let clock = MONDAY;
  const now = () => new Date(clock).toISOString();
  const tick = () => {
    clock += 400 + random.below(1800);
  };

  const envelope: AwsConfig['envelope'] = (account, region, detailType, resources, detail) => ({
    version: '0',
    id: random.uuid(),
    'detail-type': detailType,
    source: 'aws.config',
    account,
    time: now().replace(/\.\d+Z$/, 'Z'),
    region,
    resources,
    detail,
  });

  /** Returns an event for the current state of a resource. `capturedAt` is a moment before the delivery. */
  const observe = (resource: Resource, kind: 'CREATE' | 'UPDATE' | 'DELETE', summarized = false): string => {
    tick();
    const before = seen.get(resource)?.view;
    const after = kind === 'DELETE' ? undefined : viewOf(resource);
    const head = itemHead(resource, clock, kind);
    const diff = { changedProperties: kind === 'CREATE' ? {} : differences(before, after), changeType: kind };
    tick();
    const detail = summarized
      ? oversizedDetail({ changeType: kind, ...head }, now())
      : {
          recordVersion: '1.3',
          messageType: 'ConfigurationItemChangeNotification',
          configurationItemDiff: diff,
          notificationCreationTime: now(),
          configurationItem: { relatedEvents: [], ...(after ?? GONE), ...head },
        };
    const region = resource.region === 'global' ? 'us-east-1' : resource.region;
    const line = JSON.stringify(envelope(resource.account, region, 'Config Configuration Item Change', arnsOf(resource), detail));
    // A summary contains no settings, so the next difference compares with the state before it.
    seen.set(resource, { view: structuredClone(summarized ? (before ?? GONE) : (after ?? GONE)), line });
    return line;
  };

  const deliver = (line: string) => void lines.push(line);

  return {
    lines,
    at: (time, happening, happens) => {
      if (timeOf(time) < clock) throw new Error(`"${happening}" happens at ${time}, but it is already ${now()}`);
      clock = timeOf(time);
      return happens();
    },
    now,
    living: () => [...seen].flatMap(([resource, { view }]) => (view.configuration === null ? [] : [resource])),
    discover: (...resources) => {
      for (const resource of resources) deliver(observe(resource, 'CREATE'));
    },
    change: (resource, edit) => {
      edit(resource);
      deliver(observe(resource, 'UPDATE'));
    },
    remove: (...resources) => {
      for (const resource of resources) deliver(observe(resource, 'DELETE'));
    },
    repeat: (resource) => {
      const line = seen.get(resource)?.line;
      if (line === undefined) throw new Error(`${resource.id} has not been seen yet`);
      deliver(line);
    },
    delay: (resource, edit) => {
      edit(resource);
      const line = observe(resource, 'UPDATE');
      return () => deliver(line);
    },
    changeOversized: (resource, edit) => {
      edit(resource);
      deliver(observe(resource, 'UPDATE', true));
    },
    capture: (resource) => observe(resource, 'UPDATE'),
    deliver,
    envelope,
  };
}

type View = Pick<Resource, 'relationships' | 'tags'> & {
  readonly configuration: object | null;
  readonly supplementaryConfiguration: object;
};

const viewOf = ({ relationships, configuration, supplementary, tags }: Resource): View => ({
  relationships,
  configuration,
  supplementaryConfiguration: supplementary,
  tags,
});

const GONE: View = { relationships: [], configuration: null, supplementaryConfiguration: {}, tags: {} };

const arnsOf = ({ arn }: Resource): string[] => (arn === null ? [] : [arn]);

/** Returns the part of an item that names the resource and the time. A deletion no longer has the name and the ARN. */
function itemHead(resource: Resource, capturedAt: number, kind: 'CREATE' | 'UPDATE' | 'DELETE') {
  const isGone = kind === 'DELETE';
  return {
    configurationItemVersion: '1.3',
    configurationItemCaptureTime: new Date(capturedAt).toISOString(),
    configurationStateId: capturedAt,
    awsAccountId: resource.account,
    configurationItemStatus: isGone ? 'ResourceDeleted' : kind === 'CREATE' ? 'ResourceDiscovered' : 'OK',
    resourceType: resource.type,
    resourceId: resource.id,
    resourceName: isGone ? null : resource.name,
    ARN: isGone ? null : resource.arn,
    awsRegion: resource.region,
    availabilityZone: isGone ? null : resource.zone,
    configurationStateMd5Hash: '',
    resourceCreationTime: isGone ? null : resource.createdAt,
  };
}

/** https://docs.aws.amazon.com/config/latest/developerguide/oversized-notification-example.html */
const oversizedDetail = (summary: ReturnType<typeof itemHead> & { readonly changeType: string }, now: string) => ({
  recordVersion: '1.3',
  messageType: 'OversizedConfigurationItemChangeNotification',
  configurationItemSummary: summary,
  s3DeliverySummary: {
    s3BucketLocation: `config-history-${summary.awsAccountId}/AWSLogs/${summary.awsAccountId}/Config/oversized/${summary.resourceType}/${summary.resourceId}.json.gz`,
    errorCode: null,
    errorMessage: null,
  },
  notificationCreationTime: now,
});

/** Returns the changes between two views, by path, as in `configurationItemDiff`: elements of lists change as a whole. */
function differences(before: View | undefined, after: View | undefined): Record<string, object> {
  const found: Record<string, object> = {};
  const put = (path: string, previousValue: unknown, updatedValue: unknown) => {
    const changeType = previousValue === null ? 'CREATE' : updatedValue === null ? 'DELETE' : 'UPDATE';
    found[path] = { previousValue, updatedValue, changeType };
  };
  const walk = (path: string, old: unknown, young: unknown): void => {
    if (JSON.stringify(old) === JSON.stringify(young)) return;
    if (Array.isArray(old) && Array.isArray(young)) {
      const [texts, newTexts] = [old, young].map((list) => list.map((element) => JSON.stringify(element)));
      old.forEach((element, index) => {
        if (!newTexts?.includes(JSON.stringify(element))) put(`${path}.${index}`, element, null);
      });
      young.forEach((element, index) => {
        if (!texts?.includes(JSON.stringify(element))) put(`${path}.${old.length + index}`, null, element);
      });
    } else if (isObject(old) && isObject(young)) {
      for (const key of new Set([...Object.keys(old), ...Object.keys(young)])) walk(`${path}.${pascal(key)}`, old[key], young[key]);
    } else put(path, old ?? null, young ?? null);
  };
  for (const key of ['relationships', 'configuration', 'supplementaryConfiguration', 'tags'] as const) {
    const isWhole = after === undefined && key === 'configuration';
    walk(pascal(key), before?.[key], isWhole ? null : (after ?? GONE)[key]);
  }
  return found;
}

const pascal = (key: string): string => key.charAt(0).toUpperCase() + key.slice(1);
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Numbers that look random and are equal in every run. */
export interface Random {
  /** Returns a whole number from 0, below `limit`. */
  below(limit: number): number;
  /** Returns that many hexadecimal digits. */
  hex(length: number): string;
  uuid(): string;
}

/** The generator mulberry32. */
export function seeded(seed: number): Random {
  let state = seed;
  const below = (limit: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * limit);
  };
  const hex = (length: number): string => Array.from({ length }, () => below(16).toString(16)).join('');
  return { below, hex, uuid: () => [8, 4, 4, 4, 12].map(hex).join('-') };
}
