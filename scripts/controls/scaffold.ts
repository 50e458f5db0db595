import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { isInConfig, parserOf } from '../../core/facts/index.ts';
import { type Level, type Pillar, SEVERITIES, type Severity } from '../../core/model.ts';
import { type ControlFile, controlFiles, renderIndexes } from './indexes.ts';
import { type ControlPlan, controlTestText, controlText, factNames, factTestText, factText, RULE_IMPORTS, rulesText } from './templates.ts';

const HELP = `npm run new:control -- <id> [title] --type <type> --facts <name,…>

  <id>               ID of the control, such as IAM-L3-05
  [title]            title, if the ID is new to the catalogue
  --type <type>      resource type that the rule evaluates, such as AWS::EC2::RouteTable
  --facts <name,…>   facts that the rule needs; of a new type, they are created
  --severity <name>  ${SEVERITIES.join(', ')} (default: medium; only for a new ID)
  --api              an API reader reads the type, because AWS Config does not record it (only for a new type)
  --root <folder>    root of the repository (default: this one)
`;

const PILLAR_OF: Readonly<Record<string, Pillar>> = { IAM: 'iam', NET: 'networking', STR: 'storage', CMP: 'compute', MON: 'monitoring' };

/** Thrown if the arguments do not describe a control that can be created. */
export class ScaffoldError extends Error {
  override readonly name = 'ScaffoldError';
}

interface Request {
  readonly root: URL;
  readonly id: string;
  readonly title: string | undefined;
  readonly severity: Severity;
  readonly resourceType: string;
  readonly facts: readonly string[];
  readonly isNewType: boolean;
  readonly isInConfig: boolean;
}

function requestFrom(args: readonly string[]): Request | undefined {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      type: { type: 'string' },
      facts: { type: 'string' },
      severity: { type: 'string', default: 'medium' },
      api: { type: 'boolean', default: false },
      root: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const [id = '', title] = positionals;
  if (!/^(IAM|NET|STR|CMP|MON)-L[1-5]-\d{2}$/.test(id)) {
    throw new ScaffoldError(`cannot create the control: given ID "${id}"; allowed <IAM|NET|STR|CMP|MON>-L<1-5>-<two digits>`);
  }
  const severity = SEVERITIES.find((each) => each === values.severity);
  if (!severity) throw new ScaffoldError(`cannot create ${id}: given severity "${values.severity}"; allowed ${SEVERITIES.join(', ')}`);
  const resourceType = values.type ?? '';
  if (!/^\w+::\w+::\w+$/.test(resourceType)) {
    throw new ScaffoldError(`cannot create ${id}: given type "${resourceType}". Fix: pass --type, such as --type AWS::EC2::RouteTable`);
  }
  const facts = (values.facts ?? '').split(',').filter((name) => name !== '');
  const known = parserOf(resourceType)?.names as readonly string[] | undefined;
  const wrong = facts.find((name) => (known ? !known.includes(name) : !/^[a-z]\w*$/.test(name)));
  if (facts.length === 0 || wrong !== undefined) {
    const allowed = known ? `; allowed ${known.join(', ')}` : ' in camelCase';
    throw new ScaffoldError(`cannot create ${id}: given facts "${values.facts ?? ''}"${allowed}. Fix: pass --facts <name,…>`);
  }
  return {
    root: values.root === undefined ? new URL('../../', import.meta.url) : pathToFileURL(`${values.root}/`),
    id,
    title,
    severity,
    resourceType,
    facts,
    isNewType: !known,
    isInConfig: known ? isInConfig(resourceType) : !values.api,
  };
}

/** Returns the texts of the files to write, by path from the root. */
function filesFor(request: Request): Map<string, string> {
  const known = controlFiles(request.root).find(({ id }) => id === request.id);
  if (known && request.title !== undefined) {
    throw new ScaffoldError(`cannot create ${request.id}: controls/${known.path} exists. Fix: leave out the title to add rules to it`);
  }
  const files = known ? withRules(request, known) : newControl(request);
  if (!request.isNewType) return files;
  const names = factNames(request.resourceType);
  files.set(`core/facts/${names.file}.ts`, factText(names, request.facts));
  files.set(`test/core/facts/${names.file}.test.ts`, factTestText(request.resourceType, request.facts));
  return files;
}

