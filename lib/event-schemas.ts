import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** A schema as the EventBridge schema registry takes it. */
export interface EventSchema {
  /** The file's name without its ending. */
  readonly name: string;
  /** JSON Schema draft 4, the only dialect that the registry knows. */
  readonly content: unknown;
}

const FOLDER = new URL('../schemas/events/', import.meta.url);
const ENDING = '.schema.json';

/** The schemas of the project's events, from `schemas/events/`, in the order of their names. */
export function readEventSchemas(folder: URL = FOLDER): EventSchema[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith(ENDING))
    .sort()
    .map((file) => ({
      name: file.slice(0, -ENDING.length),
      content: toDraft4(JSON.parse(readFileSync(new URL(file, folder), 'utf8'))),
    }));
}

/**
 * A schema of a later draft in the words of draft 4.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-schema-registry.html
 *
 * @throws RangeError on a keyword that draft 4 cannot say.
 */
export function toDraft4(schema: unknown): unknown {
  const converted = convert(schema);
  return isObject(converted) ? { ...converted, $schema: 'http://json-schema.org/draft-04/schema#' } : converted;
}

const UNKNOWN_TO_DRAFT4 = new Set([
  'if',
  'then',
  'else',
  'contains',
  'propertyNames',
  'prefixItems',
  'unevaluatedProperties',
  'unevaluatedItems',
  'dependentRequired',
  'dependentSchemas',
  '$dynamicRef',
]);
/** Keywords whose value maps free names to schemas. */
const MAPS = new Set(['properties', 'patternProperties', '$defs', 'definitions']);
/** Keywords whose value is data. */
const DATA = new Set(['enum', 'default', 'required']);

function convert(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(convert);
  if (!isObject(schema)) return schema;
  return Object.fromEntries(Object.entries(schema).flatMap(([keyword, value]) => convertKeyword(keyword, value)));
}

function convertKeyword(keyword: string, value: unknown): [string, unknown][] {
  if (UNKNOWN_TO_DRAFT4.has(keyword)) throw new RangeError(`JSON Schema draft 4 has no keyword ${keyword}`);
  if (MAPS.has(keyword) && isObject(value)) return [[keyword === '$defs' ? 'definitions' : keyword, convertMap(value)]];
  if (DATA.has(keyword)) return [[keyword, value]];
  switch (keyword) {
    case '$schema':
    case '$comment':
    case 'examples':
      return [];
    case '$id':
      return [['id', value]];
    case '$ref':
      return [['$ref', typeof value === 'string' ? value.replace('#/$defs/', '#/definitions/') : value]];
    case 'const':
      return [['enum', [value]]];
    case 'exclusiveMinimum':
    case 'exclusiveMaximum':
      return typeof value === 'number' ? [exclusiveLimit(keyword, value), [keyword, true]] : [[keyword, value]];
    default:
      return [[keyword, convert(value)]];
  }
}

const exclusiveLimit = (keyword: 'exclusiveMinimum' | 'exclusiveMaximum', value: number): [string, unknown] => [
  keyword === 'exclusiveMinimum' ? 'minimum' : 'maximum',
  value,
];

const convertMap = (schemas: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, convert(schema)]));

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
