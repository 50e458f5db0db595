import { AssumeRoleCommand, type STSClient } from '@aws-sdk/client-sts';

/** A role of the same name in each account. */
export interface ReadRole {
  readonly roleName: string;
  readonly externalId?: string;
}

/** The role that members of the organization let the security account assume: never without its external id. */
export interface MemberRole extends ReadRole {
  readonly externalId: string;
}

/** Credentials of an assumed role. */
export interface SessionCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** Credentials that say when they run out. */
export interface ExpiringCredentials extends SessionCredentials {
  readonly expiration?: Date;
}

export interface AssumeRoleOptions {
  readonly sts: STSClient;
  readonly partition: string;
  readonly role: ReadRole;
  /** Names the session in the member's CloudTrail. */
  readonly sessionName: string;
  /** How long the credentials hold: at most an hour where the caller's own are of a role too. @default - an hour, by AWS */
  readonly durationSeconds?: number;
}

/** AWS's answer lacks what it must have. */
export class UnexpectedAnswerError extends Error {
  override readonly name = 'UnexpectedAnswerError';
}

/**
 * Assumes the read role of another account.
 * @throws what the SDK throws; the error carries the IAM action, for the sentence that says why nothing was read.
 */
export async function assumeRole(accountId: string, options: AssumeRoleOptions): Promise<ExpiringCredentials> {
  const { sts, partition, role, sessionName, durationSeconds } = options;
  const command = new AssumeRoleCommand({
    RoleArn: `arn:${partition}:iam::${accountId}:role/${role.roleName}`,
    RoleSessionName: sessionName,
    ...(role.externalId !== undefined && { ExternalId: role.externalId }),
    ...(durationSeconds !== undefined && { DurationSeconds: durationSeconds }),
  });
  const { Credentials: credentials } = await sts.send(command).catch((error: unknown) => {
    throw error instanceof Error ? Object.assign(error, { iamAction: 'sts:AssumeRole' }) : error;
  });
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = credentials ?? {};
  if (!AccessKeyId || !SecretAccessKey || !SessionToken) throw new UnexpectedAnswerError(`AssumeRole in ${accountId} gave no credentials`);
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
    ...(Expiration && { expiration: Expiration }),
  };
}

export interface MemberRoleOptions extends Omit<AssumeRoleOptions, 'role'> {
  readonly memberRole: MemberRole;
  readonly durationSeconds: number;
}

/** Assumes the read role of a member, for longer than what asks for it runs: the credentials do not say when they run out. */
export async function assumeMemberRole(accountId: string, { memberRole, ...options }: MemberRoleOptions): Promise<SessionCredentials> {
  const { accessKeyId, secretAccessKey, sessionToken } = await assumeRole(accountId, { ...options, role: memberRole });
  return { accessKeyId, secretAccessKey, sessionToken };
}
