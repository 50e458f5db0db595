import { LEVEL_NAMES, LEVELS, type Level, PILLARS, type Pillar } from '../model.ts';
import { type ControlChange, ORGANIZATION, type ScoreChange, type StoredScore } from '../ports.ts';
import type { RemediationChangedDetail } from '../remediation/events.ts';
import type { Scorecard } from '../scoring/scorecard.ts';

export const EVENT_SOURCE = 'csmm';
export const EVENT_SCHEMA_VERSION = '1';

/** The headline numbers of a scorecard at one revision. Scores are 0 to 100 with one decimal. */
export interface ScoreSummary {
  readonly overall: number;
  readonly potential: number;
  readonly coverage: number;
  readonly level: Level;
  readonly levelName: string;
  readonly pillars: Readonly<Record<Pillar, number | null>>;
  /** Scores of the five levels across pillars; `null` where locked or empty. */
  readonly levels: readonly (number | null)[];
}

/** What every event says of itself. */
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
  /** Newest capture time among the evidence behind the change. */
  readonly asOf: string;
}

export interface ScoreChangedDetail extends EventHeader {
  /** `null` for the first score. */
  readonly before: ScoreSummary | null;
  readonly after: ScoreSummary;
  readonly controls: readonly ControlChange[];
}

/** A level that was unlocked or lost: of one pillar, or the headline level of the scorecard. */
export interface LevelMove {
  readonly of: Pillar | 'overall';
  readonly from: Level;
  readonly to: Level;
  readonly toName: string;
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

/** So many control changes fit an event of 256 KB with room to spare; the rest have events of their own. */
const MAX_CONTROLS = 120;

/**
 * The events that tell of one committed change of a scorecard. A pure function of the change, so that a repeated delivery
 * of the change gives the same events with the same ids. No events where the revision did not grow.
 */
export function eventsOf({ before, after }: ScoreChange): CsmmEvent[] {
  if (before && before.revision >= after.revision) return [];
  const levels = levelMoves(before?.scorecard, after.scorecard);
  return [
    {
      detailType: 'CSMM Score Changed',
      detail: {
        ...header(after, 'score'),
        before: before ? summaryOf(before.scorecard) : null,
        after: summaryOf(after.scorecard),
        controls: after.changes.slice(0, MAX_CONTROLS),
      },
    },
    ...(levels.length > 0 ? [{ detailType: 'CSMM Level Changed' as const, detail: { ...header(after, 'level'), levels } }] : []),
    ...after.changes.map((change) => ({
      detailType: 'CSMM Control Status Changed' as const,
      detail: { ...header(after, change.controlId), ...change },
    })),
  ];
}

function header({ scope, revision, catalogueVersion, asOf }: StoredScore, subject: string): EventHeader {
  return {
    schemaVersion: EVENT_SCHEMA_VERSION,
    id: `${scope}/${revision}/${subject}`,
    scope: scope === ORGANIZATION ? 'organization' : 'account',
    accountId: scope === ORGANIZATION ? null : scope,
    revision,
    catalogueVersion,
    asOf,
  };
}

/** The headline numbers of a scorecard. */
export function summaryOf({ overall, potential, coverage, level, levelName, pillars, levels }: Scorecard): ScoreSummary {
  const byPillar = Object.fromEntries(PILLARS.map((pillar) => [pillar, pillars[pillar].score])) as Record<Pillar, number | null>;
  return { overall, potential, coverage, level, levelName, pillars: byPillar, levels: levels.map((row) => row.score) };
}

/** Before the first score every level but the first is locked: nothing was known. */
function levelMoves(before: Scorecard | undefined, after: Scorecard): LevelMove[] {
  return [
    ...PILLARS.flatMap((pillar) =>
      move(pillar, before?.pillars[pillar].level ?? firstUnlocked(after, pillar), after.pillars[pillar].level),
    ),
    ...move('overall', before?.level ?? 1, after.level),
  ];
}

/** The level at which a pillar starts with nothing known: the one behind its empty levels. */
function firstUnlocked(scorecard: Scorecard, pillar: Pillar): Level {
  return LEVELS.find((level) => (scorecard.pillars[pillar].levels[level - 1]?.possible ?? 0) > 0) ?? 1;
}

function move(of: LevelMove['of'], from: Level, to: Level): LevelMove[] {
  return from === to ? [] : [{ of, from, to, toName: LEVEL_NAMES[to], direction: to > from ? 'unlocked' : 'lost' }];
}
