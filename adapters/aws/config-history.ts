import {
  ConfigServiceClient,
  GetResourceConfigHistoryCommand,
  ResourceNotDiscoveredException,
  type ResourceType,
} from '@aws-sdk/client-config-service';
import { AssumeRoleCommand, type STSClient } from '@aws-sdk/client-sts';
import { readDocument } from '../../core/events/intake.ts';
import type { ResourceRef } from '../../core/model.ts';
import type { ConfigHistory } from '../../core/ports.ts';

/** The role that members of the organization let the collector assume. */
export interface MemberRole {
  readonly roleName: string;
  readonly externalId: string;
}

export interface ConfigHistoryOptions {
  readonly sts: STSClient;
  /** The account that the collector runs in; its own AWS Config is read without a role. */
  readonly ownAccountId: string;
  readonly partition: string;
  /** Absent outside an organization: items of other accounts are then not fetched. */
  readonly memberRole?: MemberRole;
  /** Makes a client for a Region, with the credentials of a member role where given. */
  readonly clientFor?: (region: string, credentials?: Credentials) => Pick<ConfigServiceClient, 'send'>;
}

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** AWS Config's answer lacks what it must have. */
export class UnexpectedAnswerError extends Error {
  override readonly name = 'UnexpectedAnswerError';
}

/** The full items of AWS Config, in the account and Region where the resource was recorded. */
export function awsConfigHistory({ sts, ownAccountId, partition, memberRole, clientFor = newClient }: ConfigHistoryOptions): ConfigHistory {
  const clientOf = async ({ accountId, region }: ResourceRef): Promise<Pick<ConfigServiceClient, 'send'> | undefined> => {
    const recorded = region === 'global' ? 'us-east-1' : region;
    if (accountId === ownAccountId) return clientFor(recorded);
    if (!memberRole) return undefined;
    const { Credentials: credentials } = await sts.send(
      new AssumeRoleCommand({
        RoleArn: `arn:${partition}:iam::${accountId}:role/${memberRole.roleName}`,
        RoleSessionName: 'csmm-collect',
        ExternalId: memberRole.externalId,
        DurationSeconds: 900,
      }),
    );
    const { AccessKeyId, SecretAccessKey, SessionToken } = credentials ?? {};
    if (!AccessKeyId || !SecretAccessKey || !SessionToken)
      throw new UnexpectedAnswerError(`AssumeRole in ${accountId} gave no credentials`);
    return clientFor(recorded, { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken });
  };

  return {
    fetchItem: async (resource, capturedAt) => {
      const client = await clientOf(resource);
      if (!client) return undefined;
      try {
        const { configurationItems = [] } = await client.send(
          new GetResourceConfigHistoryCommand({
            resourceType: resource.resourceType as ResourceType,
            resourceId: resource.resourceId,
            laterTime: new Date(Date.parse(capturedAt) + 1000),
            limit: 1,
          }),
        );
        const [intake] = readDocument({
          configurationItems: configurationItems.map((item) => ({
            ...item,
            configurationItemCaptureTime: item.configurationItemCaptureTime?.toISOString(),
          })),
        });
        return intake?.kind === 'item' && sameResource(intake.item.resource, resource) && intake.item.capturedAt >= capturedAt
          ? intake.item
          : undefined;
      } catch (error) {
        if (error instanceof ResourceNotDiscoveredException) return undefined;
        throw error;
      }
    },
  };
}

const newClient = (region: string, credentials?: Credentials): ConfigServiceClient =>
  new ConfigServiceClient({ region, ...(credentials && { credentials }) });

const sameResource = (a: ResourceRef, b: ResourceRef): boolean =>
  a.accountId === b.accountId && a.region === b.region && a.resourceType === b.resourceType && a.resourceId === b.resourceId;
