import { isoTimeOf } from '../instant.ts';
import { factParser, type ItemView } from './parser.ts';
import { accountId, either, flag, instant, objectOf, oneOf, type Shapes, text } from './shape.ts';
import type { View } from './view.ts';

/**
 * Type of a trail that an account sees, its own or one of the organization. It has facts that `AWS::CloudTrail::Trail` of AWS Config
 * lacks: whether the trail is logging, its event selectors and its last deliveries. The resource ID is the ARN of the trail, and the
 * Region is its home Region.
 */
export const TRAIL_STATUS = 'AWS::CloudTrail::TrailStatus';

/** Share of the read or write management events that a trail records. `some` if a selector includes or excludes event sources. */
export type Coverage = 'all' | 'some' | 'none';

export interface TrailStatusFacts {
  multiRegion?: boolean;
  organizationTrail?: boolean;
  /** Owner of the trail. For an organization trail, the management account. */
  ownerAccountId?: string;
  logging?: boolean;
  /**
   * Coverage of management events. Missing in the member accounts of an organization trail, because only its owner can read the
   * selectors.
   */
  managementEvents?: { readonly read: Coverage; readonly write: Coverage };
  /** Time of the last delivery of a log file to the bucket, ISO-8601 UTC, or `never`. */
  latestDeliveryAt?: string;
  logFileValidation?: boolean;
  /** ARN of the KMS key, or `none`. */
  kmsKeyId?: string;
  bucketName?: string;
  /** ARN of the CloudWatch Logs group, as CloudTrail writes it (it ends with `:*`), or `none`. */
  logGroupArn?: string;
  /** Account that owns the log group, or `none`. */
  logGroupAccountId?: string;
  /** Time of the last delivery of events to the log group, ISO-8601 UTC, or `never`. */
  latestLogGroupDeliveryAt?: string;
}

const COVERAGE = oneOf<Coverage>('all', 'some', 'none');
const TIME = either(instant, oneOf('never'));

const SHAPES: Shapes<TrailStatusFacts> = {
  multiRegion: flag,
  organizationTrail: flag,
  ownerAccountId: accountId,
  logging: flag,
  managementEvents: objectOf({ read: COVERAGE, write: COVERAGE }),
  latestDeliveryAt: TIME,
  logFileValidation: flag,
  kmsKeyId: text,
  bucketName: text,
  logGroupArn: text,
  logGroupAccountId: either(accountId, oneOf('none')),
  latestLogGroupDeliveryAt: TIME,
};

/** Reads `DescribeTrails` (as `trail`), `GetTrailStatus` (as `status`) and `GetEventSelectors` (as `selectors`). */
export const trailStatusParser = factParser<TrailStatusFacts>(SHAPES, {
  multiRegion: (item) => trail(item).at('isMultiRegionTrail').flag(),
  organizationTrail: (item) => trail(item).at('isOrganizationTrail').flag(),
  ownerAccountId: (item) => accountOf(trail(item).at('trailARN').text()),
  logging: (item) => status(item).at('isLogging').flag(),
  managementEvents: ({ configuration }) => readSelectors(configuration.at('selectors')),
  latestDeliveryAt: (item) => readTime(status(item), 'latestDeliveryTime'),
  logFileValidation: (item) => trail(item).at('logFileValidationEnabled').flag(),
  kmsKeyId: (item) => readOptional(trail(item), 'kmsKeyId'),
  bucketName: (item) => trail(item).at('s3BucketName').text(),
  logGroupArn: (item) => readOptional(trail(item), 'cloudWatchLogsLogGroupArn'),
  logGroupAccountId: (item) => {
    const arn = readOptional(trail(item), 'cloudWatchLogsLogGroupArn');
    return arn === 'none' ? 'none' : accountOf(arn);
  },
  latestLogGroupDeliveryAt: (item) => readTime(status(item), 'latestCloudWatchLogsDeliveryTime'),
});

const trail = ({ configuration }: ItemView): View => configuration.at('trail');
const status = ({ configuration }: ItemView): View => configuration.at('status');

const ACCOUNT_ID = /^\d{12}$/;

/** Returns the account in an ARN, or `undefined` if it contains no account. */
export function accountOf(arn: string | undefined): string | undefined {
  const account = arn?.split(':', 5)[4];
  return account !== undefined && ACCOUNT_ID.test(account) ? account : undefined;
}

function readOptional(of: View, key: string): string | undefined {
  if (!of.isObject) return undefined;
  const value = of.at(key);
  return value.exists ? value.text() || 'none' : 'none';
}

function readTime(of: View, key: string): string | undefined {
  if (!of.isObject) return undefined;
  const time = of.at(key);
  return time.exists ? isoTimeOf(time.text()) : 'never';
}

type Selected = { readonly read: Coverage; readonly write: Coverage };

