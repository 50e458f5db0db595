import type { Finding } from '../../core/evaluation/evaluate.ts';
import type { Tally } from '../../core/evaluation/tally.ts';
import type { ParsedFacts } from '../../core/facts/parser.ts';
import {
  count,
  flag,
  instant,
  listOf,
  mapOf,
  nullable,
  number,
  objectWith,
  oneOf,
  type Shape,
  type Shapes,
  text,
  textThat,
} from '../../core/facts/shape.ts';
import { COMPLIANCES, LEVELS, PILLARS, type ResourceRef, STATUSES } from '../../core/model.ts';
import type { Cause, ControlChange, JoinFinding, JoinHead, JoinResult, OpenFinding } from '../../core/ports.ts';
import type { Headline, LevelRow, LevelScore, PillarScore, Scorecard } from '../../core/scoring/scorecard.ts';

/**
 * The forms of what the tables of the state hold. Another release, or a person, can have written an item, so csmm uses none without a
 * check. It ignores fields that it does not know: a later release writes them, and both run during a deployment.
 */

const name = textThat('a text that is not empty', (value) => value !== '');

export const REF: Shape<ResourceRef> = objectWith<ResourceRef>({ accountId: name, region: name, resourceType: name, resourceId: name });

/** Counts the writes of an item, from 1. */
export const REVISION: Shape<number> = {
  expected: 'a number from 1',
  matches: (value): value is number => typeof value === 'number' && value >= 1 && value <= Number.MAX_SAFE_INTEGER,
};

export const ANYTHING: Shape<unknown> = { expected: 'a value', matches: (value): value is unknown => value !== undefined };
const isTrue: Shape<true> = { expected: 'true', matches: (value): value is true => value === true };

interface Code {
  readonly code: string;
}
const code = { code: text };

export const FINDINGS: Shape<readonly Finding[]> = listOf(
  objectWith<Omit<Finding, 'code'>, Code>({ controlId: name, compliance: oneOf(...COMPLIANCES), reason: text }, code),
);

export const EVIDENCE: Shape<ParsedFacts> = objectWith<Pick<ParsedFacts, 'facts' | 'missing'>, { deleted: true; name: string }>(
  { facts: mapOf(ANYTHING), missing: mapOf(text) },
  { deleted: isTrue, name: text },
);

export const OPEN = oneOf('NON_COMPLIANT', 'INSUFFICIENT_DATA');
const OPEN_FIELDS = { compliance: OPEN, reason: text, capturedAt: text };
/** The fields of an open finding, without those of its resource. */
export const OPEN_FINDING_FIELDS = objectWith<Omit<OpenFinding, 'code' | 'resource'>, Code>(OPEN_FIELDS, code);
/** Releases before this one stored the time with the findings of joins too. */
const JOIN_FINDING: Shape<JoinFinding> = objectWith<Pick<JoinFinding, 'resource' | 'compliance' | 'reason'>, Code & { capturedAt: string }>(
  { resource: REF, compliance: OPEN, reason: text },
  { ...code, capturedAt: text },
);

/** A list on a card: `at` is its capture time, `n` its number of resources, `as` the time at which it holds. */
export interface PackedList {
  readonly at: string;
  readonly n?: number;
  readonly as?: string;
  readonly gap?: string;
}

export const LIST: Shape<PackedList> = objectWith<Pick<PackedList, 'at'>, Required<Omit<PackedList, 'at'>>>(
  { at: instant },
  { n: count, as: instant, gap: text },
);

export const TALLY: Shape<Tally> = objectWith<Tally>({
  compliant: count,
  nonCompliant: count,
  notApplicable: count,
  insufficientData: count,
});

export const JOIN: Shape<JoinResult> = objectWith<Omit<JoinResult, 'catalogueVersion'>, { catalogueVersion: string }>(
  { tally: TALLY, open: listOf(JOIN_FINDING) },
  { catalogueVersion: text },
);

export const HEAD: Shape<JoinHead> = objectWith<Omit<JoinHead, 'long'>, Required<Pick<JoinHead, 'long'>>>(
  { tally: TALLY, catalogueVersion: text, digest: text },
  { long: objectWith<NonNullable<JoinHead['long']>>({ milliseconds: count, at: instant }) },
);

export const CAUSE: Shape<Cause> = objectWith<Omit<Cause, 'code'>, Code>(
  { resource: REF, reason: text, capturedAt: text, counter: text, count },
  code,
);

const STATUS = oneOf(...STATUSES);
export const CHANGES: Shape<readonly ControlChange[]> = listOf(
  objectWith<Omit<ControlChange, 'code'>, Code>(
    { controlId: name, from: STATUS, to: STATUS, resource: nullable(REF), reason: nullable(text) },
    code,
  ),
);

const LEVEL: Shape<(typeof LEVELS)[number]> = {
  expected: 'a level',
  matches: (value): value is (typeof LEVELS)[number] => (LEVELS as readonly unknown[]).includes(value),
};
const score = nullable(number);
const HEADLINE = objectWith<Headline>({ overall: score, level: nullable(LEVEL) });
const PILLAR = objectWith<PillarScore>({
  score,
  level: LEVEL,
  levels: listOf(objectWith<LevelScore>({ level: LEVEL, score, earned: number, possible: number, achieved: flag, unlocked: flag })),
});

export const SCORECARD: Shape<Scorecard> = objectWith<Scorecard>({
  overall: score,
  potential: score,
  coverage: number,
  level: nullable(LEVEL),
  levelName: nullable(text),
  strict: HEADLINE,
  levels: listOf(objectWith<LevelRow>({ level: LEVEL, name: text, score, locked: flag, reason: nullable(text) })),
  pillars: objectWith<Scorecard['pillars']>(Object.fromEntries(PILLARS.map((pillar) => [pillar, PILLAR])) as Shapes<Scorecard['pillars']>),
});
