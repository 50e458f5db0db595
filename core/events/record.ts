import { storableName } from '../characters.ts';
import { parserOf } from '../facts/index.ts';
import { type FactParser, MAX_NAME, type ParsedFacts } from '../facts/parser.ts';
import { isObject, listOf, text } from '../facts/shape.ts';
import type { ResourceEvidence } from '../pipeline/collect.ts';
import { readResource, readTime } from './intake.ts';

/**
 * Facts with their capture time, as a scan writes them and a replay reads them. They can replay facts that AWS Config's items
 * lack, without storing API answers. csmm never accepts them from a bus, because anyone could write one.
 */
export interface FactsRecord {
  readonly csmm: 'facts';
  readonly version: 1;
  readonly accountId: string;
  readonly awsRegion: string;
  readonly resourceType: string;
  readonly resourceId: string;
  /** ISO-8601 UTC. */
  readonly capturedAt: string;
  /** Absent if the resource is gone. */
  readonly facts?: object;
  readonly missing?: Readonly<Record<string, string>>;
  /** The name of the resource, for people. */
  readonly name?: string;
}

export function recordOf({ resource, capturedAt, parsed }: ResourceEvidence): FactsRecord {
  const { accountId, region, resourceType, resourceId } = resource;
  return {
    csmm: 'facts',
    version: 1,
    accountId,
    awsRegion: region,
    resourceType,
    resourceId,
    capturedAt,
    ...(parsed && { facts: parsed.facts, missing: parsed.missing, ...(parsed.name !== undefined && { name: parsed.name }) }),
  };
}

/** First line of a scan's record, and of each time that it was resumed. */
export interface ScanBegin {
  readonly csmm: 'scan';
  readonly version: 1;
  /** ISO-8601 UTC. */
  readonly startedAt: string;
  readonly accounts: readonly string[];
  readonly regions: readonly string[];
  readonly catalogueVersion: string;
}

/** Last line of the record of a complete scan. */
export interface ScanEnd {
  readonly csmm: 'end';
  readonly version: 1;
  /** ISO-8601 UTC. */
  readonly capturedAt: string;
}

/** Whether a record is the first line of a scan. */
export const isScanBegin = (record: Readonly<Record<string, unknown>>): record is Readonly<Record<string, unknown>> & ScanBegin =>
  record.csmm === 'scan' &&
  record.version === 1 &&
  typeof record.startedAt === 'string' &&
  readTime(record.startedAt) !== undefined &&
  TEXTS.matches(record.accounts) &&
  TEXTS.matches(record.regions);

/** Whether a record is the last line of a scan. */
export const isScanEnd = ({ csmm, version }: Readonly<Record<string, unknown>>): boolean => csmm === 'end' && version === 1;

const TEXTS = listOf(text);

export const isRecord = (document: unknown): document is Readonly<Record<string, unknown>> =>
  typeof document === 'object' && document !== null && 'csmm' in document;

/** Returns the evidence in a record, or why it cannot be read. */
export function readRecord(record: Readonly<Record<string, unknown>>): ResourceEvidence | string {
  if (record.csmm === 'scan') return 'the first line of a scan needs "version": 1, startedAt, accounts and regions';
  if (record.csmm !== 'facts') return 'a record of facts says "csmm": "facts"';
  if (record.version !== 1) return 'the record is of another version of csmm: this one reads "version": 1';
  const resource = readResource(record);
  if (typeof resource === 'string') return resource;
  const parser = parserOf(resource.resourceType);
  if (!parser) return `no control reads facts of ${resource.resourceType}`;
  const capturedAt = readTime(record.capturedAt);
  if (capturedAt === undefined) return 'capturedAt is missing or not a time';
  if (record.facts === undefined) return { resource, capturedAt, parsed: undefined };
  const parsed = readFacts(record, parser);
  if (typeof parsed === 'string') return parsed;
  return { resource, capturedAt, parsed };
}

/** Returns the facts. Facts that this version reads and the record does not contain are missing: another version wrote it. */
function readFacts(
  { facts, missing = {}, name }: Readonly<Record<string, unknown>>,
  { names, shapes }: Pick<FactParser<object>, 'names' | 'shapes'>,
): ParsedFacts<object> | string {
  if (!isObject(facts) || !isObject(missing)) return 'facts and missing must be objects';
  if (name !== undefined && (typeof name !== 'string' || name === '' || name.length > MAX_NAME))
    return `name is not a text of 1 to ${MAX_NAME} characters`;
  const known = names.filter((name) => Object.hasOwn(facts, name) && (facts[name] !== null || shapes[name]?.matches(null)));
  const unknown = Object.keys(facts).find((name) => !names.includes(name));
  if (unknown !== undefined) return `${JSON.stringify(unknown.slice(0, 60))} is not a fact that this version reads`;
  const wrong = known.find((name) => !shapes[name]?.matches(facts[name]));
  if (wrong !== undefined) return `the fact ${wrong} must be ${shapes[wrong]?.expected}: given ${short(facts[wrong])}`;
  const reasonFor = (name: string) =>
    Object.hasOwn(missing, name) && typeof missing[name] === 'string' ? missing[name] : 'not in the record';
  return {
    facts: Object.fromEntries(known.map((name) => [name, facts[name]])),
    missing: Object.fromEntries(names.filter((fact) => !known.includes(fact)).map((fact) => [fact, reasonFor(fact)])),
    ...(name !== undefined && { name: storableName(name, MAX_NAME) }),
  };
}

/** Returns a hostile value on one line, short enough for a message. A list or an object can be too deep to print. */
function short(value: unknown): string {
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object';
  const json = JSON.stringify(typeof value === 'string' ? value.slice(0, 60) : value) ?? 'nothing';
  return json.length <= 60 ? json : `${json.slice(0, 59)}…`;
}
