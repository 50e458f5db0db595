import { readFileSync } from 'node:fs';

/** Times of the parts, in milliseconds. `npm run bench -- times` measures those of csmm; those of AWS are assumed. */
export interface ServiceTimes {
  /** When and on what they were measured. */
  readonly measuredOn: string;
  /**
   * Measured: processor time. By service for each message or record, without the requests; `request` for each request to DynamoDB,
   * `kilobyteRead` for each kilobyte that a scoring run reads and evaluates.
   */
  readonly compute: Readonly<Record<string, number>>;
  /** Measured: seconds that a sweep's unit takes, one account in one Region. */
  readonly unitSeconds: number;
  /** Whether it was measured. */
  readonly unitMeasured?: boolean;
  /** Assumed: until DynamoDB answers a request, and for each megabyte more. */
  readonly answerMs: Readonly<Record<'read' | 'write' | 'transaction' | 'megabyte', number>>;
  /** Assumed: until SQS or EventBridge answers. */
  readonly sendMs: number;
  /** Assumed: until a function begins, and to start an environment for it. */
  readonly invokeMs: number;
  readonly coldStartMs: number;
  readonly idleMinutes: number;
  /** Assumed: the most that a stream's record waits for a poll. */
  readonly pollMs: number;
}

const FILE = 'test/bench/service-times.json';

/** What is assumed of AWS. */
export const ASSUMED = {
  answerMs: { read: 4, write: 6, transaction: 12, megabyte: 30 },
  sendMs: 8,
  invokeMs: 30,
  coldStartMs: 800,
  idleMinutes: 10,
  pollMs: 200,
} as const;

export const readTimes = (): ServiceTimes => ({ ...ASSUMED, ...JSON.parse(readFileSync(FILE, 'utf8')) });
