import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { RESTORING } from '../../core/remediation/policy-drift/drift.ts';

/** A call of an AWS API by a step of a runbook, by the names of boto3. */
export interface Call {
  readonly service: string;
  readonly api: string;
}

/** An SSM Automation document. */
export interface RunbookDocument {
  /** The file's name without `.yaml`. */
  readonly name: string;
  /** The file as it is. */
  readonly text: string;
  /** What its steps call, each once. */
  readonly calls: readonly Call[];
}

/** A runbook and, where it has one, its inverse: they act as one role. */
export interface Runbook {
  readonly name: string;
  readonly documents: readonly RunbookDocument[];
}

/** A runbook that no role can be derived from. */
export class RunbookError extends Error {
  override readonly name = 'RunbookError';
}

const FOLDER = new URL('../../runbooks/', import.meta.url);
const ENDING = '.yaml';
const UNDO = '-Undo';

/** Actions that call what their inputs `Service` and `Api` name. */
const CALLING: ReadonlySet<string> = new Set(['aws:executeAwsApi', 'aws:assertAwsResourceProperty', 'aws:waitForAwsResourceProperty']);
/** Actions that call nothing: a script has no `boto3` in it. */
const SILENT: ReadonlySet<string> = new Set(['aws:branch', 'aws:sleep', 'aws:executeScript']);

/** Their roles may change the policies of IAM: they are deployed where that is asked for alone. */
const OF_POLICIES: ReadonlySet<string> = new Set(Object.values(RESTORING));

/** Whether policies of IAM are brought back by runbooks among these. */
export const restorePolicies = (runbooks: readonly Pick<Runbook, 'name'>[]): boolean => runbooks.some(({ name }) => OF_POLICIES.has(name));

/**
 * The runbooks in `runbooks/`, in the order of their names; those that bring policies of IAM back with `policyRestore` alone.
 * @throws RunbookError where a step does what no permission can be derived from, or an inverse has no runbook.
 */
export function readRunbooks({ policyRestore = false }: { readonly policyRestore?: boolean } = {}): Runbook[] {
  const documents = readdirSync(FOLDER)
    .filter((file) => file.endsWith(ENDING))
    .sort()
    .map((file) => toDocument(file.slice(0, -ENDING.length), readFileSync(new URL(file, FOLDER), 'utf8')));
  return pairUp(documents).filter(({ name }) => policyRestore || !OF_POLICIES.has(name));
}

/**
 * A document, and what it calls.
 * @throws RunbookError
 */
export function toDocument(name: string, text: string): RunbookDocument {
  const { mainSteps } = (parse(text) ?? {}) as { readonly mainSteps?: unknown };
  if (!Array.isArray(mainSteps)) throw new RunbookError(`${name} has no mainSteps`);
  const calls = new Map<string, Call>();
  for (const step of mainSteps) {
    const call = callOf(name, step ?? {});
    if (call) calls.set(`${call.service}:${call.api}`, call);
  }
  return { name, text, calls: [...calls.values()] };
}

function callOf(document: string, step: Readonly<Record<string, unknown>>): Call | undefined {
  const { name, action, inputs } = step;
  const at = `step ${String(name)} of ${document}`;
  if (SILENT.has(String(action))) return undefined;
  if (!CALLING.has(String(action))) throw new RunbookError(`${at} is ${String(action)}, but must be ${[...CALLING, ...SILENT].join(', ')}`);
  const { Service: service, Api: api } = (inputs ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof service !== 'string' || !/^[a-z0-9-]+$/.test(service)) throw new RunbookError(`${at} names no Service`);
  if (typeof api !== 'string' || !/^[A-Z][A-Za-z0-9]+$/.test(api)) throw new RunbookError(`${at} names no Api`);
  return { service, api };
}

/**
 * Puts each inverse to its runbook.
 * @throws RunbookError
 */
export function pairUp(documents: readonly RunbookDocument[]): Runbook[] {
  const runbooks = new Map<string, RunbookDocument[]>();
  for (const document of documents) if (!document.name.endsWith(UNDO)) runbooks.set(document.name, [document]);
  for (const document of documents) {
    if (!document.name.endsWith(UNDO)) continue;
    const forward = runbooks.get(document.name.slice(0, -UNDO.length));
    if (!forward) throw new RunbookError(`${document.name} undoes no runbook`);
    forward.push(document);
  }
  return [...runbooks].map(([name, both]) => ({ name, documents: both }));
}
