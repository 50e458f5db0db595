import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Context } from 'aws-lambda';
import { clientsOf, FUNCTION_LIMITS } from '../adapters/aws/clients.ts';
import { dynamoSettingsStore } from '../adapters/aws/settings-store.ts';
import { failedInstances } from '../adapters/aws/stack-instances.ts';
import { type StackInstance, sortInstances } from '../core/deployment/stack-instances.ts';
import { requireEnv } from './environment.ts';

const logger = new Logger();
const metrics = new Metrics();
const settings = dynamoSettingsStore(new DynamoDBClient(), requireEnv('STATE_TABLE'));
const stackSetName = requireEnv('STACK_SET_NAME');
const callAs = requireEnv('STACK_SET_CALL_AS') === 'SELF' ? 'SELF' : 'DELEGATED_ADMIN';

/** Number of stacks that one run logs. The metric counts all. */
const MAX_LOGGED = 200;

/**
 * Counts the stacks of a stack set that are not as they should be, and logs account, Region and reason of each. The stack set itself
 * tolerates every failure, so that one account does not stop the others.
 */
export const handler = async (_: unknown, { invokedFunctionArn }: Pick<Context, 'invokedFunctionArn'>): Promise<void> => {
  const region = invokedFunctionArn.split(':')[3] ?? '';
  const failed = await failedInstances(clientsOf(FUNCTION_LIMITS), { stackSetName, region, callAs });
  const applied = await settings.readSettings();
  const { failing, closed } = sortInstances(failed, applied?.document.approvedRegions);
  for (const instance of failing.slice(0, MAX_LOGGED)) logger.warn('stack failed', { ...instance });
  logger.info('stacks counted', { stackSetName, failing: failing.length, closed: closed.length, closedRegions: regionsOf(closed) });
  metrics.addDimension('StackSet', stackSetName);
  metrics.addMetric('StackInstancesFailing', MetricUnit.Count, failing.length);
  metrics.addMetric('StackInstancesClosed', MetricUnit.Count, closed.length);
  metrics.publishStoredMetrics();
};

const regionsOf = (instances: readonly StackInstance[]): string[] => [...new Set(instances.map(({ region }) => region))].sort();
