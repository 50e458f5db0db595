import {
  compliant,
  type Inventory,
  type InventoryItem,
  insufficientData,
  lacks,
  NOT_READ,
  nonCompliant,
  type ResourceType,
  type Verdict,
} from '../control.ts';
import { covers, currentOf, gapIn } from '../evaluation/evidence.ts';
import { accountOf, TRAIL_STATUS } from '../facts/cloudtrail-trail-status.ts';
import { METRIC_ALARM, type Metric } from '../facts/cloudwatch-metric-alarm.ts';
import { detects, detectsAny } from '../facts/detected-activities.ts';
import { DEFAULT_BUS_RULE } from '../facts/events-default-bus-rule.ts';
import { METRIC_FILTER } from '../facts/logs-metric-filter.ts';
import { TOPIC_SUBSCRIPTIONS } from '../facts/sns-topic-subscriptions.ts';
import { type ActivityId, isGlobalActivity } from './activities.ts';
import { evaluatedTrails, trailOwners } from './multi-region-trail.ts';

/** Resource types that make up a detector. */
export const DETECTOR_TYPES = [
  TRAIL_STATUS,
  METRIC_FILTER,
  METRIC_ALARM,
  TOPIC_SUBSCRIPTIONS,
  DEFAULT_BUS_RULE,
] as const satisfies readonly ResourceType[];

/**
 * Evaluates whether an activity in an account notifies people. One of two ways is enough. A metric filter on the log group of a trail
 * that counts for IAM-L2-04 feeds an alarm in the same account and Region, which has a target. Or rules on the default event buses
 * match the activity in every Region in which its events occur, and have targets.
 *
 * Targets: an SNS topic counts if it has a confirmed subscriber. A Lambda function, an SQS queue, a state machine, an OpsItem or an
 * incident of Systems Manager, an API destination and an API count in the account that calls them, although csmm does not look
 * inside; in another account they are unknown. A log group, a stream, an instance and a scaling group do not count. For a rule that
 * sends events to the default bus of another Region or account, the rules of that bus decide. csmm follows no further hop and no
 * custom bus.
 *
 * Not evaluated: the threshold, periods and missing-data treatment of an alarm, because a site can require several failures; the
 * value of a metric filter; policies of topics and buses; whether events arrive in the log group (IAM-L2-05 evaluates that). Not
 * found: an alarm that notifies through a composite alarm or finds its metric by a query or a search. These limits cause failures,
 * never passes, except for the first.
 *
 * @returns the detector that was found, `INSUFFICIENT_DATA` if unread data can contain one, or else the nearest miss
 */
export function evaluateDetector(inventory: Inventory, activity: ActivityId): Verdict {
  const search: Search = {
    activity,
    observed: inventory.accountId,
    account: (id) => (id === inventory.accountId ? inventory : inventory.in(id)),
    forwarded: new Map(),
  };
  const [trails, rules] = [best(searchTrails(inventory, search)), searchRules(inventory, search)];
  const { holds, ...verdict } = best([trails, rules]);
  return holds === HOLDS.nothing ? nonCompliant('not-detected', `${trails.reason}; ${rules.reason}`) : verdict;
}

/** Maximum number of other accounts to read. A target in a further account is unknown; real setups use fewer. */
const MAX_ACCOUNTS = 20;

/** Returns the other accounts that can contain a link of a detector, derived from the account's own resources. */
export function detectorAccounts(inventory: Inventory): string[] {
  const index = indexOf(inventory);
  const groups = inventory.all(TRAIL_STATUS).flatMap(({ facts }) => accountOf(facts.logGroupArn) ?? []);
  const accounts = new Set([...trailOwners(inventory), ...groups]);
  for (const { targets = [] } of index.detecting.rules) for (const target of targets) accounts.add(accountOf(target) ?? '');
  for (const { region, metrics = [] } of index.detecting.filters) {
    for (const metric of metrics) {
      for (const alarm of index.alarms.get(metricKey(region, metric)) ?? []) {
        for (const action of alarm.facts.actions ?? []) accounts.add(accountOf(action) ?? '');
      }
    }
  }
  return [...accounts].filter((id) => id !== '' && id !== inventory.accountId).slice(0, MAX_ACCOUNTS);
}

