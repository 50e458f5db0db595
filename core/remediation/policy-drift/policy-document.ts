import { GLOBAL, type ResourceRef } from '../../model.ts';
import { canonical } from '../../pipeline/collect.ts';

/**
 * Types of the policies whose drift is put right, and what names one: a customer managed policy by its ARN (as AWS Config knows the
 * type), an inline policy of a role as `<role>/<policy>`, and the trust policy of a role by the role's name.
 */
export const POLICY_TYPES = ['AWS::IAM::Policy', 'AWS::IAM::RolePolicy', 'AWS::IAM::Role'] as const;
export type PolicyType = (typeof POLICY_TYPES)[number];

export interface PolicyRef extends ResourceRef {
  readonly resourceType: PolicyType;
}

export const isPolicyType = (type: string): type is PolicyType => POLICY_TYPES.some((each) => each === type);
export const isPolicyRef = (resource: ResourceRef): resource is PolicyRef => isPolicyType(resource.resourceType);

/** With no more than fits the parameter of a runbook. https://docs.aws.amazon.com/IAM/latest/APIReference/API_Policy.html */
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

/** A customer managed policy of the account; `undefined` where the ARN is none, or of somebody else. */
export const managedPolicy = (accountId: string, arn: string): PolicyRef | undefined =>
  POLICY_ARN.exec(arn)?.[1] === accountId ? refTo(accountId, 'AWS::IAM::Policy', arn) : undefined;

/** An inline policy of a role; `undefined` where a name is none. */
export const rolePolicy = (accountId: string, role: string, policy: string): PolicyRef | undefined =>
  ROLE_NAME.test(role) && POLICY_NAME.test(policy) ? refTo(accountId, 'AWS::IAM::RolePolicy', `${role}/${policy}`) : undefined;

/** The trust policy of a role; `undefined` where the name is none. */
export const trustPolicy = (accountId: string, role: string): PolicyRef | undefined =>
  ROLE_NAME.test(role) ? refTo(accountId, 'AWS::IAM::Role', role) : undefined;

/** What a person calls a policy: an ARN, `<role>/<policy>`, or `<role>` for its trust policy. */
export function policyNamed(accountId: string, name: string): PolicyRef | undefined {
  if (name.startsWith('arn:')) return managedPolicy(accountId, name);
  const [role = '', policy, ...more] = name.split('/');
  if (more.length > 0) return undefined;
  return policy === undefined ? trustPolicy(accountId, role) : rolePolicy(accountId, role, policy);
}

/** The role that a policy is in, and the name of an inline policy there. Of a managed policy it says nothing. */
export function roleAndPolicy({ resourceId }: PolicyRef): { readonly role: string; readonly policy: string } {
  const [role = '', policy = ''] = resourceId.split('/');
  return { role, policy };
}

/**
 * Bytes of a document without blanks that are kept: IAM allows no more characters in the inline policies of a role, and fewer
 * elsewhere. A remediation holds two documents for its plan, its execution and each attempt that can be taken back. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
export const MAX_DOCUMENT_BYTES = 10_240;

/** Longer texts are not looked at: IAM takes no longer ones. https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html */
const MAX_TEXT = 131_072;

/** A policy document as text without the blanks that say nothing; `undefined` where it is no JSON object. Nothing else is changed. */
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

/** Whether a document can be kept, and given to a runbook. */
export const fits = (document: string): boolean => new TextEncoder().encode(document).length <= MAX_DOCUMENT_BYTES;

/**
 * Whether two documents say the same to IAM: neither the order of keys and of values counts, nor whether a single value stands in a
 * list, nor whether an account is written as its id or as the ARN of its root, into which IAM turns it.
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

/** Characters that a value of a runbook's parameter may have. */
const CHUNK = 512;

/** A document in Base64, cut into values of a parameter of a runbook. */
export const chunksOf = (document: string): string[] =>
  Buffer.from(document)
    .toString('base64')
    .match(new RegExp(`.{1,${CHUNK}}`, 'g')) ?? [];
