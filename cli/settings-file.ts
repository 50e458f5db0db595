import { isUtf8 } from 'node:buffer';
import { Ajv, type ErrorObject } from 'ajv';
import formats from 'ajv-formats';
import { type CST, LineCounter, Parser, parseDocument } from 'yaml';
import { CONTROLS } from '../controls/index.ts';
import { REMEDIES } from '../controls/remedies.ts';
import { factTypes } from '../core/control.ts';
import { checkSettings } from '../core/settings/check.ts';
import type { RemediesOf } from '../core/settings/check-remediation.ts';
import type { SettingsDocument } from '../core/settings/document.ts';
import type { SettingsIssue, SettingsPath } from '../core/settings/issue.ts';
import schema from '../schemas/csmm.schema.json' with { type: 'json' };
import { controlHint, controlId } from './control-ids.ts';
import { UsageError } from './exit.ts';
import { readBytes } from './files.ts';
import { regionIssues } from './known-regions.ts';
import { escaped, MAX_SHOWN, type Place, quoted, Remarks, Tree, unescaped } from './settings-tree.ts';
import { allowedWords, didYouMean } from './suggest.ts';

/** A valid settings file. */
export interface SettingsFile {
  readonly document: SettingsDocument;
  /** Warnings for the author, one line each, `file:line:column: …`, in the order of the file. */
  readonly warnings: readonly string[];
}

/**
 * Reads a settings file. `at` (ISO-8601, default: now) decides which exceptions have expired. An expired exception is a
 * warning, and stays in the document.
 *
 * @throws UsageError with every problem, each with its file, line and column.
 */
export async function readSettingsFile(path: string, at = new Date().toISOString()): Promise<SettingsFile> {
  return readSettingsText(decode(await readBytes(path, MAX_FILE_BYTES + 1), path), path, at);
}

/** Maximum size of a file, which takes about a second to parse and holds about 4,000 exceptions. */
const MAX_FILE_BYTES = 1_000_000;

function decode(bytes: Buffer, path: string): string {
  if (bytes.length > MAX_FILE_BYTES) {
    throw new UsageError(`${path}: larger than ${MAX_FILE_BYTES} bytes, the maximum for a settings file. Fix: remove exceptions`);
  }
  if (!isUtf8(bytes)) throw new UsageError(`${path}: not UTF-8 text; save the file as UTF-8`);
  return bytes.toString().replace(/^\uFEFF/, '');
}

/**
 * Reads the text of a settings file. `name` is the name of the file in problems.
 *
 * @throws UsageError with every problem.
 */
export async function readSettingsText(text: string, name: string, at: string): Promise<SettingsFile> {
  const lines = new LineCounter();
  const remarks = new Remarks(name, (offset) => lines.linePos(offset));
  // One schema, whatever version a directive requests. The tree compares keys, in linear time.
  const options = { schema: 'core', merge: false, resolveKnownTags: false, stringKeys: true, uniqueKeys: false } as const;
  const tooDeep = tooDeepIn(text);
  if (tooDeep !== undefined) {
    for (let at = 0; at > 0 || lines.lineStarts.length === 0; at = text.indexOf('\n', at) + 1) lines.addNewLine(at);
    remarks.add('problem', tooDeep, `nested deeper than ${MAX_DEPTH} levels. Fix: compare the file with docs/settings.md`);
    remarks.throwIfAny();
  }
  const source = parseDocument(text, { ...options, lineCounter: lines, prettyErrors: false });
  for (const { pos, code, message } of [...source.errors, ...source.warnings]) {
    const problem = code === 'MULTIPLE_DOCS' ? 'a second document begins here. Fix: keep one document' : message;
    remarks.add('problem', pos[0], `not valid YAML: ${problem}`);
  }
  remarks.throwIfAny();

  const tree = new Tree(source, remarks);
  const value = withControlIds(tree.read());
  const ajv = new Ajv({ allErrors: true, verbose: true });
  formats.default(ajv);
  const validate = ajv.compile(schema);
  validate(value);
  const errors = validate.errors ?? [];
  for (const error of errors) {
    if (isRepetition(error, tree)) continue;
    const { offset, text } = complaintOf(error, tree);
    remarks.add('problem', offset, text);
  }
  checkCatalogue(tree, remarks);
  const { document, origin } = soundPart(value, errors);
  for (const issue of [...checkSettings(document, at, remediesOf), ...unevaluated(document), ...regionIssues(document)])
    report(issue, origin, tree, remarks);
  remarks.throwIfAny();
  return { document, warnings: remarks.warnings() };
}

/** Maximum nesting of a file. Valid ones have fewer than 10 levels. A deep one would exhaust the stack of the parser. */
const MAX_DEPTH = 50;

