import { DOCUMENTED_CONTROLS } from '../controls/documented.ts';
import { REMEDIES } from '../controls/remedies.ts';
import { type DocumentedControl, factTypes, isEvaluated } from '../core/control.ts';
import type { Level, Pillar, Severity } from '../core/model.ts';
import { LEVEL_NAMES, PILLARS } from '../core/model.ts';
import type { Remedy } from '../core/remediation/model/remedy.ts';
import { BLANK, type Line, paint, span } from '../reporting/lines.ts';
import { pillarName } from '../reporting/terminal.ts';
import { requiredControlId } from './control-ids.ts';
import { EXIT } from './exit.ts';
import { type CliIo, canvasOf, write, writeJson } from './io.ts';
import { titledLines, wrappedLines } from './text.ts';

export interface ControlsOptions {
  readonly pillar?: readonly Pillar[];
  readonly level?: Level;
  readonly severity?: readonly Severity[];
  /** Lists only the controls that csmm evaluates. */
  readonly evaluated?: boolean;
  readonly json?: boolean;
}

/** Lists the catalogue, or shows the page of one control. */
export async function controls(id: string | undefined, options: ControlsOptions, io: CliIo): Promise<number> {
  const canvas = canvasOf(io.stdout, io.env);
  if (id !== undefined) {
    const control = find(id);
    if (options.json) await writeJson(io.stdout, metadataOf(control));
    else await write(io.stdout, paint(pageLines(control, Math.min(MAX_COLUMNS, canvas.columns)), canvas));
    return EXIT.ok;
  }
  const chosen = DOCUMENTED_CONTROLS.filter((control) => matches(control, options));
  if (options.json) await writeJson(io.stdout, chosen.map(metadataOf));
  else await write(io.stdout, paint(listLines(chosen, canvas.columns), canvas));
  return EXIT.ok;
}

/** Widest page, in columns. Longer lines are hard to read. */
const MAX_COLUMNS = 120;

/** Controls by id. */
const BY_ID: ReadonlyMap<string, DocumentedControl> = new Map(DOCUMENTED_CONTROLS.map((control) => [control.id, control]));

function find(name: string): DocumentedControl {
  const control = BY_ID.get(requiredControlId(name));
  if (!control) throw new Error(`${name} is in the index of names and not in the catalogue`);
  return control;
}

const matches = (control: DocumentedControl, { pillar, level, severity, evaluated }: ControlsOptions): boolean =>
  (pillar?.includes(control.pillar) ?? true) &&
  (level === undefined || control.level === level) &&
  (severity?.includes(control.severity) ?? true) &&
  (!evaluated || isEvaluated(control));

/** Returns a control as plain data. */
function metadataOf(control: DocumentedControl) {
  const { rules: _, ...metadata } = control;
  return { ...metadata, evaluated: isEvaluated(control), reads: factTypes(control) };
}

function listLines(chosen: readonly DocumentedControl[], columns: number): Line[] {
  const groups = PILLARS.flatMap((pillar) => {
    const members = chosen.filter((control) => control.pillar === pillar);
    return members.length === 0
      ? []
      : [[span(` ${pillarName(pillar)}`, 'bold')], ...members.flatMap((each) => listedLines(each, columns)), BLANK];
  });
  const evaluated = chosen.filter(isEvaluated).length;
  return [
    ...groups,
    ...wrappedLines(
      `${chosen.length} of ${DOCUMENTED_CONTROLS.length} controls. csmm evaluates ${evaluated} of them (■). The others (·) are NO_DATA.`,
      columns,
      1,
      'dim',
    ),
  ];
}

const listedLines = (control: DocumentedControl, columns: number): Line[] =>
  titledLines(
    [
      isEvaluated(control) ? span(' ■ ', 'good') : span(' · ', 'dim'),
      span(control.id),
      span(`  ${control.severity.padEnd(8)}  `, control.severity === 'critical' ? 'bad' : 'dim'),
    ],
    control.title,
    columns,
  );

function pageLines(control: DocumentedControl, columns: number): Line[] {
  const { remediation, crosswalk, triggers } = control;
  const remedies = REMEDIES[control.id] ?? [];
  const documents = [...(remediation.document ? [remediation.document] : []), ...(remediation.alternatives ?? [])];
  const section = (title: string, texts: readonly string[]): Line[] =>
    texts.length === 0 ? [] : [BLANK, [span(` ${title}`, 'bold')], ...texts.flatMap((text) => indented(text, columns))];
  return [
    ...titledLines([span(` ${control.id}  `, 'bold')], control.title, columns),
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
    ...section('Changes that can affect it', [
      ...triggers.configTypes.map((type) => `resources of ${type}`),
      ...triggers.cloudTrail.map(({ source, names }) => `calls of ${source}: ${names.join(', ')}`),
      ...(triggers.native ?? []).map(({ source, detailType }) => `events of ${source}: ${detailType}`),
    ]),
    ...section('Remediation', [
      ...(remedies.length === 0
        ? [`csmm has no runbook for this control: fix it yourself (${remediation.kind})`]
        : remedies.map(remedyText)),
      ...(documents.length > 0 ? [`AWS offers similar documents: ${documents.join(', ')}`] : []),
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
    : 'not yet: csmm does not read its evidence, so its status is NO_DATA';

const indented = (text: string, columns: number): Line[] => wrappedLines(text, columns - 1, 3);

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
