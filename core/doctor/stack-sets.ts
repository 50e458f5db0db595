import type { OrganizationSettings } from '../deployment/options.ts';
import { type StackInstance, sortInstances } from '../deployment/stack-instances.ts';
import {
  brief,
  type Check,
  counted,
  type Fix,
  fail,
  isKnown,
  type Known,
  listed,
  ok,
  type Subject,
  shellWord,
  unknown,
  unread,
  warn,
  worstOf,
} from './check.ts';
import type { Deployed } from './stacks.ts';

export interface StackSetState {
  /** Name without the unique part. */
  readonly name: string;
  /** `ACTIVE` or `DELETED`. */
  readonly status: string;
  readonly deploysToNewAccounts: boolean;
  readonly units: readonly string[];
  readonly regions: readonly string[];
  /** Failed instances, as many as csmm reads. */
  readonly failed: Known<readonly StackInstance[]>;
  /** Accounts that have an instance in the home Region. */
  readonly reached: Known<readonly string[]>;
}

export interface StackSetContext {
  readonly organization: OrganizationSettings;
  readonly homeRegion: string;
  /** Active accounts below the units. */
  readonly members: Known<readonly string[]>;
  /** Approved Regions of the settings. */
  readonly approvedRegions?: readonly string[];
}

/** Evaluates the stack sets. */
export const stackSetChecks = (stackSets: readonly Deployed<StackSetState>[], context: StackSetContext): Check[] =>
  stackSets.flatMap(({ logicalId, region, name, value }) => {
    const subject: Subject = { group: 'stack-sets', id: 'stack-set', region };
    if (!isKnown(value)) return [unread(subject, `the stack set ${brief(name, 120)}`, value)];
    if (value?.status === 'ACTIVE') return activeChecks(value, subject, context);
    if (value === undefined || value.status === 'DELETED') {
      return [
        fail(subject, `the stack set ${brief(value?.name ?? name, 120)} (${logicalId}) does not exist`, {
          fix: 'destroy the stack and deploy it again: CloudFormation does not recreate what was deleted by hand. The tables stay',
        }),
      ];
    }
    return [unknown(subject, `the stack set ${value.name}`, value.status)];
  });

function activeChecks(state: StackSetState, subject: Subject, context: StackSetContext): Check[] {
  const problems = [
    ...settingProblems(state, subject, context),
    ...instanceProblems(state, { ...subject, id: 'stack-instances' }, context),
    ...reachProblems(state, { ...subject, id: 'reached' }, context),
  ];
  if (problems.length > 0) return problems;
  const accounts = isKnown(state.reached) ? state.reached.length : 0;
  const closed = isKnown(state.failed) ? sortInstances(state.failed, context.approvedRegions).closed.length : 0;
  const apart = closed === 0 ? '' : `, apart from ${counted(closed, 'stack')} in closed Regions`;
  return [
    ok(subject, `the stack set ${state.name} is in ${counted(accounts, 'account')} and ${counted(state.regions.length, 'Region')}${apart}`),
  ];
}

function settingProblems(
  { name, deploysToNewAccounts, units }: StackSetState,
  subject: Subject,
  { organization }: StackSetContext,
): Check[] {
  const wanted = organization.organizationalUnits;
  const differs = units.length !== wanted.length || !wanted.every((unit) => units.includes(unit));
  return [
    ...(deploysToNewAccounts
      ? []
      : [
          warn(subject, `the stack set ${name} does not reach accounts that join later`, {
            fix: 'deploy again: csmm turns automatic deployment on',
            command: 'npx cdk deploy --all',
          }),
        ]),
    ...(differs
      ? [
          warn(subject, `the stack set ${name} covers ${listed(units, 10)}, and organizationalUnits is ${wanted.join(',')}`, {
            fix: 'deploy again with the values that you want',
            command: 'npx cdk deploy --all',
          }),
        ]
      : []),
  ];
}

const callAs = ({ organization }: StackSetContext): string => `--call-as ${organization.callAs}`;

/** A closed Region needs no stack: docs/adr/0030-closed-regions.md. */
function instanceProblems({ name, failed }: StackSetState, subject: Subject, context: StackSetContext): Check[] {
  if (!isKnown(failed)) return [unread(subject, `the instances of the stack set ${name}`, failed)];
  const list = `aws cloudformation list-stack-instances --stack-set-name ${shellWord(name)} ${callAs(context)}`;
  const problems = sortInstances(failed, context.approvedRegions).failing.map(({ accountId, region, status, reason }) =>
    fail(
      { ...subject, accountId, region },
      `the stack of ${name} is ${brief(status, 40)}: ${brief(reason)}`,
      instanceFix(reason, status, region, list),
    ),
  );
  return worstOf(problems, 'stack instances');
}

/** Returns what to do about an instance, by the reason that CloudFormation gives. */
function instanceFix(reason: string, status: string, region: string, command: string): Fix {
  if (/service control policy|explicit deny/i.test(reason)) {
    return {
      fix: `a policy of the organization denies the Region: exempt the role stacksets-exec-* from it, or leave ${region} out of regions`,
      command,
    };
  }
  if (/opt-?in|not enabled|is disabled|InvalidClientTokenId|security token .{0,30}invalid/i.test(reason)) {
    return { fix: `enable ${region} in that account, or leave it out of regions`, command };
  }
  if (/already exists/i.test(reason)) return { fix: 'remove the resource that has the name, then deploy again', command };
  if (status === 'INOPERABLE') return { fix: 'delete the instance with its stack in that account, then deploy again', command };
  return { fix: 'repair the cause in that account, then deploy again', command };
}

function reachProblems({ name, reached }: StackSetState, subject: Subject, context: StackSetContext): Check[] {
  if (!isKnown(reached)) return [unread(subject, `which accounts the stack set ${name} reaches`, reached)];
  // The group of the organization says why the members were not read.
  if (!isKnown(context.members)) return [];
  const known = new Set(reached);
  const left = context.members.filter((account) => !known.has(account));
  if (left.length === 0) return [];
  return [
    fail(subject, `${counted(left.length, 'account')} without a stack of ${name} in ${context.homeRegion}: ${listed(left, 10)}`, {
      fix: 'deploy again, so that the stack set reaches them. Without it, csmm cannot read an account',
      command: `aws cloudformation list-stack-set-operations --stack-set-name ${shellWord(name)} ${callAs(context)}`,
    }),
  ];
}
