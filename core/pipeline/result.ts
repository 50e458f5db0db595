import { accountRef, type ControlDefinition, evaluatedTypes, factTypes } from '../control.ts';
import { openFinding } from '../evaluation/open-finding.ts';
import { addTallies, count, EMPTY_TALLY, type Tally } from '../evaluation/tally.ts';
import { settingsRef } from '../facts/csmm-settings.ts';
import type { ResourceRef } from '../model.ts';
import { type JoinFinding, type OpenFinding, ORGANIZATION, type StateStore, type StoredScore } from '../ports.ts';
import { type OrganizationScorecard, type Scorecard, type ScoredControl, type Statuses, scoreOrganization } from '../scoring/scorecard.ts';
import type { ExemptResource } from '../settings/document.ts';
import { type AppliedException, evaluateControl, liveExceptions } from './exceptions.ts';
import { asReadBy, readInventoryOf, settingsIn } from './inventory.ts';
import { listsOf } from './lists.ts';
import { neverReadIn } from './never-read.ts';
import { accountSteps, type NextSteps, organizationSteps } from './next-steps.ts';
import { type Catalogue, readOpen, totalTally } from './rescore.ts';

export const RESULT_SCHEMA_VERSION = '1';

/** Numbers of input records. Each record that was read counts as exactly one of the others. */
export interface InputCounts {
  read: number;
  applied: number;
  duplicate: number;
  stale: number;
  ignored: number;
  rejected: number;
}

/** A resource on which a control fails or has no data, as the result document lists it. */
export interface ListedFinding extends ResourceRef {
  /** The name of the resource. Absent if the ID contains it, or if it has none. */
  readonly resourceName?: string;
  /** Stable name of the reason. */
  readonly code?: string;
  readonly reason: string;
  readonly capturedAt: string;
}

/** A finding that does not count in the score because of an exception. */
export interface ExceptedFinding extends ListedFinding {
  readonly compliance: OpenFinding['compliance'];
}

/** A live exception of a control, and the findings that it removes from the score now. */
export interface ListedException {
  readonly accountId: string;
  /** `null` with `resource` null too: the control as a whole. */
  readonly region: string | null;
  readonly resource: ExemptResource | null;
  readonly owner: string;
  readonly reason: string;
  readonly ticket: string;
  /** ISO-8601 UTC. */
  readonly expires: string;
  readonly findings: readonly ExceptedFinding[];
}

/** The result of one control in one account, or in all of them. The tally is without findings that an exception covers. */
export interface ControlResult extends Tally {
  readonly status: string;
  /** Number of findings, failing or without data, that exceptions remove from the score. */
  readonly excepted: number;
  readonly exceptions: readonly ListedException[];
  readonly failing: readonly ListedFinding[];
  /** Resources whose evidence could not be read, with the reason. */
  readonly unknown: readonly ListedFinding[];
}

export type ScorecardWithControls = Scorecard & { readonly controls: Readonly<Record<string, ControlResult>> };

/** A scorecard with its findings and with what to do first. */
export type ScorecardWithSteps<S extends Scorecard = Scorecard> = S & ScorecardWithControls & NextSteps;

/** The result document, which `csmm replay --json` prints. Its JSON Schema is schemas/result.schema.json. */
export interface ResultDocument {
  readonly schemaVersion: string;
  readonly catalogueVersion: string;
  readonly organization: ScorecardWithSteps<OrganizationScorecard>;
  readonly accounts: Readonly<Record<string, ScorecardWithSteps>>;
  readonly input: InputCounts;
}

/** Returns the state of `accountIds` as a result document. */
export async function readResult(
  accountIds: readonly string[],
  input: InputCounts,
  { store, catalogue }: { readonly store: StateStore; readonly catalogue: Catalogue },
): Promise<ResultDocument> {
  const accounts: Record<string, ScorecardWithSteps> = Object.create(null);
  const scores: StoredScore[] = [];
  for (const accountId of accountIds) {
    const score = await store.readScore(accountId);
    if (score === undefined) continue;
    scores.push(score);
    const controls = await readControls(accountId, score.statuses, { store, catalogue });
    accounts[accountId] = { ...score.scorecard, ...accountSteps(catalogue.controls, score.statuses, controls), controls };
  }
  const stored = await store.readScore(ORGANIZATION);
  const members = scores.map(({ statuses }) => ({ statuses, weight: 1 }));
  const controls = mergeControls(catalogue, stored?.statuses ?? new Map(), Object.values(accounts));
  return {
    schemaVersion: RESULT_SCHEMA_VERSION,
    catalogueVersion: catalogue.version,
    organization: {
      ...scoreOrganization(catalogue.controls, members),
      ...organizationSteps(catalogue.controls, members, controls),
      controls,
    },
    accounts,
    input,
  };
}

