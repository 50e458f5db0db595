import type { JsonObject, JsonValue } from './wildcard.ts';

// Records of CloudTrail, made of a caller and a call.

/** A CloudTrail record, as CloudTrail writes it into a log group. */
export interface TrailRecord extends JsonObject {
  readonly eventTime: string;
  readonly eventSource: string;
  readonly eventType: 'AwsApiCall' | 'AwsConsoleSignIn';
  readonly awsRegion: string;
  readonly recipientAccountId: string;
  readonly readOnly: boolean;
}

/** The identity and origin of a call. */
export interface Caller {
  readonly userIdentity: JsonObject & { readonly accountId: string };
  readonly awsRegion: string;
  readonly sourceIPAddress: string;
  readonly userAgent: string;
}

/** An IAM user with an access key. */
export const user = (accountId: string): Caller => ({
  userIdentity: {
    type: 'IAMUser',
    principalId: 'AIDAEXAMPLE1',
    arn: `arn:aws:iam::${accountId}:user/example-user`,
    accountId,
    accessKeyId: 'AKIAEXAMPLE1',
    userName: 'example-user',
  },
  awsRegion: 'eu-west-1',
  sourceIPAddress: '192.0.2.10',
  userAgent: 'aws-cli/2.17.0',
});

/** A session of a role in the console. */
export const role = (accountId: string): Caller => ({
  userIdentity: {
    type: 'AssumedRole',
    principalId: 'AROAEXAMPLE2:example-session',
    arn: `arn:aws:sts::${accountId}:assumed-role/example-role/example-session`,
    accountId,
    accessKeyId: 'ASIAEXAMPLE2',
    sessionContext: {
      sessionIssuer: {
        type: 'Role',
        principalId: 'AROAEXAMPLE2',
        arn: `arn:aws:iam::${accountId}:role/example-role`,
        accountId,
        userName: 'example-role',
      },
      attributes: { creationDate: '2026-01-15T08:00:00Z', mfaAuthenticated: 'true' },
    },
  },
  awsRegion: 'us-west-2',
  sourceIPAddress: '198.51.100.20',
  userAgent: BROWSER,
});

/** The root user, with an access key or in the console. */
export function root(accountId: string, by: 'key' | 'console'): Caller {
  const userIdentity = { type: 'Root', principalId: accountId, arn: `arn:aws:iam::${accountId}:root`, accountId };
  const attributes = { creationDate: '2026-01-15T08:00:00Z', mfaAuthenticated: 'true' };
  return by === 'key'
    ? { ...user(accountId), userIdentity: { ...userIdentity, accessKeyId: 'AKIAEXAMPLE3' } }
    : { ...role(accountId), userIdentity: { ...userIdentity, accessKeyId: 'ASIAEXAMPLE3', sessionContext: { attributes } } };
}

export const BROWSER = 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0';

/** A call of an API. `parts` replace members of the record, such as `readOnly`. */
export const apiCall = (
  caller: Caller,
  service: string,
  eventName: string,
  requestParameters: JsonObject,
  parts: JsonObject = {},
): TrailRecord =>
  record(caller, {
    eventSource: `${service}.amazonaws.com`,
    eventName,
    awsRegion: service === 'iam' ? 'us-east-1' : caller.awsRegion,
    requestParameters,
    responseElements: null,
    eventType: 'AwsApiCall',
    ...parts,
  });

/** A sign-in to the console. */
export function signIn(caller: Caller, { succeeded, mfa }: { readonly succeeded: boolean; readonly mfa: boolean }): TrailRecord {
  const { sessionContext, ...userIdentity } = caller.userIdentity;
  return record(
    { ...caller, userIdentity: { ...userIdentity, accountId: caller.userIdentity.accountId, accessKeyId: '' } },
    {
      eventSource: 'signin.amazonaws.com',
      eventName: 'ConsoleLogin',
      awsRegion: caller.awsRegion,
      requestParameters: null,
      responseElements: { ConsoleLogin: succeeded ? 'Success' : 'Failure' },
      ...(succeeded ? {} : { errorMessage: 'Failed authentication' }),
      additionalEventData: { LoginTo: 'https://console.aws.amazon.com/console/home', MobileVersion: 'No', MFAUsed: mfa ? 'Yes' : 'No' },
      eventType: 'AwsConsoleSignIn',
    },
  );
}

const record = (
  { userIdentity, ...from }: Caller,
  what: JsonObject & Pick<TrailRecord, 'eventSource' | 'eventType' | 'awsRegion'>,
): TrailRecord => ({
  eventVersion: '1.11',
  userIdentity,
  eventTime: '2026-01-15T09:30:00Z',
  ...from,
  eventID: '6e1a2b3c-4d5e-4f60-8172-93a4b5c6d7e8',
  readOnly: false,
  managementEvent: true,
  recipientAccountId: userIdentity.accountId,
  eventCategory: 'Management',
  ...what,
});

/**
 * Returns the event that EventBridge creates from a record: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html.
 * That page writes "Signin"; the events themselves say "Sign In", as rules that work do
 * (https://repost.aws/knowledge-center/root-user-account-eventbridge-rule).
 */
export const toEvent = (detail: TrailRecord): JsonValue => ({
  version: '0',
  id: '0d1c2b3a-4e5f-6071-8293-a4b5c6d7e8f9',
  'detail-type': detail.eventType === 'AwsConsoleSignIn' ? 'AWS Console Sign In via CloudTrail' : 'AWS API Call via CloudTrail',
  source: `aws.${detail.eventSource.replace('.amazonaws.com', '')}`,
  account: detail.recipientAccountId,
  time: detail.eventTime,
  region: detail.awsRegion,
  resources: [],
  detail,
});
