import { Stack } from 'aws-cdk-lib';
import type { EventPattern } from 'aws-cdk-lib/aws-events';
import type { Construct } from 'constructs';
import type { CloudTrailTrigger } from '../core/control.ts';
import { CLOUDTRAIL_DETAIL_TYPES, eventBridgeSource } from '../core/events/reading.ts';
import { POLICY_CALLS } from '../core/remediation/policy-drift/policy-change.ts';

/**
 * Maximum length of an event pattern, in characters, by default.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
 */
export const MAX_PATTERN_LENGTH = 2048;

/** The changes of an account that csmm processes. */
export interface ChangesTaken {
  /** Types whose configuration items are processed. */
  readonly resourceTypes: readonly string[];
  /** Calls whose CloudTrail events are processed, because no AWS Config item shows their effect. */
  readonly apiCalls: readonly CloudTrailTrigger[];
}

/** Returns the patterns of all rules that match the changes, by rule id. */
export const rulePatterns = ({ resourceTypes, apiCalls }: ChangesTaken): [string, EventPattern][] => [
  ...configItemPatterns(resourceTypes).map((pattern, index): [string, EventPattern] => [`ConfigItems${index + 1}`, pattern]),
  ...apiCallPatterns(apiCalls).map((pattern, index): [string, EventPattern] => [`ApiCalls${index + 1}`, pattern]),
];

/**
 * Returns the pattern of the end of a deployment of the stack around `scope`.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/event-detail-stack-status-change.html
 */
export const deployed = (scope: Construct): EventPattern => ({
  source: ['aws.cloudformation'],
  detailType: ['CloudFormation Stack Status Change'],
  detail: { 'stack-id': [Stack.of(scope).stackId], 'status-details': { status: ['CREATE_COMPLETE', 'UPDATE_COMPLETE'] } },
});

/** Prefix of the names of csmm's runbooks. */
export const RUNBOOK_PREFIX = 'CSMM-';

/**
 * Matches the end of a runbook execution.
 * https://docs.aws.amazon.com/systems-manager/latest/userguide/monitoring-systems-manager-event-examples.html
 */
export const EXECUTION_ENDED: EventPattern = {
  source: ['aws.ssm'],
  detailType: ['EC2 Automation Execution Status-change Notification'],
  detail: { Definition: [{ prefix: RUNBOOK_PREFIX }], Status: [{ 'anything-but': ['Pending', 'InProgress', 'Waiting', 'Cancelling'] }] },
};

/**
 * Matches the IAM calls that change a policy. IAM emits their events in the Region of global services.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
 */
export const POLICY_CHANGED: EventPattern = {
  source: ['aws.iam'],
  detailType: ['AWS API Call via CloudTrail'],
  detail: { eventSource: ['iam.amazonaws.com'], eventName: [...POLICY_CALLS], errorCode: [{ exists: false }] },
};

/** Returns the patterns that remediation needs, by rule id: ends of executions and, if csmm restores policies, policy changes. */
export const remediationEvents = (policyRestore: boolean): readonly (readonly [string, EventPattern])[] => [
  ['Executions', EXECUTION_ENDED],
  ...(policyRestore ? [['PolicyChanges', POLICY_CHANGED] as const] : []),
];

/**
 * Returns patterns that match AWS Config's change notices of these types. Each type is in exactly one pattern of at most {@link
 * MAX_PATTERN_LENGTH} characters. Oversized notices contain a `configurationItemSummary` instead of the item.
 *
 * @throws RangeError if one type makes a pattern too long.
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
 * Returns patterns that match CloudTrail's events of these calls. Each call is in exactly one pattern of at most {@link
 * MAX_PATTERN_LENGTH} characters, which names the sources of its services ({@link eventBridgeSource}).
 *
 * @throws RangeError if one call makes a pattern too long.
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

/** Names of calls, by event source. */
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
    source: [...calls.keys()].map(eventBridgeSource),
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
