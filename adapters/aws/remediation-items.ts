import type { ResourceRef } from '../../core/model.ts';
import { UnreadableItemError } from '../../core/ports.ts';
import {
  type Approval,
  type Attempt,
  type Baseline,
  type Execution,
  type Exemption,
  type Heartbeat,
  type KillSwitch,
  type Ledger,
  OUTCOMES,
  type PlannedRun,
  REMEDIATION_STATUSES,
  type Rehearsals,
  type Remediation,
  type Resumed,
  type Signature,
  type TrailStep,
} from '../../core/remediation/model/record.ts';
import { type Change, RISKS } from '../../core/remediation/model/remedy.ts';
import type { Stop } from '../../core/remediation/model/stop.ts';
import { documentIn, fits, POLICY_TYPES, type PolicyRef } from '../../core/remediation/policy-drift/policy-document.ts';
import { REMEDIATION_MODES } from '../../core/settings/document.ts';
import { CorruptItemError, type Item, revisionIn, textIn } from './items.ts';
import {
  baselineKey,
  DUE_INDEX,
  dueShardOf,
  executionKey,
  HEARTBEAT_KEY,
  idKey,
  ledgerKey,
  lockKey,
  type Place,
  placeKey,
  rehearsalsKey,
  SWITCH_KEY,
  stopKey,
} from './remediation-keys.ts';

/**
 * Converts the items of the table of remediations. csmm changes accounts on the basis of these items, so it rejects every item with
 * an unexpected shape.
 */

/** Maximum size of a remediation as JSON, in bytes. It is half of the 400 KB that DynamoDB allows. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
export const MAX_REMEDIATION_BYTES = 200_000;

/** Thrown if a remediation is larger than {@link MAX_REMEDIATION_BYTES}. As one that cannot be read, it goes to the dead-letter queue. */
export class RemediationTooLargeError extends UnreadableItemError {
  override readonly name = 'RemediationTooLargeError';
}

/** Converts a remediation to its item. @throws RemediationTooLargeError if it is larger than {@link MAX_REMEDIATION_BYTES}. */
export function remediationItem(remediation: Remediation): Item {
  const bytes = Buffer.byteLength(JSON.stringify(remediation));
  if (bytes > MAX_REMEDIATION_BYTES)
    throw new RemediationTooLargeError(
      `remediation ${remediation.id} is too large: given ${bytes} bytes; allowed ${MAX_REMEDIATION_BYTES}`,
    );
  return {
    ...placeKey(placeOf(remediation)),
    ...remediation,
    ...(remediation.dueAt !== undefined && { [DUE_INDEX.partitionKey]: dueShardOf(remediation.id) }),
  };
}

/** Converts an item to its remediation. @throws CorruptItemError if {@link remediationItem} would not write such an item. */
export function toRemediation(item: Item): Remediation {
  const { [DUE_INDEX.partitionKey]: shard, ...rest } = item;
  const remediation = checked<Remediation>(rest, REMEDIATION);
  const { pk, sk } = placeKey(placeOf(remediation));
  if (item.pk !== pk || item.sk !== sk)
    throw new CorruptItemError(`item ${nameOf(item)} is a remediation with another key: expected ${pk} / ${sk}`);
  if ((shard === undefined) !== (remediation.dueAt === undefined))
    throw new CorruptItemError(`item ${nameOf(item)} must have both ${DUE_INDEX.partitionKey} and ${DUE_INDEX.sortKey}, or neither`);
  return remediation;
}

export const placeOf = ({ id, controlId, resource }: Remediation): Place => ({ id, controlId, accountId: resource.accountId });

export const idItem = ({ id, controlId, accountId }: Place): Item => ({ ...idKey(id), controlId, accountId });
export const toPlace = (id: string, item: Item): Place => ({
  id,
  controlId: textIn(item, 'controlId'),
  accountId: textIn(item, 'accountId'),
});

export const executionItem = (executionId: string, remediationId: string): Item => ({ ...executionKey(executionId), remediationId });

/** Returns the lock item. It contains the resource for operators, because the key is a hash. */
export const lockItem = ({ id, updatedAt }: Remediation, resource: ResourceRef): Item => ({
  ...lockKey(resource),
  ...resource,
  remediationId: id,
  takenAt: updatedAt,
});

/** Returns the ID of the remediation that owns an execution or a lock. */
export const toRemediationId = (item: Item): string => textIn(item, 'remediationId');

export const ledgerItem = (ledger: Ledger): Item => ({ ...ledgerKey(ledger.controlId), ...ledger });

/** Converts an item to its ledger. @throws CorruptItemError if {@link ledgerItem} would not write such an item. */
export const toLedger = (item: Item): Ledger => checked(item, LEDGER);

