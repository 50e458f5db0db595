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
  return value.exists ? value.text() : 'none';
}

function readTime(of: View, key: string): string | undefined {
  if (!of.isObject) return undefined;
  const time = of.at(key);
  return time.exists ? isoTimeOf(time.text()) : 'never';
}

type Selected = { readonly read: Coverage; readonly write: Coverage };

/**
 * Returns the coverage of all selectors: an event is recorded if it matches one of them. Two selectors that each exclude events count
 * as `some`, even if they exclude different ones.
 */
function readSelectors(selectors: View): Selected | undefined {
  const basic = selectors.at('eventSelectors').list() ?? [];
  const advanced = selectors.at('advancedEventSelectors').list() ?? [];
  const selected = [...basic.map(readBasic), ...advanced.map(readAdvanced)];
  if (selected.length === 0) return undefined;
  return { read: most(selected.map(({ read }) => read)), write: most(selected.map(({ write }) => write)) };
}

const most = (coverages: readonly Coverage[]): Coverage => COVERAGES.find((coverage) => coverages.includes(coverage)) ?? 'none';
const COVERAGES: readonly Coverage[] = ['all', 'some'];

/**
 * Returns the coverage of a basic selector. For the defaults, see
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_EventSelector.html.
 */
function readBasic(selector: View): Selected {
  if (selector.at('includeManagementEvents').flag() === false) return { read: 'none', write: 'none' };
  const type = selector.at('readWriteType').text() ?? 'All';
  const excluded = selector.at('excludeManagementEventSources').list() ?? [];
  const coverage = excluded.length > 0 ? 'some' : 'all';
  return {
    read: type === 'All' || type === 'ReadOnly' ? coverage : 'none',
    write: type === 'All' || type === 'WriteOnly' ? coverage : 'none',
  };
}

/**
 * Returns the coverage of an advanced selector. An event must match all of its fields:
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedEventSelector.html
 */
function readAdvanced(selector: View): Selected {
  let [management, read, write, narrowed] = [false, true, true, false];
  for (const field of selector.at('fieldSelectors').list() ?? []) {
    const equals =
      field
        .at('equals')
        .list()
        ?.map((value) => value.text()) ?? [];
    switch (field.at('field').text()) {
      case 'eventCategory':
        management = equals.includes('Management');
        break;
      case 'readOnly':
        read &&= equals.includes('true');
        write &&= equals.includes('false');
        break;
      default:
        narrowed = true;
    }
  }
  const coverage = narrowed ? 'some' : 'all';
  return { read: management && read ? coverage : 'none', write: management && write ? coverage : 'none' };
}
