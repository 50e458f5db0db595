import { once } from 'node:events';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { SharedClock } from './clock.ts';

/**
 * A deployed function: its bundle in workers, with the template's environment. As in Lambda, each call has a worker for itself; calls at
 * the same time have several.
 */
export interface DeployedFunction {
  /**
   * @param alias through which it is invoked. @default - none
   * @throws Error if the handler throws or its process ends.
   */
  invoke(event: unknown, alias?: string): Promise<unknown>;
  /** Ends the process in the middle of whatever it does, in the next calls. Each call after that starts a new one. */
  killDuringNextCall(calls?: number): void;
  /** The function's standard output. */
  readonly output: string[];
  stop(): Promise<void>;
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

interface Answer {
  readonly result?: unknown;
  readonly error?: string;
}

export function deployFunction({ bundle, name, accountId, environment, clock }: DeployedFunctionOptions): DeployedFunction {
  const output: string[] = [];
  const idle: Worker[] = [];
  const all = new Set<Worker>();
  let calls = 0;
  let kills = 0;

  const start = async (): Promise<Worker> => {
    const worker = new Worker(new URL('./lambda-worker.mjs', import.meta.url), {
      workerData: { bundle: pathToFileURL(bundle).href, ...clock },
      env: { ...environment, AWS_LAMBDA_FUNCTION_NAME: name },
      stdout: true,
      stderr: true,
    });
    all.add(worker);
    worker.stdout.on('data', (chunk) => output.push(String(chunk)));
    worker.stderr.on('data', (chunk) => output.push(String(chunk)));
    worker.once('exit', () => {
      all.delete(worker);
      const index = idle.indexOf(worker);
      if (index >= 0) idle.splice(index, 1);
    });
    await once(worker, 'message');
    return worker;
  };
  const answerOf = (worker: Worker): Promise<Answer> =>
    new Promise((resolve) => {
      const ended = () => resolve({ error: 'the process ended' });
      worker.once('exit', ended);
      worker.once('message', (answer: Answer) => {
        worker.off('exit', ended);
        resolve(answer);
      });
    });

  return {
    output,
    invoke: async (event, alias) => {
      const worker = idle.pop() ?? (await start());
      const id = ++calls;
      const answered = answerOf(worker);
      const invokedFunctionArn = `arn:aws:lambda:eu-west-1:${accountId}:function:${name}${alias === undefined ? '' : `:${alias}`}`;
      worker.postMessage({ id, event, context: { awsRequestId: `request-${id}`, functionName: name, invokedFunctionArn } });
      if (kills > 0) {
        kills--;
        void worker.terminate();
      }
      const { result, error } = await answered;
      if (all.has(worker)) idle.push(worker);
      if (error !== undefined) throw new Error(error);
      return result;
    },
    killDuringNextCall: (count = 1) => {
      kills = count;
    },
    stop: async () => {
      await Promise.all([...all].map((worker) => worker.terminate()));
    },
  };
}
