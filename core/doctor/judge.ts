import { takesOwnChanges } from '../deployment/options.ts';
import { forwardStack, forwardStackName, MAIN_STACK, REMEDIATION_STACK } from '../deployment/stacks.ts';
import { Unread } from '../facts/view.ts';
import { type AccountFacts, accountChecks, type Placed } from './account.ts';
import { type Check, GROUPS, isKnown, type Known, unread } from './check.ts';
import { type EvidenceFacts, evidenceChecks } from './evidence.ts';
import { type OrganizationFacts, type OrganizationIdentity, organizationChecks } from './organization.ts';
import {
  type EventSourceState,
  eventSourceChecks,
  type FunctionState,
  functionChecks,
  type RuleState,
  ruleChecks,
  type StreamDelay,
  streamChecks,
} from './processing.ts';
import { deployedConcurrency, plannedConcurrency, type QuotaFacts, quotaChecks } from './quotas.ts';
import { type RecordingFacts, recordingChecks } from './recording.ts';
import { type StackSetState, stackSetChecks } from './stack-sets.ts';
import { type Deployed, type StackFacts, stackChecks } from './stacks.ts';
import { type AlarmState, alarmChecks, type QueueState, queueChecks, type TableState, tableChecks } from './storage.ts';
import { type TrailsFacts, trailChecks } from './trails.ts';

/** The needs of a deployment, which a fresh account lacks. */
export interface Prerequisites {
  readonly account: AccountFacts;
  /** Only for an organization. */
  readonly organization?: OrganizationFacts;
  readonly recording: readonly RecordingFacts[];
  readonly trails: TrailsFacts;
  readonly quotas: QuotaFacts;
}

/** The parts of a deployment, as AWS describes them. */
export interface DeploymentFacts {
  readonly stacks: readonly StackFacts[];
  readonly rules: readonly Deployed<RuleState>[];
  readonly functions: readonly Deployed<FunctionState>[];
  readonly eventSources: readonly Deployed<EventSourceState>[];
  readonly streams: readonly StreamDelay[];
  readonly queues: readonly Deployed<QueueState>[];
  readonly alarms: readonly Deployed<AlarmState>[];
  readonly tables: readonly Deployed<TableState>[];
  readonly stackSets: readonly Deployed<StackSetState>[];
  /** Absent if no stack names its tables. */
  readonly evidence?: EvidenceFacts;
}

export interface DoctorFacts {
  readonly prerequisites: Prerequisites;
  readonly deployment: DeploymentFacts;
}

export interface JudgeContext {
  readonly options: Placed;
  /** Types that csmm reads from AWS Config. */
  readonly types: readonly string[];
  /** Version of this program. */
  readonly version: string;
  /** ISO-8601 UTC. */
  readonly now: string;
}

/** Whether the main stack exists. */
export const isDeployed = (stacks: readonly StackFacts[]): boolean =>
  stacks.some(({ name, state }) => name === MAIN_STACK && isKnown(state) && state !== undefined);

/** Returns all checks, by group. */
export function judge({ prerequisites, deployment }: DoctorFacts, context: JudgeContext): Check[] {
  const checks = [...prerequisiteChecks(prerequisites, deployment, context), ...deploymentChecks(prerequisites, deployment, context)];
  return GROUPS.flatMap((group) => checks.filter((check) => check.group === group));
}

