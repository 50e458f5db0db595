import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SQSEvent } from 'aws-lambda';
import { dynamoStateStore } from '../../../adapters/aws/dynamo-state-store.ts';
import { jitteredPause } from '../../../adapters/aws/pause.ts';
import { CATALOGUE } from '../../../controls/catalogue.ts';
import { collectRun } from '../../../core/pipeline/sweep.ts';
import type { Clock } from './clock.ts';
import type { Estate } from './estate.ts';
import type { Handler } from './functions.ts';

/** Message of the sweep's queue: read all of an account in a Region. */
export const unitBody = (accountId: string, region: string): string => JSON.stringify({ task: 'unit', accountId, region });

/**
 * Stands for `read`: waits as long as the calls of a unit take, and commits what it finds by csmm's own code.
 *
 * @param seconds time of the calls, without the commits
 */
export const readUnits =
  (
    estate: Estate,
    { clock, stateTable, seconds }: { readonly clock: () => Clock; readonly stateTable: string; readonly seconds: number },
  ): Handler =>
  async (event: never) => {
    const store = dynamoStateStore(new DynamoDBClient(), { stateTable });
    for (const { body } of (event as SQSEvent).Records) {
      const { accountId, region } = JSON.parse(body) as { accountId: string; region: string };
      const startedAt = clock().now();
      await clock().sleep(seconds * 1000 * (0.7 + 0.6 * clock().random()));
      await collectRun(estate.unitOf(accountId, region, startedAt), { store, rules: CATALOGUE.rules, pause: jitteredPause });
    }
    return { batchItemFailures: [] };
  };
