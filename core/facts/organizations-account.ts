import { type Policy, parsePolicy } from '../policy/document.ts';
import type { PlainHttpDenial } from '../policy/plain-http.ts';
import { plainHttpToS3Of } from '../policy/resource-control-policies.ts';
import { type RegionRestriction, regionRestrictionOf, type ScpProtection, scpFactsOf } from '../policy/service-control-policies.ts';
import { factParser, type ItemView } from './parser.ts';
import { either, flag, listOf, mapOf, objectOf, oneOf, type Shape, type Shapes, text } from './shape.ts';

/** The place of an account in its organization, and facts derived from the service and resource control policies that apply to it. */
export interface OrganizationsAccountFacts {
  inOrganization?: boolean;
  isManagementAccount?: boolean;
  /** Whether SCPs are enabled in the root of the organization; `false` outside an organization. */
  scpsEnabled?: boolean;
  /** Protection by action, one entry for each of `PROTECTED_ACTIONS`. */
  protectedActions?: Readonly<Record<string, ScpProtection>>;
  regionRestriction?: RegionRestriction;
  /** Whether resource control policies (RCPs) deny plain HTTP to Amazon S3. They do not apply to the management account. */
  plainHttpToS3?: PlainHttpDenial;
}

const OPEN = objectOf({ kind: oneOf('open'), reason: text });
const PROTECTION: Shape<ScpProtection> = either(objectOf({ kind: oneOf('denied'), exempt: listOf(text) }), OPEN);
const RESTRICTION: Shape<RegionRestriction> = either(
  objectOf({ kind: oneOf('restricted'), regions: listOf(text), exemptActions: listOf(text), exemptPrincipals: listOf(text) }),
  OPEN,
);

const SHAPES: Shapes<OrganizationsAccountFacts> = {
  inOrganization: flag,
  isManagementAccount: flag,
  scpsEnabled: flag,
  protectedActions: mapOf(PROTECTION),
  regionRestriction: RESTRICTION,
  plainHttpToS3: either(objectOf({ kind: oneOf('denied') }), objectOf({ kind: oneOf('open', 'unknown'), reason: text })),
};

/**
 * Parses the documents of the SCPs and RCPs. `policies` and `resourcePolicies` have one list for each level, from the root down to the
 * account. `rcpsEnabled` states whether RCPs are enabled in the root of the organization.
 */
export const organizationsAccountParser = factParser<OrganizationsAccountFacts>(SHAPES, {
  inOrganization: ({ configuration }) => configuration.at('inOrganization').flag(),
  isManagementAccount: ({ configuration }) => configuration.at('isManagementAccount').flag(),
  scpsEnabled: ({ configuration }) => configuration.at('scpsEnabled').flag(),
  protectedActions: (item) => reduced(item, 'policies', (path, partition) => scpFactsOf(path, partition).protectedActions),
  regionRestriction: (item) => reduced(item, 'policies', regionRestrictionOf),
  plainHttpToS3: (item) => {
    const { configuration } = item;
    if (configuration.at('inOrganization').flag() === false) return { kind: 'open', reason: 'account is in no organization' };
    if (configuration.at('isManagementAccount').flag()) {
      return { kind: 'open', reason: 'resource control policies do not apply to the management account' };
    }
    if (configuration.at('rcpsEnabled').flag() === false) {
      return { kind: 'open', reason: 'organization has not enabled resource control policies' };
    }
    return reduced(item, 'resourcePolicies', plainHttpToS3Of);
  },
});

type Path = readonly (readonly Policy[])[];

/**
 * Returns a fact from the policies by level, or `undefined` if a document is missing or malformed: an unread policy can contain a
 * denial, or can allow too little.
 */
function reduced<T>({ configuration }: ItemView, name: string, reduce: (path: Path, partition: string) => T): T | undefined {
  const partition = configuration.at('partition').text();
  const path: Policy[][] = [];
  for (const level of configuration.at(name).list() ?? [undefined]) {
    const documents = level?.list();
    if (!documents) return undefined;
    const policies = documents.flatMap((document) => parsePolicy(document) ?? []);
    if (policies.length < documents.length) return undefined;
    path.push(policies);
  }
  return partition === undefined ? undefined : reduce(path, partition);
}
