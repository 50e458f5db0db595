import { CommandFailedError } from '../adapters/aws/command-client.ts';
import { failureKind, isUnreachable, reasonOf } from '../adapters/aws/failures.ts';
import { SettingsTooLargeError } from '../adapters/aws/settings-store.ts';
import { ContentionError } from '../core/pipeline/collect.ts';
import { UnreadableItemError } from '../core/ports.ts';
import { RequestRefusedError } from '../core/remediation/commands/refused.ts';
import { UsageError } from './exit.ts';
import { type CliIo, isTerminal, write } from './io.ts';

/** Parts that the commands for a deployment share. */

export interface RegionOptions {
  readonly profile?: string;
  readonly region?: string;
}

/** Returns the Region of the deployment. @throws UsageError if no option or variable names it. */
export function regionOf(region: string | undefined, env: CliIo['env']): string {
  const where = region ?? env.AWS_REGION ?? env.AWS_DEFAULT_REGION;
  if (!where) throw new UsageError('the Region of the deployment is missing. Fix: pass --region or AWS_REGION');
  return where;
}

/** Returns the name that an option or a variable gives. @throws UsageError if neither does. */
export function required(value: string | undefined, option: string, output: string, variable: string): string {
  if (value) return value;
  throw new UsageError(`the name of a table is missing. Fix: pass the output ${output} of the stack with ${option} or ${variable}`);
}

/**
 * Runs API calls, and turns the failures that the user can fix into usage errors: credentials, permissions, the name of a table.
 *
 * @throws UsageError with the message of AWS.
 */
export async function usingAws<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof UsageError) throw error;
    if (FOR_THE_USER.some((known) => error instanceof known) && error instanceof Error) throw new UsageError(error.message);
    if (error instanceof Error && NO_CREDENTIALS.has(error.name)) {
      throw new UsageError(`no valid AWS credentials: ${oneLine(error.message).replace(/\.$/, '')}. Fix: sign in, or pass --profile`);
    }
    if (failureKind(error) !== 'failed' || isUnreachable(error) || WRONG_TARGET.has(error instanceof Error ? error.name : '')) {
      const reason = reasonOf(error);
      // The reason of a denied call leaves out the message of AWS, which names the principal and the policy.
      const isDenied = failureKind(error) === 'denied' && error instanceof Error;
      throw new UsageError(isDenied ? `${reason}: ${oneLine(error.message)}` : reason);
    }
    throw error;
  }
}

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ');

/** Errors of the SDK if it finds no credentials, or an expired sign-in. */
const NO_CREDENTIALS: ReadonlySet<string> = new Set(['CredentialsProviderError', 'TokenProviderError']);

const WRONG_TARGET: ReadonlySet<string> = new Set(['ResourceNotFoundException', 'InvalidClientTokenId', 'UnrecognizedClientException']);

/** Errors with a message for the user. */
const FOR_THE_USER = [CommandFailedError, SettingsTooLargeError, ContentionError, RequestRefusedError, UnreadableItemError];

/** Asks for confirmation on a terminal, by typing `expected`. @throws UsageError if the terminal is not interactive. */
export async function isConfirmed(
  what: string,
  { stdin, stdout, stderr, env }: CliIo,
  { expected = 'yes', option = '--yes' }: { readonly expected?: string; readonly option?: string } = {},
): Promise<boolean> {
  if (stdin.isTTY !== true || !isTerminal(stdout, env)) {
    throw new UsageError(`cannot ask for confirmation: the terminal is not interactive. Fix: pass ${option}`);
  }
  await write(stderr, ` ${what}? Type ${expected} to confirm: `);
  let answer = '';
  for await (const chunk of stdin) {
    answer += String(chunk);
    if (answer.includes('\n')) break;
  }
  return answer.trim().toLowerCase() === expected;
}
