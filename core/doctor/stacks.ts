import { takesOwnChanges } from '../deployment/options.ts';
import { forwardStack, forwardStackName, MAIN_STACK, REMEDIATION_STACK, runbooksStack, VERSION_OUTPUT } from '../deployment/stacks.ts';
import type { Placed } from './account.ts';
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

/** A stack of CloudFormation. */
export interface StackState {
  /** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html */
  readonly status: string;
  readonly reason?: string;
  /** `DRIFTED`, `IN_SYNC`, `NOT_CHECKED` or `UNKNOWN`. */
  readonly drift?: string;
  readonly outputs: Readonly<Record<string, string>>;
}

/** A resource of a stack. */
export interface StackResource {
  readonly logicalId: string;
  readonly physicalId: string;
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
}

/** A place of a stack. */
export interface StackPlace {
  readonly name: string;
  readonly region: string;
}

export interface StackFacts extends StackPlace {
  /** `undefined` if the stack does not exist. */
  readonly state: Known<StackState | undefined>;
  readonly resources: Known<readonly StackResource[]>;
}

/** Returns the stacks that a deployment with these options has. */
export function expectedStacks(options: Placed): StackPlace[] {
  const { homeRegion: region, otherRegions, remediation } = options;
  const others = takesOwnChanges(options) ? otherRegions : [];
  return [
    { name: MAIN_STACK, region },
    ...others.map((other) => ({ name: forwardStackName(other, region), region: other })),
    ...(remediation
      ? [{ name: REMEDIATION_STACK, region }, ...others.map((other) => ({ name: runbooksStack(other), region: other }))]
      : []),
  ];
}

/** Returns the stacks to look for: every one that a deployment of this or an earlier release can have in these Regions. */
export const possibleStacks = (homeRegion: string, regions: readonly string[]): StackPlace[] => [
  ...[MAIN_STACK, REMEDIATION_STACK].map((name) => ({ name, region: homeRegion })),
  ...regions
    .filter((region) => region !== homeRegion)
    .flatMap((region) =>
      [forwardStackName(region, homeRegion), forwardStack(region), runbooksStack(region)].map((name) => ({ name, region })),
    ),
];

/** Evaluates the stacks. @param version the version of this program */
export function stackChecks(stacks: readonly StackFacts[], options: Placed, version: string): Check[] {
  const expected = expectedStacks(options);
  const isExpected = ({ name }: StackPlace): boolean => expected.some((one) => one.name === name);
  // A policy of the organization may deny Regions that csmm does not use.
  const relevant = stacks.filter((stack) => isExpected(stack) || (isKnown(stack.state) && stack.state !== undefined));
  return relevant.flatMap((stack) => checksOf(stack, version));
}

function checksOf(stack: StackFacts, version: string): Check[] {
  const { name, region, state, resources } = stack;
  const subject: Subject = { group: 'stacks', id: 'stack', region };
  if (!isKnown(state)) return [unread(subject, `the stack ${name}`, state)];
  if (!state) return [fail(subject, `the stack ${name} does not exist`, DEPLOY)];
  const problems = [
    ...formerProblems(stack, { ...subject, id: 'former-stack' }),
    ...statusProblems(stack, state, subject),
    ...driftProblems(stack, state, { ...subject, id: 'stack-drift' }),
    ...versionProblems(stack, state, version, { ...subject, id: 'stack-version' }),
    ...(isKnown(resources)
      ? resourceProblems(stack, resources, { ...subject, id: 'stack-resources' })
      : [unread({ ...subject, id: 'stack-resources' }, `the resources of the stack ${name}`, resources)]),
  ];
  if (problems.length > 0) return problems;
  return [ok(subject, `the stack ${name} is ${state.status} with ${counted(isKnown(resources) ? resources.length : 0, 'resource')}`)];
}

const DEPLOY: Fix = { fix: 'deploy again, with the -c values of your deployment', command: 'npx cdk deploy --all' };

const GOOD: ReadonlySet<string> = new Set(['CREATE_COMPLETE', 'UPDATE_COMPLETE', 'IMPORT_COMPLETE']);
/** The stack has its earlier resources. */
const ROLLED_BACK: ReadonlySet<string> = new Set(['UPDATE_ROLLBACK_COMPLETE', 'IMPORT_ROLLBACK_COMPLETE']);