function planOf(request: Request, title: string, slug: string): ControlPlan {
  const [prefix = '', level = ''] = request.id.split('-');
  return { ...request, title, slug, pillar: PILLAR_OF[prefix] ?? 'iam', level: Number(level.slice(1)) as Level };
}

function newControl(request: Request): Map<string, string> {
  const { id, title } = request;
  if (title === undefined)
    throw new ScaffoldError(`cannot create ${id}: its title is missing. Fix: npm run new:control -- ${id} "Title" …`);
  const slug = title
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
  const plan = planOf(request, title, slug);
  const name = `${id.toLowerCase()}-${slug}`;
  return new Map([
    [`controls/${plan.pillar}/${name}.ts`, controlText(plan)],
    [`test/controls/${plan.pillar}/${name}.test.ts`, controlTestText(plan, name)],
  ]);
}

function withRules(request: Request, { id, path }: ControlFile): Map<string, string> {
  const source = readFileSync(new URL(`controls/${path}`, request.root), 'utf8');
  if (!source.includes('rules: [],'))
    throw new ScaffoldError(`cannot create ${id}: controls/${path} has rules already. Fix: edit that file`);
  const plan = planOf(request, '', '');
  const control = source
    .replace('rules: [],', () => rulesText(plan))
    .replace(/^import \{ /m, `import { ${RULE_IMPORTS.join(', ')}, `)
    // The evidence of a control with rules follows from its rules.
    .replace(/^ *apiFacts: \[[^\]]*\],\n/m, '')
    .replace(/\s*configTypes: \[[^\]]*\],/, '');
  const name = path.slice(path.indexOf('/') + 1, -'.ts'.length);
  return new Map([
    [`controls/${path}`, control],
    [`test/controls/${plan.pillar}/${name}.test.ts`, controlTestText(plan, name)],
  ]);
}

/** Returns core/facts/index.ts with the parser of a new type. */
function registered({ root, resourceType, isInConfig: inConfig }: Request): string {
  const { file, parserName } = factNames(resourceType);
  const source = readFileSync(new URL('core/facts/index.ts', root), 'utf8');
  const withParser = `import { ${parserName} } from './${file}.ts';\n${source}`.replace(
    '  [INVENTORY]: inventoryParser,',
    (line) => `  '${resourceType}': ${parserName},\n${line}`,
  );
  return inConfig ? withParser : withParser.replace('  INVENTORY,\n  SETTINGS,', (lines) => `  '${resourceType}',\n${lines}`);
}

/**
 * Creates the files of a control to fill in. Returns a message for the user.
 *
 * @throws ScaffoldError if the arguments do not describe a control that can be created
 */
export function createControl(args: readonly string[]): string {
  const request = requestFrom(args);
  if (!request) return HELP;
  const { root } = request;
  const files = filesFor(request);
  for (const path of files.keys()) {
    const isNew = !path.startsWith('controls/') || request.title !== undefined;
    if (isNew && existsSync(new URL(path, root)))
      throw new ScaffoldError(`cannot create ${request.id}: ${path} exists. Fix: remove it first`);
  }
  if (request.isNewType) files.set('core/facts/index.ts', registered(request));
  for (const [path, text] of files) writeFileSync(new URL(path, root), text);
  for (const [path, text] of renderIndexes(root)) writeFileSync(new URL(path, root), text);
  const biome = fileURLToPath(new URL('node_modules/@biomejs/biome/bin/biome', root));
  execFileSync(process.execPath, [biome, 'check', '--write', ...files.keys()], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  const tests = [...files.keys()].filter((path) => path.endsWith('.test.ts'));
  return [
    `Created for ${request.id}:`,
    ...[...files.keys()].map((path) => `  ${path}`),
    'Next:',
    '  1. Replace each TODO.',
    ...(request.isInConfig || !request.isNewType ? [] : ['     Add a reader of the type in adapters/aws/readers/.']),
    `  2. npx vitest run ${tests.join(' ')} test/controls/catalogue.test.ts`,
    '  3. npm run docs',
    '',
  ].join('\n');
}
