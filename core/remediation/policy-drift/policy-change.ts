import { readTime } from '../../events/intake.ts';
import { CLOUDTRAIL_DETAIL_TYPES } from '../../events/reading.ts';
import { millisecondsOf } from '../../instant.ts';
import { documentIn, managedPolicy, type PolicyRef, rolePolicy, trustPolicy } from './policy-document.ts';

/** The state of a policy after a call. */
export type PolicySetting =
  /** The policy has this document. */
  | { readonly kind: 'document'; readonly document: string }
  /** The policy has the document of this version. Versions are immutable. */
  | { readonly kind: 'version'; readonly versionId: string }
  /** The policy is deleted. */
  | { readonly kind: 'deleted' }
  /** The CloudTrail event does not contain the document, for example because the request is too long. */
  | { readonly kind: 'unknown' };

/** A call of IAM that changed the document of a policy. */
export interface PolicyChange {
  readonly resource: PolicyRef;
  readonly call: string;
  /** Time of the call, ISO-8601 UTC with milliseconds. CloudTrail reports whole seconds. */
  readonly at: string;
  /** ARN of the user, or of the role of the session. Absent if the CloudTrail event has none. */
  readonly principal?: string;
  /** Caller for display. For a session it includes the session name. */
  readonly by: string;
  readonly sets: PolicySetting;
  /** Whether the call created the policy or its role. */
  readonly isNew: boolean;
}

export type PolicyEvent =
  | { readonly kind: 'change'; readonly change: PolicyChange }
  /** Valid, but not a change of a policy document. */
  | { readonly kind: 'ignored' }
  /** Invalid or not trusted. */
  | { readonly kind: 'rejected'; readonly reason: string };

const [API_CALL = ''] = CLOUDTRAIL_DETAIL_TYPES;

/** Whether an event claims to be an API call that CloudTrail recorded. */
export const isApiCall = (document: unknown): boolean => isObject(document) && document['detail-type'] === API_CALL;

/** Maximum clock skew, in milliseconds. Rejects later events, because they would hide every approval until that time. */
const MAX_AHEAD_MS = 5 * 60 * 1000;

/**
 * Reads an EventBridge event of CloudTrail about a call of IAM. AWS sets the account of the envelope, so the policy must be in that
 * account. `now` is the current time, ISO-8601 UTC.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 */
export function readPolicyEvent(document: unknown, now: string): PolicyEvent {
  if (!isObject(document) || !isApiCall(document) || document.source !== 'aws.iam') return rejected('the event is not a call of IAM');
  const { account, detail } = document;
  if (typeof account !== 'string' || !/^\d{12}$/.test(account)) return rejected('the event has no valid account ID');
  if (!isObject(detail) || detail.eventSource !== 'iam.amazonaws.com') return rejected('the event has no detail from IAM');
  if (detail.recipientAccountId !== account) return rejected(`the recipient of the call is not account ${account}`);
  const call = typeof detail.eventName === 'string' ? detail.eventName : '';
  const read = Object.hasOwn(CALLS, call) ? CALLS[call] : undefined;
  if (!read || (detail.errorCode !== undefined && detail.errorCode !== null)) return { kind: 'ignored' };
  const at = readTime(detail.eventTime);
  if (at === undefined || millisecondsOf(at) > millisecondsOf(now) + MAX_AHEAD_MS)
    return rejected('the time of the call is missing or in the future');
  const request = isObject(detail.requestParameters) ? detail.requestParameters : {};
  const effect = read(account, request, isObject(detail.responseElements) ? detail.responseElements : {});
  if (effect === 'none') return { kind: 'ignored' };
  if (!effect.resource) return rejected(`${call} names no policy of account ${account}`);
  const { resource, sets } = effect;
  return { kind: 'change', change: { resource, call, at, ...callerIn(detail.userIdentity), sets, isNew: CREATING.has(call) } };
}

type JsonObject = Record<string, unknown>;

/** Returns the effect of a call from its request and response. Returns `none` if the policy in effect did not change. */
type ReadCall = (
  account: string,
  request: JsonObject,
  response: JsonObject,
) => { resource: PolicyRef | undefined; sets: PolicySetting } | 'none';

/**
 * The calls that change the document of a policy. `DeletePolicyVersion` is not one of them, because the default version cannot be deleted.
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
    sets: /^v[1-9]\d{0,8}$/.test(text(versionId)) ? { kind: 'version', versionId: text(versionId) } : { kind: 'unknown' },
  }),
  UpdateAssumeRolePolicy: (account, { roleName, policyDocument }) => ({
    resource: trustPolicy(account, text(roleName)),
    sets: documentOf(policyDocument),
  }),
};

/** Names of the calls that csmm processes. */
export const POLICY_CALLS: readonly string[] = Object.keys(CALLS).sort();

const CREATING: ReadonlySet<string> = new Set(['CreatePolicy', 'CreateRole']);

const isManagedByAws = (arn: unknown): boolean => /^arn:[^:]*:iam::aws:/.test(text(arn));

function documentOf(value: unknown): PolicySetting {
  const document = typeof value === 'string' ? documentIn(value) : undefined;
  return document === undefined ? { kind: 'unknown' } : { kind: 'document', document };
}

/** Longer than any ARN. https://docs.aws.amazon.com/IAM/latest/APIReference/API_Role.html */
const MAX_ARN = 2048;
const ARN = /^arn:[\x21-\x7e]+$/;

/**
 * Returns the caller. The principal of a session is its issuer, because the caller can choose the session name.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
 */
function callerIn(identity: unknown): Pick<PolicyChange, 'principal' | 'by'> {
  const { type, arn, sessionContext } = isObject(identity) ? identity : {};
  const issuer = isObject(sessionContext) && isObject(sessionContext.sessionIssuer) ? sessionContext.sessionIssuer.arn : undefined;
  const principal = arnIn(type === 'AssumedRole' ? issuer : arn);
  return { ...(principal !== undefined && { principal }), by: arnIn(arn) ?? principal ?? 'an unknown caller' };
}

const arnIn = (value: unknown): string | undefined =>
  typeof value === 'string' && value.length <= MAX_ARN && ARN.test(value) ? value : undefined;

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);
const rejected = (reason: string): PolicyEvent => ({ kind: 'rejected', reason });
