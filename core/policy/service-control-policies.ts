import type { Policy, Statement } from './document.ts';
import { matchesGlob } from './glob.ts';
import { isGlobal } from './global-services.ts';
import { bounded, coversEveryResource, fallsShort, isShortfall, isStar, names, type Scope, type Shortfall, scopeOf } from './scp-denial.ts';

/**
 * The SCPs in force on one account: one list of documents per level, from the root down to the account itself. A level
 * without documents says nothing: where SCPs are enabled, AWS keeps at least one attached to each.
 *
 * An action is denied where a statement anywhere denies it, or where a level does not allow it:
 * https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html
 */
export type ScpPath = readonly (readonly Policy[])[];

/** Who may still do an action, as far as SCPs say. */
export type ScpProtection =
  /**
   * Denied to all but these: patterns of `aws:PrincipalArn`, and `key=pattern` for those told by another key, in lower case,
   * such as `aws:principaltag/team=security` or `aws:viaawsservice=true`.
   */
  | { readonly kind: 'denied'; readonly exempt: readonly string[] }
  /** Not denied, or only under a condition that callers can choose, on some resources, or to nobody. */
  | { readonly kind: 'open'; readonly reason: string };

/** Which Regions requests may go to, as far as SCPs say. */
export type RegionRestriction =
  | {
      readonly kind: 'restricted';
      /** Names or, under `StringNotLike`, patterns. Empty where everything is denied. */
      readonly regions: readonly string[];
      /** Patterns of actions, in lower case, that may go anywhere although they are not global. */
      readonly exemptActions: readonly string[];
      /** As in `ScpProtection`. */
      readonly exemptPrincipals: readonly string[];
    }
  | { readonly kind: 'open'; readonly reason: string };

/** What the controls on SCPs need to know of one account. */
export interface ScpFacts {
  /** By action, one for each of `PROTECTED_ACTIONS`. */
  readonly protectedActions: Readonly<Record<string, ScpProtection>>;
  readonly regionRestriction: RegionRestriction;
}

/** Actions that disable or blind the services that watch an account, or take the account out of their reach. */
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

/** Reduces the SCPs of an account to facts. Lists hold at most 50 patterns of 2,048 characters; a statement beyond that does not count. */
export const scpFactsOf = (path: ScpPath): ScpFacts => ({
  protectedActions: Object.fromEntries(PROTECTED_ACTIONS.map((action) => [action, protectionOf(action, path)])),
  regionRestriction: regionRestrictionOf(path),
});

/**
 * Who may still do `action`. Where several statements deny it, those exempted from all of them could; the answer is the
 * shortest list of one statement, which holds them all.
 */
export function protectionOf(action: string, path: ScpPath): ScpProtection {
  if (path.some((level) => isWithoutAllow(level, (statement) => names(statement.actions, action)))) return { kind: 'denied', exempt: [] };
  const denials = denialsOf(path).filter((statement) => names(statement.actions, action));
  const readings = denials.map((statement) => exemptOf(statement, action));
  const [best] = bindingOf(readings).sort(byLength);
  return best
    ? { kind: 'denied', exempt: best }
    : open(`no service control policy denies ${action} to everyone`, readings.filter(isShortfall));
}

function exemptOf(statement: Statement, action: string): readonly string[] | Shortfall {
  if (!coversEveryResource(statement, action)) return fallsShort('holds on some resources only');
  const scope = scopeOfDenial(statement);
  if (isShortfall(scope)) return scope;
  return scope.regions ? fallsShort('holds in some Regions only') : scope.exempt;
}

/**
 * Outside which Regions requests are denied. Where several statements deny, those that exempt the fewest actions decide:
 * requests may go to the Regions that all of them leave open, and the principals that one of them exempts anywhere.
 */
