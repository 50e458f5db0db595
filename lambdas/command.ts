import { createHash } from 'node:crypto';
import { Logger } from '@aws-lambda-powertools/logger';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import type { Context } from 'aws-lambda';
import { commandRequestOf, type FunctionUrlEvent } from '../adapters/aws/command-event.ts';
import { kmsSeal } from '../adapters/aws/kms-seal.ts';
import { dynamoRemediationStore } from '../adapters/aws/remediation-store.ts';
import { dynamoSettingsStore } from '../adapters/aws/settings-store.ts';
import { answerCommand } from '../core/remediation/commands/answer.ts';
import { requireEnv } from './environment.ts';

const logger = new Logger();
const client = new DynamoDBClient();
const kms = new KMSClient();
const settings = dynamoSettingsStore(client, requireEnv('STATE_TABLE'));
const store = dynamoRemediationStore(client, requireEnv('REMEDIATIONS_TABLE'));
const seals = { people: kmsSeal(kms, requireEnv('PEOPLE_KEY')), engine: kmsSeal(kms, requireEnv('ENGINE_KEY')) };

/** Accepts the requests of people, at the URLs of its aliases. Lambda has verified who asks. */
export const handler = async (event: FunctionUrlEvent, { invokedFunctionArn }: Context) => {
  const request = commandRequestOf(event, invokedFunctionArn);
  const { status, body } = await answerCommand(request, (who) => ({
    ...who,
    store,
    seals,
    readSettings: async () => (await settings.readSettings())?.document.remediation,
    hash: (text) => createHash('sha256').update(text).digest('hex'),
    now: () => new Date().toISOString(),
  }));
  const { door, caller, requestId } = request;
  logger.info('command answered', { status, door, by: caller?.userArn, userId: caller?.userId, requestId });
  return { statusCode: status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
};
