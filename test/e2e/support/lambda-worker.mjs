import { parentPort, workerData } from 'node:worker_threads';

// The clock of the deployment, which all of its functions share: a reading of it takes a millisecond, and a test sets it ahead. How
// long the machine takes does not count.
const RealDate = Date;
const now = () => workerData.startedAt + Number(Atomics.add(workerData.elapsed, 0, 1n));
globalThis.Date = class extends RealDate {
  constructor(...parts) {
    super(...(parts.length === 0 ? [now()] : parts));
  }
  static now() {
    return now();
  }
};

// Runs one function's bundle as Lambda does: loaded once, called with an event and a context.
const { handler } = await import(workerData.bundle);
parentPort.on('message', async ({ id, event, context }) => {
  try {
    parentPort.postMessage({ id, result: await handler(event, { ...context, getRemainingTimeInMillis: () => 900_000 }) });
  } catch (error) {
    parentPort.postMessage({ id, error: String(error) });
  }
});
parentPort.postMessage({ ready: true });
