import { READERS } from '../../adapters/aws/readers/index.ts';
import type { Reader } from '../../adapters/aws/readers/reader.ts';
import { CONTROLS } from '../../controls/index.ts';
import { type ControlDefinition, factTypes, isEvaluated } from '../../core/control.ts';

/** Returns the readers that list a type in the rules of the control. */
export function readersOf(control: ControlDefinition): Reader[] {
  const types = factTypes(control);
  return READERS.filter(({ lists }) => lists.some((type) => types.includes(type)));
}

/** Returns the IAM actions of the API calls that provide evidence for the control, sorted. */
export const apiReads = (control: ControlDefinition): string[] =>
  [...new Set(readersOf(control).flatMap(({ permissions }) => permissions))].sort();

/** Returns controls/api-reads.ts. A command line that shows a control need not load all readers for it. */
export const renderApiReads = (): string =>
  [
    '// Generated from the rules and the readers by `npm run docs`. Do not edit.',
    '',
    '/** IAM actions of the API calls that provide evidence, by the ID of the control. Only controls with rules have an entry. */',
    'export const API_READS: Readonly<Record<string, readonly string[]>> = {',
    ...CONTROLS.filter(isEvaluated).flatMap((control) => entry(control.id, apiReads(control))),
    '};',
    '',
  ].join('\n');

/** Maximum width of a line, in columns, as in biome.json. */
const MAX_COLUMNS = 140;

/** Returns the lines of an entry as Biome formats them. */
function entry(id: string, actions: readonly string[]): string[] {
  const texts = actions.map((action) => `'${action}'`);
  const line = `  '${id}': [${texts.join(', ')}],`;
  return line.length <= MAX_COLUMNS ? [line] : [`  '${id}': [`, ...texts.map((text) => `    ${text},`), '  ],'];
}
