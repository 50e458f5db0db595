import { factParser, type ItemView } from './parser.ts';
import type { View } from './view.ts';

/**
 * The type of a trail as an account sees it, whoever owns it, with what AWS Config's `AWS::CloudTrail::Trail` lacks: whether
 * it is logging, what it selects, and when it last delivered. Its id is the trail's ARN, its Region the trail's home Region.
 */
export const TRAIL_STATUS = 'AWS::CloudTrail::TrailStatus';

/** How much of the read or write management events a trail records. Only some: a selector names or leaves out event sources. */
export type Coverage = 'all' | 'some' | 'none';

export interface TrailStatusFacts {
  multiRegion?: boolean;
  organizationTrail?: boolean;
  /** Whose trail it is: for an organization trail the management account, wherever it is seen. */
  ownerAccountId?: string;
  logging?: boolean;
  /** Only the owner of an organization trail may ask: in other accounts it is missing. */
  managementEvents?: { readonly read: Coverage; readonly write: Coverage };
  /** When a log file was last delivered to the bucket, ISO-8601 UTC, or `never`. */
  latestDeliveryAt?: string;
  logFileValidation?: boolean;
  /** ARN of the key, or `none`. */
  kmsKeyId?: string;
  bucketName?: string;
  /** ARN of the CloudWatch Logs group, as CloudTrail writes it (with `:*` at its end), or `none`. */
  logGroupArn?: string;
  /** Whose log group it is, or `none`. */
  logGroupAccountId?: string;
  /** When events were last delivered to the log group, ISO-8601 UTC, or `never`. */
  latestLogGroupDeliveryAt?: string;
}

/** Reads `DescribeTrails` (as `trail`), `GetTrailStatus` (as `status`) and `GetEventSelectors` (as `selectors`). */
export const trailStatusParser = factParser<TrailStatusFacts>({
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

/** The account that an ARN names; `undefined` where it names none. */
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
  if (!time.exists) return 'never';
  const text = time.text();
  return text !== undefined && !Number.isNaN(Date.parse(text)) ? text : undefined;
}

type Selected = { readonly read: Coverage; readonly write: Coverage };

/** An event is recorded that fits any selector. Two that each leave something out count as leaving it out. */
function readSelectors(selectors: View): Selected | undefined {
  const basic = selectors.at('eventSelectors').list() ?? [];
  const advanced = selectors.at('advancedEventSelectors').list() ?? [];
  const selected = [...basic.map(readBasic), ...advanced.map(readAdvanced)];
  if (selected.length === 0) return undefined;
  return { read: most(selected.map(({ read }) => read)), write: most(selected.map(({ write }) => write)) };
}

const most = (coverages: readonly Coverage[]): Coverage => COVERAGES.find((coverage) => coverages.includes(coverage)) ?? 'none';
const COVERAGES: readonly Coverage[] = ['all', 'some'];

/** https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_EventSelector.html, which also tells the defaults. */
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

/** All of a selector's fields must fit. https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedEventSelector.html */
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
