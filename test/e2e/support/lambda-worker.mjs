import { parentPort, workerData } from 'node:worker_threads';

// Runs one function's bundle as Lambda does: loaded once, called with an event and a context.
const { handler } = await import(workerData.bundle);
parentPort.on('message', async ({ id, event, context }) => {
  try {
    parentPort.postMessage({ id, result: await handler(event, context) });
  } catch (error) {
    parentPort.postMessage({ id, error: String(error) });
  }
});
parentPort.postMessage({ ready: true });
