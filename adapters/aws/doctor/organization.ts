import { CloudFormationClient, DescribeOrganizationsAccessCommand } from '@aws-sdk/client-cloudformation';
import {
  DescribeOrganizationalUnitCommand,
  DescribeOrganizationCommand,
  OrganizationsClient,
  paginateListDelegatedAdministrators,
  paginateListRoots,
} from '@aws-sdk/client-organizations';
import type { CallAs, OrganizationSettings } from '../../../core/deployment/options.ts';
import type { Known } from '../../../core/doctor/check.ts';
import { isKnown } from '../../../core/doctor/check.ts';
import { type OrganizationFacts, type OrganizationIdentity, STACK_SETS_PRINCIPAL } from '../../../core/doctor/organization.ts';
import { globalRegionOf } from '../../../core/partitions.ts';
import { accountsBelow } from '../member-accounts.ts';
import { type DoctorPlace, everyPage, known, needed } from './place.ts';

const organizationsClient = ({ clients, identity }: DoctorPlace): OrganizationsClient =>
  clients(OrganizationsClient, globalRegionOf(identity.partition));

/** Returns the organization of the account; `undefined` if it is in none. */
export const readOrganizationIdentity = (place: DoctorPlace): Promise<Known<OrganizationIdentity | undefined>> =>
  known(async () => {
    const { Organization } = await organizationsClient(place).send(new DescribeOrganizationCommand({}));
    const { Id = '', MasterAccountId = '', FeatureSet = '' } = Organization ?? {};
    return { id: Id, managementAccountId: MasterAccountId, features: FeatureSet };
  }, ['AWSOrganizationsNotInUseException']);

/** Returns how this account manages stack sets if the options do not say so. */
export const callAsOf = (organization: Known<OrganizationIdentity | undefined>, accountId: string): CallAs =>
  isKnown(organization) && organization?.managementAccountId === accountId ? 'SELF' : 'DELEGATED_ADMIN';

/** Reads what a stack set of the organization needs. */
export async function readOrganization(
  place: DoctorPlace,
  organization: OrganizationFacts['organization'],
  { organizationalUnits, callAs }: OrganizationSettings,
): Promise<OrganizationFacts> {
  const { clients, identity, options } = place;
  const client = organizationsClient(place);
  const cloudformation = clients(CloudFormationClient, options.homeRegion);
  const [units, trustedAccess, administrators, members] = await Promise.all([
    readUnits(client, organizationalUnits),
    needed(async () => (await cloudformation.send(new DescribeOrganizationsAccessCommand({ CallAs: callAs }))).Status),
    needed(() =>
      everyPage(
        paginateListDelegatedAdministrators({ client }, { ServicePrincipal: STACK_SETS_PRINCIPAL }),
        ({ DelegatedAdministrators }) => DelegatedAdministrators?.flatMap(({ Id }) => Id ?? []),
      ),
    ),
    needed(() => accountsBelow(clients, globalRegionOf(identity.partition), organizationalUnits)),
  ]);
  return { organization, units, trustedAccess, administrators, members };
}

async function readUnits(client: OrganizationsClient, ids: readonly string[]): Promise<OrganizationFacts['units']> {
  const roots = ids.some(isRoot)
    ? await needed(() => everyPage(paginateListRoots({ client }, {}), ({ Roots }) => Roots?.flatMap(({ Id }) => Id ?? [])))
    : [];
  return Promise.all(
    ids.map(async (id) => {
      if (isRoot(id)) return { id, exists: isKnown(roots) ? roots.includes(id) : roots };
      const unit = await known(
        () => client.send(new DescribeOrganizationalUnitCommand({ OrganizationalUnitId: id })),
        ['OrganizationalUnitNotFoundException'],
      );
      return { id, exists: isKnown(unit) ? unit !== undefined : unit };
    }),
  );
}

const isRoot = (id: string): boolean => id.startsWith('r-');
