import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { INVENTORY } from '../../core/facts/inventory.ts';
import type { CardChange, ScoreChange, StateChange, StoredResource } from '../../core/ports.ts';
import type { RemediationChange } from '../../core/remediation/model/record.ts';
import type { JoinChange } from '../../core/remediation/triage.ts';
import { type Item, READ_NUMBERS, readable, toAnyCard, toAnyResource, toCard, toJoin, toResource, toScore, withEntries } from './items.ts';
import { CARD, JOIN_PREFIX, LISTS_PREFIX, RESOURCE_PREFIX } from './keys.ts';
import { toRemediation } from './remediation-items.ts';
import { REMEDIATION_PREFIX } from './remediation-keys.ts';

/** The part of a DynamoDB stream record that the project reads; the table's stream view is NEW_AND_OLD_IMAGES. */
export interface StreamImages {
  readonly NewImage?: Record<string, unknown> | undefined;
  readonly OldImage?: Record<string, unknown> | undefined;
  /** Author of the change, which the record has in addition to the images. DynamoDB itself deletes items whose time to live is over. */
  readonly userIdentity?: { readonly principalId?: string | undefined } | undefined;
}

/** A committed change of a resource, of the lists of a Region, of a scorecard, or of join results. */
export type CommittedChange =
  | { readonly kind: 'state'; readonly change: StateChange }
  | { readonly kind: 'card'; readonly change: CardChange }
  | { readonly kind: 'score'; readonly change: ScoreChange }
  | { readonly kind: 'join'; readonly change: JoinChange };

/**
 * Reads one stream record of the STATE or SCORES table. Returns `undefined` for the other items, and if an item only moved or expired.
 * What was there before counts only as far as it can be read.
 *
 * @throws CorruptItemError if the new item is not one that csmm writes.
 */
export function parseStreamRecord({ NewImage, OldImage, userIdentity }: StreamImages): CommittedChange | undefined {
  const before = OldImage && itemOf(OldImage);
  const after = NewImage && itemOf(NewImage);
  const pk = String((after ?? before)?.pk);
  if (pk.startsWith(RESOURCE_PREFIX)) {
    if (!after && userIdentity?.principalId === TIME_TO_LIVE) return undefined;
    return resourceChange(before && toAnyResource(before), after && toResource(after));
  }
  if (!after) return undefined;
  if (pk.startsWith(LISTS_PREFIX)) return { kind: 'card', change: { before: before && toAnyCard(before), after: toCard(after) } };
  if (after.sk === CARD) return { kind: 'score', change: { before: before && readable(() => toScore(before)), after: toScore(after) } };
  if (pk.startsWith(JOIN_PREFIX)) return { kind: 'join', change: joinChange(before, after) };
  return undefined;
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-streams.html */
const TIME_TO_LIVE = 'dynamodb.amazonaws.com';

function resourceChange(before: StoredResource | undefined, stored: StoredResource | undefined): CommittedChange | undefined {
  const after = stored ?? (before && goneAfter(before));
  if (!after) return undefined;
  // Earlier releases stored lists and tombstones as resources. A list ends there when it is on a card.
  if (after.resource.resourceType === INVENTORY) return entryChange(before, after, !stored);
  if (!stored && !before?.parsed) return undefined;
  return { kind: 'state', change: { before, after } };
}

/** Returns a resource after its deletion. Its tombstone has the time of the deletion, and a record of its own. */
const goneAfter = ({ resource, capturedAt, revision }: StoredResource): StoredResource => ({
  resource,
  capturedAt,
  parsed: undefined,
  findings: [],
  revision: revision + 1,
});

const entryChange = (before: StoredResource | undefined, after: StoredResource, isMove: boolean): CommittedChange => ({
  kind: 'card',
  change: { before: before && withEntries(undefined, [before]), after: withEntries(undefined, [after]), ...(isMove && { isMove }) },
});

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