function prerequisiteChecks(facts: Prerequisites, deployment: DeploymentFacts, { options, types }: JudgeContext): Check[] {
  const { account, organization, recording, trails, quotas } = facts;
  const { accountId } = account.identity;
  const members = organization?.members;
  // A security account outside the organizational units is not evaluated: it needs no recorder and no trail for csmm.
  const isEvaluated = takesOwnChanges(options) || !members || !isKnown(members) || members.includes(accountId);
  const limits = deployment.eventSources.flatMap(({ value }) => (isKnown(value) && value ? [value.maximumConcurrency] : []));
  const planned = plannedConcurrency(options);
  return [
    ...accountChecks(account, options),
    ...(organization && options.organization ? organizationChecks(organization, options.organization, accountId) : []),
    ...(isEvaluated ? [...recordingChecks(recording, types, accountId), ...trailChecks(trails, accountId)] : []),
    ...quotaChecks(quotas, {
      region: options.homeRegion,
      concurrency: isDeployed(deployment.stacks) && limits.length > 0 ? deployedConcurrency(limits) : planned,
      ...(members && {
        stackSets: {
          accounts: isKnown(members) ? members.length : members,
          regions: 1 + options.otherRegions.length,
          more: Math.max(0, (options.remediation ? 2 : 1) - deployment.stackSets.length),
        },
      }),
    }),
  ];
}

function deploymentChecks({ organization }: Prerequisites, facts: DeploymentFacts, { options, version, now }: JudgeContext): Check[] {
  if (!isDeployed(facts.stacks))
    return stackChecks(
      facts.stacks.filter(({ state }) => !isKnown(state) || state !== undefined),
      options,
      version,
    );
  const members = organization?.members;
  const approved = facts.evidence?.approvedRegions;
  const approvedRegions = approved && isKnown(approved) ? approved : undefined;
  return [
    ...stackChecks(facts.stacks, options, version),
    ...ruleChecks(facts.rules),
    ...functionChecks(facts.functions),
    ...eventSourceChecks(facts.eventSources),
    ...streamChecks(facts.streams),
    ...queueChecks(facts.queues),
    ...alarmChecks(facts.alarms, options.homeRegion),
    ...tableChecks(facts.tables, options.removeData),
    ...(options.organization && members
      ? stackSetChecks(facts.stackSets, {
          organization: options.organization,
          homeRegion: options.homeRegion,
          members,
          ...(approvedRegions && { approvedRegions }),
        })
      : []),
    ...(facts.evidence ? evidenceChecks(facts.evidence, { now, regions: [options.homeRegion, ...options.otherRegions] }) : [NO_TABLES]),
  ];
}

/** The stack has no names of tables: another program deployed it, or a release that is older than its doctor knows. */
const NO_TABLES: Check = unread(
  { group: 'evidence', id: 'accounts' },
  'the evidence of the accounts',
  new Unread(`the stack ${MAIN_STACK} names no tables`),
  {
    fix: 'deploy again',
    command: 'npx cdk deploy --all',
  },
);

/** The options of a deployment, as its resources show them. */
export interface Found {
  readonly stacks: readonly StackFacts[];
  readonly stackSets: readonly Deployed<StackSetState>[];
  readonly organization: Known<OrganizationIdentity | undefined>;
  readonly callAs: 'DELEGATED_ADMIN' | 'SELF';
}

/**
 * Completes options by what a deployment has, so that the doctor needs no options after a deployment: the Regions of its stacks and stack
 * sets, remediation, and the organization.
 */
export function completedBy({ stacks, stackSets, organization, callAs }: Found, options: Placed): Placed {
  const sets = stackSets.flatMap(({ value }) => (isKnown(value) && value ? [value] : []));
  const forwarded = stacks.flatMap(({ name, region, state }) =>
    [forwardStackName(region, options.homeRegion), forwardStack(region)].includes(name) && isKnown(state) && state ? [region] : [],
  );
  const regions = new Set([...options.otherRegions, ...forwarded, ...sets.flatMap((set) => set.regions)]);
  const hasRemediation = stacks.some(({ name, state }) => name === REMEDIATION_STACK && isKnown(state) && state !== undefined);
  const [first] = sets;
  return {
    ...options,
    otherRegions: [...regions].filter((region) => region !== options.homeRegion),
    remediation: options.remediation || hasRemediation,
    ...(options.organization === undefined &&
      first &&
      isKnown(organization) &&
      organization && { organization: { organizationId: organization.id, organizationalUnits: first.units, callAs } }),
  };
}
