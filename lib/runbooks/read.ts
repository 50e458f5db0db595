import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { RESTORING } from '../../core/remediation/policy-drift/drift.ts';

/** A call of an AWS API by a step of a runbook, with the names of boto3. */
export interface Call {
  readonly service: string;
  readonly api: string;
}

/** An SSM Automation document. */
export interface RunbookDocument {
  /** Name of the file without `.yaml`. */
  readonly name: string;
  /** Unchanged content of the file. */
  readonly text: string;
  /** Calls of its steps, without duplicates. */
  readonly calls: readonly Call[];
}

/** A runbook and its inverse, if it has one. Both assume the same role. */
export interface Runbook {
  readonly name: string;
  readonly documents: readonly RunbookDocument[];
}

/** Thrown if csmm cannot derive a role from a runbook. */
export class RunbookError extends Error {
  override readonly name = 'RunbookError';
}

const FOLDER = new URL('../../runbooks/', import.meta.url);
const ENDING = '.yaml';
const UNDO = '-Undo';

/** Step actions that call the API in their inputs `Service` and `Api`. */
const CALLING: ReadonlySet<string> = new Set(['aws:executeAwsApi', 'aws:assertAwsResourceProperty', 'aws:waitForAwsResourceProperty']);
/** Step actions without an API call. A script of a runbook does not use `boto3`. */
const SILENT: ReadonlySet<string> = new Set(['aws:branch', 'aws:sleep', 'aws:executeScript']);

/** Runbooks with roles that may change IAM policies. They are deployed only with `policyRestore`. */
const OF_POLICIES: ReadonlySet<string> = new Set(Object.values(RESTORING));

/** Whether some of these runbooks restore IAM policies. */
export const restorePolicies = (runbooks: readonly Pick<Runbook, 'name'>[]): boolean => runbooks.some(({ name }) => OF_POLICIES.has(name));

/**
 * Returns the runbooks in `runbooks/`, sorted by name. Those that restore IAM policies are included only with `policyRestore`.
 *
 * @throws RunbookError if csmm cannot derive the permissions of a step, or if an inverse has no runbook.
 */
export function readRunbooks({ policyRestore = false }: { readonly policyRestore?: boolean } = {}): Runbook[] {
  const documents = readdirSync(FOLDER)
    .filter((file) => file.endsWith(ENDING))
    .sort()
    .map((file) => toDocument(file.slice(0, -ENDING.length), readFileSync(new URL(file, FOLDER), 'utf8')));
  return pairUp(documents).filter(({ name }) => policyRestore || !OF_POLICIES.has(name));
}

/**
 * Parses a runbook and its API calls.
 *
 * @throws RunbookError if the runbook has no steps, or if csmm cannot derive the permissions of a step.
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
  if (!CALLING.has(String(action)))
    throw new RunbookError(`${at} has an unsupported action: given ${String(action)}; allowed ${[...CALLING, ...SILENT].join(', ')}`);
  const { Service: service, Api: api } = (inputs ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof service !== 'string' || !/^[a-z0-9-]+$/.test(service)) throw new RunbookError(`${at} has no valid input Service`);
  if (typeof api !== 'string' || !/^[A-Z][A-Za-z0-9]+$/.test(api)) throw new RunbookError(`${at} has no valid input Api`);
  return { service, api };
}

/**
 * Pairs each inverse with its runbook.
 *
 * @throws RunbookError if an inverse has no runbook.
 */
export function pairUp(documents: readonly RunbookDocument[]): Runbook[] {
  const runbooks = new Map<string, RunbookDocument[]>();
  for (const document of documents) if (!document.name.endsWith(UNDO)) runbooks.set(document.name, [document]);
  for (const document of documents) {
    if (!document.name.endsWith(UNDO)) continue;
    const forward = runbooks.get(document.name.slice(0, -UNDO.length));
    if (!forward) throw new RunbookError(`${document.name} is the inverse of a runbook that does not exist`);
    forward.push(document);
  }
  return [...runbooks].map(([name, both]) => ({ name, documents: both }));
}
