import type { ControlFixes, FixPlan, PlanDocument } from '../core/remediation/plan/plan-document.ts';
import { BLANK, type Canvas, type Line, span } from './lines.ts';
import { cutMiddle, plainText, wrap } from './plain-text.ts';
import { changeText } from './remediation-lines.ts';
import { usableColumns } from './terminal.ts';

/** Maximum number of listed changes of a fix. The output counts the others. */
const CHANGES = 10;
/** Maximum number of listed resources of each control. The output counts the others. */
const RESOURCES = 5;

/** Returns the planned fixes of each control and the gain of the score. */
export function planLines(
  { score, planned, byHand, controls, accounts, notChecked }: PlanDocument,
  { columns }: Pick<Canvas, 'columns'>,
): Line[] {
  const width = usableColumns(columns);
  const fixable = controls.filter(({ fixes }) => fixes.some(({ plan }) => plan.kind === 'run'));
  const manual = controls.filter((control) => !fixable.includes(control));
  return [
    [span(' Planned remediations', 'bold'), span('  csmm changes nothing', 'dim')],
    BLANK,
    [
      span(` ${planned}`, 'bold'),
      span(` failing resource${planned === 1 ? '' : 's'} by runbook, `),
      span(`${byHand}`, 'bold'),
      span(' by hand'),
    ],
    score.before === null || score.after === null
      ? [span(' Nothing to score')]
      : [
          span(' Score '),
          span(score.before.toFixed(1), 'bold'),
          span(' → '),
          span(score.after.toFixed(1), 'good'),
          span(' if every fix succeeds'),
        ],
    BLANK,
    ...(accounts.length > 1 ? [...accounts.slice(0, ACCOUNTS).map(accountLine), ...moreAccounts(accounts.length), BLANK] : []),
    ...fixable.flatMap((control) => [...controlLines(control, width), BLANK]),
    ...(manual.length > 0 ? [[span(' To fix by hand', 'bold')], BLANK] : []),
    ...manual.flatMap((control) => manualLines(control, width)),
    BLANK,
    [span(' Not checked here', 'bold')],
    ...notChecked.flatMap((each) => wrap(each, width - 4).map((line): Line => [span(`   ${line}`, 'dim')])),
  ];
}

/** Maximum number of listed accounts. The output counts the others. */
const ACCOUNTS = 20;

const accountLine = ({ accountId, planned, byHand }: PlanDocument['accounts'][number]): Line => [
  span(`   ${accountId}`),
  span(`  ${planned} by runbook, ${byHand} by hand`, 'dim'),
];

const moreAccounts = (count: number): Line[] => (count > ACCOUNTS ? [[span(`   and ${count - ACCOUNTS} more accounts`, 'dim')]] : []);

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
    ...plan.changes.slice(0, CHANGES).flatMap((each) => say(changeText(each))),
    ...(plan.changes.length > CHANGES ? say(`and ${plan.changes.length - CHANGES} more changes`) : []),
    [
      span('     '),
      span(plan.runbook ?? '', 'accent'),
      span(`  ${plan.risk}, ${plan.reversible ? 'reversible' : 'NOT REVERSIBLE'}, mode ${mode}`),
    ],
    ...(parameters.length > 0 ? say(parameters.join('  '), 'dim') : []),
    ...(plan.concerns === 'resource' ? [] : say(`Concerns the whole ${plan.concerns === 'region' ? 'Region' : 'account'}.`, 'dim')),
    ...(plan.touches ?? []).flatMap((each) => say(`Also concerns ${each.resourceType} ${each.resourceId}.`, 'dim')),
    ...(plan.uses ?? []).flatMap((each) => say(each, 'dim')),
    ...say(plan.impact ?? '', 'dim'),
    ...(plan.cost === undefined ? [] : say(plan.cost, 'dim')),
    ...(plan.notRestored === undefined ? [] : say(`After a rollback: ${plan.notRestored}`, 'dim')),
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
