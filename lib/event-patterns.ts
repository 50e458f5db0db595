import type { EventPattern } from 'aws-cdk-lib/aws-events';
import { type CloudTrailTrigger, type ControlDefinition, factTypes, isEvaluated } from '../core/control.ts';
import { AWS_SOURCE_PREFIX, CLOUDTRAIL_DETAIL_TYPES } from '../core/events/reading.ts';
import { isInConfig } from '../core/facts/index.ts';
import { POLICY_CALLS } from '../core/remediation/policy-drift/policy-change.ts';

/**
 * Characters that an event pattern may have by default.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
 */
export const MAX_PATTERN_LENGTH = 2048;

/** What is taken of the changes in an account. */
export interface ChangesTaken {
  /** The types whose configuration items are taken. */
  readonly resourceTypes: readonly string[];
  /** The calls of which CloudTrail's events are taken, since AWS Config tells nothing of what they change. */
  readonly apiCalls: readonly CloudTrailTrigger[];
}

/** The patterns of all rules that take the changes, by the rules' ids. */
export const rulePatterns = ({ resourceTypes, apiCalls }: ChangesTaken): [string, EventPattern][] => [
  ...configItemPatterns(resourceTypes).map((pattern, index): [string, EventPattern] => [`ConfigItems${index + 1}`, pattern]),
  ...apiCallPatterns(apiCalls).map((pattern, index): [string, EventPattern] => [`ApiCalls${index + 1}`, pattern]),
];

/** How the names of the project's runbooks begin. */
export const RUNBOOK_PREFIX = 'CSMM-';

/**
 * Matches the end of the executions of runbooks.
 * https://docs.aws.amazon.com/systems-manager/latest/userguide/monitoring-systems-manager-event-examples.html
 */
export const EXECUTION_ENDED: EventPattern = {
  source: ['aws.ssm'],
  detailType: ['EC2 Automation Execution Status-change Notification'],
  detail: { Definition: [{ prefix: RUNBOOK_PREFIX }], Status: [{ 'anything-but': ['Pending', 'InProgress', 'Waiting', 'Cancelling'] }] },
};

/**
 * Matches the calls of IAM that have changed what a policy says. IAM tells them in the Region of global services.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
 */
export const POLICY_CHANGED: EventPattern = {
  source: ['aws.iam'],
  detailType: ['AWS API Call via CloudTrail'],
  detail: { eventSource: ['iam.amazonaws.com'], eventName: [...POLICY_CALLS], errorCode: [{ exists: false }] },
};

/** What remediation takes of the events of an account, by the ids of rules: changes of policies where those are brought back. */
export const remediationEvents = (policyRestore: boolean): readonly (readonly [string, EventPattern])[] => [
  ['Executions', EXECUTION_ENDED],
  ...(policyRestore ? [['PolicyChanges', POLICY_CHANGED] as const] : []),
];

/** The resource types that the evaluated controls read and AWS Config has items of, sorted. */
export function readTypes(controls: readonly ControlDefinition[]): string[] {
  return [...new Set(controls.filter(isEvaluated).flatMap(factTypes))].filter(isInConfig).sort();
}

/**
 * Patterns that match AWS Config's change notices of these types, each type in exactly one pattern of at most
 * {@link MAX_PATTERN_LENGTH} characters. Oversized notices carry a `configurationItemSummary` in place of the item.
 *
 * @throws RangeError where one type alone makes a pattern too long.
 */
export function configItemPatterns(resourceTypes: readonly string[]): EventPattern[] {
  const groups: string[][] = [];
  for (const type of new Set(resourceTypes)) {
    const last = groups.at(-1);
    if (last && fits([...last, type])) last.push(type);
    else if (fits([type])) groups.push([type]);
    else throw new RangeError(`resource type of ${type.length} characters makes an event pattern over ${MAX_PATTERN_LENGTH}`);
  }
  return groups.map(configItemPattern);
}

/**
 * Patterns that match CloudTrail's events of these calls, each call in exactly one pattern of at most
 * {@link MAX_PATTERN_LENGTH} characters. That the source begins with `aws.` says that AWS itself sends the event; which of its
 * names a service has there needs no saying, as the call names the service.
 *
 * @throws RangeError where one call alone makes a pattern too long.
 */
export function apiCallPatterns(triggers: readonly CloudTrailTrigger[]): EventPattern[] {
  const groups: Calls[] = [];
  for (const [source, names] of callsBySource(triggers)) {
    for (const name of [...names].sort()) {
      const widened = withCall(groups.at(-1) ?? new Map(), source, name);
      if (groups.length > 0 && fitsCalls(widened)) groups[groups.length - 1] = widened;
      else if (fitsCalls(new Map([[source, [name]]]))) groups.push(new Map([[source, [name]]]));
      else throw new RangeError(`a call of ${source.length + name.length} characters makes an event pattern over ${MAX_PATTERN_LENGTH}`);
    }
  }
  return groups.map(apiCallPattern);
}

/** Names of calls by event source. */
type Calls = ReadonlyMap<string, readonly string[]>;

function callsBySource(triggers: readonly CloudTrailTrigger[]): [string, Set<string>][] {
  const calls = new Map<string, Set<string>>();
  for (const { source, names } of triggers) calls.set(source, new Set([...(calls.get(source) ?? []), ...names]));
  return [...calls].sort(([a], [b]) => (a < b ? -1 : 1));
}

const withCall = (calls: Calls, source: string, name: string): Calls => new Map([...calls, [source, [...(calls.get(source) ?? []), name]]]);

const fitsCalls = (calls: Calls): boolean => patternLength(apiCallPattern(calls)) <= MAX_PATTERN_LENGTH;

function apiCallPattern(calls: Calls): EventPattern {
  const alternatives = [...calls].map(([source, names]) => ({ eventSource: [source], eventName: [...names] }));
  const [only] = alternatives;
  return {
    // The CDK's type knows no conditions here, EventBridge does.
    source: [{ prefix: AWS_SOURCE_PREFIX }] as unknown as string[],
    detailType: [...CLOUDTRAIL_DETAIL_TYPES],
    detail: only && alternatives.length === 1 ? only : { $or: alternatives },
  };
}

/** Length of a pattern as EventBridge counts it, in characters of JSON. */
export const patternLength = ({ source, detailType, detail }: EventPattern): number =>
  JSON.stringify({ source, 'detail-type': detailType, detail }).length;

const fits = (types: readonly string[]): boolean => patternLength(configItemPattern(types)) <= MAX_PATTERN_LENGTH;

const configItemPattern = (types: readonly string[]): EventPattern => ({
  source: ['aws.config'],
  detailType: ['Config Configuration Item Change'],
  detail: {
    $or: [{ configurationItem: { resourceType: [...types] } }, { configurationItemSummary: { resourceType: [...types] } }],
  },
});
