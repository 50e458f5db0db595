import { CONTROLS } from '../controls/index.ts';
import type { ControlDefinition } from '../core/control.ts';
import type { ControlStatus, Pillar, Severity } from '../core/model.ts';
import { BLANK, type Line, type Style, span } from '../reporting/lines.ts';
import { titledLines } from './text.ts';

/** Options that choose which controls a report lists. They never change the score. */
export interface FilterOptions {
  readonly status?: readonly ControlStatus[];
  readonly severity?: readonly Severity[];
  readonly pillar?: readonly Pillar[];
  /** Ids or slugs, in any case. */
  readonly control?: readonly string[];
}

/** The statuses of controls by id, as a scorecard holds them. */
type Controls<T extends { readonly status: string }> = Readonly<Record<string, T>>;

/** Chooses the controls that a report lists. */
export interface ControlFilter {
  /** Returns the chosen controls, with what a scorecard says of them. */
  apply<T extends { readonly status: string }>(controls: Controls<T>): Controls<T>;
  /** Returns the chosen controls with their statuses as lines. Returns no line if no filter, or only `FAILED`, was given. */
  lines(controls: Controls<{ readonly status: string }>, columns: number): Line[];
}

/** Returns the filter that some options describe. @throws UsageError if they name an unknown control. */
export async function controlFilter({ status, severity, pillar, control }: FilterOptions): Promise<ControlFilter> {
  const ids = control && new Set(await idsOf(control));
  const isChosen = (definition: ControlDefinition, found: string | undefined): boolean =>
    found !== undefined &&
    (status?.some((wanted) => wanted === found) ?? true) &&
    (severity?.includes(definition.severity) ?? true) &&
    (pillar?.includes(definition.pillar) ?? true) &&
    (ids?.has(definition.id) ?? true);
  const chosen = (controls: Controls<{ readonly status: string }>) => CONTROLS.filter((each) => isChosen(each, controls[each.id]?.status));
  const isGiven = [status, severity, pillar, control].some((option) => option !== undefined);
  const isOfFailures = status?.every((wanted) => wanted === 'FAILED') ?? false;
  return {
    apply: (controls) => {
      if (!isGiven) return controls;
      return Object.fromEntries(chosen(controls).flatMap(({ id }) => (controls[id] ? [[id, controls[id]]] : [])));
    },
    lines: (controls, columns) => {
      if (!isGiven) return [];
      const listed = chosen(controls);
      const title: Line = [span(` ${listed.length} of ${CONTROLS.length} controls match the filters`, 'bold')];
      if (isOfFailures && listed.length > 0) return [BLANK, title];
      return [BLANK, title, ...listed.flatMap((each) => statusLines(each, controls[each.id]?.status ?? 'NO_DATA', columns))];
    },
  };
}

async function idsOf(names: readonly string[]): Promise<string[]> {
  const { requiredControlId } = await import('./control-ids.ts');
  return names.map(requiredControlId);
}

const TONES: Readonly<Record<string, Style>> = { PASSED: 'good', FAILED: 'bad' };
const LONGEST_STATUS = 'NOT_APPLICABLE'.length;
const LONGEST_SEVERITY = 'critical'.length;

const statusLines = ({ id, severity, title }: ControlDefinition, status: string, columns: number): Line[] =>
  titledLines(
    [
      span(` ${id}  `),
      span(status.padEnd(LONGEST_STATUS), TONES[status] ?? 'dim'),
      span(`  ${severity.padEnd(LONGEST_SEVERITY)}  `, severity === 'critical' ? 'bad' : 'dim'),
    ],
    title,
    columns,
  );
