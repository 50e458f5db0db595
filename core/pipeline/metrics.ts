import { PILLARS } from '../model.ts';
import { ORGANIZATION, type StoredScore } from '../ports.ts';

/** A CloudWatch metric of a scorecard. */
export interface ScoreMetric {
  readonly name: string;
  readonly value: number;
  readonly dimensions: Readonly<Record<string, string>>;
}

/**
 * Returns the metrics of the organization's score. Returns no metric for a value that is `null`: a number instead of nothing to
 * score would be a false alarm.
 */
export function metricsOf({ scorecard, statuses }: Pick<StoredScore, 'scorecard' | 'statuses'>): ScoreMetric[] {
  const count = (wanted: string) => [...statuses.values()].filter((status) => status === wanted).length;
  const { overall, potential, coverage, level, pillars, levels } = scorecard;
  const all: readonly (readonly [name: string, value: number | null, dimensions?: Readonly<Record<string, string>>])[] = [
    ['OverallScore', overall],
    ['PotentialScore', potential],
    ['Coverage', overall === null ? null : coverage],
    ['MaturityLevel', level],
    ['FailedControls', count('FAILED')],
    ['UnknownControls', count('NO_DATA')],
    ...PILLARS.map((pillar) => ['PillarScore', pillars[pillar].score, { Pillar: pillar }] as const),
    ...levels.map((row) => ['LevelScore', row.locked ? 0 : row.score, { Level: String(row.level) }] as const),
  ];
  return all.flatMap(([name, value, dimensions]) =>
    value === null ? [] : [{ name, value, dimensions: { Scope: ORGANIZATION, ...dimensions } }],
  );
}
