import type { TwoPersonPolicy } from '../../settings/document.ts';
import type { Approval, Signature } from '../model/record.ts';
import { RISKS } from '../model/remedy.ts';
import type { Risk } from '../model/risk.ts';

/**
 * Returns a name that two different people do not share, from the ARN that AWS verified. Returns `undefined` if the ARN does not
 * name a person: the root user, and federated users, whose name the caller chooses.
 *
 * The principal that assumes a role chooses the name of the session. So all sessions of a role are one person, except for the roles of IAM Identity
 * Center, which sets the name itself, and for roles in `namedSessions`, whose trust policy must demand `sts:RoleSessionName`.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
 */
export function personOf(userArn: string, namedSessions: readonly string[] = []): string | undefined {
  const [, partition, service, , accountId, resource = ''] = userArn.split(':');
  const [kind, ...rest] = resource.split('/');
  if (service === 'iam' && kind === 'user' && rest.length > 0) return userArn;
  const [role, session, ...others] = rest;
  if (service !== 'sts' || kind !== 'assumed-role' || !role || !session || others.length > 0) return undefined;
  if (/^AWSReservedSSO_.+_[0-9a-f]{16}$/.test(role)) return `sso:${session}`;
  const arn = `arn:${partition}:iam::${accountId}:role/${role}`;
  return namedSessions.includes(role) ? `${arn}/${session}` : arn;
}

/** Whether the settings require the approval of two persons for a plan. An absent condition fits every plan. */
export const needsTwoPersons = (
  policy: TwoPersonPolicy | undefined,
  { risk, accountId, controlId }: { readonly risk: Risk; readonly accountId: string; readonly controlId: string },
): boolean =>
  policy !== undefined &&
  RISKS.indexOf(risk) >= RISKS.indexOf(policy.risk ?? 'safe') &&
  (policy.accounts?.includes(accountId) ?? true) &&
  (policy.controls?.includes(controlId) ?? true);

/** Whether two requests are of two different persons. */
export function areTwoPersons(a: Pick<Signature, 'by'>, b: Pick<Signature, 'by'>, { namedSessions }: TwoPersonPolicy): boolean {
  const [one, other] = [personOf(a.by, namedSessions), personOf(b.by, namedSessions)];
  return one !== undefined && other !== undefined && one !== other;
}

/** Whether an approval is of two different persons. */
export const isByTwoPersons = (approval: Approval, policy: TwoPersonPolicy): boolean =>
  approval.first !== undefined && areTwoPersons(approval.first, approval, policy);
