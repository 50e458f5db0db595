/**
 * A small evaluator of IAM policies, for tests that run functions as AWS would let them run. It knows what the templates use, and throws
 * {@link UnknownPolicyError} for everything else: a test must not guess.
 *
 * The rules: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */

/** Thrown for an element, an operator, a key or a resource that is not known here. */
export class UnknownPolicyError extends Error {
  override readonly name = 'UnknownPolicyError';
}

/** A statement with lists in place of single values, and without functions of CloudFormation. */
export interface Statement {
  readonly effect: 'Allow' | 'Deny';
  readonly actions: Choice;
  /** Absent in a trust policy: there, the resource is the role itself. */
  readonly resources?: Choice;
  /** Absent in a policy of a role. */
  readonly principals?: readonly PrincipalPattern[];
  readonly conditions: readonly Condition[];
}

/** `Action` or `NotAction`, `Resource` or `NotResource`. */
interface Choice {
  readonly not: boolean;
  readonly patterns: readonly string[];
}

/** `any` stands for `*`. */
export interface PrincipalPattern {
  readonly kind: 'any' | 'AWS' | 'Service';
  readonly value: string;
}

interface Condition {
  readonly operator: string;
  /** In lower case. */
  readonly key: string;
  readonly values: readonly string[];
}

/** Who asks. */
export type Principal =
  | { readonly kind: 'role'; readonly accountId: string; readonly arn: string }
  | { readonly kind: 'service'; readonly name: string };

/** What is asked for. */
export interface Request {
  /** Such as `dynamodb:GetItem`. */
  readonly action: string;
  /** ARN; undefined if it is not known here. Then only a pattern `*` matches. */
  readonly resource: string | undefined;
  /**
   * Values of condition keys by their name in lower case: a list for a key with several values, undefined for one that the request is
   * known not to have. A key that is not in the map is unknown.
   */
  readonly context: ReadonlyMap<string, string | readonly string[] | undefined>;
}

type Json = Readonly<Record<string, unknown>>;

const ELEMENTS = new Set(['Sid', 'Effect', 'Action', 'NotAction', 'Resource', 'NotResource', 'Principal', 'Condition']);

/** The statements of a policy document. @throws UnknownPolicyError */
export function statementsOf(document: unknown): Statement[] {
  return listed((document as Json).Statement).map((statement) => statementOf(statement as Json));
}

function statementOf(statement: Json): Statement {
  const unknown = Object.keys(statement).find((element) => !ELEMENTS.has(element));
  if (unknown) throw new UnknownPolicyError(`the element ${unknown} of a statement is not known here`);
  const { Effect, Action, NotAction, Resource, NotResource, Principal, Condition = {} } = statement;
  if (Effect !== 'Allow' && Effect !== 'Deny') throw new UnknownPolicyError(`the effect ${String(Effect)} is not known`);
  const resources = choiceOf(Resource, NotResource);
  const actions = choiceOf(Action, NotAction);
  if (!actions) throw new UnknownPolicyError('a statement has no action');
  return {
    effect: Effect,
    actions,
    ...(resources && { resources }),
    ...(Principal !== undefined && { principals: principalsOf(Principal) }),
    conditions: Object.entries(Condition as Json).flatMap(([operator, keys]) =>
      Object.entries(keys as Json).map(([key, values]) => ({
        operator,
        key: key.toLowerCase(),
        values: listed(values).map(String),
      })),
    ),
  };
}

const listed = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value]);

function choiceOf(these: unknown, others: unknown): Choice | undefined {
  if (these === undefined && others === undefined) return undefined;
  const patterns = listed(others ?? these).map((pattern) => {
    if (typeof pattern !== 'string') throw new UnknownPolicyError(`${JSON.stringify(pattern)} is not a pattern`);
    return pattern;
  });
  return { not: others !== undefined, patterns };
}

function principalsOf(principal: unknown): PrincipalPattern[] {
  if (principal === '*') return [{ kind: 'any', value: '*' }];
  return Object.entries(principal as Json).flatMap(([kind, values]) =>
    listed(values).map((value): PrincipalPattern => {
      if (kind !== 'AWS' && kind !== 'Service') throw new UnknownPolicyError(`the principal kind ${kind} is not known here`);
      return value === '*' ? { kind: 'any', value } : { kind, value: String(value) };
    }),
  );
}

