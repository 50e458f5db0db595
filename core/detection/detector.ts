import {
  compliant,
  type Inventory,
  type InventoryItem,
  insufficientData,
  lacks,
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

/** The types of which a detector consists. */
export const DETECTOR_TYPES = [
  TRAIL_STATUS,
  METRIC_FILTER,
  METRIC_ALARM,
  TOPIC_SUBSCRIPTIONS,
  DEFAULT_BUS_RULE,
] as const satisfies readonly ResourceType[];

/**
 * Whether somebody is told of an activity in an account: by a metric filter on the log group of a trail that counts for IAM-L2-04, an
 * alarm on its metric in the same account and Region, and a target of that alarm; or by rules on default event buses in every Region
 * in which the activity's events occur.
 *
 * Targets: an SNS topic counts where it has a confirmed subscriber. What else tells people or acts (a Lambda function, an SQS queue, a
 * state machine, an OpsItem or an incident of Systems Manager, an API destination, an API) counts in the account that calls it, though
 * nobody looks into it; in another it is not known. What keeps records (a log group, a stream) and what only an instance or a scaling
 * group notices do not count. Of a rule on another Region's or account's default bus it counts what that bus's rules do with the events
 * sent to it; no further hop is followed, nor any bus of another name.
 *
 * Not judged: an alarm's threshold, periods and treatment of missing data, as a site may ask for several failures; the value that a
 * filter gives its metric; policies of topics and buses; whether events arrive in the log group (IAM-L2-05 asks that). Not found: an
 * alarm that tells through a composite alarm, or that finds its metric by a query or a search. All but the first err on the side of a failure.
 *
 * @returns what was found, `INSUFFICIENT_DATA` where something unread may hold it, or else the nearest miss.
 */
export function evaluateDetector(inventory: Inventory, activity: ActivityId): Verdict {
  const search: Search = {
    activity,
    observed: inventory.accountId,
    account: (id) => (id === inventory.accountId ? inventory : inventory.in(id)),
    forwarded: new Map(),
  };
  const [trails, rules] = [best(trailsTell(inventory, search)), rulesTell(inventory, search)];
  const { compliance, reason, holds } = best([trails, rules]);
  return holds === HOLDS.nothing ? nonCompliant(`${trails.reason}; ${rules.reason}`) : { compliance, reason };
}

/** A target in another account than these is not known; nobody spreads one account's alarms over more. */
const MAX_ACCOUNTS = 20;

/** The other accounts that may hold a link of a detector, as the account's own resources tell. */
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

/** A verdict on a way to tell somebody, and how many links hold before it breaks. */
interface Outcome extends Verdict {
  readonly holds: number;
}

/** The links of a detector, each of which rests on those before it. */
const HOLDS = { nothing: 0, trail: 1, logGroup: 2, catcher: 3, alarm: 4, target: 5, all: 6 } as const;

const found = (reason: string): Outcome => ({ ...compliant(reason), holds: HOLDS.all });
const unknown = (reason: string): Outcome => ({ ...insufficientData(reason), holds: HOLDS.all });
const missed = (holds: number, reason: string): Outcome => ({ ...nonCompliant(reason), holds });

/** Of several ways one is enough; where none is, what is not known may be one, and else the nearest miss is the first thing to mend. */
function best(ways: Iterable<Outcome>): Outcome {
  let first: Outcome | undefined;
  for (const way of ways) {
    if (way.compliance === 'COMPLIANT') return way;
    if (first === undefined || (first.compliance === 'NON_COMPLIANT' && rank(way) > rank(first))) first = way;
  }
  return first ?? missed(HOLDS.nothing, 'there is nothing');
}

const rank = ({ compliance, holds }: Outcome): number => (compliance === 'NON_COMPLIANT' ? holds : HOLDS.all);

/** What is looked for. */
interface Search {
  readonly activity: ActivityId;
  /** The account in which the activity occurs. */
  readonly observed: string;
  readonly account: (id: string) => Inventory | undefined;
  /** What the rules of a bus do with the events that others send to it, by the bus's ARN. */
  readonly forwarded: Map<string, Outcome>;
}

// ---- Trail, metric filter, alarm

function* trailsTell(inventory: Inventory, search: Search): Generator<Outcome> {
  const trails = evaluatedTrails(inventory);
  for (const { trail, verdict } of trails) {
    const name = nameOf(trail.resource.resourceId);
    const said = `trail ${name}: ${verdict.reason}`;
    if (verdict.compliance === 'NON_COMPLIANT') yield missed(HOLDS.nothing, said);
    else {
      const way = logGroupTells(trail, name, search);
      yield way.compliance === 'COMPLIANT' && verdict.compliance !== 'COMPLIANT' ? unknown(said) : way;
    }
  }
  const gap = gapIn(inventory, [TRAIL_STATUS]);
  if (gap) yield unknown(gap);
  else if (trails.length === 0) yield missed(HOLDS.nothing, 'there is no trail');
}

function logGroupTells(trail: InventoryItem<typeof TRAIL_STATUS>, trailName: string, search: Search): Outcome {
  const { logGroupArn } = trail.facts;
  if (logGroupArn === undefined) return unknown(`trail ${trailName}: ${lacks(trail, 'logGroupArn').reason}`);
  if (logGroupArn === 'none') return missed(HOLDS.trail, `trail ${trailName} does not send its events to CloudWatch Logs`);
  const [, , , region = '', accountId = '', , logGroup = ''] = logGroupArn.split(':');
  const receiver = search.account(accountId);
  if (!receiver) return unknown(`account ${accountId}, which receives trail ${trailName}, is not evaluated`);
  return best(filtersTell(receiver, region, logGroup, search));
}

function* filtersTell(receiver: Inventory, region: string, logGroup: string, search: Search): Generator<Outcome> {
  for (const filter of indexOf(receiver).filters.get(keyOf(region, logGroup)) ?? []) {
    const name = `metric filter ${filter.resource.resourceId}`;
    const { detects: detected, metrics } = filter.facts;
    if (detected === undefined) yield unread(name, filter, 'detects');
    else if (!detects(detected, search.activity, search.observed)) continue;
    else if (metrics === undefined) yield unread(name, filter, 'metrics');
    else if (metrics.length === 0) yield missed(HOLDS.catcher, `${name} catches these events, but counts in no metric without dimensions`);
    else for (const metric of metrics) yield best(alarmsTell(receiver, region, metric, name, search));
  }
  for (const filter of indexOf(receiver).filters.get(keyOf(region)) ?? []) yield unread(filter.resource.resourceId, filter, 'logGroupName');
  yield gapAt(receiver, METRIC_FILTER, region) ??
    missed(HOLDS.logGroup, `no metric filter on log group ${logGroup} in ${region} catches all these events`);
}

function* alarmsTell(receiver: Inventory, region: string, metric: Metric, filter: string, search: Search): Generator<Outcome> {
  for (const alarm of indexOf(receiver).alarms.get(metricKey(region, metric)) ?? []) yield alarmTells(alarm, receiver, search);
  for (const alarm of indexOf(receiver).alarms.get(keyOf(region)) ?? []) yield unread(alarm.resource.resourceId, alarm, 'metrics');
  yield gapAt(receiver, METRIC_ALARM, region) ??
    missed(
      HOLDS.catcher,
      `${filter} catches these events, but no alarm in ${region} watches its metric ${metric.namespace}/${metric.name}`,
    );
}

function alarmTells(alarm: InventoryItem<typeof METRIC_ALARM>, receiver: Inventory, search: Search): Outcome {
  const name = `alarm ${alarm.resource.resourceId}`;
  const { actionsEnabled, actions, firesWhenHigh } = alarm.facts;
  if (actionsEnabled === false) return missed(HOLDS.alarm, `${name} watches for these events, but its actions are disabled`);
  if (firesWhenHigh === false) return missed(HOLDS.alarm, `${name} fires when these events do not occur`);
  if (actions?.length === 0) return missed(HOLDS.alarm, `${name} watches for these events, but has no action`);
  if (actions === undefined) return unread(name, alarm, 'actions');
  const way = best(actions.map((action) => targetTells(action, name, receiver, search)));
  if (way.compliance === 'NON_COMPLIANT') return way;
  for (const fact of ['actionsEnabled', 'firesWhenHigh'] as const) if (alarm.facts[fact] === undefined) return unread(name, alarm, fact);
  return way;
}

// ---- Rules on event buses

/** In the Region of each event a rule must see it. */
function rulesTell(inventory: Inventory, search: Search): Outcome {
  const ways = regionsOf(inventory, search.activity).map((region) => ruleTells(inventory, region, search));
  const misses = ways.filter(({ compliance }) => compliance === 'NON_COMPLIANT');
  if (misses.length > 0) {
    const [partly, miss] = [ways.find(({ compliance }) => compliance === 'COMPLIANT'), best(misses)];
    return partly ? missed(Math.max(miss.holds, HOLDS.logGroup), `${partly.reason}, but ${miss.reason}`) : miss;
  }
  return ways.find(({ compliance }) => compliance !== 'COMPLIANT') ?? ways[0] ?? unknown(`${DEFAULT_BUS_RULE} was not listed`);
}

/**
 * The Regions of which each needs a rule: those that are approved or else were read, and those in which users sign in and global
 * services record calls, wherever the caller is (see `eventRegions`).
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

/** The Region of global services by the beginning of the names of its partition's Regions: https://docs.aws.amazon.com/general/latest/gr/iam-service.html */
const HOMES: readonly (readonly [string, string])[] = [
  ['us-gov-', 'us-gov-west-1'],
  ['cn-', 'cn-north-1'],
];
const COMMERCIAL = ['', 'us-east-1'] as const;
/** https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html */
const SIGN_IN_REGIONS = ['us-east-2', 'eu-north-1', 'ap-southeast-2'];

const ruleTells = (inventory: Inventory, region: string, search: Search, isForwarded = false): Outcome =>
  best(rulesOfBus(inventory, region, search, isForwarded));

function* rulesOfBus(inventory: Inventory, region: string, search: Search, isForwarded: boolean): Generator<Outcome> {
  for (const rule of indexOf(inventory).rules.get(region) ?? []) {
    const name = `rule ${nameOf(rule.resource.resourceId)} in ${region}`;
    const { enabled, detects: detected, targets } = rule.facts;
    if (detected === undefined) yield unread(name, rule, 'detects');
    else if (!detects(detected, search.activity, search.observed)) continue;
    else if (enabled === undefined) yield unread(name, rule, 'enabled');
    else if (!enabled) yield missed(HOLDS.catcher, `${name} catches these events, but is disabled`);
    else if (targets === undefined) yield unread(name, rule, 'targets');
    else if (targets.length === 0) yield missed(HOLDS.alarm, `${name} catches these events, but has no target`);
    else for (const target of targets) yield targetTells(target, name, inventory, search, isForwarded);
  }
  const where = isForwarded ? `account ${inventory.accountId} in ${region}` : region;
  yield gapAt(inventory, DEFAULT_BUS_RULE, region) ?? missed(HOLDS.nothing, `no EventBridge rule of ${where} catches all these events`);
}

// ---- Targets

/** Services that act on what they are told. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html and https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-actions.html */
const ACTING: ReadonlySet<string> = new Set(['execute-api', 'lambda', 'sqs', 'ssm', 'ssm-incidents', 'states']);

function targetTells(arn: string, caller: string, from: Inventory, search: Search, isForwarded = false): Outcome {
  const [, , service = '', region = '', accountId = '', ...rest] = arn.split(':');
  const resource = rest.join(':');
  if (service === 'sns') return topicTells(arn, region, accountId, caller, search);
  if (service === 'events' && resource.startsWith('event-bus/')) {
    return isForwarded ? unknown(`${caller} sends these events on to ${arn}, which is not followed`) : busTells(arn, caller, search);
  }
  if (!ACTING.has(service) && !(service === 'events' && resource.startsWith('api-destination/'))) {
    return missed(HOLDS.alarm, `${caller} catches these events, but ${arn} tells nobody`);
  }
  if (accountId !== '' && accountId !== from.accountId) return unknown(`${caller} calls ${arn} in another account`);
  return found(`${caller} calls ${arn}`);
}

function topicTells(arn: string, region: string, accountId: string, caller: string, search: Search): Outcome {
  const owner = search.account(accountId);
  if (!owner) return unknown(`account ${accountId}, whose topic ${nameOf(arn)} ${caller} notifies, is not evaluated`);
  const topic = indexOf(owner).topics.get(arn);
  if (!topic) return gapAt(owner, TOPIC_SUBSCRIPTIONS, region) ?? missed(HOLDS.alarm, `${caller} notifies ${arn}, which does not exist`);
  const { confirmed } = topic.facts;
  if (confirmed === undefined) return unread(`topic ${nameOf(arn)}`, topic, 'confirmed');
  return confirmed > 0
    ? found(`${caller} notifies subscribers of topic ${nameOf(arn)}`)
    : missed(HOLDS.target, `${caller} notifies topic ${nameOf(arn)}, which has no confirmed subscriber`);
}

function busTells(arn: string, caller: string, search: Search): Outcome {
  const known = search.forwarded.get(arn) ?? defaultBusTells(arn, search);
  search.forwarded.set(arn, known);
  return { ...known, reason: `${caller} sends these events to ${arn}: ${known.reason}` };
}

function defaultBusTells(arn: string, search: Search): Outcome {
  const [, , , region = '', accountId = '', bus = ''] = arn.split(':');
  const owner = search.account(accountId);
  if (!owner) return unknown(`account ${accountId} is not evaluated`);
  return bus === 'event-bus/default'
    ? ruleTells(owner, region, search, true)
    : unknown('rules of another bus than the default are not read');
}

// ---- What is in an account

type Found<T extends ResourceType> = ReadonlyMap<string, readonly InventoryItem<T>[]>;

interface Index {
  /** By Region and log group; by Region alone where the log group is not known. */
  readonly filters: Found<typeof METRIC_FILTER>;
  /** By Region and metric; by Region alone where the metrics are not known. */
  readonly alarms: Found<typeof METRIC_ALARM>;
  /** By ARN. */
  readonly topics: ReadonlyMap<string, InventoryItem<typeof TOPIC_SUBSCRIPTIONS>>;
  /** By Region. Those that may catch anything. */
  readonly rules: Found<typeof DEFAULT_BUS_RULE>;
  /** What those filters and rules that catch anything lead to. */
  readonly detecting: {
    readonly filters: readonly { readonly region: string; readonly metrics?: readonly Metric[] }[];
    readonly rules: readonly { readonly targets?: readonly string[] }[];
  };
}

/** One for each inventory, as many controls ask the same of it. */
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

const unread = (name: string, item: InventoryItem<ResourceType>, fact: string): Outcome => unknown(`${name}: ${lacks(item, fact).reason}`);

/** That there may be more of a type in a Region than is known; `undefined` where all of it was listed. */
function gapAt(inventory: Inventory, type: ResourceType, region: string): Outcome | undefined {
  const listings = inventory.listings(type).filter((listing) => covers(listing, region));
  const gap = listings.length === 0 ? 'nobody listed it' : listings.find((listing) => listing.gap !== undefined)?.gap;
  return gap === undefined ? undefined : unknown(`${type} not read in ${region} of account ${inventory.accountId}: ${gap}`);
}