async function readControls(
  accountId: string,
  statuses: Statuses,
  { store, catalogue }: { readonly store: StateStore; readonly catalogue: Catalogue },
): Promise<Record<string, ControlResult>> {
  const tallies = await store.readTallies(accountId);
  const joins = await store.readJoins(accountId);
  const settings = await store.readResource(settingsRef(accountId));
  const exceptions = liveExceptions(settings);
  const lists = listsOf(await store.readCards(accountId), catalogue.rules, settingsIn(settings));
  const neverRead = neverReadIn(accountId, lists, store);
  const results: Record<string, ControlResult> = {};
  for (const control of catalogue.controls) {
    const { id } = control;
    const total = totalTally(tallies.get(id), lists.tallies.get(id), joins.get(id)?.tally);
    const hasOpen = total.nonCompliant + total.insufficientData > 0;
    const joined = hasOpen ? await timed(joins.get(id)?.open ?? [], accountId, control, store) : [];
    const known = hasOpen ? await readOpen(accountId, id, [...(lists.open.get(id) ?? []), ...joined], store) : [];
    const outcome = evaluateControl(total, known, exceptions.get(id));
    const hasEvidence = Object.values(total).some((resources) => resources > 0) && !exceptions.get(id)?.whole;
    const why = hasEvidence ? await neverRead(control) : undefined;
    const unread = why && openFinding(why, accountRef(accountId), await newestOf(accountId, control, store));
    const tally = unread ? count(outcome.tally, unread.compliance) : outcome.tally;
    const open = unread ? [...outcome.open, unread] : outcome.open;
    const list = (compliance: OpenFinding['compliance']): Promise<ListedFinding[]> =>
      Promise.all(open.filter((finding) => finding.compliance === compliance).map((finding) => listed(finding, store)));
    results[id] = {
      status: statuses.get(id) ?? 'NO_DATA',
      ...tally,
      excepted: outcome.excepted,
      exceptions: await Promise.all(outcome.exceptions.map((applied) => listedException(accountId, applied, store))),
      failing: await list('NON_COMPLIANT'),
      unknown: await list('INSUFFICIENT_DATA'),
    };
  }
  return results;
}

/** Returns the findings of a control's joins with the time of their evidence: that of the resource, or else of all that the joins read. */
async function timed(
  findings: readonly JoinFinding[],
  accountId: string,
  control: ControlDefinition,
  store: StateStore,
): Promise<OpenFinding[]> {
  let newest: string | undefined;
  const open: OpenFinding[] = [];
  for (const finding of findings) {
    const own = (await store.readResource(finding.resource))?.capturedAt;
    if (own === undefined) newest ??= asReadBy(control, await readInventoryOf(accountId, factTypes(control), store)).capturedAt;
    open.push({ ...finding, capturedAt: own ?? newest ?? '' });
  }
  return open;
}

/** Returns the time of the newest evidence of the types that a control evaluates. */
const newestOf = async (accountId: string, control: ControlDefinition, store: StateStore): Promise<string> =>
  (await readInventoryOf(accountId, evaluatedTypes(control), store)).capturedAt;

async function listed({ resource, code, reason, capturedAt }: OpenFinding, store: StateStore): Promise<ListedFinding> {
  const resourceName = (await store.readResource(resource))?.parsed?.name;
  return {
    ...resource,
    ...(resourceName !== undefined && { resourceName }),
    ...(code !== undefined && { code }),
    reason,
    capturedAt,
  };
}

const listedException = async (
  accountId: string,
  { exception, findings }: AppliedException,
  store: StateStore,
): Promise<ListedException> => ({
  accountId,
  region: exception.region ?? null,
  resource: exception.resource ?? null,
  owner: exception.owner,
  reason: exception.reason,
  ticket: exception.ticket,
  expires: exception.expires,
  findings: await Promise.all(findings.map(async (finding) => ({ ...(await listed(finding, store)), compliance: finding.compliance }))),
});

function mergeControls(
  catalogue: Catalogue,
  statuses: Statuses,
  accounts: readonly ScorecardWithControls[],
): Record<string, ControlResult> {
  return Object.fromEntries(
    catalogue.controls.map(({ id }) => {
      const results = accounts.flatMap((account) => account.controls[id] ?? []);
      const { compliant, nonCompliant, notApplicable, insufficientData } = results.reduce<Tally>(addTallies, EMPTY_TALLY);
      const result: ControlResult = {
        status: statuses.get(id) ?? 'NO_DATA',
        compliant,
        nonCompliant,
        notApplicable,
        insufficientData,
        excepted: results.reduce((sum, { excepted }) => sum + excepted, 0),
        exceptions: results.flatMap(({ exceptions }) => exceptions),
        failing: results.flatMap((result) => result.failing),
        unknown: results.flatMap((result) => result.unknown),
      };
      return [id, result];
    }),
  );
}

/** Returns a scorecard with only the status of each control, as `csmm score` prints it. */
export function withStatuses<S extends Scorecard>(controls: readonly ScoredControl[], scorecard: S, statuses: Statuses) {
  return { ...scorecard, controls: Object.fromEntries(controls.map(({ id }) => [id, { status: statuses.get(id) ?? 'NO_DATA' }])) };
}
