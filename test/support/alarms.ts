import { describe, expect, it } from 'vitest';
import type { ControlDefinition, Inventory, ResourceType } from '../../core/control.ts';
import {
  ACTIVITIES,
  type ActivityId,
  canonicalEvents,
  type MatchedEvents,
  matchedByFilter,
  matchedByRule,
} from '../../core/detection/activities.ts';
import { parseFilterPattern } from '../../core/detection/metric-filter.ts';
import { evaluateJoins } from '../../core/evaluation/evaluate.ts';
import type { TrailStatusFacts } from '../../core/facts/cloudtrail-trail-status.ts';
import type { FactsByType } from '../../core/facts/index.ts';
import { CAPTURED_AT, codeOf, type Estate, inventoryOf, inventoryWith } from './control.ts';
import { factsOf } from './facts.ts';

/** A filter pattern in the manner of the CIS AWS Foundations Benchmark, without the last `leftOut` of its event names. */
export function cisPattern(activity: ActivityId, leftOut = 0): string {
  if (activity === 'root-usage') {
    const service = leftOut > 0 ? ' && $.eventType = "AwsApiCall"' : ' && $.eventType != "AwsServiceEvent"';
    return `{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS${service} }`;
  }
  if (activity === 'console-auth-failures') {
    return `{ ($.eventName = ConsoleLogin) && ($.errorMessage = "Failed authentication")${leftOut > 0 ? ' && ($.userIdentity.type = "Root")' : ''} }`;
  }
  const events = canonicalEvents(activity);
  const names = events.slice(0, events.length - leftOut).map((event) => `($.eventName = ${event.replace('kms ', '')})`);
  return activity === 'cmk-disable-delete'
    ? `{ ($.eventSource = kms.amazonaws.com) && (${names.join(' || ')}) }`
    : `{ ${names.join(' || ')} }`;
}

/** An event pattern that catches an activity by its event names. */
export function eventPattern(activity: ActivityId): string {
  if (activity === 'root-usage') return JSON.stringify({ detail: { userIdentity: { type: ['Root'] } } });
  if (activity === 'console-auth-failures') {
    return JSON.stringify({ detail: { eventName: ['ConsoleLogin'], errorMessage: ['Failed authentication'] } });
  }
  return JSON.stringify({ detail: { eventName: canonicalEvents(activity).map((event) => event.replace('kms ', '')) } });
}

/** The activities whose canonical events a pattern matches, all of them. */
export const wholeActivities = ({ activities }: Pick<MatchedEvents, 'activities'>): ActivityId[] =>
  ACTIVITIES.filter((activity) => activities[activity]?.includes('0') === false);

/** The activities that a metric filter detects: it can be read, matches all their events and no ordinary one. */
export function detectedByFilter(pattern: string, accountId = OWN): ActivityId[] {
  const matched = matchedByFilter(parseFilterPattern(pattern), accountId);
  return matched.readable && matched.ordinary === undefined ? wholeActivities(matched) : [];
}

/** The activities that a rule detects, like {@link detectedByFilter}. */
export function detectedByRule(pattern: unknown, accountId = OWN, readOnly = false): ActivityId[] {
  const matched = matchedByRule(pattern, accountId, readOnly);
  return matched.readable && matched.ordinary === undefined ? wholeActivities(matched) : [];
}

export const OWN = '111111111111';
export const REGION = 'eu-west-1';
/** The Regions that are read. */
export const REGIONS = ['eu-north-1', 'eu-west-1', 'ap-southeast-2', 'us-east-1', 'us-east-2'];
export const topicArn = (name: string, accountId = OWN, region = REGION): string => `arn:aws:sns:${region}:${accountId}:${name}`;
export const ruleArn = (name: string, region = REGION): string => `arn:aws:events:${region}:${OWN}:rule/${name}`;
export const trailArn = (accountId = OWN): string => `arn:aws:cloudtrail:${REGION}:${accountId}:trail/main`;
export const logGroupArn = (accountId = OWN, name = 'trail'): string => `arn:aws:logs:${REGION}:${accountId}:log-group:${name}:*`;

/** A trail that counts for IAM-L2-04 and sends its events to the log group `trail` of its owner. */
export const trail = (parts: TrailStatusFacts = {}, owner = OWN): TrailStatusFacts => ({
  multiRegion: true,
  organizationTrail: owner !== OWN,
  ownerAccountId: owner,
  logging: true,
  managementEvents: { read: 'all', write: 'all' },
  latestDeliveryAt: CAPTURED_AT,
  logGroupArn: logGroupArn(owner),
  ...parts,
});

