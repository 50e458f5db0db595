import { takesOwnChanges } from '../../../core/deployment/options.ts';
import { MAIN_STACK } from '../../../core/deployment/stacks.ts';
import type { Placed } from '../../../core/doctor/account.ts';
import { isKnown, type Known } from '../../../core/doctor/check.ts';
import { completedBy, type DeploymentFacts, type DoctorFacts, isDeployed, type Prerequisites } from '../../../core/doctor/judge.ts';
import type { OrganizationFacts } from '../../../core/doctor/organization.ts';
import { possibleStacks, type StackFacts } from '../../../core/doctor/stacks.ts';
import { limitsOf } from '../../../core/doctor/storage.ts';
import { Unread } from '../../../core/facts/view.ts';
import type { TableNames } from '../dynamo-state-store.ts';
import { readAccount, readRegions } from './account.ts';
import { readEvidence } from './evidence.ts';
import { callAsOf, readOrganization, readOrganizationIdentity } from './organization.ts';
import type { DoctorPlace } from './place.ts';
import { readEventSources, readFunctions, readRules } from './processing.ts';
import { readQuotas } from './quotas.ts';
import { readRecording } from './recording.ts';
import { readStackSets, STACK_SET } from './stack-sets.ts';
import { readStack, resourcesOf } from './stacks.ts';
import { readAlarms, readQueues, readStreams, readTables } from './storage.ts';
import { readTrails } from './trails.ts';

export interface Examined {
  readonly facts: DoctorFacts;
  /** The options, completed by what is deployed. */
  readonly options: Placed;
}

/**
 * Reads the prerequisites, and the deployment if there is one.
 *
 * @param qualifier name of the CDK bootstrap
 * @param begin hears of each step
 * @throws CredentialsExpiredError, UnknownOrganizationError
 */
export async function examine(given: DoctorPlace, qualifier: string, begin: (step: string) => void): Promise<Examined> {
  const { identity, options } = given;
  begin('reading the stacks');
  const regions = await readRegions(given);
  const enabled = isKnown(regions) ? regions.flatMap(({ name, optIn }) => (optIn === 'not-opted-in' ? [] : name)) : [];
  const stacks = await Promise.all(
    possibleStacks(options.homeRegion, [...new Set([...enabled, ...options.otherRegions])]).map((stack) => readStack(given, stack)),
  );
  const hasStackSets = resourcesOf(stacks, STACK_SET).length > 0;
  const organization = options.organization || hasStackSets ? await readOrganizationIdentity(given) : undefined;
  const callAs = options.organization?.callAs ?? callAsOf(organization, identity.accountId);
  const stackSets = await readStackSets(given, stacks, callAs);
  const place: DoctorPlace = { ...given, options: completedBy({ stacks, stackSets, organization, callAs }, options) };

  if (hasStackSets && !place.options.organization) throw unknownOrganization(organization, stackSets);

  begin('reading the prerequisites');
  const prerequisites = await readPrerequisites(place, { regions, organization, qualifier });
  const deployment = { ...NOTHING, stacks, stackSets };
  if (!isDeployed(stacks)) return { facts: { prerequisites, deployment }, options: place.options };
  begin('reading the deployment');
  const parts = await readParts(place, stacks);
  begin('reading the evidence of the accounts');
  const expected = expectedAccounts(place, prerequisites.organization);
  const tables = tablesOf(stacks);
  const evidence = tables && (await readEvidence(place, tables, expected));
  return { facts: { prerequisites, deployment: { ...deployment, ...parts, ...(evidence && { evidence }) } }, options: place.options };
}

/** Thrown if a deployment is of an organization that neither the options nor AWS describe. csmm cannot evaluate its parts then. */
export class UnknownOrganizationError extends Error {
  override readonly name = 'UnknownOrganizationError';
}

function unknownOrganization(
  organization: OrganizationFacts['organization'],
  stackSets: DeploymentFacts['stackSets'],
): UnknownOrganizationError {
  const unread = [organization, ...stackSets.map(({ value }) => value)].find((value) => value instanceof Unread);
  const why = unread instanceof Unread ? unread.reason : 'its account is in no organization';
  return new UnknownOrganizationError(
    `csmm is deployed for an organization that could not be read: ${why}. Fix: pass its values, such as -c organizationId=o-… -c organizationalUnits=ou-…, or allow the action`,
  );
}

const NOTHING = { rules: [], functions: [], eventSources: [], streams: [], queues: [], alarms: [], tables: [] } as const;

interface ReadBefore {
  readonly regions: Prerequisites['account']['regions'];
  readonly organization: OrganizationFacts['organization'];
  readonly qualifier: string;
}

async function readPrerequisites(place: DoctorPlace, { regions, organization, qualifier }: ReadBefore): Promise<Prerequisites> {
  const { options } = place;
  const read = [options.homeRegion, ...options.otherRegions].filter((region) => isUsable(region, regions));
  const [account, members, recording, trails, quotas] = await Promise.all([
    readAccount(place, regions, qualifier),
    options.organization && readOrganization(place, organization, options.organization),
    Promise.all(read.map((region) => readRecording(place, region))),
    readTrails(place, read),
    readQuotas(place, options.organization?.callAs),
  ]);
  return { account, recording, trails, quotas, ...(members && { organization: members }) };
}

/** Calls in a Region that is not enabled only fail, and the group of the account says so. */
const isUsable = (region: string, regions: ReadBefore['regions']): boolean =>
  !isKnown(regions) || regions.some(({ name, optIn }) => name === region && optIn !== 'not-opted-in');

async function readParts(
  place: DoctorPlace,
  stacks: readonly StackFacts[],
): Promise<Omit<DeploymentFacts, 'stacks' | 'stackSets' | 'evidence'>> {
  const [rules, functions, eventSources, alarms, tables] = await Promise.all([
    readRules(place, stacks),
    readFunctions(place, stacks),
    readEventSources(place, stacks),
    readAlarms(place, stacks),
    readTables(place, stacks),
  ]);
  const limits = limitsOf(alarms);
  const [queues, streams] = await Promise.all([readQueues(place, stacks, limits), readStreams(place, eventSources, limits)]);
  return { rules, functions, eventSources, streams, queues, alarms, tables };
}

function expectedAccounts({ identity, options }: DoctorPlace, organization: OrganizationFacts | undefined): Known<readonly string[]> {
  const own = takesOwnChanges(options) ? [identity.accountId] : [];
  const members = organization?.members ?? [];
  return isKnown(members) ? [...new Set([...own, ...members])] : members;
}

/** Returns the names of the tables, which are outputs of the main stack. */
function tablesOf(stacks: readonly StackFacts[]): Required<TableNames> | undefined {
  const state = stacks.find(({ name }) => name === MAIN_STACK)?.state;
  const { StateTableName: stateTable, ScoresTableName: scoresTable } = (state && isKnown(state) && state.outputs) || {};
  return stateTable !== undefined && scoresTable !== undefined ? { stateTable, scoresTable } : undefined;
}
