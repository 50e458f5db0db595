import type { View } from '../facts/view.ts';

/** An IAM policy document of any kind. */
export interface Policy {
  readonly statements: readonly Statement[];
}

export interface Statement {
  readonly effect: 'Allow' | 'Deny';
  /** Absent in identity-based policies. */
  readonly principals?: Principals;
  readonly actions: Patterns;
  /** Absent in trust policies. */
  readonly resources?: Patterns;
  /** Conditions that must all match. */
  readonly conditions: readonly Condition[];
}

export interface Principals {
  /** Whether the statement says `NotPrincipal`. */
  readonly negated: boolean;
  readonly values: readonly Principal[];
}

export interface Principal {
  /** `AWS`, `Service`, `Federated` or `CanonicalUser`; everyone is `*` of the kind `AWS`. */
  readonly kind: string;
  readonly id: string;
}

/** Actions or resources, with the wildcards `*` and `?`. */
export interface Patterns {
  /** Whether the statement says `NotAction` or `NotResource`. */
  readonly negated: boolean;
  readonly values: readonly string[];
}

/** One key of a condition block; any of the values may match. Operator and key are in lower case: IAM ignores the case of keys. */
export interface Condition {
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
}

/**
 * Parses a policy document: an object or JSON text, which can be URL-encoded. Returns `undefined` if it is malformed; the view
 * then has the reason. Grammar: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */
export function parsePolicy(document: View): Policy | undefined {
  const statements: Statement[] = [];
  const policy = document.json();
  const version = policy.at('Version');
  // A policy without a version has the older one. A later version could give the other elements another meaning.
  if (version.exists && !VERSIONS.has(version.text() ?? '')) return version.complain('a known version of policies');
  for (const view of oneOrMany(policy.at('Statement')) ?? [undefined]) {
    const statement = view && parseStatement(view);
    if (!statement) return undefined;
    statements.push(statement);
  }
  return { statements };
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html */
const VERSIONS: ReadonlySet<string> = new Set(['2008-10-17', '2012-10-17']);

function parseStatement(view: View): Statement | undefined {
  const effect = view.at('Effect').text();
  const principals = parsePrincipals(view);
  const actions = parsePatterns(view, 'Action', 'NotAction');
  const resources = parsePatterns(view, 'Resource', 'NotResource');
  const conditions = parseConditions(view.at('Condition'));
  if ((effect !== 'Allow' && effect !== 'Deny') || principals === 'malformed' || !actions || !conditions) return undefined;
  return { effect, ...(principals && { principals }), actions, ...(resources && { resources }), conditions };
}

function parsePrincipals(view: View): Principals | 'malformed' | undefined {
  const negated = view.at('NotPrincipal').exists;
  const principal = view.at(negated ? 'NotPrincipal' : 'Principal');
  if (!principal.exists) return undefined;
  const kinds = members(principal) ?? [{ name: 'AWS', view: principal }];
  if (kinds.length === 0) return 'malformed';
  const values: Principal[] = [];
  for (const { name, view: identifiers } of kinds) {
    const ids = texts(identifiers);
    if (!ids || ids.length === 0 || !PRINCIPAL_KINDS.has(name)) return 'malformed';
    values.push(...ids.map((id) => ({ kind: name, id })));
  }
  return { negated, values };
}

function parsePatterns(view: View, name: string, negatedName: string): Patterns | undefined {
  const negated = view.at(negatedName).exists;
  const values = scalars(view.at(negated ? negatedName : name));
  return values && { negated, values };
}

function parseConditions(block: View): Condition[] | undefined {
  if (!block.exists) return [];
  const conditions: Condition[] = [];
  for (const operator of members(block) ?? [undefined]) {
    const keys = operator && members(operator.view);
    if (!keys) return undefined;
    for (const key of keys) {
      const values = scalars(key.view);
      if (!values) return undefined;
      conditions.push({ operator: operator.name.toLowerCase(), key: key.name.toLowerCase(), values });
    }
  }
  return conditions;
}

function members(view: View): { name: string; view: View }[] | undefined {
  return view.isObject ? Object.keys(view.raw() as object).map((name) => ({ name, view: view.at(name) })) : undefined;
}

const oneOrMany = (view: View): View[] | undefined => (Array.isArray(view.raw()) ? view.list() : view.exists ? [view] : undefined);

const PRINCIPAL_KINDS: ReadonlySet<string> = new Set(['AWS', 'Service', 'Federated', 'CanonicalUser']);

/** Returns one or several strings as a list. Rejects any other value. */
function texts(view: View): string[] | undefined {
  const values = oneOrMany(view)?.map((element) => element.text());
  return values?.every((value) => value !== undefined) ? values : undefined;
}

/** Returns one or several values as strings. Policies can contain booleans and numbers without quotes. */
function scalars(view: View): string[] | undefined {
  const values: string[] = [];
  for (const element of oneOrMany(view) ?? [undefined]) {
    const raw = element?.raw();
    const value = typeof raw === 'boolean' || typeof raw === 'number' ? String(raw) : element?.text();
    if (value === undefined) return undefined;
    values.push(value);
  }
  return values;
}
