import { byResource } from '../evaluation/open-finding.ts';
import type { Tally } from '../evaluation/tally.ts';
import { addTallies, EMPTY_TALLY } from '../evaluation/tally.ts';
import type { ResourceRef } from '../model.ts';
import { type OpenFinding, ORGANIZATION, type StateStore, type StoredScore } from '../ports.ts';
import { type OrganizationScorecard, type Scorecard, type ScoredControl, type Statuses, scoreOrganization } from '../scoring/scorecard.ts';
import { type Catalogue, totalTally } from './rescore.ts';

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
  readonly reason: string;
  readonly capturedAt: string;
}

/** What one control finds in one account, or in all of them. */
export interface ControlResult extends Tally {
  readonly status: string;
  /** Resources taken out of the score by an exception. */
  readonly excepted: number;
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
  const results: Record<string, ControlResult> = {};
  for (const { id } of catalogue.controls) {
    const tally = totalTally(tallies.get(id), joins.get(id));
    const hasOpen = tally.nonCompliant + tally.insufficientData > 0;
    const open = hasOpen ? [...(await store.listOpenFindings(accountId, id)), ...(joins.get(id)?.open ?? [])].sort(byResource) : [];
    results[id] = controlResult(statuses.get(id) ?? 'NO_DATA', tally, open);
  }
  return results;
}

function controlResult(status: string, tally: Tally, open: readonly OpenFinding[]): ControlResult {
  const list = (compliance: OpenFinding['compliance']): ListedFinding[] =>
    open
      .filter((finding) => finding.compliance === compliance)
      .map(({ resource, reason, capturedAt }) => ({ ...resource, reason, capturedAt }));
  return { status, ...tally, excepted: 0, failing: list('NON_COMPLIANT'), unknown: list('INSUFFICIENT_DATA') };
}

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
        excepted: 0,
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
