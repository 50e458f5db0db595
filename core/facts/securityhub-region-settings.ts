import { type Administrator, readAdministrator } from './administrator.ts';
import { factParser } from './parser.ts';
import type { View } from './view.ts';

export interface EnabledStandard {
  /** Such as `aws-foundational-security-best-practices`. */
  readonly name: string;
  /** `PENDING`, `READY`, `FAILED`, `DELETING` or `INCOMPLETE`. */
  readonly status: string;
}

/** Security Hub CSPM in one Region of an account. */
export interface SecurityHubRegionFacts {
  enabled?: boolean;
  standards?: readonly EnabledStandard[];
  /** `null` where no account receives the findings of this one. */
  administrator?: Administrator | null;
  /** Whether this account is the organization's delegated administrator. */
  isAdministrator?: boolean;
}

export const securityHubRegionParser = factParser<SecurityHubRegionFacts>(
  {
    enabled: ({ configuration }) => configuration.at('enabled').flag(),
    standards: ({ configuration }) => readStandards(configuration.at('standards')),
    administrator: ({ configuration }) => readAdministrator(configuration.at('administrator')),
    isAdministrator: ({ configuration }) => configuration.at('isAdministrator').flag(),
  },
  { nullable: ['administrator'] },
);

function readStandards(list: View): EnabledStandard[] | undefined {
  const standards: EnabledStandard[] = [];
  for (const subscription of list.list() ?? []) {
    const name = nameOf(subscription.at('standardsArn').text());
    const status = subscription.at('standardsStatus').text();
    if (name === undefined || status === undefined) return undefined;
    standards.push({ name, status });
  }
  return list.exists ? standards : undefined;
}

/**
 * The name in the ARN of a standard, `arn:aws:securityhub:<Region>::standards/<name>/v/<version>`; the oldest begin with
 * `ruleset` and have no Region: https://docs.aws.amazon.com/securityhub/latest/userguide/enable-standards.html
 */
const nameOf = (arn: string | undefined): string | undefined => arn?.match(/:(?:standards|ruleset)\/([^/]+)\//)?.[1];
