import { matchesGlob } from '../policy/glob.ts';
import type { AccountSettings } from '../settings/account-settings.ts';

/**
 * SCPs do not bind service-linked roles, whose path nobody but AWS can use: to exempt them changes nothing.
 * https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html#not-restricted-by-scp
 */
const SERVICE_LINKED_ROLES = 'arn:*:iam::*:role/aws-service-role/*';

/**
 * Those among the exemptions of an SCP (see `ScpProtection`) that the account's owners have not declared. A declared ARN covers
 * an exemption where it matches whatever the exemption matches. What is told by another key than `aws:PrincipalArn` cannot be
 * declared: a tag is given by many, and `aws:viaawsservice=true` is whoever has a service such as AWS CloudFormation ask in
 * their name. AWS exempts `AWSControlTowerExecution` in its own SCPs; as an administrator, that role is for the owners to declare.
 */
export function undeclaredAmong(exemptions: readonly string[], settings: AccountSettings): string[] {
  const { exemptPrincipals, pipelinePrincipals, breakGlassPrincipals } = settings;
  const declared = [SERVICE_LINKED_ROLES, ...exemptPrincipals, ...pipelinePrincipals, ...breakGlassPrincipals];
  return exemptions.filter((exemption) => !declared.some((pattern) => coversPattern(pattern, exemption)));
}

/**
 * Whether `outer` matches all that `inner` matches, in any partition, as an organization is in one. An error is always a no: beside a
 * `*` in `inner`, a `?` in `outer` stands for a `?` alone.
 */
export function coversPattern(outer: string, inner: string): boolean {
  const [wide, narrow] = [withoutPartition(outer), withoutPartition(widest(inner))];
  return narrow.includes('*') ? matchesGlob(wide.replaceAll('?', ONE), narrow.replaceAll('?', ONE)) : matchesGlob(wide, narrow);
}

/** In no pattern: it stands for a `?` that must be met by a `?`. */
const ONE = '\0';

/** A policy variable may become anything. */
const widest = (pattern: string): string => pattern.replaceAll(/\$\{[^}]*\}/g, '*');

const withoutPartition = (arn: string): string => arn.replace(/^arn:[^:]*:/, 'arn::');
