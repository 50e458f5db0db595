import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { Ajv, type ErrorObject } from 'ajv';
import formats from 'ajv-formats';
import { LineCounter, parseDocument } from 'yaml';
import { CONTROLS } from '../controls/index.ts';
import { REMEDIES } from '../controls/remedies.ts';
import { factTypes } from '../core/control.ts';
import { checkSettings } from '../core/settings/check.ts';
import type { SettingsDocument } from '../core/settings/document.ts';
import type { SettingsIssue, SettingsPath } from '../core/settings/issue.ts';
import schema from '../schemas/csmm.schema.json' with { type: 'json' };
import { UsageError } from './exit.ts';
import { escaped, MAX_SHOWN, type Place, quoted, Remarks, Tree, unescaped } from './settings-tree.ts';
import { didYouMean } from './suggest.ts';

/** What a settings file says, and what its author should look at although it is right. */
export interface SettingsFile {
  readonly document: SettingsDocument;
  /** One line each, `file:line:column: …`, in the order of the file. */
  readonly warnings: readonly string[];
}

/**
 * Reads `csmm.yaml`. `at` (ISO-8601, now) is the time at which exceptions are asked whether they have expired: that is a
 * warning, and the exception stays in the document.
 *
 * @throws UsageError with everything that is wrong, each problem with its file, line and column.
 */
export async function readSettingsFile(path: string, at = new Date().toISOString()): Promise<SettingsFile> {
  return readSettingsText(decode(await readStart(path), path), path, at);
}

/** Takes about a second to parse, and holds some 4,000 exceptions. */
const MAX_FILE_BYTES = 1_000_000;