/** The facts that the parser of a type reads from an answer of the API. */
export const read = <T extends ResourceType>(type: T, answer: object): FactsByType[T] => factsOf(type, answer).facts as FactsByType[T];

export const filter = (pattern: string, metric = 'M', parts: object = {}) =>
  read('AWS::Logs::MetricFilter', {
    logGroupName: 'trail',
    filterPattern: pattern,
    metricTransformations: [{ metricNamespace: 'N', metricName: metric, metricValue: '1' }],
    ...parts,
  });

export const alarm = (parts: object = {}) =>
  read('AWS::CloudWatch::MetricAlarm', {
    ActionsEnabled: true,
    AlarmActions: [topicArn('security')],
    Namespace: 'N',
    MetricName: 'M',
    Statistic: 'Sum',
    Period: 300,
    EvaluationPeriods: 1,
    Threshold: 1,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    ...parts,
  });

export const rule = (pattern: string, targets: readonly string[] = [topicArn('security')], state = 'ENABLED') =>
  read('AWS::Events::DefaultBusRule', { State: state, EventPattern: pattern, Targets: targets.map((Arn) => ({ Arn })) });

/** Returns all resources that make an activity notify people by way of a log group. */
export const chain = (activity: ActivityId, pattern = cisPattern(activity)): Estate => ({
  'AWS::CloudTrail::TrailStatus': { [trailArn()]: trail() },
  'AWS::Logs::MetricFilter': { 'trail|f': filter(pattern) },
  'AWS::CloudWatch::MetricAlarm': { a: alarm() },
  'AWS::SNS::TopicSubscriptions': { [topicArn('security')]: { confirmed: 1 } },
});

/** Returns an account whose Regions were all read. `gaps` names types that were not read, and the Regions. */
export function account(
  estate: Estate,
  parts: Partial<Inventory> = {},
  { regions = {}, gaps = {} }: { regions?: Record<string, string>; gaps?: { readonly [T in ResourceType]?: readonly string[] } } = {},
): Inventory {
  return inventoryOf(estate, regions, {
    listings: (type) =>
      (type === 'AWS::CloudTrail::TrailStatus' ? ['global'] : REGIONS).map((region) => ({
        region,
        capturedAt: CAPTURED_AT,
        ...(gaps[type]?.includes(region) && { gap: 'it was denied' }),
      })),
    ...parts,
  });
}

/** Checks that a control requires its own activity. test/core/detection/detector.test.ts checks the parts that all alarm controls share. */
export function testAlarmControl(control: ControlDefinition, activity: ActivityId): void {
  const verdicts = (inventory: Inventory) =>
    evaluateJoins(control, inventory).map((verdict) => [verdict.resource.resourceType, codeOf(verdict)]);

  describe(control.id, () => {
    it('is COMPLIANT when a filter matches all its events and its alarm notifies people', () => {
      expect(verdicts(account(chain(activity)))).toEqual([['AWS::::Account', 'COMPLIANT']]);
    });

    it('is NON_COMPLIANT when the filter misses some of its events', () => {
      expect(verdicts(account(chain(activity, cisPattern(activity, 1))))).toEqual([['AWS::::Account', 'NON_COMPLIANT events-left-out']]);
    });

    it('is COMPLIANT when a rule in every Region matches all its events', () => {
      const rules = REGIONS.map((region) => [ruleArn('r', region), rule(eventPattern(activity))] as const);
      const estate: Estate = {
        'AWS::SNS::TopicSubscriptions': { [topicArn('security')]: { confirmed: 1 } },
        'AWS::Events::DefaultBusRule': Object.fromEntries(rules),
      };
      const regions = Object.fromEntries(REGIONS.map((region) => [ruleArn('r', region), region]));
      expect(verdicts(account(estate, {}, { regions }))).toEqual([['AWS::::Account', 'COMPLIANT']]);
    });

    it('is NON_COMPLIANT when the account has no detector', () => {
      expect(verdicts(account({}))).toEqual([['AWS::::Account', 'NON_COMPLIANT not-detected']]);
    });

    it('gives no verdict if nothing was read', () => {
      expect(verdicts(inventoryWith({}))).toEqual([]);
    });
  });
}
