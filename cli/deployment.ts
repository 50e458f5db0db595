import { failureKind, isUnreachable, reasonOf } from '../adapters/aws/failures.ts';
import { SettingsTooLargeError } from '../adapters/aws/settings-store.ts';
import { ContentionError } from '../core/pipeline/collect.ts';
import { RequestRefusedError } from '../core/remediation/operator-requests.ts';
import { UsageError } from './exit.ts';
import { type CliIo, isTerminal, write } from './io.ts';

/** What the commands that speak to a deployment have in common. */

export interface RegionOptions {
  readonly profile?: string;
  readonly region?: string;
}

/** The Region of the deployment. @throws UsageError where nothing tells it. */
export function regionOf(region: string | undefined, env: CliIo['env']): string {
  const where = region ?? env.AWS_REGION ?? env.AWS_DEFAULT_REGION;
  if (!where) throw new UsageError('give the Region of the deployment, with --region or AWS_REGION');
  return where;
}

/** A name that an option or a variable gives. @throws UsageError where neither does. */
export function required(value: string | undefined, option: string, output: string, variable: string): string {
  if (value) return value;
  throw new UsageError(`give the output ${output} of the stack, with ${option} or ${variable}`);
}

/** Calls of AWS whose failures its user can do something about: credentials, permissions, the name of a table. */
export async function usingAws<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof UsageError) throw error;
    if (TOLD.some((known) => error instanceof known) && error instanceof Error) throw new UsageError(error.message);
    if (failureKind(error) !== 'failed' || isUnreachable(error) || IN_THE_WRONG_PLACE.has(error instanceof Error ? error.name : '')) {
      throw new UsageError(`${reasonOf(error)}${error instanceof Error ? `: ${error.message.replaceAll(/\s+/g, ' ')}` : ''}`);
    }
    throw error;
  }
}

const IN_THE_WRONG_PLACE: ReadonlySet<string> = new Set([
  'ResourceNotFoundException',
  'InvalidClientTokenId',
  'UnrecognizedClientException',
]);

/** Errors whose message is for the user. */
const TOLD = [SettingsTooLargeError, ContentionError, RequestRefusedError];

/** Asks on a terminal. @throws UsageError where nobody can answer. */
export async function isConfirmed(what: string, { stdin, stdout, stderr, env }: CliIo): Promise<boolean> {
  if (stdin.isTTY !== true || !isTerminal(stdout, env)) throw new UsageError('nobody can be asked whether this is meant: give --yes');
  await write(stderr, ` ${what}? Type yes: `);
  let answer = '';
  for await (const chunk of stdin) {
    answer += String(chunk);
    if (answer.includes('\n')) break;
  }
  return answer.trim().toLowerCase() === 'yes';
}
