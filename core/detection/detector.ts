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
import { COMPOSITE_ALARM } from '../facts/cloudwatch-composite-alarm.ts';
import { METRIC_ALARM, type Metric, type WatchedMetric } from '../facts/cloudwatch-metric-alarm.ts';
import { type DetectedActivities, detectsAny, matchedIn } from '../facts/detected-activities.ts';
import { DEFAULT_BUS_RULE } from '../facts/events-default-bus-rule.ts';
import { METRIC_FILTER, type PublishedMetric } from '../facts/logs-metric-filter.ts';
import { TOPIC_SUBSCRIPTIONS } from '../facts/sns-topic-subscriptions.ts';
import { globalRegionOf, partitionOf } from '../partitions.ts';
import { type ActivityId, eventNames, isGlobalActivity } from './activities.ts';
import { evaluatedTrails, trailOwners } from './multi-region-trail.ts';
import { doubtAbout, hasThreshold, mostEvents } from './sensitivity.ts';

/** Resource types that make up a detector. */
export const DETECTOR_TYPES = [
  TRAIL_STATUS,
  METRIC_FILTER,
  METRIC_ALARM,
  COMPOSITE_ALARM,
  TOPIC_SUBSCRIPTIONS,
  DEFAULT_BUS_RULE,
] as const satisfies readonly ResourceType[];

/**
 * Evaluates whether every event of an activity in an account notifies people. There are two ways. A metric filter on the log group of a
 * trail that counts for IAM-L2-04 feeds an alarm in the same account and Region, which has a target or makes a composite alarm with a
 * target fire. Or a rule on the default event bus matches the event in every Region in which it occurs, and has a target. Several
 * filters, alarms and rules together are enough if each event takes one of the ways.
 *
 * A filter or rule that also matches ordinary events (see `ordinaryEvents`) does not count: people who get a message for each of them
 * do not see the few that matter. The alarm must fire at one event: see `doubtAbout`.
 *
 * Targets: an SNS topic counts if it has a confirmed subscriber. A Lambda function, an SQS queue, a state machine, an OpsItem or an
 * incident of Systems Manager, an API destination and an API count in the account that calls them, although csmm does not look
 * inside; in another account they are unknown. A log group, a stream, an instance and a scaling group do not count. For a rule that
 * sends events to the default bus of another Region or account, the rules of that bus decide. csmm follows no further hop and no
 * custom bus.
 *
 * Not evaluated: policies of topics and buses; whether events arrive in the log group (IAM-L2-05 evaluates that). Not found: an alarm
 * in another account than its metric, and an alarm on a query of logs or of PromQL. These limits cause failures, never passes.
 *
 * @returns the detectors that were found, `INSUFFICIENT_DATA` if unread data can contain one, or else the nearest miss
 */
export function evaluateDetector(inventory: Inventory, activity: ActivityId): Verdict {
  const names = eventNames(activity);
  const search: Search = {
    activity,
    names,
    every: '1'.repeat(names.length),
    observed: inventory.accountId,
    account: (id) => (id === inventory.accountId ? inventory : inventory.in(id)),
    forwarded: new Map(),
    ordinary: new Map(),
  };
  const trails = coverageOf(searchTrails(inventory, search), search);
  const rules = searchRules(inventory, search);
  const { holds, ...verdict } = outcomeOf(together(trails, rules), search);
  return holds === HOLDS.nothing ? nonCompliant('not-detected', `${trails.miss.reason}; ${rules.miss.reason}`) : verdict;
}

/** Maximum number of other accounts to read. A target in a further account is unknown; real setups use fewer. */
const MAX_ACCOUNTS = 20;

/** Returns the other accounts that can contain a link of a detector, derived from the account's own resources. */
export function detectorAccounts(inventory: Inventory): string[] {
  const index = indexOf(inventory);
  const groups = inventory.all(TRAIL_STATUS).flatMap(({ facts }) => accountOf(facts.logGroupArn) ?? []);
  const called = [...index.detecting.rules.flatMap(({ targets = [] }) => targets), ...actionsOf(index)];
  const accounts = new Set([...trailOwners(inventory), ...groups, ...called.map((arn) => accountOf(arn) ?? '')]);
  return [...accounts].filter((id) => id !== '' && id !== inventory.accountId).slice(0, MAX_ACCOUNTS);
}

