import { GLOBAL, type ResourceRef } from '../../model.ts';
import { canonical } from '../../pipeline/collect.ts';

/**
 * Types of policies that csmm checks for drift. The resource ID of a customer managed policy is its ARN, as in AWS Config. That of an
 * inline policy of a role is `<role>/<policy>`, and that of a trust policy is the name of the role.
 */
export const POLICY_TYPES = ['AWS::IAM::Policy', 'AWS::IAM::RolePolicy', 'AWS::IAM::Role'] as const;
export type PolicyType = (typeof POLICY_TYPES)[number];

export interface PolicyRef extends ResourceRef {
  readonly resourceType: PolicyType;
}

export const isPolicyType = (type: string): type is PolicyType => POLICY_TYPES.some((each) => each === type);
export const isPolicyRef = (resource: ResourceRef): resource is PolicyRef => isPolicyType(resource.resourceType);

/** The maximum length is that of a runbook parameter. https://docs.aws.amazon.com/IAM/latest/APIReference/API_Policy.html */
const POLICY_ARN = /^arn:aws[a-z-]{0,10}:iam::(\d{12}):policy\/[\w+=,.@/-]{1,470}$/;
/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html */
const ROLE_NAME = /^[\w+=,.@-]{1,64}$/;
const POLICY_NAME = /^[\w+=,.@-]{1,128}$/;

const refTo = (accountId: string, resourceType: PolicyType, resourceId: string): PolicyRef => ({
  accountId,
  region: GLOBAL,
  resourceType,
  resourceId,
});

/** Returns a reference to a customer managed policy. Returns `undefined` if the ARN is invalid or from another account. */
export const managedPolicy = (accountId: string, arn: string): PolicyRef | undefined =>
  POLICY_ARN.exec(arn)?.[1] === accountId ? refTo(accountId, 'AWS::IAM::Policy', arn) : undefined;

/** Returns a reference to an inline policy of a role. Returns `undefined` if a name is invalid. */
export const rolePolicy = (accountId: string, role: string, policy: string): PolicyRef | undefined =>
  ROLE_NAME.test(role) && POLICY_NAME.test(policy) ? refTo(accountId, 'AWS::IAM::RolePolicy', `${role}/${policy}`) : undefined;

/** Returns a reference to the trust policy of a role. Returns `undefined` if the name is invalid. */
export const trustPolicy = (accountId: string, role: string): PolicyRef | undefined =>
  ROLE_NAME.test(role) ? refTo(accountId, 'AWS::IAM::Role', role) : undefined;

/** Returns a reference to the policy that a user names by an ARN, by `<role>/<policy>`, or by `<role>` for a trust policy. */
export function policyNamed(accountId: string, name: string): PolicyRef | undefined {
  if (name.startsWith('arn:')) return managedPolicy(accountId, name);
  const [role = '', policy, ...more] = name.split('/');
  if (more.length > 0) return undefined;
  return policy === undefined ? trustPolicy(accountId, role) : rolePolicy(accountId, role, policy);
}

/** Returns the role of a policy and the name of an inline policy. The result is not meaningful for a managed policy. */
export function roleAndPolicy({ resourceId }: PolicyRef): { readonly role: string; readonly policy: string } {
  const [role = '', policy = ''] = resourceId.split('/');
  return { role, policy };
}

/**
 * Maximum size of a document without whitespace, in bytes. It equals the IAM limit for the inline policies of a role, which is the highest
 * one. A remediation stores two documents for its plan, for its execution and for each attempt that can be rolled back.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
export const MAX_DOCUMENT_BYTES = 10_240;

/** Maximum length of an input, in characters. IAM accepts no longer documents. https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html */
const MAX_TEXT = 131_072;

/** Returns a policy document without insignificant whitespace. Returns `undefined` if the input is not a JSON object. */
export function documentIn(text: string): string | undefined {
  if (text.length > MAX_TEXT) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  } catch {
    return undefined;
  }
  return text.replaceAll(/("(?:[^"\\]|\\.)*")|[\t\n\r ]+/g, (_, quoted: string | undefined) => quoted ?? '');
}

/** Whether a document is short enough to store and to pass to a runbook. */
export const fits = (document: string): boolean => new TextEncoder().encode(document).length <= MAX_DOCUMENT_BYTES;

/**
 * Whether two documents have the same meaning in IAM. The order of keys and of values does not matter. A single value equals a list with
 * that value, and an account ID equals the ARN of its root principal, because IAM converts it.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
 */
export const isSameDocument = (a: string, b: string): boolean => a === b || meaning(a) === meaning(b);

const meaning = (document: string): string => canonical(plain(JSON.parse(document)));

const ROOT = /^arn:[^:]*:iam::(\d{12}):root$/;

function plain(value: unknown, key = ''): unknown {
  if (typeof value === 'string') return key === 'AWS' ? value.replace(ROOT, '$1') : value;
  if (Array.isArray(value)) {
    const all = value.map((each: unknown) => plain(each, key));
    const members = all.every((each) => typeof each === 'string') ? [...new Set(all)].sort() : all;
    return members.length === 1 ? members[0] : members;
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plain(each, name)]));
}

/** Maximum length of a value of a runbook parameter, in characters. */
const CHUNK = 512;

/** Returns a document in Base64, split into values of a runbook parameter. */
export const chunksOf = (document: string): string[] =>
  Buffer.from(document)
    .toString('base64')
    .match(new RegExp(`.{1,${CHUNK}}`, 'g')) ?? [];
