import { AssumeRoleCommand, type STSClient } from '@aws-sdk/client-sts';

/** A role of the same name in each account. */
export interface ReadRole {
  readonly roleName: string;
  readonly externalId?: string;
}

/** The role that members of the organization let the security account assume, always with its external id. */
export interface MemberRole extends ReadRole {
  readonly externalId: string;
}

/** Credentials of an assumed role. */
export interface SessionCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** Credentials with their expiry. */
export interface ExpiringCredentials extends SessionCredentials {
  readonly expiration?: Date;
}

export interface AssumeRoleOptions {
  readonly sts: STSClient;
  readonly partition: string;
  readonly role: ReadRole;
  /** Name of the session in the member's CloudTrail. */
  readonly sessionName: string;
  /** Lifetime of the credentials: at most an hour if the caller's own credentials are of a role too. @default - an hour, by AWS */
  readonly durationSeconds?: number;
}

/** Thrown if AssumeRole returns no credentials. */
export class UnexpectedAnswerError extends Error {
  override readonly name = 'UnexpectedAnswerError';
}

/**
 * Assumes the read role of another account.
 * @throws the SDK's error with the IAM action on it, for the sentence that explains the missing evidence.
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

/** Assumes the read role of a member for longer than the calling function runs, because the credentials do not carry their expiry. */
export async function assumeMemberRole(accountId: string, { memberRole, ...options }: MemberRoleOptions): Promise<SessionCredentials> {
  const { accessKeyId, secretAccessKey, sessionToken } = await assumeRole(accountId, { ...options, role: memberRole });
  return { accessKeyId, secretAccessKey, sessionToken };
}
