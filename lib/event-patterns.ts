import type { EventPattern } from 'aws-cdk-lib/aws-events';
import { type ControlDefinition, factTypes, isEvaluated } from '../core/control.ts';
import { isInConfig } from '../core/facts/index.ts';

/**
 * Characters that an event pattern may have by default.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
 */
export const MAX_PATTERN_LENGTH = 2048;

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
