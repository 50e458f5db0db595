import { type Pillar, SEVERITY_POINTS } from '../core/model.ts';
import type { FixEffect, JointStep, NextSteps } from '../core/pipeline/next-steps.ts';
import type { ListedFinding, ScorecardWithControls } from '../core/pipeline/result.ts';
import type { Scorecard, ScoredControl } from '../core/scoring/scorecard.ts';
import { BLANK, type Line, type Span, span } from './lines.ts';
import { displayWidth, flow, plainText, wrap } from './plain-text.ts';
import { paragraph, pillarName, usableColumns } from './terminal.ts';

/** A control with the fields that the list of failing controls shows. */
export interface TitledControl extends ScoredControl {
  readonly title: string;
}

export interface FindingsOptions {
  readonly columns: number;
  /** Maximum number of entries. The list counts the others. */
  readonly controls?: number;
  /** Maximum number of failing resources of each control. The list counts the others. */
  readonly resources: number;
  /** Where to find the entries that the list leaves out. */
  readonly hint?: string;
}

/** Default hint: the result document is complete. */
export const JSON_HINT = '--json lists all';

/** An entry of the list: one control, or several that fail for one cause. */
interface Entry {
  readonly effect: FixEffect;
  readonly controls: readonly TitledControl[];
}

/**
 * Returns the failing controls, each with its gain, its first failing resources and the reasons. The largest gain is first, then
 * the worst severity. Controls with one cause are one entry.
 */
export function failingControlLines(
  catalogue: readonly TitledControl[],
  scorecard: ScorecardWithControls & NextSteps,
  { columns, controls: limit = Number.POSITIVE_INFINITY, resources, hint = JSON_HINT }: FindingsOptions,
): Line[] {
  const entries = entriesOf(catalogue, scorecard);
  if (entries.length === 0) return [];
  const width = usableColumns(columns);
  const shown = entries.slice(0, limit);
  const rest = entries.slice(limit).reduce((sum, { controls }) => sum + controls.length, 0);
  return [
    [span(' What to do first', 'bold')],
    ...gateLines(catalogue, scorecard.nextGate, width),
    BLANK,
    ...shown.flatMap((entry) => [...entryLines(entry, scorecard, { resources, hint }, width), BLANK]),
    ...(rest > 0 ? [...paragraph(`and ${rest} more failing ${rest === 1 ? 'control' : 'controls'}; ${hint}`, width, 'dim'), BLANK] : []),
  ];
}

function entriesOf(catalogue: readonly TitledControl[], { next, sharedCauses }: NextSteps): Entry[] {
  const byId = new Map(catalogue.map((control) => [control.id, control]));
  const entry = (effect: FixEffect, ids: readonly string[]): Entry => ({ effect, controls: ids.flatMap((id) => byId.get(id) ?? []) });
  // A group with a control that the list does not show has another gain than its shown controls.
  const groups = sharedCauses.filter(({ controlIds }) => controlIds.every((id) => byId.has(id)));
  const joint = new Set(groups.flatMap(({ controlIds }) => controlIds));
  const single = next.filter(({ controlId }) => !joint.has(controlId)).map((step) => entry(step, [step.controlId]));
  const worst = ({ controls }: Entry): number => Math.max(...controls.map(({ severity }) => SEVERITY_POINTS[severity]));
  return [...single, ...groups.map((step) => entry(step, step.controlIds))]
    .filter(({ controls }) => controls.length > 0)
    .sort((a, b) => b.effect.gain - a.effect.gain || worst(b) - worst(a));
}

/** Returns the set of controls that together unlock the next level. */
function gateLines(catalogue: readonly TitledControl[], gate: JointStep | null, width: number): Line[] {
  const controls = gate ? catalogue.filter(({ id }) => gate.controlIds.includes(id)) : [];
  if (!gate || controls.length < gate.controlIds.length) return [];
  const names = controls.map(({ id, title }) => `${title} (${id})`);
  const what = names.length === 1 ? 'this control' : `these ${names.length} controls together`;
  const resources = `${gate.resources} ${gate.resources === 1 ? 'resource' : 'resources'}`;
  return paragraph(`For the next gate, fix ${what}, ${resources}: ${effectWords(gate)}. ${listOf(names)}.`, width);
}