/** A verdict on one way to notify people, with the number of links that exist before it breaks. */
interface Outcome extends Verdict {
  readonly holds: number;
}

/** The links of a detector. Each one requires those before it. */
const HOLDS = { nothing: 0, trail: 1, logGroup: 2, catcher: 3, alarm: 4, target: 5, all: 6 } as const;

const found = (reason: string): Outcome => ({ ...compliant(reason), holds: HOLDS.all });
const unknown = (code: string, reason: string): Outcome => ({ ...insufficientData(code, reason), holds: HOLDS.all });
const missed = (holds: number, code: string, reason: string): Outcome => ({ ...nonCompliant(code, reason), holds });

/** Returns the best of several ways: one that works, or else an unknown one, or else the nearest miss, which is the first to fix. */
function best(ways: Iterable<Outcome>): Outcome {
  let first: Outcome | undefined;
  for (const way of ways) {
    if (way.compliance === 'COMPLIANT') return way;
    if (first === undefined || (first.compliance === 'NON_COMPLIANT' && rank(way) > rank(first))) first = way;
  }
  return first ?? missed(HOLDS.nothing, 'not-detected', 'account has no detector');
}

const rank = ({ compliance, holds }: Outcome): number => (compliance === 'NON_COMPLIANT' ? holds : HOLDS.all);

/** The activity to detect, and the accounts to search. */
interface Search {
  readonly activity: ActivityId;
  /** The account in which the activity occurs. */
  readonly observed: string;
  readonly account: (id: string) => Inventory | undefined;
  /** Outcomes of the rules of a bus for events that other buses send to it, by the ARN of the bus. */
  readonly forwarded: Map<string, Outcome>;
}

// ---- Trail, metric filter, alarm

function* searchTrails(inventory: Inventory, search: Search): Generator<Outcome> {
  const trails = evaluatedTrails(inventory);
  for (const { trail, verdict } of trails) {
    const name = nameOf(trail.resource.resourceId);
    const reason = `trail ${name}: ${verdict.reason}`;
    if (verdict.compliance === 'NON_COMPLIANT') yield missed(HOLDS.nothing, 'no-complete-trail', reason);
    else {
      const way = searchLogGroup(trail, name, search);
      yield way.compliance === 'COMPLIANT' && verdict.compliance !== 'COMPLIANT' ? unknown('trail-unknown', reason) : way;
    }
  }
  const gap = gapIn(inventory, [TRAIL_STATUS]);
  if (gap) yield unknown(NOT_READ, gap);
  else if (trails.length === 0) yield missed(HOLDS.nothing, 'no-trail', 'account has no trail');
}

function searchLogGroup(trail: InventoryItem<typeof TRAIL_STATUS>, trailName: string, search: Search): Outcome {
  const { logGroupArn } = trail.facts;
  if (logGroupArn === undefined) return unread(`trail ${trailName}`, trail, 'logGroupArn');
  if (logGroupArn === 'none') return missed(HOLDS.trail, 'no-log-group', `trail ${trailName} sends no events to CloudWatch Logs`);
  const [, , , region = '', accountId = '', , logGroup = ''] = logGroupArn.split(':');
  const receiver = search.account(accountId);
  if (!receiver) return unknown('account-not-evaluated', `account ${accountId}, which receives trail ${trailName}, is not evaluated`);
  return best(searchFilters(receiver, region, logGroup, search));
}

function* searchFilters(receiver: Inventory, region: string, logGroup: string, search: Search): Generator<Outcome> {
  for (const filter of indexOf(receiver).filters.get(keyOf(region, logGroup)) ?? []) {
    const name = `metric filter ${filter.resource.resourceId}`;
    const { detects: detected, metrics } = filter.facts;
    if (detected === undefined) yield unread(name, filter, 'detects');
    else if (!detects(detected, search.activity, search.observed)) continue;
    else if (metrics === undefined) yield unread(name, filter, 'metrics');
    else if (metrics.length === 0)
      yield missed(HOLDS.catcher, 'filter-without-metric', `${name} matches these events, but has no metric without dimensions`);
    else for (const metric of metrics) yield best(searchAlarms(receiver, region, metric, name, search));
  }
  for (const filter of indexOf(receiver).filters.get(keyOf(region)) ?? []) yield unread(filter.resource.resourceId, filter, 'logGroupName');
  yield gapAt(receiver, METRIC_FILTER, region) ??
    missed(HOLDS.logGroup, 'no-metric-filter', `no metric filter on log group ${logGroup} in ${region} matches all these events`);
}

