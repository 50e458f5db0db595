import type { Policy, Statement } from './document.ts';
import { matchesGlob } from './glob.ts';
import { isGlobal } from './global-actions.ts';
import {
  bounded,
  coversEveryAction,
  coversEveryResource,
  coversSomeResource,
  fallsShort,
  isShortfall,
  isStar,
  names,
  reachOf,
  type Scope,
  type Shortfall,
  scopeOf,
} from './scp-denial.ts';

/**
 * The SCPs in force on one account: one list of documents for each level, from the root down to the account itself. A level
 * without documents has no effect: if SCPs are enabled, AWS keeps at least one attached to each level.
 *
 * A request is denied if a statement of any level denies it, or if a level does not allow it:
 * https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html
 * Since September 2025, an `Allow` can have conditions, resources and `NotAction`:
 * https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_syntax.html
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

/**
 * Reduces the SCPs of an account to facts. Lists hold at most 50 patterns of 2,048 characters. A statement that exceeds this does not
 * count, and neither does an ARN of another partition than that of the account, such as `aws` or `aws-cn`.
 */
export const scpFactsOf = (path: ScpPath, partition: string): ScpFacts => ({
  protectedActions: Object.fromEntries(PROTECTED_ACTIONS.map((action) => [action, protectionOf(action, path, partition)])),
  regionRestriction: regionRestrictionOf(path, partition),
});

/**
 * Returns the principals that SCPs still allow to do `action`. If several statements deny it, or several levels do not allow it, only
 * principals that all of them exempt can do it. The result is the shortest list of one of them, which contains them all.
 */
export function protectionOf(action: string, path: ScpPath, partition: string): ScpProtection {
  const denials = denialsOf(path).filter((statement) => names(statement.actions, action));
  const results = [
    ...denials.map((statement) => exemptOf(statement, action, partition)),
    ...allowancesOf(path).flatMap((level) => allowedBy(level, action, partition) ?? []),
  ];
  const [best] = bindingOf(results).sort(byLength);
  return best
    ? { kind: 'denied', exempt: best.principals }
    : open(`no service control policy denies ${action} to everyone`, results.filter(isShortfall));
}

/** The only principals that a statement or a level leaves an action to. */
interface Exempt {
  readonly principals: readonly string[];
}

function exemptOf(statement: Statement, action: string, partition: string): Exempt | Shortfall {
  if (!coversEveryResource(statement, action, partition)) return fallsShort('covers only some resources');
  const scope = scopeOfDenial(statement, partition);
  if (isShortfall(scope)) return scope;
  return scope.regions ? fallsShort('covers only some Regions') : { principals: scope.exempt };
}

/** Returns the only principals to which the `Allow` statements of a level allow the action, or `undefined` if these can be any. */
function allowedBy(level: readonly Statement[], action: string, partition: string): Exempt | undefined {
  const allowed: string[] = [];
  for (const statement of level) {
    if (!names(statement.actions, action) || !coversSomeResource(statement, action, partition)) continue;
    const { principals } = reachOf(statement.conditions, partition);
    if (!principals) return undefined;
    allowed.push(...principals);
  }
  const principals = bounded(allowed);
  return isShortfall(principals) ? undefined : { principals };
}

/**
 * Returns the Regions outside which requests are denied. If several statements deny, or several levels allow only some Regions, those
 * that exempt the fewest actions decide: they allow requests to the Regions that all of them exempt, and any request of a principal
 * that one of them exempts.
 */
export function regionRestrictionOf(path: ScpPath, partition: string): RegionRestriction {
  const results = [
    ...denialsOf(path).flatMap((statement) => restrictionOf(statement, partition) ?? []),
    ...allowancesOf(path).flatMap((level) => restrictionBy(level, partition) ?? []),
  ];
  const partial = denialsOf(path).flatMap((statement) => partialRestrictionOf(statement, partition) ?? []);
  const [first, ...others] = bindingOf(results)
    .map((restriction) => completedBy(restriction, partial))
    .sort(byExemptions);
  if (!first) return open('no service control policy denies requests by their Region', results.filter(isShortfall));
  return restricted(others.filter(({ exemptActions }) => isSame(exemptActions, first.exemptActions)).reduce(narrow, first));
}

type Restriction = Omit<Extract<RegionRestriction, { kind: 'restricted' }>, 'kind'>;
const restricted = (restriction: Restriction): RegionRestriction => ({ kind: 'restricted', ...restriction });

/** Returns the restriction of a statement, or `undefined` if it does not concern Regions. */
function restrictionOf(statement: Statement, partition: string): Restriction | Shortfall | undefined {
  const isRegional = statement.conditions.some(({ key }) => key === 'aws:requestedregion');
  const exemptActions = exemptActionsOf(statement);
  if (isShortfall(exemptActions)) return isRegional ? exemptActions : undefined;
  // A list of allowed services does not restrict Regions.
  if (!isRegional && exemptActions.length > 0) return undefined;
  const scope = scopeOfDenial(statement, partition);
  if (isShortfall(scope)) return isRegional ? scope : undefined;
  if (!statement.resources || statement.resources.negated || !statement.resources.values.some(isStar)) {
    return isRegional ? fallsShort('covers only some resources') : undefined;
  }
  return { regions: scope.regions ?? [], exemptActions, exemptPrincipals: scope.exempt };
}

/** A restriction of some actions: patterns in lower case. */
interface PartialRestriction extends Restriction {
  readonly actions: readonly string[];
}