/** Returns the actions of the alarms on the metrics of filters that can match an activity. */
function* actionsOf(index: Index): Generator<string> {
  for (const { region, metrics = [] } of index.detecting.filters) {
    const alarms = new Set(metrics.flatMap((metric) => index.alarms.get(metricKey(region, metric)) ?? []));
    for (const alarm of alarms) for (const { facts } of [alarm, ...compositesOf(alarm, index)]) yield* facts.actions ?? [];
  }
}

/** A verdict on one way to notify people, with the number of links that exist before it breaks. */
interface Outcome extends Verdict {
  readonly holds: number;
}

/** One way, and the events that take it: `1` or `0` for each canonical event. */
interface Way extends Outcome {
  readonly events: string;
}

/** The links of a detector. Each one requires those before it. `events`: some of the events are detected. */
const HOLDS = { nothing: 0, trail: 1, logGroup: 2, events: 3, catcher: 4, alarm: 5, target: 6, all: 7 } as const;

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
  /** Names of its canonical events. */
  readonly names: readonly string[];
  /** All of its canonical events. */
  readonly every: string;
  /** The account in which the activity occurs. */
  readonly observed: string;
  readonly account: (id: string) => Inventory | undefined;
  /** Outcomes of the rules of a bus for events that other buses send to it, by the ARN of the bus. */
  readonly forwarded: Map<string, Coverage>;
  /** Results of {@link ordinaryIn}, by account and metric. */
  readonly ordinary: Map<string, Noise | undefined>;
}

// ---- Several ways together

/** The events that several ways cover. */
interface Coverage {
  /** Events that notify people. */
  readonly told: string;
  /** These, and those that may notify people: some evidence was not read. */
  readonly open: string;
  /** Reasons of the ways that notify people. */
  readonly found: readonly string[];
  /** The first unknown way. */
  readonly unknown?: Outcome | undefined;
  /** The nearest miss. */
  readonly miss: Outcome;
}

const merge = (one: string, other: string, bit: (one: boolean, other: boolean) => boolean): string =>
  [...one].map((mark, index) => (bit(mark === '1', other[index] === '1') ? '1' : '0')).join('');
const union = (one: string, other: string): string => merge(one, other, (a, b) => a || b);
const common = (one: string, other: string): string => merge(one, other, (a, b) => a && b);
const without = (one: string, other: string): string => merge(one, other, (a, b) => a && !b);
const isNone = (events: string): boolean => !events.includes('1');
const isEvery = (events: string): boolean => !events.includes('0');

function coverageOf(ways: Iterable<Way>, { every }: Search): Coverage {
  const none = '0'.repeat(every.length);
  let [told, open, matched] = [none, none, none];
  let firstUnknown: Outcome | undefined;
  const reasons: string[] = [];
  const misses: Way[] = [];
  for (const way of ways) {
    if (way.holds > HOLDS.events) matched = union(matched, way.events);
    if (way.compliance === 'NON_COMPLIANT') misses.push(way);
    else {
      open = union(open, way.events);
      if (way.compliance !== 'COMPLIANT') firstUnknown ??= way;
      else if (!isNone(without(way.events, told))) {
        told = union(told, way.events);
        reasons.push(way.reason);
      }
    }
    // Further ways can neither add nor take away.
    if (isEvery(told)) break;
  }
  // If no pattern matches one of the events, that is what to fix, and not an alarm or a target of the others.
  const counts = ({ events, holds }: Way): boolean =>
    isEvery(matched) ? isEvery(open) || !isNone(without(events, open)) : holds <= HOLDS.events;
  const { events: _, ...miss } = { events: none, ...best(misses.filter(counts)) };
  return { told, open, found: reasons, unknown: firstUnknown, miss };
}

/** Returns what two kinds of ways cover together. The nearest miss is the nearest of both. */
function together(one: Coverage, other: Coverage): Coverage {
  const parts = [one, other].filter(({ told }) => !isNone(told));
  const whole = parts.find(({ told }) => isEvery(told));
  return {
    told: union(one.told, other.told),
    open: union(one.open, other.open),
    found: (whole ? [whole] : parts).flatMap((part) => part.found),
    unknown: one.unknown ?? other.unknown,
    miss: best([one.miss, other.miss]),
  };
}

/** Maximum number of detectors in a reason. */
const MAX_FOUND = 3;

