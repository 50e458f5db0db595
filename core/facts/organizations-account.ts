import { type Policy, parsePolicy } from '../policy/document.ts';
import {
  type RegionRestriction,
  regionRestrictionOf,
  type ScpPath,
  type ScpProtection,
  scpFactsOf,
} from '../policy/service-control-policies.ts';
import { factParser, type ItemView } from './parser.ts';
import { either, flag, listOf, mapOf, objectOf, oneOf, type Shape, type Shapes, text } from './shape.ts';

/** The place of an account in its organization, and facts derived from the service control policies (SCPs) that apply to it. */
export interface OrganizationsAccountFacts {
  inOrganization?: boolean;
  isManagementAccount?: boolean;
  /** Whether SCPs are enabled in the root of the organization; `false` outside an organization. */
  scpsEnabled?: boolean;
  /** Protection by action, one entry for each of `PROTECTED_ACTIONS`. */
  protectedActions?: Readonly<Record<string, ScpProtection>>;
  regionRestriction?: RegionRestriction;
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
};

/** Parses the documents of the SCPs. `policies` has one list for each level, from the root down to the account. */
export const organizationsAccountParser = factParser<OrganizationsAccountFacts>(SHAPES, {
  inOrganization: ({ configuration }) => configuration.at('inOrganization').flag(),
  isManagementAccount: ({ configuration }) => configuration.at('isManagementAccount').flag(),
  scpsEnabled: ({ configuration }) => configuration.at('scpsEnabled').flag(),
  protectedActions: (item) => {
    const path = pathOf(item);
    return path && scpFactsOf(path).protectedActions;
  },
  regionRestriction: (item) => {
    const path = pathOf(item);
    return path && regionRestrictionOf(path);
  },
});

/**
 * Returns the SCPs by level, or `undefined` if a document is missing or malformed: an unread policy can contain a denial, or can allow
 * too little.
 */
function pathOf({ configuration }: ItemView): ScpPath | undefined {
  const path: Policy[][] = [];
  for (const level of configuration.at('policies').list() ?? [undefined]) {
    const documents = level?.list();
    if (!documents) return undefined;
    const policies = documents.flatMap((document) => parsePolicy(document) ?? []);
    if (policies.length < documents.length) return undefined;
    path.push(policies);
  }
  return path;
}
