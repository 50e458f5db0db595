import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SettingsStore, StateStore } from '../../core/ports.ts';
import type { RemediationStore } from '../../core/remediation/ports.ts';
import { chainedCredentials, whoAmI } from './access.ts';
import { type Credentials, newRequestHandler } from './clients.ts';
import { sendCommand } from './command-client.ts';
import { dynamoStateStore, type TableNames } from './dynamo-state-store.ts';
import { dynamoRemediationStore } from './remediation-store.ts';
import { dynamoSettingsStore } from './settings-store.ts';

export interface DeploymentPlace extends TableNames {
  readonly profile?: string;
  readonly region: string;
}

/** A deployment, as a user sees it who may use its tables. */
export interface Deployment {
  readonly state: StateStore;
  readonly settings: SettingsStore;
  /** Returns the ARN of the caller. @throws the SDK's error if there are no credentials or AWS rejects them. */
  readonly callerArn: () => Promise<string>;
  /** Current time. After the first answer of a table it follows the AWS clock, within the five minutes that a signature allows. */
  readonly now: () => Date;
}

/** The remediations of a deployment, as a user sees them who may use their table. */
export interface RemediationDeployment extends Pick<Deployment, 'callerArn' | 'now'> {
  readonly store: RemediationStore;
  /** Sends a request to the command function, signed by the user: see {@link sendCommand}. */
  readonly send: (url: string, body: unknown) => Promise<unknown>;
}

export interface RemediationPlace {
  readonly profile?: string;
  readonly region: string;
  readonly remediationsTable: string;
}

export function remediationsAt({ profile, region, remediationsTable }: RemediationPlace): RemediationDeployment {
  const { client, credentials, ...caller } = callerIn(region, profile);
  const send = (url: string, body: unknown): Promise<unknown> => sendCommand(url, body, { region, credentials });
  return { store: dynamoRemediationStore(client, remediationsTable), send, ...caller };
}

export function deploymentAt({ profile, region, ...tables }: DeploymentPlace): Deployment {
  const { client, credentials: _, ...caller } = callerIn(region, profile);
  return { state: dynamoStateStore(client, tables), settings: dynamoSettingsStore(client, tables.stateTable), ...caller };
}

function callerIn(
  region: string,
  profile: string | undefined,
): Pick<Deployment, 'callerArn' | 'now'> & { readonly client: DynamoDBClient; readonly credentials: Credentials } {
  const credentials = chainedCredentials(profile);
  const client = new DynamoDBClient({ region, credentials, requestHandler: newRequestHandler() });
  return {
    client,
    credentials,
    callerArn: async () => (await whoAmI(region, credentials)).arn,
    now: () => new Date(Date.now() + client.config.systemClockOffset),
  };
}
