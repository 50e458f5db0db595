import { ADMINISTRATOR, type Administrator, readAdministrator } from './administrator.ts';
import { factParser } from './parser.ts';
import { flag, listOf, nullable, objectOf, type Shapes, text } from './shape.ts';
import type { View } from './view.ts';

export interface EnabledStandard {
  /** Name, such as `aws-foundational-security-best-practices`. */
  readonly name: string;
  /** Status: `PENDING`, `READY`, `FAILED`, `DELETING` or `INCOMPLETE`. */
  readonly status: string;
}

/** Facts of Security Hub CSPM in one Region of an account. */
export interface SecurityHubRegionFacts {
  enabled?: boolean;
  standards?: readonly EnabledStandard[];
  /** The account that receives the findings of this account, or `null` if no account does. */
  administrator?: Administrator | null;
  /** Whether this account is the delegated administrator of the organization. */
  isAdministrator?: boolean;
}

const SHAPES: Shapes<SecurityHubRegionFacts> = {
  enabled: flag,
  standards: listOf(objectOf({ name: text, status: text })),
  administrator: nullable(ADMINISTRATOR),
  isAdministrator: flag,
};

export const securityHubRegionParser = factParser<SecurityHubRegionFacts>(SHAPES, {
  enabled: ({ configuration }) => configuration.at('enabled').flag(),
  standards: ({ configuration }) => readStandards(configuration.at('standards')),
  administrator: ({ configuration }) => readAdministrator(configuration.at('administrator')),
  isAdministrator: ({ configuration }) => configuration.at('isAdministrator').flag(),
});

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
 * Returns the name of a standard from its ARN, `arn:aws:securityhub:<Region>::standards/<name>/v/<version>`. In the oldest ARNs the
 * name follows `ruleset`, and the Region is empty: https://docs.aws.amazon.com/securityhub/latest/userguide/enable-standards.html
 */
const nameOf = (arn: string | undefined): string | undefined => arn?.match(/:(?:standards|ruleset)\/([^/]+)\//)?.[1];
