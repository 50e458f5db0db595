import { readdirSync, readFileSync } from 'node:fs';
import { digestOf } from '../../adapters/aws/documents-pinned.ts';
import { PILLARS, type Pillar } from '../../core/model.ts';

const NOTE = '// Generated from the files of the controls by `npm run docs`. Do not edit.';

/** The file of one control. */
export interface ControlFile {
  readonly id: string;
  /** Path from `controls/`, such as `iam/iam-l1-01-root-user-mfa.ts`. */
  readonly path: string;
  readonly hasRemedies: boolean;
}

/** Returns the files of all controls in the order of the catalogue: pillar, level, number. */
export const controlFiles = (root: URL): ControlFile[] => PILLARS.flatMap((pillar) => filesOf(pillar, root));

function filesOf(pillar: Pillar, root: URL): ControlFile[] {
  const folder = new URL(`controls/${pillar}/`, root);
  const names = readdirSync(folder).filter((name) => /^[a-z]{3}-l[1-5]-\d{2}-[a-z0-9-]+\.ts$/.test(name));
  return names.sort().map((name) => ({
    id: name.slice(0, 'iam-l1-01'.length).toUpperCase(),
    path: `${pillar}/${name}`,
    hasRemedies: /^export const remedies\b/m.test(readFileSync(new URL(name, folder), 'utf8')),
  }));
}

/** Returns the text of the indexes of the controls, by path from the root of the repository. */
export function renderIndexes(root: URL): Map<string, string> {
  const files = controlFiles(root);
  return new Map([
    ['controls/index.ts', renderControls(files)],
    ['controls/runbook-digests.ts', renderDigests(root)],
    ['controls/remedies.ts', renderRemedies(files.filter(({ hasRemedies }) => hasRemedies))],
  ]);
}

/** Static imports and separate exports, so that a bundle without pages leaves the pages out (docs/adr/0007). */
function renderControls(files: readonly ControlFile[]): string {
  return lines(
    NOTE,
    "import type { ControlDefinition, ControlPage } from '../core/control.ts';",
    ...byPath(files).map(({ id, path }) => `import ${nameOf(id)}, { page as ${nameOf(id)}_PAGE } from './${path}';`),
    '',
    '/** All controls of the model, in the order of their IDs: pillar, level, number. */',
    'export const CONTROLS: readonly ControlDefinition[] = [',
    ...files.map(({ id }) => `  ${nameOf(id)},`),
    '];',
    '',
    '/** Documentation of each control, by ID. Separate from the controls, so that no Lambda bundle contains it. */',
    'export const PAGES: Readonly<Record<string, ControlPage>> = {',
    ...files.map(({ id }) => `  '${id}': ${nameOf(id)}_PAGE,`),
    '};',
  );
}

function renderRemedies(files: readonly ControlFile[]): string {
  return lines(
    NOTE,
    "import type { Remedies } from '../core/remediation/model/remedy.ts';",
    ...byPath(files).map(({ id, path }) => `import { remedies as ${nameOf(id)} } from './${path}';`),
    '',
    '/** Remedies by control, in the order of the catalogue. csmm has no runbook for other controls. */',
    'export const REMEDIES: Remedies = {',
    ...files.map(({ id }) => `  '${id}': ${nameOf(id)},`),
    '};',
  );
}

/** The Lambda functions contain only digests of the runbooks. */
function renderDigests(root: URL): string {
  const folder = new URL('runbooks/', root);
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .sort();
  return lines(
    '// Generated from the runbooks by `npm run docs`. Do not edit.',
    '',
    '/** SHA-256 of the content of each runbook, by name. csmm starts no document with other content. */',
    'export const RUNBOOK_DIGESTS: Readonly<Record<string, string>> = {',
    ...names.map((name) => `  '${name.replace(/\.yaml$/, '')}': '${digestOf(readFileSync(new URL(name, folder), 'utf8'))}',`),
    '};',
  );
}

const lines = (...all: readonly string[]): string => `${all.join('\n')}\n`;

/** Returns the name of an import: `IAM_L1_01`. */
const nameOf = (id: string): string => id.replaceAll('-', '_');

/** Biome requires imports in the order of their paths. */
const byPath = (files: readonly ControlFile[]): ControlFile[] => files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
