import { AssumeRoleCommand, type STSClient } from '@aws-sdk/client-sts';

/** The role that members of the organization let the security account assume. */
export interface MemberRole {
  readonly roleName: string;
  readonly externalId: string;
}

/** Credentials of an assumed role. */
export interface SessionCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

export interface MemberRoleOptions {
  readonly sts: STSClient;
  readonly partition: string;
  readonly memberRole: MemberRole;
  /** Names the session in the member's CloudTrail. */
  readonly sessionName: string;
  /** How long the credentials hold: at most an hour, since a function's own are of a role too. */
  readonly durationSeconds: number;
}

/** AWS's answer lacks what it must have. */
export class UnexpectedAnswerError extends Error {
  override readonly name = 'UnexpectedAnswerError';
}

/**
 * Assumes the read role of a member account.
 * @throws what the SDK throws; the error carries the IAM action, for the sentence that says why nothing was read.
 */
export async function assumeMemberRole(accountId: string, options: MemberRoleOptions): Promise<SessionCredentials> {
  const { sts, partition, memberRole, sessionName, durationSeconds } = options;
  const command = new AssumeRoleCommand({
    RoleArn: `arn:${partition}:iam::${accountId}:role/${memberRole.roleName}`,
    RoleSessionName: sessionName,
    ExternalId: memberRole.externalId,
    DurationSeconds: durationSeconds,
  });
  const { Credentials: credentials } = await sts.send(command).catch((error: unknown) => {
    throw error instanceof Error ? Object.assign(error, { iamAction: 'sts:AssumeRole' }) : error;
  });
  const { AccessKeyId, SecretAccessKey, SessionToken } = credentials ?? {};
  if (!AccessKeyId || !SecretAccessKey || !SessionToken) throw new UnexpectedAnswerError(`AssumeRole in ${accountId} gave no credentials`);
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
}