/** Answer of some statements to a request. The statements that decide are listed. */
export interface Verdict {
  readonly allowedBy: readonly Statement[];
  readonly deniedBy: readonly Statement[];
}

/** Asks statements without principals: the policies of a role. */
export const askIdentity = (statements: readonly Statement[], request: Request): Verdict => verdictOf(statements, request);

/** Asks the policy of a resource about one principal. `delegated` is for an account as a whole: then its own policies decide. */
export function askResource(
  statements: readonly Statement[],
  principal: Principal,
  request: Request,
): Verdict & { readonly delegatedBy: readonly Statement[] } {
  const about = (match: (pattern: PrincipalPattern, principal: Principal) => boolean) =>
    statements.filter(({ principals = [] }) => principals.some((pattern) => match(pattern, principal)));
  const direct = verdictOf(about(names), request);
  const account = verdictOf(about(namesAccountOf), request);
  return { allowedBy: direct.allowedBy, deniedBy: [...direct.deniedBy, ...account.deniedBy], delegatedBy: account.allowedBy };
}

function names({ kind, value }: PrincipalPattern, principal: Principal): boolean {
  if (kind === 'any') return true;
  if (principal.kind === 'service') return kind === 'Service' && value === principal.name;
  return kind === 'AWS' && value === principal.arn;
}

const namesAccountOf = ({ kind, value }: PrincipalPattern, principal: Principal): boolean =>
  kind === 'AWS' &&
  principal.kind === 'role' &&
  (value === principal.accountId || new RegExp(`^arn:[\\w-]+:iam::${principal.accountId}:root$`).test(value));

function verdictOf(statements: readonly Statement[], request: Request): Verdict {
  const applying = statements.filter((statement) => applies(statement, request));
  return {
    allowedBy: applying.filter(({ effect }) => effect === 'Allow'),
    deniedBy: applying.filter(({ effect }) => effect === 'Deny'),
  };
}

/** The conditions come last: a statement on another action may have keys that are unknown for this one. */
function applies({ actions, resources, conditions }: Statement, { action, resource, context }: Request): boolean {
  const isNamed = actions.patterns.some((pattern) => matchesPattern(pattern.toLowerCase(), action.toLowerCase()));
  return (
    isNamed !== actions.not &&
    (resources === undefined || matchesResource(resources, action, resource)) &&
    conditions.every((condition) => holds(condition, context))
  );
}

function matchesResource({ not, patterns }: Choice, action: string, resource: string | undefined): boolean {
  if (patterns.some((pattern) => pattern === '*')) return !not;
  if (resource === undefined) throw new UnknownPolicyError(`which resource ${action} is about is not known here: ${patterns.join(', ')}`);
  return patterns.some((pattern) => matchesArn(pattern, resource)) !== not;
}

/** `*` and `?` as in IAM. Linear in the product of the lengths. */
export function matchesPattern(pattern: string, text: string): boolean {
  if (!/[*?]/.test(pattern)) return pattern === text;
  let row = [true, ...Array.from(text, () => false)];
  for (const sign of pattern) {
    const next = [sign === '*' && row[0] === true];
    for (let at = 1; at <= text.length; at++) {
      if (sign === '*') next[at] = next[at - 1] === true || row[at] === true;
      else next[at] = row[at - 1] === true && (sign === '?' || sign === text[at - 1]);
    }
    row = next;
  }
  return row[text.length] === true;
}

/** In the resource of a statement a wildcard may span several parts of an ARN, but it does not reach across the first five colons. */
function matchesArn(pattern: string, arn: string): boolean {
  const [parts, others] = [partsOf(pattern), partsOf(arn)];
  return parts.length === others.length && parts.every((part, index) => matchesPattern(part, others[index] ?? ''));
}

function partsOf(arn: string): string[] {
  const parts = arn.split(':');
  return [...parts.slice(0, 5), parts.slice(5).join(':')];
}

interface Operator {
  readonly quantifier?: 'any' | 'all';
  readonly comparison: string;
  readonly negated: boolean;
  readonly ifExists: boolean;
}

function operatorOf(text: string): Operator {
  const [, quantifier, name = '', ifExists] = /^(?:(ForAnyValue|ForAllValues):)?(\w+?)(IfExists)?$/.exec(text) ?? [];
  const negated = name.includes('Not');
  return {
    ...(quantifier && { quantifier: quantifier === 'ForAnyValue' ? 'any' : 'all' }),
    comparison: negated ? name.replace('Not', '') : name,
    negated,
    ifExists: ifExists !== undefined,
  };
}

