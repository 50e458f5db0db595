import type { ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';

/** Helpers of all emulators that run next to the tests. */

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port'))));
    });
  });
}

/** Waits until `isReady` says so. @throws Error if the process ended before, or ten minutes passed. */
export async function answering(name: string, child: ChildProcess, isReady: () => Promise<unknown>): Promise<void> {
  for (const deadline = Date.now() + 600_000; Date.now() < deadline; ) {
    if (child.exitCode !== null) throw new Error(`${name} ended with code ${child.exitCode}`);
    const answered = await isReady().then(
      () => true,
      () => false,
    );
    if (answered) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${name} did not answer within ten minutes`);
}
