import { once } from 'node:events';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { SharedClock } from './clock.ts';

/** A deployed function: its bundle in a worker of its own, with the template's environment. */
export interface DeployedFunction {
  /** @throws Error if the handler throws or its process ends. */
  invoke(event: unknown): Promise<unknown>;
  /** Ends the process in the middle of whatever it does, once. The next call starts a new one. */
  killDuringNextCall(): void;
  /** The function's standard output. */
  readonly output: string[];
  stop(): Promise<void>;
}

interface Running {
  readonly worker: Worker;
  /** The calls that have no answer yet. */
  readonly waiting: Map<number, { resolve: (result: unknown) => void; reject: (error: Error) => void }>;
}

export interface DeployedFunctionOptions {
  /** The file with its code. */
  readonly bundle: string;
  readonly name: string;
  readonly accountId: string;
  readonly environment: Readonly<Record<string, string>>;
  /** The clock that the function reads. */
  readonly clock: SharedClock;
}

export function deployFunction({ bundle, name, accountId, environment, clock }: DeployedFunctionOptions): DeployedFunction {
  const output: string[] = [];
  let running: Running | undefined;
  let calls = 0;
  let kill = false;

  const start = async (): Promise<Running> => {
    const worker = new Worker(new URL('./lambda-worker.mjs', import.meta.url), {
      workerData: { bundle: pathToFileURL(bundle).href, ...clock },
      env: { ...environment, AWS_LAMBDA_FUNCTION_NAME: name },
      stdout: true,
      stderr: true,
    });
    worker.stdout.on('data', (chunk) => output.push(String(chunk)));
    worker.stderr.on('data', (chunk) => output.push(String(chunk)));
    await once(worker, 'message');
    const started: Running = { worker, waiting: new Map() };
    worker.on('message', ({ id, result, error }) => {
      const call = started.waiting.get(id);
      started.waiting.delete(id);
      if (error === undefined) call?.resolve(result);
      else call?.reject(new Error(error));
    });
    worker.on('exit', () => {
      running = undefined;
      for (const call of started.waiting.values()) call.reject(new Error('the process ended'));
    });
    return started;
  };

  return {
    output,
    invoke: async (event) => {
      running ??= await start();
      const { worker, waiting } = running;
      const id = ++calls;
      const answer = new Promise<unknown>((resolve, reject) => waiting.set(id, { resolve, reject }));
      const invokedFunctionArn = `arn:aws:lambda:eu-west-1:${accountId}:function:${name}`;
      worker.postMessage({ id, event, context: { awsRequestId: `request-${id}`, functionName: name, invokedFunctionArn } });
      if (kill) {
        kill = false;
        void worker.terminate();
      }
      return answer;
    },
    killDuringNextCall: () => {
      kill = true;
    },
    stop: async () => {
      await running?.worker.terminate();
    },
  };
}
