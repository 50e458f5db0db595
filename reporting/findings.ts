import { SEVERITY_POINTS } from '../core/model.ts';
import type { ControlResult, ListedFinding, ScorecardWithControls } from '../core/pipeline/result.ts';
import type { Scorecard, ScoredControl } from '../core/scoring/scorecard.ts';
import { BLANK, type Line, span } from './lines.ts';
import { cutMiddle, displayWidth, plainText, wrap } from './plain-text.ts';
import { usableColumns } from './terminal.ts';

/** A control as far as a list of what fails names it. */
export interface TitledControl extends ScoredControl {
  readonly title: string;
}

export interface FindingsOptions {
  readonly columns: number;
  /** How many controls are shown at most; the rest is counted. */
  readonly controls?: number;
  /** How many failing resources are shown of each control; the rest is counted. */
  readonly resources: number;
}

/**
 * The failing controls, each with its first failing resources and why they fail. First those of levels that wait for
 * their gate, then lowest level first, then the gravest.
 */
export function failingControlLines(
  catalogue: readonly TitledControl[],
  scorecard: ScorecardWithControls,
  { columns, controls: limit = Number.POSITIVE_INFINITY, resources }: FindingsOptions,
): Line[] {
  const failing = catalogue
    .flatMap((control) => {
      const result = scorecard.controls[control.id];
      return result?.status === 'FAILED' ? [{ control, result }] : [];
    })
    .sort(
      (a, b) =>
        Number(waits(scorecard, b.control)) - Number(waits(scorecard, a.control)) ||
        a.control.level - b.control.level ||
        SEVERITY_POINTS[b.control.severity] - SEVERITY_POINTS[a.control.severity],
    );
  const shown = failing.slice(0, limit);
  const width = usableColumns(columns);
  return [
    ...shown.flatMap(({ control, result }) => [...controlLines(control, result, resources, width), BLANK]),
    ...(failing.length > shown.length ? [[span(` and ${failing.length - shown.length} more failing controls`, 'dim')], BLANK] : []),
  ];
}

/** Whether the control's level is open and has not reached its gate: there a fix counts, and brings the next level nearer. */
function waits({ pillars }: Scorecard, { pillar, level }: ScoredControl): boolean {
  const cell = pillars[pillar].levels[level - 1];
  return cell?.unlocked === true && !cell.achieved;
}

function controlLines(control: TitledControl, result: ControlResult, limit: number, width: number): Line[] {
  const { nonCompliant, compliant, excepted, failing } = result;
  const shown = failing.slice(0, limit);
  const rest = nonCompliant - shown.length;
  return [
    [
      span(` ${control.id}`, 'bold'),
      span(`  ${control.severity.padEnd(8)}`, control.severity === 'critical' ? 'bad' : 'dim'),
      span(`  ${control.title}`),
    ],
    [span(`   ${nonCompliant} of ${nonCompliant + compliant} resources fail${excepted > 0 ? `, ${excepted} excepted` : ''}`, 'dim')],
    ...shown.flatMap((finding) => findingLines(finding, width)),
    ...(rest > 0 ? [[span(`   and ${rest} more`, 'dim')]] : []),
  ];
}

/** The resource and why it fails, on one line where both fit. */
function findingLines({ accountId, region, resourceId, reason }: ListedFinding, width: number): Line[] {
  const place = `  ${accountId} ${region}`;
  const resource = [span(`   ${cutMiddle(plainText(resourceId), width - 4 - place.length)}`), span(place, 'dim')];
  const why = plainText(reason);
  const used = resource.reduce((sum, { text }) => sum + displayWidth(text), 0);
  if (used + 2 + displayWidth(why) < width) return [[...resource, span(`  ${why}`)]];
  return [resource, ...wrap(why, width - 6).map((text) => [span(`     ${text}`)])];
}
