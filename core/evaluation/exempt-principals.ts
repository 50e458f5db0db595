import { matchesGlob } from '../policy/glob.ts';
import type { AccountSettings } from '../settings/account-settings.ts';

/**
 * SCPs do not bind service-linked roles, and only AWS can use their path: an exemption has no effect.
 * https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html#not-restricted-by-scp
 */
const SERVICE_LINKED_ROLES = 'arn:*:iam::*:role/aws-service-role/*';

/**
 * Returns the exemptions of an SCP (see `ScpProtection`) that the settings do not declare. A declared ARN covers an exemption if
 * it matches everything that the exemption matches. Only exemptions by `aws:PrincipalArn` can be declared: many principals can
 * set a tag, and `aws:viaawsservice=true` exempts every caller of a service such as AWS CloudFormation. AWS exempts
 * `AWSControlTowerExecution` in its own SCPs. That role is an administrator, so the settings must declare it.
 */
export function undeclaredAmong(exemptions: readonly string[], settings: AccountSettings): string[] {
  const { exemptPrincipals, pipelinePrincipals, breakGlassPrincipals } = settings;
  const declared = [SERVICE_LINKED_ROLES, ...exemptPrincipals, ...pipelinePrincipals, ...breakGlassPrincipals];
  return exemptions.filter((exemption) => !declared.some((pattern) => coversPattern(pattern, exemption)));
}

/**
 * Whether `outer` matches everything that `inner` matches. Ignores the partition, because an organization is in one partition.
 * In doubt the result is `false`: if `inner` has a `*`, a `?` in `outer` matches only a `?`.
 */
export function coversPattern(outer: string, inner: string): boolean {
  const [wide, narrow] = [withoutPartition(outer), withoutPartition(widest(inner))];
  return narrow.includes('*') ? matchesGlob(wide.replaceAll('?', ONE), narrow.replaceAll('?', ONE)) : matchesGlob(wide, narrow);
}

/** Placeholder for a `?` that only a `?` matches. No pattern contains it. */
const ONE = '\0';

/** Returns the pattern with a `*` for each policy variable, which can have any value. */
const widest = (pattern: string): string => pattern.replaceAll(/\$\{[^}]*\}/g, '*');

const withoutPartition = (arn: string): string => arn.replace(/^arn:[^:]*:/, 'arn::');