/** Returns the restriction of a `Deny` that names the actions which it restricts. */
function partialRestrictionOf(statement: Statement, partition: string): PartialRestriction | undefined {
  const scope = scopeOfDenial(statement, partition);
  if (isShortfall(scope) || statement.actions.negated || !statement.resources || statement.resources.negated) return undefined;
  if (!statement.resources.values.some(isStar)) return undefined;
  const actions = statement.actions.values.map((value) => value.toLowerCase());
  return { actions, regions: scope.regions ?? [], exemptActions: [], exemptPrincipals: scope.exempt };
}

/** Returns a restriction without the exempt actions that another statement restricts: these can go to the Regions of that statement. */
function completedBy(restriction: Restriction, partial: readonly PartialRestriction[]): Restriction {
  const closing = restriction.exemptActions.map((action) => ({
    action,
    by: partial.find(({ actions }) => actions.some(contains(action))),
  }));
  const closed = closing.flatMap(({ by }) => by ?? []);
  const regions = bounded([...restriction.regions, ...closed.flatMap((each) => each.regions)]);
  const exemptPrincipals = bounded([...restriction.exemptPrincipals, ...closed.flatMap((each) => each.exemptPrincipals)]);
  if (closed.length === 0 || isShortfall(regions) || isShortfall(exemptPrincipals)) return restriction;
  return { regions, exemptActions: closing.flatMap(({ action, by }) => (by ? [] : action)), exemptPrincipals };
}

/** Whether a pattern matches all that another one matches; in doubt `false`. */
const contains =
  (inner: string) =>
  (outer: string): boolean =>
    matchesGlob(outer, inner) && !(outer.includes('?') && inner.includes('*'));

function exemptActionsOf({ actions: { negated, values } }: Statement): readonly string[] | Shortfall {
  const isEverything = values.some((value) => coversEveryAction(value));
  if (!negated) return isEverything ? [] : fallsShort('denies only some actions');
  return isEverything
    ? fallsShort('exempts every action')
    : bounded(values.map((value) => value.toLowerCase()).filter((value) => !isGlobal(value)));
}

/** Returns the only requests that the `Allow` statements of a level allow, or `undefined` if they do not concern Regions. */
function restrictionBy(level: readonly Statement[], partition: string): Restriction | Shortfall | undefined {
  const [regions, actions, principals]: [string[], string[], string[]] = [[], [], []];
  let isRegional = false;
  for (const statement of level) {
    const allowed = regionalActionsOf(statement);
    if (allowed.length === 0) continue;
    const reach = reachOf(statement.conditions, partition);
    const within = reach.regions ?? regionsOfArns(statement);
    isRegional ||= within !== undefined;
    if (within) regions.push(...within);
    else if (reach.principals) principals.push(...reach.principals);
    else if (allowed.some((pattern) => coversEveryAction(pattern))) return undefined;
    else actions.push(...allowed);
  }
  // A list of allowed services does not restrict Regions.
  if (!isRegional && actions.length > 0) return undefined;
  const [left, exemptActions, exemptPrincipals] = [bounded(regions), bounded(actions), bounded(principals)];
  if (isShortfall(left)) return left;
  if (isShortfall(exemptActions)) return exemptActions;
  return isShortfall(exemptPrincipals) ? exemptPrincipals : { regions: left, exemptActions, exemptPrincipals };
}

/** Returns patterns of all actions that an `Allow` allows, in lower case, except actions of global services. */
function regionalActionsOf({ actions: { negated, values }, resources }: Statement): readonly string[] {
  if (resources?.negated && resources.values.some(isStar)) return [];
  const patterns = values.map((value) => value.toLowerCase());
  if (negated) return patterns.some((pattern) => coversEveryAction(pattern)) ? [] : ['*'];
  return patterns.filter((pattern) => !isGlobal(pattern));
}

/**
 * Returns the Regions of the ARNs to which an `Allow` is limited, or `undefined` if one of its resources can be in any Region: a `*` in
 * front of the Region can match beyond a colon. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
 */
function regionsOfArns({ resources }: Statement): readonly string[] | undefined {
  if (!resources || resources.negated) return undefined;
  const regions = resources.values.map((arn) => /^arn:[^:*]+:[^:*]+:([a-z0-9-]+):/.exec(arn)?.[1]);
  return regions.every((region) => region !== undefined) ? regions : undefined;
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

/** Returns the `Allow` statements of each level that has SCPs. */
const allowancesOf = (path: ScpPath): Statement[][] =>
  path
    .filter((level) => level.length > 0)
    .map((level) => level.flatMap(({ statements }) => statements.filter(({ effect }) => effect === 'Allow')));

const denialsOf = (path: ScpPath): Statement[] =>
  path.flatMap((level) => level.flatMap(({ statements }) => statements.filter(({ effect }) => effect === 'Deny')));

const bindingOf = <T extends object>(results: readonly (T | Shortfall)[]): T[] =>
  results.filter((result): result is T => !isShortfall(result));

/** Returns the scope of a `Deny`. A statement of an SCP has no principals, so a document that has them does not count. */
const scopeOfDenial = ({ principals, conditions }: Statement, partition: string): Scope | Shortfall =>
  principals ? fallsShort('names principals') : scopeOf(conditions, partition);

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

const byLength = (one: Exempt, other: Exempt): number => byCount(one.principals, other.principals);
const byCount = (one: readonly string[], other: readonly string[]): number => one.length - other.length || byText(one, other);
const byExemptions = (one: Restriction, other: Restriction): number =>
  byCount(one.exemptActions, other.exemptActions) ||
  one.exemptPrincipals.length - other.exemptPrincipals.length ||
  one.regions.length - other.regions.length ||
  byText(one, other);
