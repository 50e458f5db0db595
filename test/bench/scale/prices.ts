/** Price that AWS charges for one thing, in USD: list prices of us-east-1 without free tiers, discounts and taxes. */
export interface Price {
  readonly name: string;
  /** For one of it: a request, a gigabyte-second, a month of an alarm. */
  readonly usd: number;
  /** How the page of AWS states it. */
  readonly stated: string;
  /** Page of AWS with the price. */
  readonly source: string;
}

/** When the prices were looked up, and what from: the pages of AWS show them only after a script ran, so other pages repeat them. */
export const LOOKED_UP = '2026-11-30';
export const REPEATED_BY = [
  'https://cloudburn.io/blog/amazon-sqs-pricing',
  'https://cloudburn.io/blog/amazon-eventbridge-pricing',
  'https://cloudchipr.com/blog/aws-lambda-pricing',
  'https://airbyte.com/data-engineering-resources/dynamodb-pricing',
  'https://www.factualminds.com/blog/amazon-cloudwatch-pricing-metrics-logs-alarms-dashboards/',
  'https://c3x.dev/blog/s3-request-fees-explained',
] as const;

const MILLION = 1_000_000;
const DYNAMODB = 'https://aws.amazon.com/dynamodb/pricing/on-demand/';
const LAMBDA = 'https://aws.amazon.com/lambda/pricing/';
const SQS = 'https://aws.amazon.com/sqs/pricing/';
const EVENTBRIDGE = 'https://aws.amazon.com/eventbridge/pricing/';
const CLOUDWATCH = 'https://aws.amazon.com/cloudwatch/pricing/';

export const PRICES = {
  readUnit: { name: 'DynamoDB read request unit, on demand', usd: 0.125 / MILLION, stated: '0.125 a million', source: DYNAMODB },
  writeUnit: { name: 'DynamoDB write request unit, on demand', usd: 0.625 / MILLION, stated: '0.625 a million', source: DYNAMODB },
  streamRead: { name: 'DynamoDB stream, read by Lambda', usd: 0, stated: 'free', source: DYNAMODB },
  storedGigabyte: { name: 'DynamoDB storage, a GB and month', usd: 0.25, stated: '0.25', source: DYNAMODB },
  recoveryGigabyte: { name: 'DynamoDB point-in-time recovery, a GB and month', usd: 0.2, stated: '0.20', source: DYNAMODB },
  gigabyteSecond: { name: 'Lambda on ARM, a GB and second', usd: 0.0000133334, stated: '0.0000133334', source: LAMBDA },
  invocation: { name: 'Lambda request', usd: 0.2 / MILLION, stated: '0.20 a million', source: LAMBDA },
  standardRequest: { name: 'SQS request, standard queue', usd: 0.4 / MILLION, stated: '0.40 a million', source: SQS },
  fairRequest: {
    name: 'SQS request with a message group, standard queue',
    usd: 0.5 / MILLION,
    stated: '0.40 + 0.10 a million',
    source: SQS,
  },
  fifoRequest: { name: 'SQS request, FIFO queue', usd: 0.5 / MILLION, stated: '0.50 a million', source: SQS },
  event: {
    name: 'EventBridge event to another account or Region, or of csmm itself',
    usd: 1 / MILLION,
    stated: '1.00 a million',
    source: EVENTBRIDGE,
  },
  alarm: { name: 'CloudWatch alarm, a month', usd: 0.1, stated: '0.10', source: CLOUDWATCH },
  metric: { name: 'CloudWatch metric, a month of hours with a value', usd: 0.3, stated: '0.30', source: CLOUDWATCH },
  dashboard: { name: 'CloudWatch dashboard, a month', usd: 3, stated: '3.00', source: CLOUDWATCH },
  logGigabyte: { name: 'CloudWatch Logs, a GB taken in', usd: 0.5, stated: '0.50', source: CLOUDWATCH },
  trace: { name: 'X-Ray trace recorded', usd: 5 / MILLION, stated: '5.00 a million', source: 'https://aws.amazon.com/xray/pricing/' },
  bucketList: { name: 'S3 LIST request', usd: 0.005 / 1000, stated: '0.005 a thousand', source: 'https://aws.amazon.com/s3/pricing/' },
  bucketGet: {
    name: 'S3 GET and other requests',
    usd: 0.0004 / 1000,
    stated: '0.0004 a thousand',
    source: 'https://aws.amazon.com/s3/pricing/',
  },
} as const satisfies Readonly<Record<string, Price>>;

export type PriceName = keyof typeof PRICES;

/** How much of each thing is used. */
export type Amounts = Readonly<Partial<Record<PriceName, number>>>;

/** Returns the price of what was used, in USD. */
export const costOf = (amounts: Amounts): number =>
  Object.entries(amounts).reduce((sum, [name, amount]) => sum + PRICES[name as PriceName].usd * amount, 0);

export function addAmounts(...all: readonly Amounts[]): Amounts {
  const sum: Partial<Record<PriceName, number>> = {};
  for (const amounts of all) {
    for (const [name, amount] of Object.entries(amounts)) sum[name as PriceName] = (sum[name as PriceName] ?? 0) + amount;
  }
  return sum;
}

export const timesAmounts = (amounts: Amounts, factor: number): Amounts =>
  Object.fromEntries(Object.entries(amounts).map(([name, amount]) => [name, amount * factor]));