/**
 * Returns the coverage of all selectors: an event is recorded if it matches one of them. Returns `undefined` if csmm does not know a
 * value, unless the other selectors record everything.
 */
function readSelectors(selectors: View): Selected | undefined {
  const basic = (selectors.at('eventSelectors').list() ?? []).map(readBasic);
  const advanced = (selectors.at('advancedEventSelectors').list() ?? []).map(readAdvanced);
  const ranges = [...basic, ...advanced];
  const known = ranges.filter((range) => range !== undefined);
  const selected = { read: coverageOf(known.flatMap(({ read }) => read)), write: coverageOf(known.flatMap(({ write }) => write)) };
  const complete = selected.read === 'all' && selected.write === 'all';
  return ranges.length === 0 || (known.length < ranges.length && !complete) ? undefined : selected;
}

/** The read and write events that a selector records: each a list of no range or one. */
interface Ranges {
  readonly read: readonly Range[];
  readonly write: readonly Range[];
}

/** Management events, limited by conditions that all hold. No condition: all events. */
type Range = readonly Condition[];

interface Condition {
  readonly field: string;
  /** Whether the values are the ones to record, or those to leave out. `other`: a condition on parts of the value. */
  readonly kind: 'only' | 'except' | 'other';
  readonly values: readonly string[];
}

const NO_EVENTS: Ranges = { read: [], write: [] };

/**
 * Returns the share of the events that several ranges cover together. Two ranges that complete each other cover all: one has all
 * sources except some, and others have these.
 */
function coverageOf(ranges: readonly Range[]): Coverage {
  if (ranges.length === 0) return 'none';
  const single = ranges.flatMap(([condition, ...others]) => (condition && others.length === 0 ? [condition] : []));
  const completes = ({ field, values }: Condition): boolean => {
    const only = single.filter((other) => other.field === field && other.kind === 'only').flatMap((other) => other.values);
    return values.every((value) => only.includes(value));
  };
  const all = ranges.some((range) => range.length === 0) || single.some((condition) => condition.kind === 'except' && completes(condition));
  return all ? 'all' : 'some';
}

/**
 * Returns the events of a basic selector, `undefined` if csmm does not know its type. For the defaults, see
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_EventSelector.html.
 */
function readBasic(selector: View): Ranges | undefined {
  if (selector.at('includeManagementEvents').flag() === false) return NO_EVENTS;
  const values = (selector.at('excludeManagementEventSources').list() ?? []).map((source) => source.text() ?? '');
  const range: Range = values.length > 0 ? [{ field: 'eventSource', kind: 'except', values }] : [];
  switch (selector.at('readWriteType').text() ?? 'All') {
    case 'All':
      return { read: [range], write: [range] };
    case 'ReadOnly':
      return { read: [range], write: [] };
    case 'WriteOnly':
      return { read: [], write: [range] };
    default:
      return undefined;
  }
}

/** Operators on a field of an advanced selector: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html */
const OTHER_OPERATORS = ['startsWith', 'endsWith', 'notStartsWith', 'notEndsWith'];

/**
 * Returns the events of an advanced selector, `undefined` if csmm does not know a condition on the kind of event. An event must match
 * all of its fields: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedEventSelector.html
 */
function readAdvanced(selector: View): Ranges | undefined {
  const conditions = (selector.at('fieldSelectors').list() ?? []).flatMap(readConditions);
  const category = conditions.filter(({ field }) => field === 'eventCategory');
  if (category.some(({ kind }) => kind !== 'only')) return undefined;
  if (category.length === 0 || !category.every(({ values }) => values.includes('Management'))) return NO_EVENTS;
  const kinds = conditions.filter(({ field }) => field === 'readOnly');
  if (kinds.some(({ kind }) => kind === 'other')) return undefined;
  const range = conditions.filter(({ field }) => field !== 'eventCategory' && field !== 'readOnly');
  const selects = (value: string): boolean => kinds.every(({ kind, values }) => values.includes(value) === (kind === 'only'));
  return { read: selects('true') ? [range] : [], write: selects('false') ? [range] : [] };
}

function readConditions(selector: View): Condition[] {
  const field = selector.at('field').text() ?? '';
  const valuesOf = (operator: string): string[] => (selector.at(operator).list() ?? []).map((value) => value.text() ?? '');
  const [only, except] = [valuesOf('equals'), valuesOf('notEquals')];
  const conditions: Condition[] = [
    ...(only.length > 0 ? [{ field, kind: 'only' as const, values: only }] : []),
    ...(except.length > 0 ? [{ field, kind: 'except' as const, values: except }] : []),
    ...OTHER_OPERATORS.filter((operator) => valuesOf(operator).length > 0).map(() => ({ field, kind: 'other' as const, values: [] })),
  ];
  // A field without an operator that csmm knows limits the events too.
  return conditions.length > 0 ? conditions : [{ field, kind: 'other', values: [] }];
}