const listOf = (names: readonly string[]): string =>
  names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${names.at(-1)}` : (names[0] ?? '');

/** Returns the effect of a fix in words, such as `+7.4, unlocks IAM L2`. */
export function effectWords({ gain, unlocks }: Pick<FixEffect, 'gain' | 'unlocks'>): string {
  const pillars = [...new Set(unlocks.map(({ pillar }) => pillar))];
  const places = pillars.map((pillar) => {
    const levels = unlocks.filter((unlock) => unlock.pillar === pillar).map(({ level }) => `L${level}`);
    return `${pillarName(pillar)} ${levels.length > 2 ? `${levels[0]} to ${levels.at(-1)}` : listOf(levels)}`;
  });
  return [gain > 0 ? `+${gain.toFixed(1)}` : 'less than +0.1', ...(places.length > 0 ? [`unlocks ${listOf(places)}`] : [])].join(', ');
}

type EntryLimits = Required<Pick<FindingsOptions, 'resources' | 'hint'>>;

function entryLines(
  { effect, controls }: Entry,
  scorecard: ScorecardWithControls,
  { resources: limit, hint }: EntryLimits,
  width: number,
): Line[] {
  const [first] = controls;
  const result = first && scorecard.controls[first.id];
  if (!first || !result) return [];
  const { nonCompliant, compliant, excepted, insufficientData, failing } = result;
  const counts = [`${nonCompliant} of ${nonCompliant + compliant} resources ${nonCompliant === 1 ? 'fails' : 'fail'}`];
  if (excepted > 0) counts.push(`${excepted} covered by an exception`);
  if (insufficientData > 0) counts.push(`${insufficientData} without data must pass too`);
  const shown = failing.slice(0, limit);
  const rest = nonCompliant - shown.length;
  return [
    ...(controls.length === 1 ? [titleLine(first)] : [...sharedLines(controls, width)]),
    [gainSpan(effect, controls, scorecard), span(` · ${counts.join(', ')}`, 'dim')],
    ...shown.flatMap((finding) => findingLines(finding, width)),
    ...(rest > 0 ? [[span(`   and ${rest} more; ${hint}`, 'dim')]] : []),
  ];
}

const titleLine = ({ id, severity, title }: TitledControl): Line => [
  span(` ${id}`, 'bold'),
  span(`  ${severity.padEnd(8)}`, severity === 'critical' ? 'bad' : 'dim'),
  span(`  ${title}`),
];

/** Returns the ids of controls that fail for one cause. */
const sharedLines = (controls: readonly TitledControl[], width: number): Line[] => [
  [span(` ${controls.length} controls`, 'bold'), span(' fail for one cause')],
  ...flow(
    controls.map(({ id }) => id),
    width - 4,
  ).map((line): Line => [span(`   ${line}`)]),
];

/** Returns the gain, or the reason why a fix gains nothing yet. */
function gainSpan(effect: FixEffect, controls: readonly TitledControl[], { pillars }: Scorecard): Span {
  const locked = controls.every(({ pillar, level }) => pillars[pillar].levels[level - 1]?.unlocked === false);
  if (effect.gain > 0 || effect.unlocks.length > 0) return span(`   ${effectWords(effect)}`, 'good');
  const places = [...new Set(controls.map(({ pillar, level }: { pillar: Pillar; level: number }) => `${pillarName(pillar)} L${level}`))];
  return locked ? span(`   no gain until ${listOf(places)} is unlocked`, 'dim') : span('   less than +0.1', 'good');
}

/** Returns a resource and the reason, on one line if both fit. */
function findingLines(finding: ListedFinding, width: number): Line[] {
  const { accountId, region, reason } = finding;
  const place = `  ${accountId} ${region}`;
  const name = plainText(nameOf(finding));
  const why = plainText(reason);
  const used = 3 + displayWidth(name) + displayWidth(place);
  if (used + 2 + displayWidth(why) < width) return [[span(`   ${name}`), span(place, 'dim'), span(`  ${why}`)]];
  const reasons = wrap(why, width - 6).map((text): Line => [span(`     ${text}`)]);
  if (used < width) return [[span(`   ${name}`), span(place, 'dim')], ...reasons];
  return [...wrap(name, width - 4).map((text): Line => [span(`   ${text}`)]), [span(`   ${place}`, 'dim')], ...reasons];
}

/** Returns the name of a resource with its ID, or the ID of a resource without a visible name. */
const nameOf = ({ resourceId, resourceName = '' }: ListedFinding): string =>
  plainText(resourceName).trim() === '' ? resourceId : `${resourceName} (${resourceId})`;
