import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { onTestFinished, vi } from 'vitest';
import type { CliIo, Output } from '../../cli/io.ts';
import { run } from '../../cli/run.ts';

export interface Situation {
  readonly stdin?: string;
  /** Size of the terminal of standard input and output (default: no terminal). */
  readonly terminal?: { readonly columns: number; readonly rows: number };
  readonly env?: Readonly<Record<string, string>>;
  /** Working folder, in which csmm looks for `csmm.yaml` (default: a folder that does not exist). */
  readonly cwd?: string;
  /** Asks the command to stop once standard output holds this text. */
  readonly interruptAt?: string;
  /** Asks the command to stop once it is fulfilled. */
  readonly interrupted?: Promise<unknown>;
}

const NOWHERE = join(tmpdir(), 'csmm-no-such-folder');

/** Runs `csmm` in this process. Returns its exit code and output. */
export async function csmm(argv: readonly string[], situation: Situation = {}) {
  const { io, printed, listeners } = ioOf(situation);
  const code = await run(argv, io);
  return { code, ...printed, listeners: listeners.size };
}

/** Returns streams that keep what a command prints. */
export function ioOf({ stdin = '', terminal, env = {}, cwd = NOWHERE, interruptAt, interrupted }: Situation = {}) {
  const printed = { stdout: '', stderr: '' };
  const listeners = new Set<() => void>();
  const sink = (name: keyof typeof printed): Output => {
    const stream = new Writable({
      write: (chunk, _, done) => {
        printed[name] += String(chunk);
        if (interruptAt !== undefined && printed.stdout.includes(interruptAt)) for (const listener of listeners) listener();
        done();
      },
    });
    return Object.assign(stream, name === 'stdout' && terminal ? { isTTY: true, ...terminal } : {});
  };
  const input = (async function* () {
    yield stdin;
  })();
  const io: CliIo = {
    stdin: Object.assign(input, terminal ? { isTTY: true } : {}),
    stdout: sink('stdout'),
    stderr: sink('stderr'),
    env,
    cwd,
    onInterrupt: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  void interrupted?.then(() => {
    for (const listener of listeners) listener();
  });
  return { io, printed, listeners };
}

/** Creates a directory with these files, and removes it after the test. */
export async function directoryOf(files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'csmm-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  for (const [name, content] of Object.entries(files)) await writeFile(join(directory, name), content);
  return directory;
}

/** An EventBridge event: an attached volume, seen `minute` minutes after midnight. */
export function volumeEvent(minute: number, encrypted: boolean, resourceId = 'vol-1', accountId = '111111111111') {
  return {
    source: 'aws.config',
    'detail-type': 'Config Configuration Item Change',
    account: accountId,
    detail: {
      configurationItem: {
        awsAccountId: accountId,
        awsRegion: 'eu-west-1',
        resourceType: 'AWS::EC2::Volume',
        resourceId,
        configurationItemCaptureTime: new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString(),
        configurationItemStatus: 'OK',
        configuration: { encrypted, attachments: [{ instanceId: 'i-1', state: 'attached' }] },
      },
    },
  };
}

export const lines = (...documents: readonly (object | string)[]): string =>
  documents.map((document) => `${typeof document === 'string' ? document : JSON.stringify(document)}\n`).join('');

/** Points the SDK at emulators of DynamoDB and STS, until `vi.unstubAllEnvs()`. */
export function stubDeployment(dynamoDbEndpoint: string | undefined, stsEndpoint: string | undefined): void {
  vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', dynamoDbEndpoint);
  vi.stubEnv('AWS_ENDPOINT_URL_STS', stsEndpoint);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'local');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'local');
  vi.stubEnv('AWS_MAX_ATTEMPTS', '1');
}