const COMPARISONS: Readonly<Record<string, (actual: string, value: string) => boolean>> = {
  StringEquals: (actual, value) => actual === value,
  StringEqualsIgnoreCase: (actual, value) => actual.toLowerCase() === value.toLowerCase(),
  StringLike: (actual, value) => matchesPattern(value, actual),
  ArnEquals: (actual, value) => matchesArn(value, actual),
  ArnLike: (actual, value) => matchesArn(value, actual),
  Bool: (actual, value) => actual.toLowerCase() === value.toLowerCase(),
};

/**
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html and
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
 */
function holds({ operator, key, values }: Condition, context: Request['context']): boolean {
  if (!context.has(key)) throw new UnknownPolicyError(`the condition key ${key} is not known here`);
  const variable = values.find((value) => value.includes('${'));
  if (variable) throw new UnknownPolicyError(`the policy variable in ${variable} is not known here`);
  const actual = context.get(key);
  const present = actual === undefined ? [] : Array.isArray(actual) ? (actual as readonly string[]) : [actual as string];
  if (operator === 'Null') return values.some((value) => (present.length === 0) === (value.toLowerCase() === 'true'));
  const { quantifier, comparison, negated, ifExists } = operatorOf(operator);
  const compare = Object.hasOwn(COMPARISONS, comparison) ? COMPARISONS[comparison] : undefined;
  if (!compare) throw new UnknownPolicyError(`the condition operator ${operator} is not known here`);
  const matches = (value: string) => values.some((each) => compare(value, each)) !== negated;
  if (present.length === 0) return ifExists || quantifier === 'all' || (negated && quantifier !== 'any');
  if (quantifier === 'all') return present.every(matches);
  if (quantifier === 'any') return present.some(matches);
  if (present.length > 1) throw new UnknownPolicyError(`${key} has several values, and ${operator} does not say which of them count`);
  return matches(present[0] ?? '');
}

/** The policies that decide on a request. */
export interface Policies {
  /** Those of the role that asks. */
  readonly identity: readonly Statement[];
  /** That of the resource, if it has one. */
  readonly resource?: readonly Statement[];
  /** The account of the resource. */
  readonly accountId: string;
  /** Whether the resource's policy must allow it even within one account: KMS keys and the trust of roles. @default false */
  readonly resourceDecides?: boolean;
}

export interface Decision {
  readonly isAllowed: boolean;
  /** Why not; empty if it is allowed. */
  readonly reason: string;
  /** The statements of the role that allow it. Empty if only the resource's policy does. */
  readonly usedIdentity: readonly Statement[];
}

/**
 * Decides as IAM does: an explicit deny wins. Within one account the role's policies or the resource's must allow it, between accounts
 * both must.
 */
export function decide(principal: Principal, request: Request, policies: Policies): Decision {
  const { identity, resource = [], accountId, resourceDecides = false } = policies;
  const own = askIdentity(identity, request);
  const theirs = askResource(resource, principal, request);
  const refuse = (reason: string): Decision => ({ isAllowed: false, reason, usedIdentity: [] });
  if (own.deniedBy.length > 0) return refuse("a statement of the role's policies denies it");
  if (theirs.deniedBy.length > 0) return refuse("a statement of the resource's policy denies it");
  const isOwn = own.allowedBy.length > 0;
  const isTheirs = theirs.allowedBy.length > 0;
  const accept = (): Decision => ({ isAllowed: true, reason: '', usedIdentity: own.allowedBy });
  if (principal.kind === 'service') return isTheirs ? accept() : refuse("no statement of the resource's policy allows it");
  if (principal.accountId !== accountId) {
    if (!isOwn) return refuse("no statement of the role's policies allows it, in another account");
    return isTheirs || theirs.delegatedBy.length > 0
      ? accept()
      : refuse("no statement of the resource's policy allows it from another account");
  }
  if (resourceDecides)
    return isTheirs || (isOwn && theirs.delegatedBy.length > 0) ? accept() : refuse("no statement of the resource's policy allows it");
  return isOwn || isTheirs ? accept() : refuse("no statement of the role's policies allows it");
}