function* searchAlarms(receiver: Inventory, region: string, metric: Metric, filter: string, search: Search): Generator<Outcome> {
  for (const alarm of indexOf(receiver).alarms.get(metricKey(region, metric)) ?? []) yield evaluateAlarm(alarm, receiver, search);
  for (const alarm of indexOf(receiver).alarms.get(keyOf(region)) ?? []) yield unread(alarm.resource.resourceId, alarm, 'metrics');
  yield gapAt(receiver, METRIC_ALARM, region) ??
    missed(
      HOLDS.catcher,
      'no-alarm',
      `${filter} matches these events, but no alarm in ${region} watches its metric ${metric.namespace}/${metric.name}`,
    );
}

function evaluateAlarm(alarm: InventoryItem<typeof METRIC_ALARM>, receiver: Inventory, search: Search): Outcome {
  const name = `alarm ${alarm.resource.resourceId}`;
  const { actionsEnabled, actions, firesWhenHigh } = alarm.facts;
  if (actionsEnabled === false)
    return missed(HOLDS.alarm, 'alarm-actions-disabled', `${name} watches for these events, but its actions are disabled`);
  if (firesWhenHigh === false) return missed(HOLDS.alarm, 'alarm-inverted', `${name} fires when these events do not occur`);
  if (actions?.length === 0) return missed(HOLDS.alarm, 'alarm-without-action', `${name} watches for these events, but has no action`);
  if (actions === undefined) return unread(name, alarm, 'actions');
  const way = best(actions.map((action) => evaluateTarget(action, name, receiver, search)));
  if (way.compliance === 'NON_COMPLIANT') return way;
  for (const fact of ['actionsEnabled', 'firesWhenHigh'] as const) if (alarm.facts[fact] === undefined) return unread(name, alarm, fact);
  return way;
}

// ---- Rules on event buses

/** Evaluates the rules: one must match in the Region of each event. */
function searchRules(inventory: Inventory, search: Search): Outcome {
  const ways = regionsOf(inventory, search.activity).map((region) => searchBus(inventory, region, search));
  const misses = ways.filter(({ compliance }) => compliance === 'NON_COMPLIANT');
  if (misses.length > 0) {
    const [partly, miss] = [ways.find(({ compliance }) => compliance === 'COMPLIANT'), best(misses)];
    return partly ? missed(Math.max(miss.holds, HOLDS.logGroup), 'region-not-covered', `${partly.reason}, but ${miss.reason}`) : miss;
  }
  return ways.find(({ compliance }) => compliance !== 'COMPLIANT') ?? ways[0] ?? unknown(NOT_READ, `${DEFAULT_BUS_RULE} was not listed`);
}

/**
 * Returns the Regions that each need a rule: the approved Regions (or else those that were read), and those in which users sign in
 * and global services record calls, whatever the Region of the caller (see `eventRegions`).
 */
function regionsOf(inventory: Inventory, activity: ActivityId): string[] {
  const listed = inventory.listings(DEFAULT_BUS_RULE).map(({ region }) => region);
  const evaluated = inventory.settings.approvedRegions ?? listed;
  const [prefix, home] = HOMES.find(([start]) => [...evaluated, ...listed].some((region) => region.startsWith(start))) ?? COMMERCIAL;
  if (isGlobalActivity(activity)) return [home];
  const signIns = activity === 'console-auth-failures' && prefix === '' ? SIGN_IN_REGIONS : [];
  const always = activity === 'root-usage' || activity === 'console-auth-failures' ? [home, ...signIns] : [];
  return evaluated.length === 0 ? [] : [...new Set([...evaluated, ...always])];
}

/** Region of the global services, by the prefix of the Region names of its partition. https://docs.aws.amazon.com/general/latest/gr/iam-service.html */
const HOMES: readonly (readonly [string, string])[] = [
  ['us-gov-', 'us-gov-west-1'],
  ['cn-', 'cn-north-1'],
];
const COMMERCIAL = ['', 'us-east-1'] as const;
/** Further Regions that record sign-ins. https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html */
const SIGN_IN_REGIONS = ['us-east-2', 'eu-north-1', 'ap-southeast-2'];

