import { DOCUMENTED_CONTROLS } from '../controls/documented.ts';
import { REMEDIES } from '../controls/remedies.ts';
import { type DocumentedControl, factTypes, isEvaluated } from '../core/control.ts';
import type { Level, Pillar, Severity } from '../core/model.ts';
import { LEVEL_NAMES, PILLARS } from '../core/model.ts';
import type { Remedy } from '../core/remediation/model/remedy.ts';
import { BLANK, type Line, paint, span } from '../reporting/lines.ts';
import { plainText, wrap } from '../reporting/plain-text.ts';
import { pillarName, usableColumns } from '../reporting/terminal.ts';
import { EXIT, UsageError } from './exit.ts';
import { type CliIo, canvasOf, write } from './io.ts';
import { didYouMean, nearest } from './suggest.ts';

export interface ControlsOptions {
  readonly pillar?: Pillar;
  readonly level?: Level;
  readonly severity?: Severity;
  /** Only the controls that are evaluated already. */
  readonly evaluated?: boolean;
  readonly json?: boolean;
}

/** Shows the catalogue, or the whole page of one control. */
export async function controls(id: string | undefined, options: ControlsOptions, io: CliIo): Promise<number> {
  const canvas = canvasOf(io.stdout, io.env);
  if (id !== undefined) {
    const control = find(id);
    await write(io.stdout, options.json ? print(metadataOf(control)) : paint(pageLines(control, usableColumns(canvas.columns)), canvas));
    return EXIT.ok;
  }
  const chosen = DOCUMENTED_CONTROLS.filter((control) => matches(control, options));
  await write(io.stdout, options.json ? print(chosen.map(metadataOf)) : paint(listLines(chosen), canvas));
  return EXIT.ok;
}

const print = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

function find(id: string): DocumentedControl {
  const wanted = id.toUpperCase();
  const control = DOCUMENTED_CONTROLS.find((candidate) => candidate.id === wanted || candidate.slug.toUpperCase() === wanted);
  if (control) return control;
  const ids = DOCUMENTED_CONTROLS.map((candidate) => candidate.id);
  const slugs = DOCUMENTED_CONTROLS.map((candidate) => candidate.slug);
  const hint = nearest(id, ids).length > 0 ? didYouMean(id, ids) : didYouMean(id, slugs);
  throw new UsageError(`unknown control ${JSON.stringify(id.slice(0, 80))}${hint || '; csmm controls lists all of them'}`);
}

const matches = (control: DocumentedControl, { pillar, level, severity, evaluated }: ControlsOptions): boolean =>
  (pillar === undefined || control.pillar === pillar) &&
  (level === undefined || control.level === level) &&
  (severity === undefined || control.severity === severity) &&
  (!evaluated || isEvaluated(control));

/** A control as plain data. */
function metadataOf(control: DocumentedControl) {
  const { rules: _, ...metadata } = control;
  return { ...metadata, evaluated: isEvaluated(control), reads: factTypes(control) };
}

function listLines(chosen: readonly DocumentedControl[]): Line[] {
  const groups = PILLARS.flatMap((pillar) => {
    const members = chosen.filter((control) => control.pillar === pillar);
    return members.length === 0 ? [] : [[span(` ${pillarName(pillar)}`, 'bold')], ...members.map(listLine), BLANK];
  });
  const evaluated = chosen.filter(isEvaluated).length;
  return [
    ...groups,
    [
      span(
        ` ${chosen.length} of ${DOCUMENTED_CONTROLS.length} controls, ${evaluated} of them evaluated (■); the others (·) are NO_DATA`,
        'dim',
      ),
    ],
  ];
}

const listLine = (control: DocumentedControl): Line => [
  isEvaluated(control) ? span(' ■ ', 'good') : span(' · ', 'dim'),
  span(control.id),
  span(`  ${control.severity.padEnd(8)}  `, control.severity === 'critical' ? 'bad' : 'dim'),
  span(control.title),
];

function pageLines(control: DocumentedControl, columns: number): Line[] {
  const { remediation, crosswalk, triggers } = control;
  const remedies = REMEDIES[control.id] ?? [];
  const documents = [...(remediation.document ? [remediation.document] : []), ...(remediation.alternatives ?? [])];
  const section = (title: string, texts: readonly string[]): Line[] =>
    texts.length === 0 ? [] : [BLANK, [span(` ${title}`, 'bold')], ...texts.flatMap((text) => indented(text, columns))];
  return [
    [span(` ${control.id}`, 'bold'), span(`  ${control.title}`, 'bold')],
    ...indented(
      `${pillarName(control.pillar)} · level ${control.level} ${LEVEL_NAMES[control.level]} · ${control.severity} · ${control.slug}`,
      columns,
    ),
    ...section('Rule', [control.rule]),
    ...section('Evaluated', [evaluationOf(control)]),
    ...section('Evidence', [`${control.evidence}, for each ${control.scope}`, ...control.apiFacts]),
    ...section(
      'Parameters',
      Object.entries(control.parameters ?? {}).map(([name, value]) => `${name}: ${JSON.stringify(value)}`),
    ),
    ...section('Read anew', [
      ...triggers.configTypes.map((type) => `on a change of ${type}`),
      ...triggers.cloudTrail.map(({ source, names }) => `on ${source}: ${names.join(', ')}`),
      ...(triggers.native ?? []).map(({ source, detailType }) => `on ${source}: ${detailType}`),
      `at the latest by ${triggers.schedule}`,
    ]),
    ...section('Remediation', [
      ...(remedies.length === 0 ? [`csmm has no runbook for it: a person puts it right (${remediation.kind})`] : remedies.map(remedyText)),
      ...(documents.length > 0 ? [`documents of AWS that do something like it: ${documents.join(', ')}`] : []),
      ...(remediation.note ? [remediation.note] : []),
    ]),
    ...section('Crosswalk', crosswalkTexts(crosswalk)),
    ...section('Corroborating signals', control.corroboratingSignals ?? []),
    ...section('Notes', control.notes ? [control.notes] : []),
  ];
}

const remedyText = ({ resourceType, runbook, risk, reversible, impact }: Remedy): string =>
  `${resourceType}: ${runbook}, ${risk}, ${reversible ? 'can be undone' : 'cannot be undone'}. ${impact}`;

const evaluationOf = (control: DocumentedControl): string =>
  isEvaluated(control)
    ? `yes, from the configuration of ${factTypes(control).join(', ')}`
    : 'not yet: nothing reads its evidence, and its status is NO_DATA';

const indented = (text: string, columns: number): Line[] => wrap(plainText(text), columns - 4).map((line) => [span(`   ${line}`)]);

function crosswalkTexts(crosswalk: DocumentedControl['crosswalk']): string[] {
  const frameworks: readonly (readonly [string, readonly string[]])[] = [
    ['CIS AWS Foundations 3.0', crosswalk.cisAwsV3],
    ['CIS AWS Foundations 5.0', crosswalk.cisAwsV5],
    ['AWS Security Hub', crosswalk.securityHub],
    ['Prowler', crosswalk.prowler],
    ['NIST CSF 2.0', crosswalk.nistCsf2],
    [
      'AWS Security Maturity Model v2',
      crosswalk.awsSmmV2.map(({ phase, category, recommendation }) => `phase ${phase}, ${category}: ${recommendation}`),
    ],
    ['IANS CSMM 2.0', crosswalk.iansCsmm2],
  ];
  return frameworks.flatMap(([name, ids]) =>
    ids.length === 0 ? [] : [`${name}: ${ids.join(name.startsWith('AWS Security Maturity') ? '; ' : ', ')}`],
  );
}
