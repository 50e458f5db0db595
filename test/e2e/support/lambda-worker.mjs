import { parentPort, workerData } from 'node:worker_threads';

// What the clock of this process is ahead, in milliseconds: a deployment can live through days in a test.
const RealDate = Date;
let ahead = 0;
globalThis.Date = class extends RealDate {
  constructor(...parts) {
    super(...(parts.length === 0 ? [RealDate.now() + ahead] : parts));
  }
  static now() {
    return RealDate.now() + ahead;
  }
};

// Runs one function's bundle as Lambda does: loaded once, called with an event and a context.
const { handler } = await import(workerData.bundle);
parentPort.on('message', async ({ id, event, context, clockAhead }) => {
  ahead = clockAhead;
  try {
    parentPort.postMessage({ id, result: await handler(event, { ...context, getRemainingTimeInMillis: () => 900_000 }) });
  } catch (error) {
    parentPort.postMessage({ id, error: String(error) });
  }
});
parentPort.postMessage({ ready: true });