const searchBus = (inventory: Inventory, region: string, search: Search, isForwarded = false): Outcome =>
  best(rulesOfBus(inventory, region, search, isForwarded));

function* rulesOfBus(inventory: Inventory, region: string, search: Search, isForwarded: boolean): Generator<Outcome> {
  for (const rule of indexOf(inventory).rules.get(region) ?? []) {
    const name = `rule ${nameOf(rule.resource.resourceId)} in ${region}`;
    const { enabled, detects: detected, targets } = rule.facts;
    if (detected === undefined) yield unread(name, rule, 'detects');
    else if (!detects(detected, search.activity, search.observed)) continue;
    else if (enabled === undefined) yield unread(name, rule, 'enabled');
    else if (!enabled) yield missed(HOLDS.catcher, 'rule-disabled', `${name} matches these events, but is disabled`);
    else if (targets === undefined) yield unread(name, rule, 'targets');
    else if (targets.length === 0) yield missed(HOLDS.alarm, 'rule-without-target', `${name} matches these events, but has no target`);
    else for (const target of targets) yield evaluateTarget(target, name, inventory, search, isForwarded);
  }
  const where = isForwarded ? `account ${inventory.accountId} in ${region}` : region;
  yield gapAt(inventory, DEFAULT_BUS_RULE, region) ??
    missed(HOLDS.nothing, 'no-rule', `no EventBridge rule of ${where} matches all these events`);
}

// ---- Targets

/** Services that act on the events that they receive. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html and https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-actions.html */
const ACTING: ReadonlySet<string> = new Set(['execute-api', 'lambda', 'sqs', 'ssm', 'ssm-incidents', 'states']);

function evaluateTarget(arn: string, caller: string, from: Inventory, search: Search, isForwarded = false): Outcome {
  const [, , service = '', region = '', accountId = '', ...rest] = arn.split(':');
  const resource = rest.join(':');
  if (service === 'sns') return evaluateTopic(arn, region, accountId, caller, search);
  if (service === 'events' && resource.startsWith('event-bus/')) {
    return isForwarded
      ? unknown('hop-not-followed', `${caller} forwards these events to ${arn}, which csmm does not follow`)
      : evaluateBus(arn, caller, search);
  }
  if (!ACTING.has(service) && !(service === 'events' && resource.startsWith('api-destination/'))) {
    return missed(HOLDS.alarm, 'target-does-not-notify', `${caller} matches these events, but ${arn} notifies no one`);
  }
  if (accountId !== '' && accountId !== from.accountId)
    return unknown('target-in-other-account', `${caller} calls ${arn} in another account`);
  return found(`${caller} calls ${arn}`);
}

function evaluateTopic(arn: string, region: string, accountId: string, caller: string, search: Search): Outcome {
  const owner = search.account(accountId);
  if (!owner)
    return unknown('account-not-evaluated', `${caller} notifies topic ${nameOf(arn)} of account ${accountId}, which is not evaluated`);
  const topic = indexOf(owner).topics.get(arn);
  if (!topic)
    return (
      gapAt(owner, TOPIC_SUBSCRIPTIONS, region) ?? missed(HOLDS.alarm, 'topic-missing', `${caller} notifies ${arn}, which does not exist`)
    );
  const { confirmed } = topic.facts;
  if (confirmed === undefined) return unread(`topic ${nameOf(arn)}`, topic, 'confirmed');
  return confirmed > 0
    ? found(`${caller} notifies subscribers of topic ${nameOf(arn)}`)
    : missed(HOLDS.target, 'no-subscriber', `${caller} notifies topic ${nameOf(arn)}, which has no confirmed subscriber`);
}

function evaluateBus(arn: string, caller: string, search: Search): Outcome {
  const known = search.forwarded.get(arn) ?? searchDefaultBus(arn, search);
  search.forwarded.set(arn, known);
  return { ...known, reason: `${caller} sends these events to ${arn}: ${known.reason}` };
}

