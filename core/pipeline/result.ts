import type { Tally } from '../evaluation/tally.ts';
import { addTallies, EMPTY_TALLY } from '../evaluation/tally.ts';
import { settingsRef } from '../facts/csmm-settings.ts';
import type { ResourceRef } from '../model.ts';
import { type OpenFinding, ORGANIZATION, type StateStore, type StoredScore } from '../ports.ts';
import { type OrganizationScorecard, type Scorecard, type ScoredControl, type Statuses, scoreOrganization } from '../scoring/scorecard.ts';
import type { ExemptResource } from '../settings/document.ts';
import { type AppliedException, evaluateControl, liveExceptions } from './exceptions.ts';
import { type Catalogue, readOpen, totalTally } from './rescore.ts';

export const RESULT_SCHEMA_VERSION = '1';

/** What became of the records that were read. Every record ends as exactly one of the others. */
export interface InputCounts {
  read: number;
  applied: number;
  duplicate: number;
  stale: number;
  ignored: number;
  rejected: number;
}

/** A resource on which a control is open, as the result document shows it. */
export interface ListedFinding extends ResourceRef {
  /** Stable name of the reason. */
  readonly code?: string;
  readonly reason: string;
  readonly capturedAt: string;
}

/** A finding that an exception takes out of the score. */
export interface ExceptedFinding extends ListedFinding {
  readonly compliance: OpenFinding['compliance'];
}

/** A live exception on a control, and what it takes out of the score now. */
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

/** What one control finds in one account, or in all of them; the tally is of what counts. */
export interface ControlResult extends Tally {
  readonly status: string;
  /** Findings, failing or not known, that exceptions take out of the score. */
  readonly excepted: number;
  readonly exceptions: readonly ListedException[];
  readonly failing: readonly ListedFinding[];
  /** Resources whose evidence could not be read, with the reason. */
  readonly unknown: readonly ListedFinding[];
}

export type ScorecardWithControls = Scorecard & { readonly controls: Readonly<Record<string, ControlResult>> };

/** The result document: what `csmm replay --json` prints. Its JSON Schema is schemas/result.schema.json. */
export interface ResultDocument {
  readonly schemaVersion: string;
  readonly catalogueVersion: string;
  readonly organization: OrganizationScorecard & { readonly controls: Readonly<Record<string, ControlResult>> };
  readonly accounts: Readonly<Record<string, ScorecardWithControls>>;
  readonly input: InputCounts;
}

/** Reads the state of `accountIds` into a result document. */
export async function readResult(
  accountIds: readonly string[],
  input: InputCounts,
  { store, catalogue }: { readonly store: StateStore; readonly catalogue: Catalogue },
): Promise<ResultDocument> {
  const accounts: Record<string, ScorecardWithControls> = Object.create(null);
  const scores: StoredScore[] = [];
  for (const accountId of accountIds) {
    const score = await store.readScore(accountId);
    if (score === undefined) continue;
    scores.push(score);
    accounts[accountId] = { ...score.scorecard, controls: await readControls(accountId, score.statuses, { store, catalogue }) };
  }
  const stored = await store.readScore(ORGANIZATION);
  const organization = scoreOrganization(
    catalogue.controls,
    scores.map(({ statuses }) => ({ statuses, weight: 1 })),
  );
  return {
    schemaVersion: RESULT_SCHEMA_VERSION,
    catalogueVersion: catalogue.version,
    organization: { ...organization, controls: mergeControls(catalogue, stored?.statuses ?? new Map(), Object.values(accounts)) },
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
  const exceptions = liveExceptions(await store.readResource(settingsRef(accountId)));
  const results: Record<string, ControlResult> = {};
  for (const { id } of catalogue.controls) {
    const total = totalTally(tallies.get(id), joins.get(id));
    const hasOpen = total.nonCompliant + total.insufficientData > 0;
    const outcome = evaluateControl(total, hasOpen ? await readOpen(accountId, id, joins.get(id), store) : [], exceptions.get(id));
    const { tally, excepted, open } = outcome;
    const list = (compliance: OpenFinding['compliance']) => open.filter((finding) => finding.compliance === compliance).map(listed);
    results[id] = {
      status: statuses.get(id) ?? 'NO_DATA',
      ...tally,
      excepted,
      exceptions: outcome.exceptions.map((applied) => listedException(accountId, applied)),
      failing: list('NON_COMPLIANT'),
      unknown: list('INSUFFICIENT_DATA'),
    };
  }
  return results;
}

const listed = ({ resource, code, reason, capturedAt }: OpenFinding): ListedFinding => ({
  ...resource,
  ...(code !== undefined && { code }),
  reason,
  capturedAt,
});

const listedException = (accountId: string, { exception, findings }: AppliedException): ListedException => ({
  accountId,
  region: exception.region ?? null,
  resource: exception.resource ?? null,
  owner: exception.owner,
  reason: exception.reason,
  ticket: exception.ticket,
  expires: exception.expires,
  findings: findings.map((finding) => ({ ...listed(finding), compliance: finding.compliance })),
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

/** A scorecard with nothing but the status under each control: what `csmm score` prints. */
export function withStatuses<S extends Scorecard>(controls: readonly ScoredControl[], scorecard: S, statuses: Statuses) {
  return { ...scorecard, controls: Object.fromEntries(controls.map(({ id }) => [id, { status: statuses.get(id) ?? 'NO_DATA' }])) };
}
