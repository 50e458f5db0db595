import { chainedCredentials, whoAmI } from '../adapters/aws/access.ts';
import { callLimit, clientsOf } from '../adapters/aws/clients.ts';
import { examine, UnknownOrganizationError } from '../adapters/aws/doctor/index.ts';
import { doctorPolicy } from '../adapters/aws/doctor/permissions.ts';
import { CredentialsExpiredError } from '../adapters/aws/failures.ts';
import { CONTROLS } from '../controls/index.ts';
import { readSettings, SettingsError } from '../core/deployment/options.ts';
import { readTypes } from '../core/deployment/read-types.ts';
import { MAIN_STACK } from '../core/deployment/stacks.ts';
import type { Identity, Placed } from '../core/doctor/account.ts';
import { worstOutcome } from '../core/doctor/check.ts';
import { isDeployed, judge } from '../core/doctor/judge.ts';
import { VERSION } from '../core/version.ts';
import { countsOf, doctorLines } from '../reporting/doctor.ts';
import { paint } from '../reporting/lines.ts';
import { type CdkContext, cdkContext } from './cdk-context.ts';
import type { RegionOptions } from './deployment.ts';
import { EXIT, UsageError } from './exit.ts';
import { type CliIo, canvasOf, isTerminal, write, writeJson } from './io.ts';
import { assertEnvironment, assertRegion, oneLine, signInProblem } from './sign-in.ts';

export interface DoctorOptions extends RegionOptions {
  /** Values of the CDK context, as `name=value`. */
  readonly context?: readonly string[];
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly printPolicy?: boolean;
}

/** The result as JSON. */
export const DOCTOR_FORMAT = 1;

/** Most calls at the same time. */
const CALLS_AT_ONCE = 24;

/** Checks the prerequisites of a deployment and its health, with read-only API calls. */
export async function doctor(options: DoctorOptions, io: CliIo): Promise<number> {
  if (options.printPolicy) {
    await writeJson(io.stdout, doctorPolicy());
    return EXIT.ok;
  }
  assertEnvironment(io.env);
  if (options.region !== undefined) assertRegion(options.region, '--region');
  const { contextOf, qualifier } = await cdkContext(options.context ?? [], io.cwd);
  const placed = placedOf(contextOf, options.region ?? io.env.AWS_REGION ?? io.env.AWS_DEFAULT_REGION);
  const credentials = chainedCredentials(options.profile);
  const identity = await signIn(placed.homeRegion, options.profile, credentials, io);
  const clients = clientsOf({ credentials, limit: callLimit(CALLS_AT_ONCE) });
  const progress = stepsOn(io, options.quiet === true || options.json === true);
  try {
    const place = { identity, options: placed, clients, now: () => new Date() };
    const examined = await examine(place, qualifier, progress.begin);
    progress.end();
    const now = new Date().toISOString();
    const checks = judge(examined.facts, { options: examined.options, types: readTypes(CONTROLS), version: VERSION, now });
    const deployed = isDeployed(examined.facts.deployment.stacks);
    if (options.json) await writeJson(io.stdout, documentOf(identity, examined.options, deployed, now, checks));
    else if (!options.quiet || worstOutcome(checks) !== 'ok') {
      const canvas = canvasOf(io.stdout, io.env);
      await write(io.stdout, paint(doctorLines(checks, headingOf(identity, placed, deployed), canvas), canvas));
    }
    return exitCode(checks);
  } catch (error) {
    if (error instanceof CredentialsExpiredError)
      throw new UsageError(`the AWS credentials have expired: ${oneLine(error.cause ?? error)}. Fix: renew them`);
    if (error instanceof UnknownOrganizationError) throw new UsageError(error.message);
    throw error;
  } finally {
    progress.end();
  }
}

type Checks = ReturnType<typeof judge>;

/** @throws UsageError if an option is invalid, or no option names the home Region. */
function placedOf(contextOf: CdkContext['contextOf'], region: string | undefined): Placed {
  try {
    const settings = readSettings(contextOf, region);
    if (settings.homeRegion !== undefined) return { ...settings, homeRegion: settings.homeRegion };
  } catch (error) {
    if (error instanceof SettingsError) throw new UsageError(error.message);
    throw error;
  }
  throw new UsageError('the home Region is missing. Fix: pass --region, -c homeRegion=… or AWS_REGION');
}

async function signIn(
  region: string,
  profile: string | undefined,
  credentials: ReturnType<typeof chainedCredentials>,
  { env }: CliIo,
): Promise<Identity> {
  try {
    return await whoAmI(region, credentials);
  } catch (error) {
    throw new UsageError(signInProblem(error, { profile, region, env }));
  }
}

function headingOf({ accountId }: Identity, { homeRegion }: Placed, deployed: boolean): string[] {
  const place = `account ${accountId}, home Region ${homeRegion}`;
  return [
    deployed ? `csmm is deployed: ${place}` : `csmm is not deployed (no stack ${MAIN_STACK}): ${place}. These are its prerequisites.`,
  ];
}

function documentOf(
  { accountId, partition }: Identity,
  { homeRegion, otherRegions, organization }: Placed,
  deployed: boolean,
  checkedAt: string,
  checks: Checks,
) {
  return {
    csmm: 'doctor',
    format: DOCTOR_FORMAT,
    version: VERSION,
    checkedAt,
    accountId,
    partition,
    homeRegion,
    otherRegions,
    organizationId: organization?.organizationId ?? null,
    deployed,
    counts: countsOf(checks),
    checks,
  };
}

/** A failed check takes precedence over one that could not be made. A warning does not fail. */
function exitCode(checks: Checks): number {
  switch (worstOutcome(checks)) {
    case 'fail':
      return EXIT.gate;
    case 'unread':
      return EXIT.unread;
    default:
      return EXIT.ok;
  }
}

/** Shows the steps on standard error: one line that csmm overwrites on a terminal, and else a line for each step. */
function stepsOn({ stderr, env }: CliIo, quiet: boolean): { readonly begin: (step: string) => void; readonly end: () => void } {
  const terminal = isTerminal(stderr, env);
  let shown = false;
  return {
    begin: (step) => {
      if (quiet) return;
      stderr.write(terminal ? `\r\u001b[K ${step}` : `csmm: ${step}\n`);
      shown = true;
    },
    end: () => {
      if (shown && terminal) stderr.write('\r\u001b[K');
      shown = false;
    },
  };
}
