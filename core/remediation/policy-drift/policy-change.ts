import { readTime } from '../../events/intake.ts';
import { CLOUDTRAIL_DETAIL_TYPES } from '../../events/reading.ts';
import { documentIn, managedPolicy, type PolicyRef, rolePolicy, trustPolicy } from './policy-document.ts';

/** What a call has made of a policy. */
export type PolicySetting =
  /** This is what it says since. */
  | { readonly kind: 'document'; readonly document: string }
  /** What this version says, which nobody can change. */
  | { readonly kind: 'version'; readonly versionId: string }
  /** It is gone. */
  | { readonly kind: 'deleted' }
  /** CloudTrail does not tell, such as where a request is too long for it. */
  | { readonly kind: 'untold' };

/** A call of IAM that has changed what a policy says. */
export interface PolicyChange {
  readonly resource: PolicyRef;
  readonly call: string;
  /** When, ISO-8601 UTC with milliseconds; CloudTrail tells whole seconds. */
  readonly at: string;
  /** ARN of the user, or of the role whose session it was; absent where CloudTrail tells none. */
  readonly principal?: string;
  /** The caller for people to read: of a session its own name too. */
  readonly by: string;
  readonly sets: PolicySetting;
  /** Whether the policy, or its role, was made by it. */
  readonly isNew: boolean;
}

export type PolicyEvent =
  | { readonly kind: 'change'; readonly change: PolicyChange }
  /** Understood, and no change of what a policy says. */
  | { readonly kind: 'ignored' }
  /** Not understood, or not believed. */
  | { readonly kind: 'rejected'; readonly reason: string };

const [API_CALL = ''] = CLOUDTRAIL_DETAIL_TYPES;

/** Whether an event is one that tells of a call, believable or not. */
export const isApiCall = (document: unknown): boolean => isObject(document) && document['detail-type'] === API_CALL;

/** A clock may be ahead by so much. An event of later would hide what is approved until then. */
const MAX_AHEAD_MS = 5 * 60 * 1000;

/**
 * Reads an EventBridge event of CloudTrail that tells of a call of IAM. AWS vouches for the envelope's account, in which the policy
 * has to be. `now` is the present, ISO-8601 UTC.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 */
export function readPolicyEvent(document: unknown, now: string): PolicyEvent {
  if (!isObject(document) || !isApiCall(document) || document.source !== 'aws.iam') return rejected('no event of a call of IAM');
  const { account, detail } = document;
  if (typeof account !== 'string' || !/^\d{12}$/.test(account)) return rejected('the event names no valid account');
  if (!isObject(detail) || detail.eventSource !== 'iam.amazonaws.com') return rejected('the event has no detail of IAM');
  if (detail.recipientAccountId !== account) return rejected(`the call is told of another account than ${account}`);
  const call = typeof detail.eventName === 'string' ? detail.eventName : '';
  const read = Object.hasOwn(CALLS, call) ? CALLS[call] : undefined;
  if (!read || (detail.errorCode !== undefined && detail.errorCode !== null)) return { kind: 'ignored' };
  const at = readTime(detail.eventTime);
  if (at === undefined || Date.parse(at) > Date.parse(now) + MAX_AHEAD_MS) return rejected('the call has no time, or one that is to come');
  const request = isObject(detail.requestParameters) ? detail.requestParameters : {};
  const told = read(account, request, isObject(detail.responseElements) ? detail.responseElements : {});
  if (told === 'none') return { kind: 'ignored' };
  if (!told.resource) return rejected(`${call} names no policy of ${account}`);
  const { resource, sets } = told;
  return { kind: 'change', change: { resource, call, at, ...callerIn(detail.userIdentity), sets, isNew: MAKING.has(call) } };
}

type JsonObject = Record<string, unknown>;

/** What a call has done, by its request and the answer; `none` where what holds is the same as before. */
type ReadCall = (
  account: string,
  request: JsonObject,
  response: JsonObject,
) => { resource: PolicyRef | undefined; sets: PolicySetting } | 'none';

/**
 * The calls that change what a policy says, `DeletePolicyVersion` not among them: the version that holds cannot be deleted.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicyVersion.html
 */
const CALLS: Readonly<Record<string, ReadCall>> = {
  CreatePolicy: (account, { policyDocument }, { policy }) => ({
    resource: managedPolicy(account, text(isObject(policy) ? policy.arn : undefined)),
    sets: documentOf(policyDocument),
  }),
  CreatePolicyVersion: (account, { policyArn, policyDocument, setAsDefault }) =>
    isManagedByAws(policyArn) || setAsDefault !== true
      ? 'none'
      : { resource: managedPolicy(account, text(policyArn)), sets: documentOf(policyDocument) },
  CreateRole: (account, { roleName, assumeRolePolicyDocument }) => ({
    resource: trustPolicy(account, text(roleName)),
    sets: documentOf(assumeRolePolicyDocument),
  }),
  DeleteRolePolicy: (account, { roleName, policyName }) => ({
    resource: rolePolicy(account, text(roleName), text(policyName)),
    sets: { kind: 'deleted' },
  }),
  PutRolePolicy: (account, { roleName, policyName, policyDocument }) => ({
    resource: rolePolicy(account, text(roleName), text(policyName)),
    sets: documentOf(policyDocument),
  }),
  SetDefaultPolicyVersion: (account, { policyArn, versionId }) => ({
    resource: managedPolicy(account, text(policyArn)),
    sets: /^v[1-9]\d{0,8}$/.test(text(versionId)) ? { kind: 'version', versionId: text(versionId) } : { kind: 'untold' },
  }),
  UpdateAssumeRolePolicy: (account, { roleName, policyDocument }) => ({
    resource: trustPolicy(account, text(roleName)),
    sets: documentOf(policyDocument),
  }),
};

/** The names of the calls that are read. */
export const POLICY_CALLS: readonly string[] = Object.keys(CALLS).sort();

const MAKING: ReadonlySet<string> = new Set(['CreatePolicy', 'CreateRole']);

const isManagedByAws = (arn: unknown): boolean => /^arn:[^:]*:iam::aws:/.test(text(arn));

function documentOf(value: unknown): PolicySetting {
  const document = typeof value === 'string' ? documentIn(value) : undefined;
  return document === undefined ? { kind: 'untold' } : { kind: 'document', document };
}

/** Longer than any ARN. https://docs.aws.amazon.com/IAM/latest/APIReference/API_Role.html */
const MAX_ARN = 2048;
const ARN = /^arn:[\x21-\x7e]+$/;

/**
 * A role is named by what issued the session: the name of the session itself is the caller's to choose.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
 */
function callerIn(identity: unknown): Pick<PolicyChange, 'principal' | 'by'> {
  const { type, arn, sessionContext } = isObject(identity) ? identity : {};
  const issuer = isObject(sessionContext) && isObject(sessionContext.sessionIssuer) ? sessionContext.sessionIssuer.arn : undefined;
  const principal = arnIn(type === 'AssumedRole' ? issuer : arn);
  return { ...(principal !== undefined && { principal }), by: arnIn(arn) ?? principal ?? 'somebody whom CloudTrail does not name' };
}

const arnIn = (value: unknown): string | undefined =>
  typeof value === 'string' && value.length <= MAX_ARN && ARN.test(value) ? value : undefined;

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);
const rejected = (reason: string): PolicyEvent => ({ kind: 'rejected', reason });