function outcomeOf({ told, open, found: reasons, unknown: first, miss }: Coverage, search: Search): Outcome {
  if (isEvery(told)) {
    const more = reasons.length - MAX_FOUND;
    return found(reasons.slice(0, MAX_FOUND).join('; ') + (more > 0 ? `; and ${more} more` : ''));
  }
  if (isEvery(open) && first) return unknown(first.code ?? NOT_READ, first.reason);
  if (isNone(told) || miss.holds > HOLDS.events) return miss;
  const [name = ''] = search.names.filter((_, index) => open[index] === '0');
  return missed(HOLDS.events, 'events-left-out', `${reasons[0]}, but no detector matches ${name}`);
}

// ---- Trail, metric filter, alarm

function* searchTrails(inventory: Inventory, search: Search): Generator<Way> {
  const of = (outcome: Outcome): Way => ({ ...outcome, events: search.every });
  const trails = evaluatedTrails(inventory);
  for (const { trail, verdict } of trails) {
    const name = nameOf(trail.resource.resourceId);
    const reason = `trail ${name}: ${verdict.reason}`;
    if (verdict.compliance === 'NON_COMPLIANT') yield of(missed(HOLDS.nothing, 'no-complete-trail', reason));
    else {
      for (const way of searchLogGroup(trail, name, search)) {
        const isUnknown = way.compliance === 'COMPLIANT' && verdict.compliance !== 'COMPLIANT';
        yield isUnknown ? { ...unknown('trail-unknown', reason), events: way.events } : way;
      }
    }
  }
  const gap = gapIn(inventory, [TRAIL_STATUS]);
  if (gap) yield of(unknown(NOT_READ, gap));
  else if (trails.length === 0) yield of(missed(HOLDS.nothing, 'no-trail', 'account has no trail'));
}

function* searchLogGroup(trail: InventoryItem<typeof TRAIL_STATUS>, trailName: string, search: Search): Generator<Way> {
  const of = (outcome: Outcome): Way => ({ ...outcome, events: search.every });
  const { logGroupArn } = trail.facts;
  if (logGroupArn === undefined) yield of(unread(`trail ${trailName}`, trail, 'logGroupArn'));
  else if (logGroupArn === 'none') yield of(missed(HOLDS.trail, 'no-log-group', `trail ${trailName} sends no events to CloudWatch Logs`));
  else {
    const [, , , region = '', accountId = '', , logGroup = ''] = logGroupArn.split(':');
    const receiver = search.account(accountId);
    if (receiver) yield* searchFilters(receiver, region, logGroup, search);
    else yield of(unknown('account-not-evaluated', `account ${accountId}, which receives trail ${trailName}, is not evaluated`));
  }
}

function* searchFilters(receiver: Inventory, region: string, logGroup: string, search: Search): Generator<Way> {
  const of = (outcome: Outcome): Way => ({ ...outcome, events: search.every });
  for (const filter of indexOf(receiver).filters.get(keyOf(region, logGroup)) ?? []) {
    const { detects } = filter.facts;
    if (detects === undefined) yield of(unread(nameOfFilter(filter), filter, 'detects'));
    else {
      const match = matchOf(detects, search);
      if (match) yield* searchMetrics(filter, match, receiver, search);
    }
  }
  for (const filter of indexOf(receiver).filters.get(keyOf(region)) ?? []) yield of(unread(nameOfFilter(filter), filter, 'logGroupName'));
  yield of(
    gapAt(receiver, METRIC_FILTER, region) ??
      missed(HOLDS.logGroup, 'no-metric-filter', `no metric filter on log group ${logGroup} in ${region} matches all these events`),
  );
}

type Filter = InventoryItem<typeof METRIC_FILTER>;

const nameOfFilter = ({ resource }: Filter): string => `metric filter ${resource.resourceId}`;

/** The events of the activity that a pattern matches. */
interface Match {
  readonly events: string;
  readonly readable: boolean;
  readonly ordinary?: string | undefined;
}

/** Returns what a pattern matches of the activity, `undefined` if nothing. */
function matchOf(detects: DetectedActivities, { activity, observed, every }: Search): Match | undefined {
  const { readable, activities, ordinary } = matchedIn(detects, observed);
  const events = activities[activity];
  if (events === undefined) return undefined;
  // A record of another version of csmm can have other canonical events.
  if (events.length !== every.length) return { events: every, readable: false };
  return isNone(events) ? undefined : { events, readable, ordinary };
}

const unselective = (code: string, name: string, ordinary: string): Outcome =>
  missed(HOLDS.catcher, code, `${name} matches these events, but also ordinary ones such as ${ordinary}`);

