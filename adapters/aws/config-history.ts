import {
  ConfigServiceClient,
  GetResourceConfigHistoryCommand,
  ResourceNotDiscoveredException,
  type ResourceType,
} from '@aws-sdk/client-config-service';
import type { STSClient } from '@aws-sdk/client-sts';
import { readDocument } from '../../core/events/intake.ts';
import { millisecondsOf } from '../../core/instant.ts';
import { GLOBAL, type ResourceRef } from '../../core/model.ts';
import { globalRegionOf } from '../../core/partitions.ts';
import type { ConfigHistory } from '../../core/ports.ts';
import { assumeMemberRole, type MemberRole, type SessionCredentials } from './member-role.ts';

export interface ConfigHistoryOptions {
  readonly sts: STSClient;
  /** The account that runs the collector. It reads its own AWS Config without a role. */
  readonly ownAccountId: string;
  readonly partition: string;
  /** Absent outside an organization: csmm then does not fetch items of other accounts. */
  readonly memberRole?: MemberRole;
  /** Creates a client for a Region, with the credentials of a member role if they are given. */
  readonly clientFor?: (region: string, credentials?: SessionCredentials) => Pick<ConfigServiceClient, 'send'>;
}

/** Returns a reader of full configuration items, in the account and Region that recorded the resource. */
export function awsConfigHistory({ sts, ownAccountId, partition, memberRole, clientFor = newClient }: ConfigHistoryOptions): ConfigHistory {
  const clientOf = async ({ accountId, region }: ResourceRef): Promise<Pick<ConfigServiceClient, 'send'> | undefined> => {
    const recorded = region === GLOBAL ? globalRegionOf(partition) : region;
    if (accountId === ownAccountId) return clientFor(recorded);
    if (!memberRole) return undefined;
    const role = { sts, partition, memberRole, sessionName: 'csmm-collect', durationSeconds: 900 };
    return clientFor(recorded, await assumeMemberRole(accountId, role));
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
            laterTime: new Date(millisecondsOf(capturedAt) + 1000),
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

const newClient = (region: string, credentials?: SessionCredentials): ConfigServiceClient =>
  new ConfigServiceClient({ region, ...(credentials && { credentials }) });

const sameResource = (a: ResourceRef, b: ResourceRef): boolean =>
  a.accountId === b.accountId && a.region === b.region && a.resourceType === b.resourceType && a.resourceId === b.resourceId;
