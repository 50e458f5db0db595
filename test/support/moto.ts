import { spawn, spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { inject } from 'vitest';
import type { TestProject } from 'vitest/node';
import type { Credentials } from '../../adapters/aws/clients.ts';
import { answering, freePort } from './emulator.ts';

/** `moto_server`, an emulator of the AWS APIs (https://docs.getmoto.org; `pip install 'moto[server]'`), that stands in for the accounts that are read. */

declare module 'vitest' {
  export interface ProvidedContext {
    /** `undefined` where the machine has no `moto_server`. */
    motoEndpoint: string | undefined;
  }
}

/** Starts one emulator for the whole test run. Without it the tests that need it are skipped, saying so. */
export async function setup(project: TestProject): Promise<() => void> {
  const moto = await startMoto();
  if (!moto) console.warn("SKIPPED TIER moto: no moto_server on this machine (pip install 'moto[server]')");
  project.provide('motoEndpoint', moto?.endpoint);
  return () => moto?.stop();
}

export interface Moto {
  /** On `localhost`, under which S3 Control can name its hosts. */
  readonly endpoint: string;
  stop(): void;
}

/** Starts the emulator; `undefined` where the machine has none. */
export async function startMoto(): Promise<Moto | undefined> {
  if (spawnSync('moto_server', ['--help'], { stdio: 'ignore' }).status !== 0) return undefined;
  const port = await freePort();
  const server = spawn('moto_server', ['-p', String(port)], {
    cwd: tmpdir(),
    stdio: 'ignore',
    env: { ...process.env, MOTO_IAM_LOAD_MANAGED_POLICIES: 'true' },
  });
  const endpoint = `http://localhost:${port}`;
  await answering('moto_server', server, () => fetch(`${endpoint}/moto-api/`));
  return { endpoint, stop: () => server.kill('SIGKILL') };
}

/**
 * The emulator of this test run, with `AWS_ENDPOINT_URL` set to it for every client that the test file makes.
 * `undefined` where the machine has none: `describe.skipIf(!useMoto())`.
 */
export function useMoto(): string | undefined {
  const endpoint = inject('motoEndpoint');
  if (endpoint) process.env.AWS_ENDPOINT_URL = endpoint;
  return endpoint;
}

let accounts = 0;

/** Credentials of an account in the emulator that no other test of this file has touched. The emulator keeps accounts apart. */
export async function freshAccount(): Promise<{ accountId: string; credentials: Exclude<Credentials, (...args: never) => unknown> }> {
  const accountId = String(100_000_000_000 + process.pid * 1000 + ++accounts).slice(0, 12);
  return { accountId, credentials: await credentialsOf(accountId) };
}

/** Credentials of one account in the emulator. */
export async function credentialsOf(accountId: string): Promise<{ accessKeyId: string; secretAccessKey: string; sessionToken: string }> {
  const sts = new STSClient({ region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
  const { Credentials: given } = await sts.send(
    new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${accountId}:role/test`, RoleSessionName: 'test' }),
  );
  sts.destroy();
  if (!given?.AccessKeyId || !given.SecretAccessKey || !given.SessionToken) throw new Error('the emulator gave no credentials');
  return { accessKeyId: given.AccessKeyId, secretAccessKey: given.SecretAccessKey, sessionToken: given.SessionToken };
}
