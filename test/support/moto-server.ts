import { spawn, spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { answering, freePort } from './emulator.ts';

export interface Moto {
  /** On `localhost`, under which S3 Control can name its hosts. */
  readonly endpoint: string;
  stop(): void;
}

/** Starts the emulator; `undefined` where the machine has none. */
export async function startMoto(): Promise<Moto | undefined> {
  if (spawnSync('sh', ['-c', 'command -v moto_server'], { stdio: 'ignore' }).status !== 0) return undefined;
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