async function readStart(path: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of createReadStream(path, { end: MAX_FILE_BYTES })) chunks.push(chunk);
  } catch (cause) {
    throw new UsageError(`cannot open ${path}: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
  return Buffer.concat(chunks);
}

function decode(bytes: Buffer, path: string): string {
  if (bytes.length > MAX_FILE_BYTES)
    throw new UsageError(`${path}: larger than ${MAX_FILE_BYTES} bytes, the most that a settings file may have`);
  if (!isUtf8(bytes)) throw new UsageError(`${path}: not UTF-8 text; save the file as UTF-8`);
  return bytes.toString().replace(/^\uFEFF/, '');
}

/**
 * Reads the text of a settings file. `name` is how its problems call the file.
 *
 * @throws UsageError with everything that is wrong.
 */
export async function readSettingsText(text: string, name: string, at: string): Promise<SettingsFile> {
  const lines = new LineCounter();
  const remarks = new Remarks(name, (offset) => lines.linePos(offset));
  // One schema, whatever version a directive asks for; keys are compared by the tree, in linear time.
  const options = { schema: 'core', merge: false, resolveKnownTags: false, stringKeys: true, uniqueKeys: false } as const;
  const source = parseDocument(text, { ...options, lineCounter: lines, prettyErrors: false });
  for (const { pos, message } of [...source.errors, ...source.warnings]) remarks.add('problem', pos[0], `not valid YAML: ${message}`);
  remarks.throwIfAny();

  const tree = new Tree(source, remarks);
  const value = tree.read();
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
  for (const issue of [...checkSettings(document, at, hasRemedy), ...unjudged(document)]) report(issue, origin, tree, remarks);
  remarks.throwIfAny();
  return { document, warnings: remarks.warnings() };
}

/**
 * Whether another problem tells the same: that of a whole choice, of what is no mapping, of an alias that stands for nothing,
 * of a key as such, or the catalogue's of what is no id of a control.
 */
function isRepetition({ schemaPath, keyword, instancePath, data, propertyName }: ErrorObject, tree: Tree): boolean {
  if (/\/(anyOf|oneOf)\/\d/.test(schemaPath) || propertyName !== undefined || tree.placeOf(instancePath).unread) return true;
  return keyword === 'oneOf' ? !isMapping(data) : CONTROL_PLACE.test(instancePath) && typeof data === 'string';
}

const isMapping = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value);

const CONTROL_PLACE = /^\/(exceptions|remediation\/rules)\/\d+\/(control|controls\/\d+)$/;
const CONTROL_IDS = CONTROLS.map(({ id }) => id);

interface Complaint {
  readonly offset: number;
  readonly text: string;
}

/** What an error of the schema means for the author of the file. */
function complaintOf({ keyword, instancePath, params, data, parentSchema }: ErrorObject, tree: Tree): Complaint {
  const wanted = parentSchema as Described | undefined;
  const [where, place] = [nameOf(instancePath), tree.placeOf(instancePath)];
  switch (keyword) {
    case 'additionalProperties': {
      const key = String(params.additionalProperty);
      const known = Object.keys(wanted?.properties ?? {});
      const text = `unknown key ${quoted(key)}${didYouMean(key, known)}; ${where} may have ${known.join(', ')}`;
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

/** What a value must be, as the published schema says it. */
function descriptionOf(described: Described | undefined): string {
  const definitions: Readonly<Record<string, Described>> = schema.definitions;
  return (described?.$ref ? definitions[described.$ref.slice('#/definitions/'.length)] : described)?.description ?? 'something else';
}

/** A text that YAML takes for a number or a truth value. */
function quotingAdvice({ value, source }: Place, wanted: Described | undefined): string {
  if (wanted?.type !== 'string' || source === undefined || (typeof value !== 'number' && typeof value !== 'boolean')) return '';
  return `; put it in quotes, '${source.slice(0, MAX_SHOWN)}'${typeof value === 'number' ? ', since YAML reads a number otherwise and drops its leading zeros' : ''}`;
}

/** Ids of controls that the catalogue does not have. */
function checkCatalogue(tree: Tree, remarks: Remarks): void {
  for (const [pointer, { offset, value }] of tree.places) {
    if (!CONTROL_PLACE.test(pointer) || typeof value !== 'string' || CONTROL_IDS.includes(value)) continue;
    remarks.add(
      'problem',
      offset,
      `${nameOf(pointer)}: unknown control ${quoted(value)}${didYouMean(value, CONTROL_IDS) || '; csmm controls lists all'}`,
    );
  }
}

const CONTROLS_BY_ID = new Map(CONTROLS.map((control) => [control.id, control]));
const readBy = (controlId: string): readonly string[] => {
  const control = CONTROLS_BY_ID.get(controlId);
  return control ? factTypes(control) : [];
};

/** Whether csmm can put right what fails a control; of what is no id of a control, the catalogue says so. */
const hasRemedy = (controlId: string): boolean => Object.hasOwn(REMEDIES, controlId) || !CONTROLS_BY_ID.has(controlId);

/** What a control judges where no single resource shows it. */
const ACCOUNT_TYPE = 'AWS::::Account';

/** Exceptions that name a type of resource of which their controls judge none: a slip, by which nothing is excepted. */
function unjudged({ exceptions = [] }: SettingsDocument): SettingsIssue[] {
  return exceptions.flatMap(({ control, controls = [], resource }, index): SettingsIssue[] => {
    const ids = control === undefined ? controls : [control];
    const types = ids.flatMap((id) => readBy(id));
    if (!resource || types.length === 0 || [...types, ACCOUNT_TYPE].includes(resource.type)) return [];
    const text = `is ${quoted(resource.type)}, of which ${ids.join(', ')} judges none${didYouMean(resource.type, [...new Set(types)])}`;
    return [{ kind: 'warning', path: ['exceptions', index, 'resource', 'type'], text }];
  });
}

/** Where the entries of the lists of a sound part stand in the whole, by key. */
type Origin = ReadonlyMap<string, readonly number[]>;

/** What of a value fits the schema, so that the rest can be checked further although something does not. */
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
  // A list or mapping is named by its key, an entry and a single value by themselves.
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

/** `/exceptions/0/owner` as `exceptions[0].owner`. */
function nameOf(pointer: string): string {
  const keys = pointer.split('/').slice(1);
  return keys.length === 0 ? 'the file' : keys.map((key, index) => (index === 0 ? key : member(key))).join('');
}

/** A key of a file's own, such as that of a tag, may be any text. */
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
