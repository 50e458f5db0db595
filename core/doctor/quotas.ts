import { CONCURRENCY } from '../deployment/concurrency.ts';
import { LIVE_READ_CONCURRENCY, type Settings } from '../deployment/options.ts';
import { Unread } from '../facts/view.ts';
import { type Check, counted, fail, isKnown, type Known, ok, type Subject, shellWord, unread, warn } from './check.ts';

/** A quota of Service Quotas. */
export interface Quota {
  readonly name: string;
  readonly code: string;
  readonly value: number;
}

export interface QuotaFacts {
  /** Executions that Lambda runs at the same time in the home Region for functions without a reservation. */
  readonly concurrency: Known<number>;
  /** Quotas of CloudFormation. Read only for an organization. */
  readonly cloudformation: Known<readonly Quota[]>;
  /** Stack sets of the administrator. Read only for an organization. */
  readonly stackSets: Known<number>;
}

/** The needs of a deployment. */
export interface Demand {
  readonly region: string;
  /** Most executions that csmm runs at the same time. */
  readonly concurrency: number;
  /** Only for an organization. */
  readonly stackSets?: { readonly accounts: Known<number>; readonly regions: number; readonly more: number };
}

/** The functions without a limit of their own: most run one batch for a shard or a schedule. */
const OTHER_EXECUTIONS = 10;

/** Executions that Lambda keeps for functions without a reservation. https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html */
const FOR_OTHERS = 100;

/** Returns the most executions that a deployment with these options runs at the same time. */
export const plannedConcurrency = ({ collectConcurrency, readConcurrency, remediation }: Settings): number =>
  deployedConcurrency([
    collectConcurrency,
    readConcurrency,
    LIVE_READ_CONCURRENCY,
    CONCURRENCY.score,
    CONCURRENCY.rejudge,
    ...(remediation ? [CONCURRENCY.remediate] : []),
  ]);

/** Returns the most executions of deployed event sources. `undefined`: an event source without a limit. */
export const deployedConcurrency = (limits: readonly (number | undefined)[]): number =>
  limits.reduce<number>((sum, limit) => sum + (limit ?? 0), 0) + OTHER_EXECUTIONS;

/** Evaluates the quotas. */
export function quotaChecks(facts: QuotaFacts, demand: Demand): Check[] {
  return [concurrencyCheck(facts.concurrency, demand), ...(demand.stackSets ? stackSetChecks(facts, demand.stackSets, demand.region) : [])];
}

const increase = (service: string, code: string, value: number, region: string): string =>
  `aws service-quotas request-service-quota-increase --service-code ${service} --quota-code ${shellWord(code)} --desired-value ${value} --region ${shellWord(region)}`;

function concurrencyCheck(available: QuotaFacts['concurrency'], { region, concurrency: needed }: Demand): Check {
  const subject: Subject = { group: 'quotas', id: 'lambda-concurrency', region };
  if (!isKnown(available)) return unread(subject, 'the concurrency of Lambda', available);
  // https://docs.aws.amazon.com/general/latest/gr/lambda-service.html: a new account begins far below the default of 1,000.
  const fix = {
    fix: 'ask for more concurrent executions',
    command: increase('lambda', 'L-B99A9384', Math.max(1000, needed + FOR_OTHERS), region),
  };
  const message = `Lambda runs ${available} executions at the same time, and csmm uses up to ${needed}`;
  if (available < needed) return fail(subject, message, fix);
  if (available < needed + FOR_OTHERS) return warn(subject, `${message}, which leaves fewer than ${FOR_OTHERS} for other functions`, fix);
  return ok(subject, message);
}

const SETS = 'Stack sets per administrator account';
const INSTANCES = 'Stack instances per stack set';

function stackSetChecks(
  { cloudformation, stackSets }: QuotaFacts,
  { accounts, regions, more }: NonNullable<Demand['stackSets']>,
  region: string,
): Check[] {
  const needed = [
    {
      id: 'stack-sets',
      name: SETS,
      what: 'the quota of stack sets',
      used: isKnown(stackSets) ? stackSets + more : stackSets,
      unit: 'stack set',
    },
    {
      id: 'stack-instances',
      name: INSTANCES,
      what: 'the quota of stack instances',
      used: isKnown(accounts) ? accounts * regions : accounts,
      unit: 'stack instance',
    },
  ];
  return needed.map(({ id, name, what, used, unit }) => {
    const subject: Subject = { group: 'quotas', id, region };
    if (!isKnown(cloudformation)) return unread(subject, what, cloudformation);
    if (!isKnown(used)) return unread(subject, what, used);
    const quota = cloudformation.find((one) => one.name.toLowerCase() === name.toLowerCase());
    if (!quota)
      return unread(subject, what, new Unread(`Service Quotas does not list "${name}"`), {
        fix: 'look it up in the console of Service Quotas',
      });
    const message = `CloudFormation allows ${counted(quota.value, unit)}, and csmm needs ${used}`;
    if (used <= quota.value) return ok(subject, message);
    return fail(subject, message, { fix: 'ask for a higher quota', command: increase('cloudformation', quota.code, used, region) });
  });
}
