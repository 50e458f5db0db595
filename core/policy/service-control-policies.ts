import type { Policy, Statement } from './document.ts';
import { matchesGlob } from './glob.ts';
import { isGlobal } from './global-services.ts';
import { bounded, coversEveryResource, fallsShort, isShortfall, isStar, names, type Scope, type Shortfall, scopeOf } from './scp-denial.ts';

/**
 * The SCPs in force on one account: one list of documents for each level, from the root down to the account itself. A level
 * without documents has no effect: if SCPs are enabled, AWS keeps at least one attached to each level.
 *
 * An action is denied if a statement of any level denies it, or if a level does not allow it:
 * https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html
 */
export type ScpPath = readonly (readonly Policy[])[];

/** The principals that SCPs still allow to do an action. */
export type ScpProtection =
  /**
   * Denied to all principals, except these: patterns of `aws:PrincipalArn`, and `key=pattern` for those matched by another key in
   * lower case, such as `aws:principaltag/team=security` or `aws:viaawsservice=true`.
   */
  | { readonly kind: 'denied'; readonly exempt: readonly string[] }
  /** Not denied, or denied only under a condition that callers can choose, on some resources, or to no one. */
  | { readonly kind: 'open'; readonly reason: string };

/** The Regions to which SCPs allow requests. */
export type RegionRestriction =
  | {
      readonly kind: 'restricted';
      /** Names or, under `StringNotLike`, patterns. Empty if everything is denied. */
      readonly regions: readonly string[];
      /** Patterns of actions, in lower case, that are allowed in any Region although they are not global. */
      readonly exemptActions: readonly string[];
      /** As in `ScpProtection`. */
      readonly exemptPrincipals: readonly string[];
    }
  | { readonly kind: 'open'; readonly reason: string };

/** The facts on the SCPs of one account that controls need. */
export interface ScpFacts {
  /** By action; one for each of `PROTECTED_ACTIONS`. */
  readonly protectedActions: Readonly<Record<string, ScpProtection>>;
  readonly regionRestriction: RegionRestriction;
}

/** Actions that disable or limit the services that monitor an account, or remove the account from their scope. */
export const PROTECTED_ACTIONS: readonly string[] = [
  'cloudtrail:StopLogging',
  'cloudtrail:DeleteTrail',
  'cloudtrail:UpdateTrail',
  'config:StopConfigurationRecorder',
  'config:DeleteConfigurationRecorder',
  'guardduty:DeleteDetector',
  'guardduty:DisassociateFromAdministratorAccount',
  'securityhub:DisableSecurityHub',
  'access-analyzer:DeleteAnalyzer',
  'organizations:LeaveOrganization',
];

/** Reduces the SCPs of an account to facts. Lists hold at most 50 patterns of 2,048 characters. A statement that exceeds this does not count. */
export const scpFactsOf = (path: ScpPath): ScpFacts => ({
  protectedActions: Object.fromEntries(PROTECTED_ACTIONS.map((action) => [action, protectionOf(action, path)])),
  regionRestriction: regionRestrictionOf(path),
});

/**
 * Returns the principals that SCPs still allow to do `action`. If several statements deny it, only principals that all of them
 * exempt can do it. The result is the shortest list of one statement, which contains them all.
 */
export function protectionOf(action: string, path: ScpPath): ScpProtection {
  if (path.some((level) => isWithoutAllow(level, (statement) => names(statement.actions, action)))) return { kind: 'denied', exempt: [] };
  const denials = denialsOf(path).filter((statement) => names(statement.actions, action));
  const results = denials.map((statement) => exemptOf(statement, action));
  const [best] = bindingOf(results).sort(byLength);
  return best
    ? { kind: 'denied', exempt: best }
    : open(`no service control policy denies ${action} to everyone`, results.filter(isShortfall));
}

function exemptOf(statement: Statement, action: string): readonly string[] | Shortfall {
  if (!coversEveryResource(statement, action)) return fallsShort('covers only some resources');
  const scope = scopeOfDenial(statement);
  if (isShortfall(scope)) return scope;
  return scope.regions ? fallsShort('covers only some Regions') : scope.exempt;
}

/**
 * Returns the Regions outside which requests are denied. If several statements deny, those that exempt the fewest actions decide:
 * they allow requests to the Regions that all of them exempt, and any request of a principal that one of them exempts.
 */
export function regionRestrictionOf(path: ScpPath): RegionRestriction {
  if (path.some((level) => isWithoutAllow(level, () => true))) return restricted({ regions: [], exemptActions: [], exemptPrincipals: [] });
  const results = denialsOf(path).flatMap((statement) => restrictionOf(statement) ?? []);
  const [first, ...others] = bindingOf(results).sort(byExemptions);
  if (!first) return open('no service control policy denies requests by their Region', results.filter(isShortfall));
  return restricted(others.filter(({ exemptActions }) => isSame(exemptActions, first.exemptActions)).reduce(narrow, first));
}