export const rehearsalsItem = (rehearsals: Rehearsals): Item => ({ ...rehearsalsKey(rehearsals.accountId), ...rehearsals });

/** Converts an item to its dry-run periods. @throws CorruptItemError if {@link rehearsalsItem} would not write such an item. */
export const toRehearsals = (item: Item): Rehearsals => checked(item, REHEARSALS);

export const heartbeatItem = (heartbeat: Heartbeat): Item => ({ ...HEARTBEAT_KEY, ...heartbeat });

/** Converts an item to the heartbeat. @throws CorruptItemError if {@link heartbeatItem} would not write such an item. */
export const toHeartbeat = (item: Item): Heartbeat => checked(item, HEARTBEAT);

export const switchItem = (killSwitch: KillSwitch): Item => ({ ...SWITCH_KEY, ...killSwitch });

/** Converts an item to the kill switch. @throws CorruptItemError if {@link switchItem} would not write such an item. */
export const toSwitch = (item: Item): KillSwitch => checked(item, SWITCH);

export const stopItem = ({ kind, scope, by, at, reason }: Stop): Item => ({ ...stopKey(kind, scope), by, at, reason });

/** Converts an item to its stop. Any item stops: of an unreadable content it shows that it cannot be read. */
export function toStop({ by, at, reason }: Item, key: Pick<Stop, 'kind' | 'scope'>): Stop {
  const text = (value: unknown): string => (typeof value === 'string' ? value : '(unreadable)');
  return { ...key, by: text(by), at: text(at), reason: text(reason) };
}

export const baselineItem = (baseline: Baseline): Item => ({ ...baselineKey(baseline.resource), ...baseline });

/** Converts an item to its baseline. @throws CorruptItemError if {@link baselineItem} would not write such an item. */
export function toBaseline(item: Item): Baseline {
  const baseline = checked<Baseline>(item, BASELINE);
  if (item.pk === baselineKey(baseline.resource).pk) return baseline;
  throw new CorruptItemError(`item ${nameOf(item)} is the baseline of another policy`);
}

/** Returns the problem of a value at a path. Returns `undefined` if the value is valid. */
type Check = (value: unknown, path: string) => string | undefined;

const TEXT: Check = (value, path) => (typeof value === 'string' ? undefined : `${path} is not a string`);
const BOOLEAN: Check = (value, path) => (typeof value === 'boolean' ? undefined : `${path} is not a boolean`);
const COUNT: Check = (value, path) => (Number.isSafeInteger(value) && Number(value) >= 0 ? undefined : `${path} is not a count`);
const REVISION: Check = (value, path) =>
  Number.isSafeInteger(value) && Number(value) >= 1 ? undefined : `${path} is not an integer of at least 1`;

/** Checks an approved document, because csmm writes it into a policy. */
const DOCUMENT: Check = (value, path) =>
  typeof value === 'string' && documentIn(value) === value && fits(value) ? undefined : `${path} is not a valid policy document`;

const oneOf =
  (words: readonly string[]): Check =>
  (value, path) =>
    typeof value === 'string' && words.includes(value) ? undefined : `${path} is not one of ${words.join(', ')}`;

const optional =
  (check: Check): Check =>
  (value, path) =>
    value === undefined ? undefined : check(value, path);

const listOf =
  (check: Check): Check =>
  (value, path) =>
    Array.isArray(value) ? firstOf(value.map((entry, index) => check(entry, `${path}[${index}]`))) : `${path} is not a list`;

const mapOf =
  (check: Check): Check =>
  (value, path) =>
    isObject(value)
      ? firstOf(Object.entries(value).map(([name, entry]) => check(entry, `${path}.${JSON.stringify(name)}`)))
      : `${path} is not an object`;

/** One check for each field. The compiler requires a check for a new field. */
type Checks<T> = { readonly [K in keyof T]-?: Check };

/** Returns a check of an object. It ignores additional fields, because a later version can write them. */
const shape =
  <T>(checks: Checks<T>): Check =>
  (value, path) =>
    isObject(value)
      ? firstOf(Object.entries<Check>(checks).map(([name, check]) => check(value[name], `${path}.${name}`)))
      : `${path} is not an object`;

const isObject = (value: unknown): value is Item => typeof value === 'object' && value !== null && !Array.isArray(value);
const firstOf = (problems: readonly (string | undefined)[]): string | undefined => problems.find((problem) => problem !== undefined);