/** Returns the offset of a node that is nested too deeply. */
function tooDeepIn(text: string): number | undefined {
  const open: { readonly token: CST.Token; readonly depth: number }[] = [];
  for (const token of new Parser().parse(text)) open.push({ token, depth: 0 });
  for (let next = open.pop(); next; next = open.pop()) {
    const { token, depth } = next;
    if (depth > MAX_DEPTH) return token.offset;
    const inside =
      'items' in token ? token.items.flatMap(({ key, value }) => [key, value]) : [token.type === 'document' ? token.value : undefined];
    for (const child of inside) if (child) open.push({ token: child, depth: depth + 1 });
  }
  return undefined;
}

/**
 * Returns whether another problem already reports an error: that of a whole choice, of a value that is not a mapping, of an
 * alias without an anchor, of a key, or of an unknown control.
 */
function isRepetition({ schemaPath, keyword, instancePath, data, propertyName }: ErrorObject, tree: Tree): boolean {
  if (/\/(anyOf|oneOf)\/\d/.test(schemaPath) || propertyName !== undefined || tree.placeOf(instancePath).unread) return true;
  return keyword === 'oneOf' ? !isMapping(data) : CONTROL_PLACE.test(instancePath) && typeof data === 'string';
}

const isMapping = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value);

const CONTROL_PLACE = /^\/(exceptions|remediation\/rules)\/\d+\/(control|controls\/\d+)$/;

interface Complaint {
  readonly offset: number;
  readonly text: string;
}

/** Returns the problem that an error of the schema means for the author of the file. */
function complaintOf({ keyword, instancePath, params, data, parentSchema }: ErrorObject, tree: Tree): Complaint {
  const wanted = parentSchema as Described | undefined;
  const [where, place] = [nameOf(instancePath), tree.placeOf(instancePath)];
  switch (keyword) {
    case 'additionalProperties': {
      const key = String(params.additionalProperty);
      const known = Object.keys(wanted?.properties ?? {});
      const text = `unknown key ${quoted(key)}${allowedWords(key, where, known)}`;
      return { offset: tree.placeOf(`${instancePath}/${escaped(key)}`).keyOffset, text };
    }
    case 'propertyNames': {
      const key = String(params.propertyName);
      const text = `a key of ${where} must be ${descriptionOf(wanted?.propertyNames)}, not ${quoted(key)}`;
      return { offset: tree.placeOf(`${instancePath}/${escaped(key)}`).keyOffset, text };
    }
    case 'required': {
      const key = String(params.missingProperty);
      return { offset: place.offset, text: `${where} has no ${key}; add ${key}: ${descriptionOf(wanted?.properties?.[key])}` };
    }
    case 'oneOf':
      return { offset: place.offset, text: `${where} must have either control or controls${params.passingSchemas ? ', not both' : ''}` };
    case 'maxItems':
      return { offset: place.keyOffset, text: `${where} has ${(data as unknown[]).length} entries; ${params.limit} are allowed` };
    case 'maxLength':
      return { offset: place.offset, text: `${where} is ${[...String(data)].length} characters long; ${params.limit} are allowed` };
    default:
      return { offset: place.offset, text: `${where} must be ${descriptionOf(wanted)}, not ${shown(data)}${quotingAdvice(place, wanted)}` };
  }
}

interface Described {
  readonly description?: string;
  readonly type?: string;
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, Described>>;
  readonly propertyNames?: Described;
}

/** Returns the description of a valid value, from the published schema. */
function descriptionOf(described: Described | undefined): string {
  const definitions: Readonly<Record<string, Described>> = schema.definitions;
  return (described?.$ref ? definitions[described.$ref.slice('#/definitions/'.length)] : described)?.description ?? 'something else';
}

/** Returns advice for a text that YAML reads as a number or a boolean. */
function quotingAdvice({ value, source }: Place, wanted: Described | undefined): string {
  if (wanted?.type !== 'string' || source === undefined || (typeof value !== 'number' && typeof value !== 'boolean')) return '';
  return `; put it in quotes, '${source.slice(0, MAX_SHOWN)}'${typeof value === 'number' ? ', because YAML reads it as a number without its leading zeros' : ''}`;
}

/** Adds a problem for each unknown control. */
function checkCatalogue(tree: Tree, remarks: Remarks): void {
  for (const [pointer, { offset, value }] of tree.places) {
    if (!CONTROL_PLACE.test(pointer) || typeof value !== 'string' || controlId(value) !== undefined) continue;
    remarks.add('problem', offset, `${nameOf(pointer)}: unknown control ${quoted(value)}${controlHint(value)}`);
  }
}

/** Returns a document whose control names, in any case or as slugs, are control ids. Leaves other values as they are. */
function withControlIds(document: unknown): unknown {
  if (!isMapping(document)) return document;
  const { exceptions, remediation } = document as Readonly<Record<string, unknown>>;
  return {
    ...document,
    ...(exceptions !== undefined && { exceptions: withIdsInEntries(exceptions) }),
    ...(isMapping(remediation) &&
      'rules' in remediation && { remediation: { ...remediation, rules: withIdsInEntries(remediation.rules) } }),
  };
}