export function regionRestrictionOf(path: ScpPath): RegionRestriction {
  if (path.some((level) => isWithoutAllow(level, () => true))) return restricted({ regions: [], exemptActions: [], exemptPrincipals: [] });
  const readings = denialsOf(path).flatMap((statement) => restrictionOf(statement) ?? []);
  const [first, ...others] = bindingOf(readings).sort(byExemptions);
  if (!first) return open('no service control policy denies requests by their Region', readings.filter(isShortfall));
  return restricted(others.filter(({ exemptActions }) => isSame(exemptActions, first.exemptActions)).reduce(narrow, first));
}

type Restriction = Omit<Extract<RegionRestriction, { kind: 'restricted' }>, 'kind'>;
const restricted = (restriction: Restriction): RegionRestriction => ({ kind: 'restricted', ...restriction });

/** `undefined` where the statement has nothing to do with Regions. */
function restrictionOf(statement: Statement): Restriction | Shortfall | undefined {
  const isRegional = statement.conditions.some(({ key }) => key === 'aws:requestedregion');
  const exemptActions = exemptActionsOf(statement);
  if (isShortfall(exemptActions)) return isRegional ? exemptActions : undefined;
  // A list of the services in use is no restriction of Regions.
  if (!isRegional && exemptActions.length > 0) return undefined;
  const scope = scopeOfDenial(statement);
  if (isShortfall(scope)) return isRegional ? scope : undefined;
  if (!statement.resources || statement.resources.negated || !statement.resources.values.some(isStar)) {
    return isRegional ? fallsShort('holds on some resources only') : undefined;
  }
  return { regions: scope.regions ?? [], exemptActions, exemptPrincipals: scope.exempt };
}

function exemptActionsOf({ actions: { negated, values } }: Statement): readonly string[] | Shortfall {
  const isEverything = values.some((value) => isStar(value) || value === '*:*');
  if (!negated) return isEverything ? [] : fallsShort('denies some actions only');
  return isEverything
    ? fallsShort('exempts every action')
    : bounded(values.map((value) => value.toLowerCase()).filter((value) => !isGlobal(value)));
}

/** What both leave open, if that is less than `known` does; whom one of them exempts is exempt from that. */
function narrow(known: Restriction, other: Restriction): Restriction {
  const regions = bounded(known.regions.flatMap((region) => other.regions.flatMap((another) => meet(region, another))));
  const exemptPrincipals = bounded([...known.exemptPrincipals, ...other.exemptPrincipals]);
  if (isShortfall(regions) || isShortfall(exemptPrincipals) || isSame(regions, known.regions)) return known;
  return { regions, exemptActions: known.exemptActions, exemptPrincipals };
}

/** A pattern that holds all Regions which match both; none where no Region can. */
function meet(one: string, other: string): string[] {
  if (matchesGlob(other, one)) return [one];
  if (matchesGlob(one, other)) return [other];
  return /[*?]/.test(one) && /[*?]/.test(other) ? [one] : [];
}

/** Whether the level has SCPs, and none of them allows what `isMeant` tells. An `Allow` under conditions or on some resources may. */
const isWithoutAllow = (level: readonly Policy[], isMeant: (statement: Statement) => boolean): boolean =>
  level.length > 0 && !level.some(({ statements }) => statements.some((statement) => statement.effect === 'Allow' && isMeant(statement)));

const denialsOf = (path: ScpPath): Statement[] =>
  path.flatMap((level) => level.flatMap(({ statements }) => statements.filter(({ effect }) => effect === 'Deny')));

const bindingOf = <T extends object>(readings: readonly (T | Shortfall)[]): T[] =>
  readings.filter((reading): reading is T => !isShortfall(reading));

/** SCPs have no principals; a document that has is no SCP. */
const scopeOfDenial = ({ principals, conditions }: Statement): Scope | Shortfall =>
  principals ? fallsShort('names principals') : scopeOf(conditions);

/** Of several shortfalls, the first by alphabet, so that the order of policies does not matter. */
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
