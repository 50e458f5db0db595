import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { ScoreChange, StateChange } from '../../core/ports.ts';
import { type Item, toResource, toScore } from './items.ts';
import { CARD, RESOURCE_PREFIX } from './keys.ts';

/** The part of a DynamoDB stream record that the project reads; the table's stream view is NEW_AND_OLD_IMAGES. */
export interface StreamImages {
  readonly NewImage?: Record<string, unknown> | undefined;
  readonly OldImage?: Record<string, unknown> | undefined;
}

/** A committed change of a resource or a scorecard; `undefined` for the other items of the tables. */
export type CommittedChange =
  | { readonly kind: 'state'; readonly change: StateChange }
  | { readonly kind: 'score'; readonly change: ScoreChange };

/** Reads one record of either table's stream. */
export function parseStreamRecord({ NewImage, OldImage }: StreamImages): CommittedChange | undefined {
  if (!NewImage) return undefined;
  const after = read(NewImage);
  const before = OldImage && read(OldImage);
  if (String(after.pk).startsWith(RESOURCE_PREFIX)) {
    return { kind: 'state', change: { before: before && toResource(before), after: toResource(after) } };
  }
  if (after.sk === CARD) return { kind: 'score', change: { before: before && toScore(before), after: toScore(after) } };
  return undefined;
}

const read = (image: Record<string, unknown>): Item => unmarshall(image as Record<string, AttributeValue>);
