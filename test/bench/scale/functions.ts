import { AsyncLocalStorage } from 'node:async_hooks';
import type { Clock } from './clock.ts';

/** A Lambda function as the template describes it. */
export interface FunctionOutline {
  /** Name of its file in `lambdas/`. */
  readonly service: string;
  readonly memoryMegabytes: number;
  readonly timeoutSeconds: number;
  readonly environment: Readonly<Record<string, string>>;
}

export type Handler = (event: never, context: never) => Promise<unknown>;

/** Cost of a function so far. */
export interface Usage {
  invocations: number;
  failures: number;
  gigabyteSeconds: number;
  coldStarts: number;
  readUnits: number;
  writeUnits: number;
  requests: number;
  loggedBytes: number;
  /** Longest run, in seconds. */
  longestSeconds: number;
}

/** One run of a function. */
export interface Invocation {
  readonly outline: FunctionOutline;
  readonly usage: Usage;
  /** By what a computation takes longer than on a whole processor. */
  readonly slowdown: number;
  /** Whether the run has ended by a timeout: nothing that it still does has an effect. */
  isDead: boolean;
  /** Milliseconds of one processor that the run computes before its first write. */
  toCompute: number;
}

/** The run to which the code that asks belongs. */
export const invocation = new AsyncLocalStorage<Invocation>();

/** Memory with which a function has one whole processor: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
const WHOLE_PROCESSOR_MEGABYTES = 1769;

export interface LambdaTimes {
  readonly invokeMs: number;
  readonly coldStartMs: number;
  /** How long Lambda keeps an environment that does nothing. */
  readonly idleMinutes: number;
}

export interface FunctionModel {
  readonly outline: FunctionOutline;
  readonly usage: Usage;
  /** Whether its code fails at once, as it does without a permission that it needs. */
  isAway: boolean;
  /** The last error of a run that no test wanted to fail. */
  lastFailure: unknown;
  /**
   * Runs the handler once.
   * @param toCompute milliseconds of one processor
   * @throws what the handler throws, or Error after the timeout.
   */
  invoke(event: unknown, toCompute: number): Promise<unknown>;
}

/** A function without a limit to its runs at once: the event source mappings have theirs. */
export function createFunction(outline: FunctionOutline, handler: Handler, clock: Clock, times: LambdaTimes): FunctionModel {
  const usage: Usage = {
    loggedBytes: 0,
    longestSeconds: 0,
    invocations: 0,
    failures: 0,
    gigabyteSeconds: 0,
    coldStarts: 0,
    readUnits: 0,
    writeUnits: 0,
    requests: 0,
  };
  /** Times at which environments became idle, the newest last. */
  const idle: number[] = [];
  const slowdown = Math.max(1, WHOLE_PROCESSOR_MEGABYTES / outline.memoryMegabytes);
  const context = {
    invokedFunctionArn: `arn:aws:lambda:eu-west-1:111111111111:function:${outline.service}`,
    functionName: outline.service,
    awsRequestId: outline.service,
  };
  const model: FunctionModel = {
    outline,
    usage,
    isAway: false,
    lastFailure: undefined,
    invoke: async (event, toCompute) => {
      usage.invocations++;
      await clock.sleep(times.invokeMs);
      const from = clock.now();
      if (!takeIdle(idle, from - times.idleMinutes * 60_000)) {
        usage.coldStarts++;
        await clock.sleep(times.coldStartMs);
      }
      const run: Invocation = { outline, usage, slowdown, isDead: false, toCompute };
      const deadline = clock.now() + outline.timeoutSeconds * 1000;
      try {
        if (model.isAway) throw new Error(`${outline.service} is away`);
        const ended = invocation.run(run, () =>
          handler(event as never, { ...context, getRemainingTimeInMillis: () => deadline - clock.now() } as never),
        );
        return await unlessLate(ended, clock, deadline, run);
      } catch (error) {
        usage.failures++;
        if (!model.isAway) model.lastFailure = error;
        throw error;
      } finally {
        // AWS bills the start of an environment too: https://aws.amazon.com/blogs/compute/aws-lambda-standardizes-billing-for-init-phase/
        const seconds = (clock.now() - from) / 1000;
        usage.gigabyteSeconds += (outline.memoryMegabytes / 1024) * seconds;
        usage.longestSeconds = Math.max(usage.longestSeconds, seconds);
        idle.push(clock.now());
      }
    },
  };
  return model;
}

/** Takes the environment that was used last, if it is not gone. */
function takeIdle(idle: number[], since: number): boolean {
  const last = idle.pop();
  if (last === undefined) return false;
  if (last >= since) return true;
  idle.length = 0;
  return false;
}

function unlessLate<T>(work: Promise<T>, clock: Clock, deadline: number, run: Invocation): Promise<T> {
  return new Promise((resolve, reject) => {
    clock.at(deadline, () => {
      run.isDead = true;
      reject(new Error(`${run.outline.service} timed out`));
    });
    work.then(resolve, reject);
  });
}