type Restriction = Omit<Extract<RegionRestriction, { kind: 'restricted' }>, 'kind'>;
const restricted = (restriction: Restriction): RegionRestriction => ({ kind: 'restricted', ...restriction });

/** Returns the restriction of a statement, or `undefined` if it does not concern Regions. */
function restrictionOf(statement: Statement): Restriction | Shortfall | undefined {
  const isRegional = statement.conditions.some(({ key }) => key === 'aws:requestedregion');
  const exemptActions = exemptActionsOf(statement);
  if (isShortfall(exemptActions)) return isRegional ? exemptActions : undefined;
  // A list of allowed services does not restrict Regions.
  if (!isRegional && exemptActions.length > 0) return undefined;
  const scope = scopeOfDenial(statement);
  if (isShortfall(scope)) return isRegional ? scope : undefined;
  if (!statement.resources || statement.resources.negated || !statement.resources.values.some(isStar)) {
    return isRegional ? fallsShort('covers only some resources') : undefined;
  }
  return { regions: scope.regions ?? [], exemptActions, exemptPrincipals: scope.exempt };
}

function exemptActionsOf({ actions: { negated, values } }: Statement): readonly string[] | Shortfall {
  const isEverything = values.some((value) => isStar(value) || value === '*:*');
  if (!negated) return isEverything ? [] : fallsShort('denies only some actions');
  return isEverything
    ? fallsShort('exempts every action')
    : bounded(values.map((value) => value.toLowerCase()).filter((value) => !isGlobal(value)));
}

/** Returns the requests that both restrictions allow, or `known` if that is not less. A principal that one of them exempts stays exempt. */
function narrow(known: Restriction, other: Restriction): Restriction {
  const regions = bounded(known.regions.flatMap((region) => other.regions.flatMap((another) => meet(region, another))));
  const exemptPrincipals = bounded([...known.exemptPrincipals, ...other.exemptPrincipals]);
  if (isShortfall(regions) || isShortfall(exemptPrincipals) || isSame(regions, known.regions)) return known;
  return { regions, exemptActions: known.exemptActions, exemptPrincipals };
}

/** Returns a pattern that contains all Regions which match both, or none if no Region can. */
function meet(one: string, other: string): string[] {
  if (matchesGlob(other, one)) return [one];
  if (matchesGlob(one, other)) return [other];
  return /[*?]/.test(one) && /[*?]/.test(other) ? [one] : [];
}

/** Whether the level has SCPs, and none of them has an `Allow` that `isMeant` accepts. An `Allow` with conditions or on some resources counts. */
const isWithoutAllow = (level: readonly Policy[], isMeant: (statement: Statement) => boolean): boolean =>
  level.length > 0 && !level.some(({ statements }) => statements.some((statement) => statement.effect === 'Allow' && isMeant(statement)));

const denialsOf = (path: ScpPath): Statement[] =>
  path.flatMap((level) => level.flatMap(({ statements }) => statements.filter(({ effect }) => effect === 'Deny')));

const bindingOf = <T extends object>(results: readonly (T | Shortfall)[]): T[] =>
  results.filter((result): result is T => !isShortfall(result));

/** Returns the scope of a `Deny`. A statement of an SCP has no principals, so a document that has them does not count. */
const scopeOfDenial = ({ principals, conditions }: Statement): Scope | Shortfall =>
  principals ? fallsShort('names principals') : scopeOf(conditions);

/** Returns an open result. Quotes the alphabetically first shortfall, so that the order of policies does not matter. */
function open(reason: string, shortfalls: readonly Shortfall[]): { readonly kind: 'open'; readonly reason: string } {
  const [shortfall] = shortfalls.map((each) => each.shortfall).sort();
  return { kind: 'open', reason: shortfall === undefined ? reason : `${reason}; one does, but it ${shortfall}` };
}

const isSame = (some: readonly string[], others: readonly string[]): boolean => JSON.stringify(some) === JSON.stringify(others);

function byText(one: unknown, other: unknown): number {
  const [text, otherText] = [JSON.stringify(one), JSON.stringify(other)];
  return text < otherText ? -1 : Number(text > otherText);
}

const byLength = (one: readonly string[], other: readonly string[]): number => one.length - other.length || byText(one, other);
const byExemptions = (one: Restriction, other: Restriction): number =>
  byLength(one.exemptActions, other.exemptActions) ||
  one.exemptPrincipals.length - other.exemptPrincipals.length ||
  one.regions.length - other.regions.length ||
  byText(one, other);