function* searchMetrics(filter: Filter, { events, readable, ordinary }: Match, receiver: Inventory, search: Search): Generator<Way> {
  const of = (outcome: Outcome): Way => ({ ...outcome, events });
  const name = nameOfFilter(filter);
  const { metrics } = filter.facts;
  if (!readable) yield of(unknown('pattern-not-evaluated', `csmm cannot evaluate the pattern of ${name}`));
  else if (ordinary !== undefined) yield of(unselective('filter-not-selective', name, ordinary));
  else if (metrics === undefined) yield of(unread(name, filter, 'metrics'));
  else if (metrics.length === 0)
    yield of(missed(HOLDS.catcher, 'filter-without-metric', `${name} matches these events, but has no metric without dimensions`));
  else for (const metric of metrics) yield of(best(searchAlarms(receiver, filter.resource.region, metric, name, search)));
}

function* searchAlarms(receiver: Inventory, region: string, metric: PublishedMetric, filter: string, search: Search): Generator<Outcome> {
  for (const alarm of indexOf(receiver).alarms.get(metricKey(region, metric)) ?? []) {
    for (const watched of alarm.facts.series?.metrics ?? []) {
      if (metricKey(region, watched) === metricKey(region, metric))
        yield evaluateAlarm(alarm, { watched, published: metric }, receiver, search);
    }
  }
  for (const alarm of indexOf(receiver).alarms.get(keyOf(region)) ?? []) yield unread(alarm.resource.resourceId, alarm, 'series');
  yield gapAt(receiver, METRIC_ALARM, region) ??
    missed(
      HOLDS.catcher,
      'no-alarm',
      `${filter} matches these events, but no alarm in ${region} watches its metric ${metric.namespace}/${metric.name}`,
    );
}

interface MetricOfFilter {
  readonly watched: WatchedMetric;
  readonly published: PublishedMetric;
}

function evaluateAlarm(
  alarm: InventoryItem<typeof METRIC_ALARM>,
  { watched, published }: MetricOfFilter,
  receiver: Inventory,
  search: Search,
): Outcome {
  const name = `alarm ${alarm.resource.resourceId}`;
  const lost = NEEDED.find((fact) => alarm.facts[fact] === undefined && !(fact === 'threshold' && isOnBand(alarm.facts.comparison)));
  const doubt = lost ? undefined : doubtAbout(alarm.facts, watched, published, mostEvents(search.activity));
  if (doubt?.kind === 'fails') return missed(HOLDS.alarm, doubt.code, `${name} ${doubt.reason}`);
  const noise = noiseOf(alarm, watched, receiver, search);
  if (noise?.compliance === 'NON_COMPLIANT') return noise;
  const way = best([...alertsOf(alarm, name, receiver, search), ...searchComposites(alarm, receiver, search)]);
  if (way.compliance === 'NON_COMPLIANT') return way;
  if (lost) return unread(name, alarm, lost);
  return doubt ? unknown(doubt.code, `${name} ${doubt.reason}`) : (noise ?? way);
}

const NEEDED = ['comparison', 'threshold', 'datapointsToAlarm', 'missingData'] as const;

/** An alarm on an anomaly detection band has no threshold. */
const isOnBand = (comparison: string | undefined): boolean => comparison !== undefined && !hasThreshold(comparison);

/** Returns why the other metrics and filters that feed an alarm keep it in ALARM, or may. */
function noiseOf(
  alarm: InventoryItem<typeof METRIC_ALARM>,
  watched: WatchedMetric,
  receiver: Inventory,
  search: Search,
): Outcome | undefined {
  const name = `alarm ${alarm.resource.resourceId}`;
  const { region } = alarm.resource;
  const { metrics = [], others = false } = alarm.facts.series ?? {};
  if (others) return unknown('alarm-not-evaluated', `${name} watches an expression over other metrics too`);
  for (const each of metrics) {
    if (each !== watched && !indexOf(receiver).feeders.has(metricKey(region, each))) {
      return unknown('alarm-not-evaluated', `${name} watches ${each.namespace}/${each.name} too, which no metric filter feeds`);
    }
    const ordinary = ordinaryIn(each, region, receiver, search);
    if (ordinary) return unselective('filter-not-selective', `${ordinary.filter}, which feeds ${name},`, ordinary.event);
  }
  return undefined;
}

