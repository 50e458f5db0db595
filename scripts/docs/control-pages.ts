import { REMEDIES } from '../../controls/remedies.ts';
import { type DocumentedControl, factTypes, isEvaluated, type Rule } from '../../core/control.ts';
import { LEVEL_NAMES, PILLARS, type Pillar } from '../../core/model.ts';
import { type Remedy, undoOf } from '../../core/remediation/model/remedy.ts';
import { code, codes, prose, table } from './markdown.ts';

const GENERATED = '<!-- Made by scripts/docs.ts from the catalogue. Change the control, not this page. -->';

const PILLAR_NAMES: Readonly<Record<Pillar, string>> = {
  iam: 'IAM',
  networking: 'Networking',
  storage: 'Storage',
  compute: 'Compute',
  monitoring: 'Monitoring',
};

/** The file of a control and its page, without the ending. */
export const fileNameOf = ({ id, slug }: DocumentedControl): string => `${id.toLowerCase()}-${slug}`;

/** The list of all controls, by pillar, and of the resource types that they read. */
export function renderIndex(controls: readonly DocumentedControl[]): string {
  const evaluated = controls.filter(isEvaluated);
  const types = [...new Set(evaluated.flatMap(factTypes))].sort();
  return joined([
    GENERATED,
    '# The controls',
    `${controls.length} controls, ${evaluated.length} of them evaluated. The others are in the catalogue and in the score, with the status \`NO_DATA\`.`,
    ...PILLARS.flatMap((pillar) => [`## ${PILLAR_NAMES[pillar]}`, pillarTable(controls.filter((control) => control.pillar === pillar))]),
    '## Resource types read',
    'AWS Config must record these types for the evaluated controls to have data.',
    table(
      ['type', 'controls'],
      types.map((type) => [
        code(type),
        evaluated
          .filter((control) => factTypes(control).includes(type))
          .map(link)
          .join(', '),
      ]),
    ),
  ]);
}

const link = (control: DocumentedControl): string => `[${control.id}](${fileNameOf(control)}.md)`;

const pillarTable = (controls: readonly DocumentedControl[]): string =>
  table(
    ['control', 'demand', 'level', 'severity', 'evaluated'],
    controls.map((control) => [
      link(control),
      prose(control.title),
      `${control.level} ${LEVEL_NAMES[control.level]}`,
      control.severity,
      isEvaluated(control) ? 'yes' : 'no',
    ]),
  );

/** The page of one control. */
export function renderControl(control: DocumentedControl): string {
  return joined([
    GENERATED,
    `# ${control.id}: ${prose(control.title)}`,
    placeTable(control),
    '## Rule',
    prose(control.rule),
    ...parameters(control),
    '## Evaluation',
    ...evaluation(control),
    '## Evidence',
    ...evidence(control),
    '## Remediation',
    ...remediation(control),
    ...crosswalk(control),
    ...(control.notes ? ['## Notes', prose(control.notes)] : []),
    '[All controls](README.md)',
  ]);
}

const joined = (parts: readonly string[]): string => `${parts.join('\n\n')}\n`;

const placeTable = ({ pillar, level, severity, scope, evidence: kind, topic }: DocumentedControl): string =>
  table(
    ['pillar', 'level', 'severity', 'judged for each', 'evidence', 'topic'],
    [[PILLAR_NAMES[pillar], `${level} ${LEVEL_NAMES[level]}`, severity, scope, kind, prose(topic)]],
  );

function parameters(control: DocumentedControl): string[] {
  const entries = Object.entries(control.parameters ?? {});
  if (entries.length === 0) return [];
  return ['## Parameters', ...[list(entries.map(([name, value]) => `${code(name)}: ${code(JSON.stringify(value))}`))]];
}

function evaluation(control: DocumentedControl): string[] {
  const source = `[the control](../../controls/${control.pillar}/${fileNameOf(control)}.ts)`;
  if (!isEvaluated(control)) return [`Not evaluated yet: nothing reads its evidence, and its status is \`NO_DATA\`. Source: ${source}.`];
  const test = `[its test](../../test/controls/${control.pillar}/${fileNameOf(control)}.test.ts)`;
  return [list(control.rules.map(ruleText)), `Source: ${source} and ${test}.`];
}