function searchDefaultBus(arn: string, search: Search): Outcome {
  const [, , , region = '', accountId = '', bus = ''] = arn.split(':');
  const owner = search.account(accountId);
  if (!owner) return unknown('account-not-evaluated', `account ${accountId} is not evaluated`);
  return bus === 'event-bus/default'
    ? searchBus(owner, region, search, true)
    : unknown('custom-bus', 'rules of a custom event bus are not read');
}

// ---- Index of an account

type Found<T extends ResourceType> = ReadonlyMap<string, readonly InventoryItem<T>[]>;

interface Index {
  /** By Region and log group, or only by Region if the log group is unknown. */
  readonly filters: Found<typeof METRIC_FILTER>;
  /** By Region and metric, or only by Region if the metrics are unknown. */
  readonly alarms: Found<typeof METRIC_ALARM>;
  /** By ARN. */
  readonly topics: ReadonlyMap<string, InventoryItem<typeof TOPIC_SUBSCRIPTIONS>>;
  /** Rules that can match an activity, by Region. */
  readonly rules: Found<typeof DEFAULT_BUS_RULE>;
  /** Metrics and targets of the filters and rules that can match an activity. */
  readonly detecting: {
    readonly filters: readonly { readonly region: string; readonly metrics?: readonly Metric[] }[];
    readonly rules: readonly { readonly targets?: readonly string[] }[];
  };
}

/** Cached indexes, one for each inventory, because many controls use the same one. */
const INDEXES = new WeakMap<Inventory, Index>();

function indexOf(inventory: Inventory): Index {
  const known = INDEXES.get(inventory);
  if (known) return known;
  const index = buildIndex(inventory);
  INDEXES.set(inventory, index);
  return index;
}

function buildIndex(inventory: Inventory): Index {
  const mayDetect = ({ facts }: InventoryItem<typeof METRIC_FILTER | typeof DEFAULT_BUS_RULE>): boolean =>
    facts.detects === undefined || detectsAny(facts.detects);
  const filters = currentOf(inventory, METRIC_FILTER).filter(mayDetect);
  const rules = currentOf(inventory, DEFAULT_BUS_RULE).filter(mayDetect);
  return {
    filters: groupBy(filters, ({ resource: { region }, facts: { logGroupName } }) => [
      logGroupName === undefined ? keyOf(region) : keyOf(region, logGroupName),
    ]),
    alarms: groupBy(currentOf(inventory, METRIC_ALARM), ({ resource: { region }, facts: { metrics } }) =>
      metrics === undefined ? [keyOf(region)] : metrics.map((metric) => metricKey(region, metric)),
    ),
    topics: new Map(currentOf(inventory, TOPIC_SUBSCRIPTIONS).map((topic) => [topic.resource.resourceId, topic])),
    rules: groupBy(rules, ({ resource }) => [resource.region]),
    detecting: {
      filters: filters.map(({ resource, facts }) => ({ region: resource.region, ...facts })),
      rules: rules.map(({ facts }) => facts),
    },
  };
}

function groupBy<T>(items: readonly T[], keysOf: (item: T) => readonly string[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    for (const key of new Set(keysOf(item))) {
      const group = groups.get(key);
      if (group) group.push(item);
      else groups.set(key, [item]);
    }
  }
  return groups;
}

const keyOf = (...parts: readonly string[]): string => JSON.stringify(parts);
const metricKey = (region: string, { namespace, name }: Metric): string => keyOf(region, namespace, name);

/** The last part of an ARN: the name of a trail, a topic or a rule. */
const nameOf = (arn: string): string => arn.split(/[:/]/).at(-1) ?? arn;

const unread = (name: string, item: InventoryItem<ResourceType>, fact: string): Outcome =>
  unknown(NOT_READ, `${name}: ${lacks(item, fact).reason}`);

/** Returns an unknown outcome if the list of a type in a Region is incomplete, or `undefined` if it is complete. */
function gapAt(inventory: Inventory, type: ResourceType, region: string): Outcome | undefined {
  const listings = inventory.listings(type).filter((listing) => covers(listing, region));
  const gap = listings.length === 0 ? 'not listed' : listings.find((listing) => listing.gap !== undefined)?.gap;
  return gap === undefined ? undefined : unknown(NOT_READ, `${type} was not read in ${region} of account ${inventory.accountId}: ${gap}`);
}
