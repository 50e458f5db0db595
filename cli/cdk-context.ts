import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ReadContext } from '../core/deployment/options.ts';
import { UsageError } from './exit.ts';
import { readText } from './files.ts';
import { parseJson } from './json.ts';

/** The context of the CDK, as far as csmm knows it. */
export interface CdkContext {
  readonly contextOf: ReadContext;
  /** Name of the bootstrap. https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-customizing.html */
  readonly qualifier: string;
}

const FILE = 'cdk.json';
const QUALIFIER = '@aws-cdk/core:bootstrapQualifier';

/**
 * Returns the context that `cdk deploy` would have: the values of `-c`, and those of `cdk.json` in the working folder.
 * @throws UsageError if a value is not `name=value`, or the file is not a JSON object.
 */
export async function cdkContext(values: readonly string[], cwd: string): Promise<CdkContext> {
  const context = new Map([...(await fileContext(join(cwd, FILE))), ...values.map(pairOf)]);
  const contextOf = (key: string): unknown => context.get(key);
  const qualifier = contextOf(QUALIFIER) ?? 'hnb659fds';
  if (typeof qualifier !== 'string' || !/^\w{1,10}$/.test(qualifier))
    throw new UsageError(`${QUALIFIER} is not the name of a bootstrap: given ${JSON.stringify(qualifier)}`);
  return { contextOf, qualifier };
}

function pairOf(text: string): [string, unknown] {
  const at = text.indexOf('=');
  if (at < 1) throw new UsageError(`--context is not name=value: given ${JSON.stringify(text)}. Fix: pass such as -c homeRegion=eu-west-1`);
  return [text.slice(0, at), text.slice(at + 1)];
}

async function fileContext(path: string): Promise<[string, unknown][]> {
  if (!(await lstat(path).catch(() => undefined))) return [];
  let content: unknown;
  try {
    content = parseJson(await readText(path));
  } catch (error) {
    throw new UsageError(`${path} is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const { context } = (content ?? {}) as { readonly context?: unknown };
  return typeof context === 'object' && context !== null ? Object.entries(context) : [];
}