const RESOURCE = shape<ResourceRef>({ accountId: TEXT, region: TEXT, resourceType: TEXT, resourceId: TEXT });
const PARAMETERS = mapOf(listOf(TEXT));
const PLAN = shape<PlannedRun>({
  mode: oneOf(REMEDIATION_MODES),
  runbook: TEXT,
  parameters: PARAMETERS,
  risk: oneOf(RISKS),
  reversible: BOOLEAN,
  impact: TEXT,
  region: TEXT,
  stateHash: TEXT,
  finding: TEXT,
  state: optional(listOf(TEXT)),
  changes: optional(listOf(shape<Change>({ what: TEXT, before: TEXT, after: TEXT }))),
  touches: optional(listOf(RESOURCE)),
  uses: optional(listOf(TEXT)),
  cost: optional(TEXT),
  notRestored: optional(TEXT),
  owner: optional(TEXT),
});
const SIGNATURE: Checks<Signature> = { by: TEXT, userId: TEXT, at: TEXT, requestId: TEXT, mac: TEXT };
const APPROVAL = shape<Approval>({ ...SIGNATURE, stateHash: TEXT, first: optional(shape(SIGNATURE)) });
const EXEMPTION = shape<Exemption>({ ...SIGNATURE, until: TEXT, reason: TEXT });
const EXECUTION: Checks<Execution> = {
  kind: oneOf(['fix', 'undo']),
  runbook: TEXT,
  parameters: PARAMETERS,
  region: TEXT,
  stateHash: TEXT,
  token: TEXT,
  intendedAt: TEXT,
  executionId: optional(TEXT),
  endedAt: optional(TEXT),
  outputs: optional(PARAMETERS),
  undoes: optional(TEXT),
  readings: optional(COUNT),
  unchanged: optional(BOOLEAN),
};
const ATTEMPT = shape<Attempt>({
  ...EXECUTION,
  outcome: oneOf(OUTCOMES),
  at: TEXT,
  reason: TEXT,
});
const TRAIL_STEP = shape<TrailStep>({ at: TEXT, status: oneOf(REMEDIATION_STATUSES), reason: TEXT, executionId: optional(TEXT) });
const REMEDIATION = shape<Remediation>({
  id: TEXT,
  controlId: TEXT,
  resource: RESOURCE,
  status: oneOf(REMEDIATION_STATUSES),
  reason: TEXT,
  revision: REVISION,
  failingSince: TEXT,
  updatedAt: TEXT,
  dueAt: optional(TEXT),
  claims: optional(COUNT),
  retries: optional(COUNT),
  faults: optional(COUNT),
  heldSince: optional(TEXT),
  releasedAt: optional(TEXT),
  backlog: optional(TEXT),
  rollbackAsked: optional(shape(SIGNATURE)),
  exemption: optional(EXEMPTION),
  seal: optional(TEXT),
  stopAskedBy: optional(TEXT),
  plan: optional(PLAN),
  approval: optional(APPROVAL),
  execution: optional(shape(EXECUTION)),
  attempts: listOf(ATTEMPT),
  trail: listOf(TRAIL_STEP),
});
const LEDGER = shape<Ledger>({
  controlId: TEXT,
  revision: REVISION,
  starts: listOf(shape<Ledger['starts'][number]>({ at: TEXT, accountId: TEXT, resourceType: TEXT })),
  outcomes: listOf(shape<Ledger['outcomes'][number]>({ at: TEXT, failed: BOOLEAN, accountId: TEXT, resource: TEXT })),
  denials: listOf(shape<Ledger['denials'][number]>({ at: TEXT, accountId: TEXT, runbook: TEXT, reason: TEXT })),
});
const REHEARSALS = shape<Rehearsals>({
  accountId: TEXT,
  revision: REVISION,
  entries: listOf(shape<Rehearsals['entries'][number]>({ controlId: TEXT, conditions: TEXT, since: TEXT })),
});
const HEARTBEAT = shape<Heartbeat>({ at: TEXT, since: TEXT, revision: REVISION });
const BASELINE = shape<Baseline>({
  resource: shape<PolicyRef>({ accountId: TEXT, region: TEXT, resourceType: oneOf(POLICY_TYPES), resourceId: TEXT }),
  document: optional(DOCUMENT),
  approvedAt: TEXT,
  approvedBy: TEXT,
  revision: REVISION,
});
const RESUMED = shape<Resumed>({ accountId: optional(TEXT), controlId: optional(TEXT), since: TEXT });
const SWITCH = shape<KillSwitch>({
  running: BOOLEAN,
  since: TEXT,
  by: TEXT,
  reason: TEXT,
  revision: REVISION,
  resumed: optional(listOf(RESUMED)),
});

/** Returns a checked value. @throws CorruptItemError if the check finds a problem. */
function checked<T>(item: Item, check: Check): T {
  const { pk: _, sk: __, ...value } = item;
  const problem = check(value, 'it');
  if (problem !== undefined) throw new CorruptItemError(`item ${nameOf(item)} has an unexpected shape: ${problem}`, revisionIn(item));
  return value as T;
}

const nameOf = ({ pk, sk }: Item): string => `${String(pk)} / ${String(sk)}`;
