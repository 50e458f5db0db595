import { randomInt } from 'node:crypto';
import { inject } from 'vitest';
import type { TestProject } from 'vitest/node';
import type { Credentials } from '../../adapters/aws/clients.ts';
import { credentialsOf, startMoto } from './moto-server.ts';

/**
 * `moto_server`, an emulator of the AWS APIs (https://docs.getmoto.org; `pip install 'moto[server]'`), takes the place of the
 * accounts that csmm reads.
 */

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

/**
 * The emulator of this test run, with `AWS_ENDPOINT_URL` set to it for every client that the test file makes.
 * `undefined` where the machine has none: `describe.skipIf(!useMoto())`.
 */
export function useMoto(): string | undefined {
  const endpoint = inject('motoEndpoint');
  if (endpoint) process.env.AWS_ENDPOINT_URL = endpoint;
  return endpoint;
}

/** A thousand accounts for this process: another one of the run can have the same process ID. */
const FIRST = 100_000_000_000 + randomInt(800_000_000) * 1000;
let accounts = 0;

/** Credentials of an account in the emulator that no other test of this file has touched. The emulator keeps accounts apart. */
export async function freshAccount(): Promise<{ accountId: string; credentials: Exclude<Credentials, (...args: never) => unknown> }> {
  const accountId = String(FIRST + ++accounts);
  return { accountId, credentials: await credentialsOf(accountId) };
}