/** A filter that counts ordinary events in a metric, and one of them. */
interface Noise {
  readonly filter: string;
  readonly event: string;
}

/** Returns a filter that counts ordinary events in a metric. Looks once for each metric: many alarms can watch it. */
function ordinaryIn(metric: Metric, region: string, receiver: Inventory, { observed, ordinary }: Search): Noise | undefined {
  const key = keyOf(receiver.accountId, region, metric.namespace, metric.name);
  if (ordinary.has(key)) return ordinary.get(key);
  const noisy = (indexOf(receiver).feeders.get(metricKey(region, metric)) ?? []).flatMap((filter) => {
    const event = filter.facts.detects && matchedIn(filter.facts.detects, observed).ordinary;
    return event === undefined ? [] : [{ filter: nameOfFilter(filter), event }];
  });
  ordinary.set(key, noisy[0]);
  return noisy[0];
}

/** Returns whether the own actions of an alarm notify people. */
function* alertsOf(
  alarm: InventoryItem<typeof METRIC_ALARM | typeof COMPOSITE_ALARM>,
  name: string,
  receiver: Inventory,
  search: Search,
): Generator<Outcome> {
  const { actionsEnabled, actions } = alarm.facts;
  if (actionsEnabled === false)
    yield missed(HOLDS.alarm, 'alarm-actions-disabled', `${name} watches for these events, but its actions are disabled`);
  else if (actions?.length === 0) yield missed(HOLDS.alarm, 'alarm-without-action', `${name} watches for these events, but has no action`);
  else if (actions === undefined) yield unread(name, alarm, 'actions');
  else {
    const way = best(actions.map((action) => evaluateTarget(action, name, receiver, search)));
    yield actionsEnabled === undefined && way.compliance !== 'NON_COMPLIANT' ? unread(name, alarm, 'actionsEnabled') : way;
  }
}

/** Returns whether a composite alarm that an alarm makes fire notifies people. Yields nothing if no composite alarm depends on it. */
function* searchComposites(alarm: InventoryItem<typeof METRIC_ALARM>, receiver: Inventory, search: Search): Generator<Outcome> {
  const index = indexOf(receiver);
  for (const composite of compositesOf(alarm, index)) {
    const name = `composite alarm ${composite.resource.resourceId}`;
    const ways = best(alertsOf(composite, name, receiver, search));
    if (ways.compliance === 'NON_COMPLIANT') yield ways;
    else if (composite.facts.suppressed === undefined) yield unread(name, composite, 'suppressed');
    else if (composite.facts.suppressed) yield unknown('alarm-suppressed', `${name} has a suppressor, which csmm does not evaluate`);
    else if (!isChoice(composite)) yield unknown('alarm-rule-not-evaluated', `${name} has a rule that csmm does not evaluate`);
    else yield ways;
  }
  const gap = gapAt(receiver, COMPOSITE_ALARM, alarm.resource.region);
  if (gap) yield gap;
}

type Composite = InventoryItem<typeof COMPOSITE_ALARM>;

const isChoice = ({ facts }: Composite): boolean => (facts.firesWith ?? []).length > 0;

/** Maximum number of composite alarms to look at for one alarm. CloudWatch allows 150 on one alarm. */
const MAX_COMPOSITES = 150;

/** Returns the composite alarms that depend on an alarm, also by way of another, and those whose rule is unknown. */
function compositesOf({ resource }: InventoryItem<typeof METRIC_ALARM>, { composites }: Index): Composite[] {
  const reached = new Set<Composite>(composites.get(keyOf(resource.region)));
  const names = [resource.resourceId];
  for (const name of names) {
    for (const composite of composites.get(keyOf(resource.region, name)) ?? []) {
      if (reached.has(composite) || reached.size >= MAX_COMPOSITES) continue;
      reached.add(composite);
      // Another rule than a choice is not evaluated, so the search ends there.
      if (isChoice(composite)) names.push(composite.resource.resourceId);
    }
  }
  return [...reached];
}

// ---- Rules on event buses

