import { DescribeOrganizationCommand, type Organization, OrganizationsClient } from '@aws-sdk/client-organizations';
import type { Unread } from '../../../core/facts/view.ts';
import type { Clients } from '../clients.ts';
import { attempt } from '../failures.ts';
import type { ReadContext } from './reader.ts';

/** Answers by the clients that made the call: several readers need the answer, and one makes the call. */
const ANSWERS = new WeakMap<Clients, Promise<Organization | null | Unread>>();

/** Returns the organization of the account behind the credentials; `null` if it is in none. */
export function describeOrganization({ clients, region }: ReadContext): Promise<Organization | null | Unread> {
  const known = ANSWERS.get(clients);
  if (known) return known;
  const answer = attempt(async () => {
    const { Organization = {} } = await clients(OrganizationsClient, region).send(new DescribeOrganizationCommand({}));
    return Organization;
  }, ['AWSOrganizationsNotInUseException']);
  ANSWERS.set(clients, answer);
  return answer;
}
