import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { ScoreChange, StateChange } from '../../core/ports.ts';
import type { RemediationChange } from '../../core/remediation/model/record.ts';
import type { JoinChange } from '../../core/remediation/triage.ts';
import { type Item, READ_NUMBERS, readable, toAnyResource, toJoin, toResource, toScore } from './items.ts';
import { CARD, JOIN_PREFIX, RESOURCE_PREFIX } from './keys.ts';
import { toRemediation } from './remediation-items.ts';
import { REMEDIATION_PREFIX } from './remediation-keys.ts';

/** The part of a DynamoDB stream record that the project reads; the table's stream view is NEW_AND_OLD_IMAGES. */
export interface StreamImages {
  readonly NewImage?: Record<string, unknown> | undefined;
  readonly OldImage?: Record<string, unknown> | undefined;
}

/** A committed change of a resource, of a scorecard, or of join results; `undefined` for the other items of the tables. */
export type CommittedChange =
  | { readonly kind: 'state'; readonly change: StateChange }
  | { readonly kind: 'score'; readonly change: ScoreChange }
  | { readonly kind: 'join'; readonly change: JoinChange };

/**
 * Reads one stream record of the STATE or SCORES table. What was there before counts only as far as it can be read.
 * @throws CorruptItemError if the new item is not one that csmm writes.
 */
export function parseStreamRecord({ NewImage, OldImage }: StreamImages): CommittedChange | undefined {
  if (!NewImage) return undefined;
  const after = itemOf(NewImage);
  const before = OldImage && itemOf(OldImage);
  if (String(after.pk).startsWith(RESOURCE_PREFIX)) {
    return { kind: 'state', change: { before: before && toAnyResource(before), after: toResource(after) } };
  }
  if (after.sk === CARD) return { kind: 'score', change: { before: before && readable(() => toScore(before)), after: toScore(after) } };
  if (String(after.pk).startsWith(JOIN_PREFIX)) return { kind: 'join', change: joinChange(before, after) };
  return undefined;
}

/** Reads one stream record of the remediations table; `undefined` for its other items. */
export function parseRemediationRecord({ NewImage, OldImage }: StreamImages): RemediationChange | undefined {
  if (!NewImage) return undefined;
  const after = itemOf(NewImage);
  if (!String(after.pk).startsWith(REMEDIATION_PREFIX)) return undefined;
  return { ...(OldImage && { before: toRemediation(itemOf(OldImage)) }), after: toRemediation(after) };
}

const joinChange = (before: Item | undefined, after: Item): JoinChange => ({
  accountId: String(after.pk).slice(JOIN_PREFIX.length),
  controlId: String(after.sk),
  before: before && readable(() => toJoin(before)),
  after: toJoin(after),
});

const itemOf = (image: Record<string, unknown>): Item => unmarshall(image as Record<string, AttributeValue>, { ...READ_NUMBERS });