/** Evaluates the rules: one must match in the Region of each event. */
function searchRules(inventory: Inventory, search: Search): Coverage {
  const parts = regionsOf(inventory, search.activity).map((region) => coverageOf(searchBus(inventory, region, search), search));
  const [first] = parts;
  if (!first) return coverageOf([{ ...unknown(NOT_READ, `${DEFAULT_BUS_RULE} was not listed`), events: search.every }], search);
  const told = parts.map((part) => part.told).reduce(common);
  const open = parts.map((part) => part.open).reduce(common);
  const outcomes = parts.map((part) => outcomeOf(part, search));
  const miss = best(outcomes.filter(({ compliance }) => compliance === 'NON_COMPLIANT'));
  const partly = outcomes.find(({ compliance }) => compliance === 'COMPLIANT');
  return {
    told,
    open,
    found: first.found,
    unknown: parts.find((part) => part.unknown && !isEvery(part.told))?.unknown,
    miss: partly ? missed(Math.max(miss.holds, HOLDS.logGroup), 'region-not-covered', `${partly.reason}, but ${miss.reason}`) : miss,
  };
}

/**
 * Returns the Regions that each need a rule: the approved Regions (or else those that were read), and those in which users sign in
 * and global services record calls, whatever the Region of the caller (see `isGlobalActivity`).
 */
function regionsOf(inventory: Inventory, activity: ActivityId): string[] {
  const listed = inventory.listings(DEFAULT_BUS_RULE).map(({ region }) => region);
  const evaluated = inventory.settings.approvedRegions ?? listed;
  // The Regions that were read are those of the account. Settings can name Regions of several partitions.
  const partition = partitionOf(listed[0] ?? evaluated[0] ?? '');
  const home = globalRegionOf(partition);
  if (isGlobalActivity(activity)) return [home];
  const signIns = activity === 'console-auth-failures' && partition === 'aws' ? SIGN_IN_REGIONS : [];
  const always = activity === 'root-usage' || activity === 'console-auth-failures' ? [home, ...signIns] : [];
  return evaluated.length === 0 ? [] : [...new Set([...evaluated, ...always])];
}

/** Further Regions of the partition `aws` that record sign-ins. https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html */
const SIGN_IN_REGIONS = ['us-east-2', 'eu-north-1', 'ap-southeast-2'];

function* searchBus(inventory: Inventory, region: string, search: Search, isForwarded = false): Generator<Way> {
  for (const rule of indexOf(inventory).rules.get(region) ?? []) yield* searchTargets(rule, inventory, search, isForwarded);
  const where = isForwarded ? `account ${inventory.accountId} in ${region}` : region;
  const miss = `no EventBridge rule of ${where} matches all these events`;
  yield {
    ...(inventory.closedRegions.has(region)
      ? missed(HOLDS.nothing, 'no-rule', `${miss}, and the organization has closed the Region`)
      : (gapAt(inventory, DEFAULT_BUS_RULE, region) ?? missed(HOLDS.nothing, 'no-rule', miss))),
    events: search.every,
  };
}

function* searchTargets(
  rule: InventoryItem<typeof DEFAULT_BUS_RULE>,
  inventory: Inventory,
  search: Search,
  isForwarded: boolean,
): Generator<Way> {
  const { enabled, detects, targets } = rule.facts;
  const name = `rule ${nameOf(rule.resource.resourceId)} in ${rule.resource.region}`;
  const match = detects === undefined ? { events: search.every, readable: false } : matchOf(detects, search);
  if (!match || (enabled === false && !match.readable)) return;
  const of = (outcome: Outcome): Way => ({ ...outcome, events: match.events });
  if (enabled === false) yield of(missed(HOLDS.catcher, 'rule-disabled', `${name} matches these events, but is disabled`));
  else if (detects === undefined) yield of(unread(name, rule, 'detects'));
  else if (enabled === undefined) yield of(unread(name, rule, 'enabled'));
  else if (targets === undefined) yield of(unread(name, rule, 'targets'));
  else if (targets.length === 0) yield of(missed(HOLDS.alarm, 'rule-without-target', `${name} matches these events, but has no target`));
  else for (const target of targets) yield* searchTarget({ target, name, ...match }, inventory, search, isForwarded);
}

/** A target of a rule, and what the rule sends to it. */
interface Sent extends Match {
  readonly target: string;
  /** Name of the rule. */
  readonly name: string;
}