function withIdsInEntries(entries: unknown): unknown {
  if (!Array.isArray(entries)) return entries;
  return entries.map((entry: unknown) => {
    if (!isMapping(entry) || Array.isArray(entry)) return entry;
    const { control, controls } = entry as Readonly<Record<string, unknown>>;
    return {
      ...entry,
      ...(control !== undefined && { control: idOf(control) }),
      ...(controls !== undefined && { controls: Array.isArray(controls) ? controls.map(idOf) : controls }),
    };
  });
}

const idOf = (name: unknown): unknown => (typeof name === 'string' ? (controlId(name) ?? name) : name);

const CONTROLS_BY_ID = new Map(CONTROLS.map((control) => [control.id, control]));
const readBy = (controlId: string): readonly string[] => {
  const control = CONTROLS_BY_ID.get(controlId);
  return control ? factTypes(control) : [];
};

/** Returns the remedies of a control. Returns `undefined` for an unknown control, which is another problem. */
const remediesOf: RemediesOf = (controlId) =>
  Object.hasOwn(REMEDIES, controlId) ? REMEDIES[controlId] : CONTROLS_BY_ID.has(controlId) ? [] : undefined;

/** Type of a finding about the whole account. */
const ACCOUNT_TYPE = 'AWS::::Account';

/** Returns the exceptions for resource types that their controls do not evaluate. They have no effect, so they are mistakes. */
function unevaluated({ exceptions = [] }: SettingsDocument): SettingsIssue[] {
  return exceptions.flatMap(({ control, controls = [], resource }, index): SettingsIssue[] => {
    const ids = control === undefined ? controls : [control];
    const types = ids.flatMap((id) => readBy(id));
    if (!resource || types.length === 0 || [...types, ACCOUNT_TYPE].includes(resource.type)) return [];
    const text = `is ${quoted(resource.type)}, which ${ids.join(', ')} does not evaluate${didYouMean(resource.type, [...new Set(types)])}`;
    return [{ kind: 'warning', path: ['exceptions', index, 'resource', 'type'], text }];
  });
}

/** Positions of the entries of a list in the whole file, by key of the list. */
type Origin = ReadonlyMap<string, readonly number[]>;

/** Returns the valid part of a value, so that csmm can check it although another part is invalid. */
function soundPart(value: unknown, errors: readonly ErrorObject[]): { readonly document: SettingsDocument; readonly origin: Origin } {
  const members = Object.entries(isMapping(value) ? value : {});
  const lists = new Set(members.flatMap(([key, member]) => (Array.isArray(member) ? key : [])));
  // A key too many leaves the others as they are.
  const places = errors
    .filter(({ keyword }) => keyword !== 'additionalProperties')
    .map(({ instancePath }) => instancePath.split('/').slice(1));
  const broken = new Set(places.map(([key = '', index]) => (lists.has(key) && index !== undefined ? `${key}/${index}` : key)));
  const origin = new Map<string, readonly number[]>();
  const sound = members.flatMap(([key, member]) => {
    if (broken.has(key)) return [];
    if (!Array.isArray(member)) return [[key, member] as const];
    const indices = [...member.keys()].filter((index) => !broken.has(`${key}/${index}`));
    origin.set(key, indices);
    return [[key, indices.map((index) => member[index])] as const];
  });
  return { document: { ...(Object.fromEntries(sound) as Omit<SettingsDocument, 'version'>), version: 1 }, origin };
}

function report({ kind, path, text, earlier }: SettingsIssue, origin: Origin, tree: Tree, remarks: Remarks): void {
  const pointer = pointerOf(path, origin);
  const { offset, keyOffset } = tree.placeOf(pointer);
  // The key names a list or mapping. An entry or scalar names itself.
  remarks.add(kind, path.length === 1 ? keyOffset : offset, `${nameOf(pointer)} ${text}${earlier ? named(earlier) : ''}`);

  function named(place: SettingsPath): string {
    const other = pointerOf(place, origin);
    return ` ${nameOf(other)} in line ${remarks.lineOf(tree.placeOf(other).offset)}; keep one of the two`;
  }
}

function pointerOf([key, index, ...rest]: SettingsPath, origin: Origin): string {
  const original = typeof index === 'number' ? origin.get(String(key))?.[index] : index;
  return [key, original, ...rest].flatMap((part) => (part === undefined ? [] : `/${escaped(String(part))}`)).join('');
}

/** Returns `exceptions[0].owner` for `/exceptions/0/owner`. */
function nameOf(pointer: string): string {
  const keys = pointer.split('/').slice(1);
  return keys.length === 0 ? 'the file' : keys.map((key, index) => (index === 0 ? key : member(key))).join('');
}

/** Returns a key as part of a name. Keys of the author, such as tag keys, can be any text. */
function member(key: string): string {
  if (/^\d+$/.test(key)) return `[${key}]`;
  return /^[\w-]+$/.test(key) ? `.${key}` : `[${quoted(unescaped(key))}]`;
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return 'empty';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return 'a mapping';
  return typeof value === 'string' ? quoted(value) : `the ${typeof value === 'number' ? 'number ' : ''}${value}`;
}