function ruleText(rule: Rule): string {
  if (rule.kind === 'join')
    return `A join of ${codes(rule.reads)} within one account${rule.elsewhere ? ', and of accounts that it names' : ''}.`;
  return `Each ${code(rule.resourceType)} by its facts ${codes(rule.needs)}; a fact that is not known makes it \`INSUFFICIENT_DATA\`.`;
}

function evidence(control: DocumentedControl): string[] {
  const { triggers, apiFacts, corroboratingSignals = [] } = control;
  const configItems = isEvaluated(control) ? 'AWS Config items' : 'AWS Config items, not read for it yet,';
  const items = [
    ...(triggers.configTypes.length > 0 ? [`${configItems} of ${codes(triggers.configTypes)}`] : []),
    ...(apiFacts.length > 0 ? [`${isEvaluated(control) ? 'API reads' : 'API reads, not made for it yet'}: ${codes(apiFacts)}`] : []),
    ...triggers.cloudTrail.map(({ source, names }) => `may change with CloudTrail events of ${code(source)}: ${names.join(', ')}`),
    ...(triggers.native ?? []).map(({ source, detailType }) => `may change with events of ${code(source)}: ${detailType}`),
    isEvaluated(control) ? 'read anew by the daily sweep, and given up after 48 hours' : `to be read anew by ${code(triggers.schedule)}`,
    ...corroboratingSignals.map((signal) => `supports an attestation: ${prose(signal)}`),
  ];
  return [list(items)];
}

function remediation({ id, remediation: { kind, document, alternatives = [], note } }: DocumentedControl): string[] {
  const documents = [...(document ? [document] : []), ...alternatives];
  const others = [
    ...(documents.length > 0 ? [`documents of AWS that do something like it: ${codes(documents)}`] : []),
    ...(note ? [prose(note)] : []),
  ];
  const remedies = REMEDIES[id] ?? [];
  const how =
    remedies.length > 0
      ? [
          'Where [remediation](../remediation.md) is deployed and the settings allow it, csmm puts it right by runbook:',
          list(remedies.map(remedyText)),
        ]
      : [`csmm has no runbook for it: ${kind === 'manual' ? 'only a person can put it right' : 'a person puts it right'}.`];
  return [...how, ...(others.length > 0 ? [list(others)] : [])];
}

function remedyText({ resourceType, runbook, risk, reversible, impact }: Remedy): string {
  const undo = reversible ? `, undone by [${undoOf(runbook)}](../../runbooks/${undoOf(runbook)}.yaml)` : ', and cannot be undone';
  return `${code(resourceType)}: [${runbook}](../../runbooks/${runbook}.yaml), ${risk}${undo}. ${prose(impact)}`;
}

function crosswalk({ crosswalk: others }: DocumentedControl): string[] {
  const rows: [string, string][] = [
    ['CIS AWS Foundations 3.0', others.cisAwsV3.join(', ')],
    ['CIS AWS Foundations 5.0', others.cisAwsV5.join(', ')],
    ['AWS Security Hub', others.securityHub.join(', ')],
    ['Prowler', codes(others.prowler)],
    ['NIST CSF 2.0', others.nistCsf2.join(', ')],
    [
      'AWS Security Maturity Model v2',
      others.awsSmmV2.map(({ phase, category, recommendation }) => `phase ${phase}, ${category}: ${recommendation}`).join('; '),
    ],
    ['IANS CSMM 2.0', others.iansCsmm2.join(', ')],
  ];
  const known = rows.filter(([, ids]) => ids !== '');
  return known.length === 0 ? [] : ['## The same or a related demand elsewhere', table(['framework', 'ids'], known)];
}

const list = (items: readonly string[]): string => items.map((item) => `- ${item}`).join('\n');