function* searchTarget(
  { target, events, name, readable, ordinary }: Sent,
  from: Inventory,
  search: Search,
  isForwarded: boolean,
): Generator<Way> {
  const uncertain = (way: Way): Way =>
    readable || way.compliance === 'NON_COMPLIANT'
      ? way
      : { ...unknown('pattern-not-evaluated', `csmm cannot evaluate the pattern of ${name}`), events: way.events };
  if (isBus(target)) {
    // The rules of the other bus choose among the events, so that this rule may send all of them.
    for (const way of waysBeyond(target, name, search, isForwarded)) yield uncertain({ ...way, events: common(way.events, events) });
    return;
  }
  const outcome = evaluateTarget(target, name, from, search);
  if (ordinary === undefined || outcome.compliance === 'NON_COMPLIANT') yield uncertain({ ...outcome, events });
  else if (target.split(':')[2] === 'sns') yield uncertain({ ...unselective('rule-not-selective', name, ordinary), events });
  else {
    const reason = `${name} sends these events to ${target}, but also ordinary ones such as ${ordinary}; csmm does not see which of them alert people`;
    yield { ...unknown('target-chooses', reason), events };
  }
}

const isBus = (arn: string): boolean => /^arn:[^:]*:events:[^:]*:[^:]*:event-bus\//.test(arn);

/** Returns what the rules of another bus do with the events that a rule sends to it. */
function waysBeyond(arn: string, caller: string, search: Search, isForwarded: boolean): Way[] {
  if (isForwarded)
    return [
      { ...unknown('hop-not-followed', `${caller} forwards these events to ${arn}, which csmm does not follow`), events: search.every },
    ];
  const known = search.forwarded.get(arn) ?? coverageOf(searchDefaultBus(arn, search), search);
  search.forwarded.set(arn, known);
  const { told, open, found: reasons, unknown: first, miss } = known;
  const prefix = `${caller} sends these events to ${arn}: `;
  return [
    ...(isNone(told) ? [] : [{ ...found(prefix + reasons.slice(0, MAX_FOUND).join('; ')), events: told }]),
    ...(first ? [{ ...first, reason: prefix + first.reason, events: without(open, told) }] : []),
    { ...miss, reason: prefix + miss.reason, events: without(search.every, open) },
  ].filter(({ events }) => !isNone(events));
}

function* searchDefaultBus(arn: string, search: Search): Generator<Way> {
  const [, , , region = '', accountId = '', bus = ''] = arn.split(':');
  const owner = search.account(accountId);
  if (!owner) yield { ...unknown('account-not-evaluated', `account ${accountId} is not evaluated`), events: search.every };
  else if (bus === 'event-bus/default') yield* searchBus(owner, region, search, true);
  else yield { ...unknown('custom-bus', 'rules of a custom event bus are not read'), events: search.every };
}

// ---- Targets

/** Services that act on the events that they receive. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html and https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-actions.html */
const ACTING: ReadonlySet<string> = new Set(['execute-api', 'lambda', 'sqs', 'ssm', 'ssm-incidents', 'states']);

function evaluateTarget(arn: string, caller: string, from: Inventory, search: Search): Outcome {
  const [, , service = '', region = '', accountId = '', ...rest] = arn.split(':');
  const resource = rest.join(':');
  if (service === 'sns') return evaluateTopic(arn, region, accountId, caller, search);
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

// ---- Index of an account

type Found<T extends ResourceType> = ReadonlyMap<string, readonly InventoryItem<T>[]>;

interface Index {
  /** By Region and log group, or only by Region if the log group is unknown. */
  readonly filters: Found<typeof METRIC_FILTER>;
  /** All filters that feed a metric, also those for other events, by Region and metric. */
  readonly feeders: Found<typeof METRIC_FILTER>;
  /** By Region and metric, or only by Region if the metrics are unknown. */
  readonly alarms: Found<typeof METRIC_ALARM>;
  /** By Region and the name of an alarm that they depend on, or only by Region if their rule is unknown. */
  readonly composites: Found<typeof COMPOSITE_ALARM>;
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
    feeders: groupBy(currentOf(inventory, METRIC_FILTER), ({ resource: { region }, facts: { metrics = [] } }) =>
      metrics.map((metric) => metricKey(region, metric)),
    ),
    alarms: groupBy(currentOf(inventory, METRIC_ALARM), ({ resource: { region }, facts: { series } }) =>
      series === undefined ? [keyOf(region)] : series.metrics.map((metric) => metricKey(region, metric)),
    ),
    composites: groupBy(currentOf(inventory, COMPOSITE_ALARM), ({ resource: { region }, facts: { firesWith, depends } }) =>
      firesWith === undefined || depends === undefined ? [keyOf(region)] : [...firesWith, ...depends].map((name) => keyOf(region, name)),
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
