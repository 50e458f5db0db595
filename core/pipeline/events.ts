import { LEVEL_NAMES, LEVELS, type Level, PILLARS, type Pillar } from '../model.ts';
import { type ControlChange, ORGANIZATION, type ScoreChange } from '../ports.ts';
import type { RemediationChangedDetail } from '../remediation/events.ts';
import type { Scorecard } from '../scoring/scorecard.ts';

export const EVENT_SOURCE = 'csmm';
export const EVENT_SCHEMA_VERSION = '1';

/**
 * The headline numbers of a scorecard at one revision. Scores are 0 to 100 with one decimal. `overall`, `potential`, `level` and
 * `levelName` are `null` if there is nothing to score.
 */
export interface ScoreSummary {
  readonly overall: number | null;
  readonly potential: number | null;
  readonly coverage: number;
  readonly level: Level | null;
  readonly levelName: string | null;
  readonly pillars: Readonly<Record<Pillar, number | null>>;
  /** Scores of the five levels across pillars; `null` if the level is locked or empty. */
  readonly levels: readonly (number | null)[];
}

/** The fields of every event of a scorecard. */
interface EventHeader {
  readonly schemaVersion: string;
  /** The same for every repeat of the event, and different for every other event. */
  readonly id: string;
  readonly scope: 'account' | 'organization';
  /** `null` for the organization. */
  readonly accountId: string | null;
  /** Grows by one with every change of the scorecard. */
  readonly revision: number;
  readonly catalogueVersion: string;
  /**
   * Catalogue of the scorecard before; `null` for the first one. If it is not `catalogueVersion`, what was before does not compare: rules may
   * have changed, and not the resources.
   */
  readonly previousCatalogueVersion: string | null;
  /** Newest capture time among the evidence behind the change. */
  readonly asOf: string;
}

export interface ScoreChangedDetail extends EventHeader {
  /** `null` for the first score. */
  readonly before: ScoreSummary | null;
  readonly after: ScoreSummary;
  readonly controls: readonly ControlChange[];
}

/** A level that was unlocked or lost: of one pillar, or the headline level. A level is `null` if there is nothing to score. */
export interface LevelMove {
  readonly of: Pillar | 'overall';
  readonly from: Level | null;
  readonly to: Level | null;
  readonly toName: string | null;
  readonly direction: 'unlocked' | 'lost';
}

export interface LevelChangedDetail extends EventHeader {
  readonly levels: readonly LevelMove[];
}

export interface ControlStatusChangedDetail extends EventHeader, ControlChange {}

export type CsmmEvent =
  | { readonly detailType: 'CSMM Score Changed'; readonly detail: ScoreChangedDetail }
  | { readonly detailType: 'CSMM Level Changed'; readonly detail: LevelChangedDetail }
  | { readonly detailType: 'CSMM Control Status Changed'; readonly detail: ControlStatusChangedDetail }
  | { readonly detailType: 'CSMM Remediation Changed'; readonly detail: RemediationChangedDetail };

/** Maximum number of control changes in one event of at most 256 KB. The others have events of their own. */
const MAX_CONTROLS = 120;

/**
 * Returns the events of one committed change of a scorecard. A repeated delivery of the change gives the same events with the
 * same ids. Returns no event if the revision did not grow.
 */
export function eventsOf({ before, after }: ScoreChange): CsmmEvent[] {
  if (before && before.revision >= after.revision) return [];
  const levels = levelMoves(before?.scorecard, after.scorecard);
  const headerOf = (subject: string): EventHeader => header({ before, after }, subject);
  return [
    {
      detailType: 'CSMM Score Changed',
      detail: {
        ...headerOf('score'),
        before: before ? summaryOf(before.scorecard) : null,
        after: summaryOf(after.scorecard),
        controls: after.changes.slice(0, MAX_CONTROLS),
      },
    },
    ...(levels.length > 0 ? [{ detailType: 'CSMM Level Changed' as const, detail: { ...headerOf('level'), levels } }] : []),
    ...after.changes.map((change) => ({
      detailType: 'CSMM Control Status Changed' as const,
      detail: { ...headerOf(change.controlId), ...change },
    })),
  ];
}

function header({ before, after }: ScoreChange, subject: string): EventHeader {
  const { scope, revision, catalogueVersion, asOf } = after;
  return {
    schemaVersion: EVENT_SCHEMA_VERSION,
    id: `${scope}/${revision}/${subject}`,
    scope: scope === ORGANIZATION ? 'organization' : 'account',
    accountId: scope === ORGANIZATION ? null : scope,
    revision,
    catalogueVersion,
    previousCatalogueVersion: before?.catalogueVersion ?? null,
    asOf,
  };
}

/** Returns the headline numbers of a scorecard. */
export function summaryOf({ overall, potential, coverage, level, levelName, pillars, levels }: Scorecard): ScoreSummary {
  const byPillar = Object.fromEntries(PILLARS.map((pillar) => [pillar, pillars[pillar].score])) as Record<Pillar, number | null>;
  return { overall, potential, coverage, level, levelName, pillars: byPillar, levels: levels.map((row) => row.score) };
}

/** Before the first score only the first level is unlocked, because nothing is known. */
function levelMoves(before: Scorecard | undefined, after: Scorecard): LevelMove[] {
  return [
    ...PILLARS.flatMap((pillar) => move(pillar, before ? levelOf(before, pillar) : firstUnlocked(after, pillar), levelOf(after, pillar))),
    ...move('overall', before ? before.level : after.level && 1, after.level),
  ];
}

/** Returns the level of a pillar; `null` if no control of the pillar applies. */
const levelOf = ({ pillars }: Scorecard, pillar: Pillar): Level | null => (pillars[pillar].score === null ? null : pillars[pillar].level);

/** Returns the level at which a pillar starts if nothing is known: the first one that is not empty. */
function firstUnlocked(scorecard: Scorecard, pillar: Pillar): Level | null {
  return LEVELS.find((level) => (scorecard.pillars[pillar].levels[level - 1]?.possible ?? 0) > 0) ?? null;
}

function move(of: LevelMove['of'], from: Level | null, to: Level | null): LevelMove[] {
  if (from === to) return [];
  return [{ of, from, to, toName: to && LEVEL_NAMES[to], direction: (to ?? 0) > (from ?? 0) ? 'unlocked' : 'lost' }];
}