function statusProblems({ name, region }: StackPlace, { status, reason }: StackState, subject: Subject): Check[] {
  if (GOOD.has(status)) return [];
  const message = `the stack ${name} is ${brief(status, 60)}${reason === undefined || reason === '' ? '' : `: ${brief(reason)}`}`;
  const events = `aws cloudformation describe-stack-events --stack-name ${shellWord(name)} --region ${shellWord(region)}`;
  if (ROLLED_BACK.has(status))
    return [
      warn(subject, message, {
        fix: 'the last deployment failed and csmm runs as before. Repair the cause, then deploy again',
        command: events,
      }),
    ];
  if (status.endsWith('_IN_PROGRESS'))
    return [warn(subject, message, { fix: 'wait until CloudFormation is done, then run csmm doctor again', command: events })];
  if (status.endsWith('_FAILED') || status === 'ROLLBACK_COMPLETE' || status === 'DELETE_COMPLETE')
    return [fail(subject, message, { fix: 'repair the cause that the events name, then deploy again', command: events })];
  return [unknown(subject, `the stack ${name}`, status)];
}

function formerProblems({ name, region }: StackPlace, subject: Subject): Check[] {
  if (name !== forwardStack(region)) return [];
  return [
    warn(subject, `the stack ${name} is of an earlier release, and forwards each change once more`, {
      fix: 'deploy this release, then delete the stack',
      command: `aws cloudformation delete-stack --stack-name ${shellWord(name)} --region ${shellWord(region)}`,
    }),
  ];
}

function driftProblems({ name, region }: StackPlace, { drift }: StackState, subject: Subject): Check[] {
  if (drift !== 'DRIFTED') return [];
  return [
    warn(subject, `resources of the stack ${name} changed outside CloudFormation`, {
      fix: 'look at the differences, and restore them',
      command: `aws cloudformation describe-stack-resource-drifts --stack-name ${shellWord(name)} --region ${shellWord(region)} --stack-resource-drift-status-filters MODIFIED DELETED`,
    }),
  ];
}

function versionProblems({ name }: StackPlace, { outputs }: StackState, version: string, subject: Subject): Check[] {
  const deployed = outputs[VERSION_OUTPUT];
  if (name !== MAIN_STACK || deployed === version) return [];
  return [
    warn(subject, `the stack ${name} has csmm ${brief(deployed ?? 'of an earlier release', 40)}, and this program is ${version}`, {
      fix: 'deploy the version of this program, or run the doctor of the deployed version',
    }),
  ];
}

function resourceProblems({ name, region }: StackPlace, resources: readonly StackResource[], subject: Subject): Check[] {
  const failed = resources.filter(({ status }) => status.endsWith('_FAILED'));
  if (failed.length === 0) return [];
  const why = failed[0]?.reason === undefined ? '' : `: ${brief(failed[0].reason)}`;
  return [
    fail(
      subject,
      `${counted(failed.length, 'resource')} of the stack ${name} failed (${listed(failed.map(({ logicalId }) => logicalId))})${why}`,
      {
        fix: 'repair the cause, then deploy again',
        command: `aws cloudformation list-stack-resources --stack-name ${shellWord(name)} --region ${shellWord(region)}`,
      },
    ),
  ];
}

/** A resource of a stack, and what its own service says of it. */
export interface Deployed<T> {
  readonly stack: string;
  readonly region: string;
  readonly logicalId: string;
  /** Name, ID or URL. */
  readonly name: string;
  /** `undefined` if the resource does not exist any more. */
  readonly value: Known<T | undefined>;
}

/** The name of a kind of resource. */
export interface Kind {
  readonly group: Subject['group'];
  readonly id: string;
  readonly singular: string;
  readonly plural: string;
}

/**
 * Evaluates all resources of a kind: one line if all are fine, and else a line for each problem. A resource that was deleted by hand fails.
 * @param problemsOf returns the problems of a resource that exists
 * @param fine returns what all of them are, such as `are enabled`
 */
export function resourceChecks<T>(
  resources: readonly Deployed<T>[],
  { group, id, singular, plural }: Kind,
  problemsOf: (value: T, resource: Deployed<T>, subject: Subject) => readonly Check[],
  fine: string,
): Check[] {
  if (resources.length === 0) return [];
  const problems = resources.flatMap((resource): readonly Check[] => {
    const { stack, region, logicalId, name, value } = resource;
    const subject: Subject = { group, id, region };
    if (!isKnown(value)) return [unread(subject, `the ${singular} ${logicalId}`, value)];
    if (value === undefined) {
      return [
        fail(subject, `the ${singular} ${logicalId} (${brief(name, 120)}) of the stack ${stack} does not exist`, {
          fix: 'CloudFormation does not recreate what was deleted by hand. Restore it with the same name, or destroy the stack and deploy it again',
          command: `aws cloudformation detect-stack-drift --stack-name ${shellWord(stack)} --region ${shellWord(region)}`,
        }),
      ];
    }
    return problemsOf(value, resource, subject);
  });
  return worstOf(problems, plural, ok({ group, id }, `${counted(resources.length, singular, plural)}: ${fine}`));
}
