import type { ControlFixes, FixPlan, PlanDocument } from '../core/remediation/plan/plan-document.ts';
import { BLANK, type Canvas, type Line, span } from './lines.ts';
import { cutMiddle, plainText, wrap } from './plain-text.ts';
import { usableColumns } from './terminal.ts';

/** How many failing resources are shown of each control; the rest is counted. */
const RESOURCES = 5;

/** What would be put right, how, and what the score would gain, control by control. */
export function planLines({ score, planned, byHand, controls }: PlanDocument, { columns }: Pick<Canvas, 'columns'>): Line[] {
  const width = usableColumns(columns);
  const mendable = controls.filter(({ fixes }) => fixes.some(({ plan }) => plan.kind === 'run'));
  const manual = controls.filter((control) => !mendable.includes(control));
  return [
    [span(' What csmm would put right', 'bold'), span('  nothing is changed from here', 'dim')],
    BLANK,
    [
      span(` ${planned}`, 'bold'),
      span(` failing resource${planned === 1 ? '' : 's'} by runbook, `),
      span(`${byHand}`, 'bold'),
      span(' by a person'),
    ],
    [
      span(' Score '),
      span(score.before.toFixed(1), 'bold'),
      span(' → '),
      span(score.after.toFixed(1), 'good'),
      span(' once every fix is verified'),
    ],
    BLANK,
    ...mendable.flatMap((control) => [...controlLines(control, width), BLANK]),
    ...(manual.length > 0 ? [[span(' Only a person can put these right', 'bold')], BLANK] : []),
    ...manual.flatMap((control) => manualLines(control, width)),
  ];
}

function controlLines({ accountId, controlId, title, fixes, unlisted, statusAfter, gain }: ControlFixes, width: number): Line[] {
  const shown = fixes.slice(0, RESOURCES);
  const rest = fixes.length - shown.length + unlisted;
  return [
    [
      span(` ${controlId}`, 'bold'),
      span(`  ${title}`),
      span(`  ${accountId}`, 'dim'),
      span(`  +${gain.toFixed(1)}`, gain > 0 ? 'good' : 'dim'),
      ...(statusAfter === 'PASSED' ? [] : [span(`  stays ${statusAfter}`, 'bad')]),
    ],
    ...shown.flatMap((fix) => fixLines(fix, width)),
    ...(rest > 0 ? [[span(`   and ${rest} more`, 'dim')]] : []),
  ];
}

function fixLines({ resource, finding, plan, mode }: FixPlan, width: number): Line[] {
  const place = `  ${resource.region}`;
  const name: Line = [span(`   ${cutMiddle(plainText(resource.resourceId), width - 4 - place.length)}`), span(place, 'dim')];
  const say = (text: string, style?: 'dim'): Line[] => wrap(plainText(text), width - 6).map((line) => [span(`     ${line}`, style)]);
  if (plan.kind === 'cannot') return [name, ...say(finding), ...say(`by hand: ${plan.reason}`, 'dim')];
  const parameters = Object.entries(plan.parameters).map(([key, values]) => `${key}=${values.join(',')}`);
  return [
    name,
    ...say(finding),
    [
      span('     '),
      span(plan.runbook ?? '', 'accent'),
      span(`  ${plan.risk}, ${plan.reversible ? 'can be undone' : 'CANNOT BE UNDONE'}, mode ${mode}`),
    ],
    ...(parameters.length > 0 ? say(parameters.join('  '), 'dim') : []),
    ...say(plan.impact ?? '', 'dim'),
  ];
}

function manualLines({ controlId, title, accountId, fixes, unlisted }: ControlFixes, width: number): Line[] {
  const reasons = [...new Set(fixes.flatMap(({ plan }) => (plan.kind === 'cannot' ? [plan.reason] : [])))];
  const count = fixes.length + unlisted;
  return [
    [span(` ${controlId}`, 'bold'), span(`  ${title}`), span(`  ${accountId}, ${count} resource${count === 1 ? '' : 's'}`, 'dim')],
    ...reasons.slice(0, 2).flatMap((reason) => wrap(plainText(reason), width - 4).map((line) => [span(`   ${line}`, 'dim')])),
  ];
}
