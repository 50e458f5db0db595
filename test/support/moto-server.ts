import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { answering, freePort } from './emulator.ts';

export interface Moto {
  /** On `localhost`, under which S3 Control can name its hosts. */
  readonly endpoint: string;
  stop(): void;
}

/** The one machine image that an account starts with. */
const IMAGE = {
  ami_id: 'ami-0123456789abcdef0',
  name: 'linux-x86_64',
  description: 'The one image that the emulated accounts start with',
  owner_id: '801119661308',
  owner_alias: 'amazon',
  public: true,
  virtualization_type: 'hvm',
  architecture: 'x86_64',
  state: 'available',
  platform: null,
  image_type: 'machine',
  hypervisor: 'xen',
  root_device_name: '/dev/sda1',
  root_device_type: 'ebs',
  sriov: 'simple',
};

/**
 * Starts the emulator; `undefined` if the machine has none. New accounts are small: by default, each gets 500 machine images with a
 * snapshot each, and each partition of it 1,500 policies of AWS, and a list of snapshots takes a second.
 * https://docs.getmoto.org/en/latest/docs/configuration/environment_variables.html
 */
export async function startMoto(): Promise<Moto | undefined> {
  if (spawnSync('sh', ['-c', 'command -v moto_server'], { stdio: 'ignore' }).status !== 0) return undefined;
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'csmm-moto-'));
  const images = join(folder, 'images.json');
  writeFileSync(images, JSON.stringify([IMAGE]));
  const server = spawn('moto_server', ['-p', String(port)], {
    cwd: tmpdir(),
    stdio: 'ignore',
    env: { ...process.env, MOTO_IAM_LOAD_MANAGED_POLICIES: 'false', MOTO_AMIS_PATH: images },
  });
  const endpoint = `http://localhost:${port}`;
  await answering('moto_server', server, () => fetch(`${endpoint}/moto-api/`));
  return {
    endpoint,
    stop: () => {
      server.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
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
