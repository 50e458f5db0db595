import { readFileSync } from 'node:fs';
import { App, Stack } from 'aws-cdk-lib';
import { readSettings } from '../../../core/deployment/options.ts';
import { compose } from '../../../lib/compose.ts';
import type { FunctionOutline } from './functions.ts';
import type { QueueMapping } from './queues.ts';
import type { StreamMapping } from './streams.ts';

/** A queue as the template describes it. */
export interface QueueOutline {
  readonly id: string;
  readonly isFifo: boolean;
  readonly delaySeconds: number;
  readonly visibilitySeconds: number;
  readonly retentionSeconds: number;
  readonly deduplicationScope: 'queue' | 'messageGroup';
  readonly contentBasedDeduplication: boolean;
  readonly redrive: { readonly to: string; readonly maxReceiveCount: number } | undefined;
  /** Whether an EventBridge rule gives the messages of this queue a group. */
  readonly isFair: boolean;
}

/** A schedule that calls a function. */
export interface ScheduleOutline {
  readonly service: string;
  readonly everySeconds: number;
  readonly input: unknown;
}

/** Facts in the template of the main stack about running and paying. */
export interface Outline {
  readonly functions: readonly FunctionOutline[];
  readonly queues: readonly QueueOutline[];
  readonly streams: readonly StreamMapping[];
  readonly queueReaders: readonly QueueMapping[];
  readonly schedules: readonly ScheduleOutline[];
  readonly alarms: number;
  readonly dashboards: number;
  /** Different metrics of csmm's own namespace on the dashboards. */
  readonly metrics: number;
}

interface Resource {
  readonly Type: string;
  readonly Properties: Record<string, unknown>;
}

const { context: flags } = JSON.parse(readFileSync(new URL('../../../cdk.json', import.meta.url), 'utf8'));

/** Synthesizes the app without its bundles, and reads the template of its main stack. */
export function outlineOf(settings: Readonly<Record<string, string>>): Outline {
  const app = new App({ context: { ...flags, 'aws:cdk:bundling-stacks': [] } });
  compose(app, { settings: readSettings((key) => settings[key]) });
  const [stack] = app.node.children.filter((child) => child instanceof Stack && child.node.id === 'Csmm');
  if (!stack) throw new Error('the app has no stack Csmm');
  const { stacks } = app.synth();
  const template = stacks.find(({ id }) => id === 'Csmm')?.template as { Resources: Record<string, Resource> };
  const resources = Object.entries(template.Resources);
  const of = (type: string) => resources.filter(([, { Type }]) => Type === type).map(([id, { Properties }]) => ({ id, ...Properties }));
  const services = new Map(of('AWS::Lambda::Function').map((each) => [each.id, variablesOf(each).POWERTOOLS_SERVICE_NAME ?? '']));
  const serviceOf = (reference: unknown): string => services.get(target(reference)) ?? '';
  const mappings = of('AWS::Lambda::EventSourceMapping');
  const tables = new Set(of('AWS::DynamoDB::GlobalTable').map(({ id }) => id));
  const rules = of('AWS::Events::Rule');
  const fair = new Set(
    rules.flatMap((rule) =>
      list(rule, 'Targets').flatMap((each) => ((each.SqsParameters as object | undefined) ? [target(each.Arn)] : [])),
    ),
  );
  return {
    functions: of('AWS::Lambda::Function')
      .filter(({ id }) => services.get(id) !== '')
      .map((each) => ({
        service: services.get(each.id) ?? '',
        memoryMegabytes: number(each, 'MemorySize', 128),
        timeoutSeconds: number(each, 'Timeout', 3),
        environment: variablesOf(each),
      })),
    queues: of('AWS::SQS::Queue').map((each) => ({ ...queueOutline(each), isFair: fair.has(each.id) })),
    streams: mappings
      .filter((each) => tables.has(target(property(each, 'EventSourceArn'))))
      .map((each) => streamMapping(each, serviceOf(property(each, 'FunctionName')))),
    queueReaders: mappings
      .filter((each) => !tables.has(target(property(each, 'EventSourceArn'))))
      .map((each) => ({
        service: serviceOf(property(each, 'FunctionName')),
        queue: target(property(each, 'EventSourceArn')),
        batchSize: number(each, 'BatchSize', 10),
        windowSeconds: number(each, 'MaximumBatchingWindowInSeconds', 0),
        concurrency: number((property(each, 'ScalingConfig') ?? {}) as object, 'MaximumConcurrency', 1000),
      })),
    schedules: rules.flatMap((rule) => schedulesOf(rule, serviceOf)),
    alarms: of('AWS::CloudWatch::Alarm').length,
    dashboards: of('AWS::CloudWatch::Dashboard').length,
    metrics: metricsIn(JSON.stringify(of('AWS::CloudWatch::Dashboard'))),
  };
}

const property = (of: object, name: string): unknown => (of as Record<string, unknown>)[name];
const number = (of: object, name: string, otherwise: number): number => Number(property(of, name) ?? otherwise);
const list = (of: object, name: string) => (property(of, name) ?? []) as Record<string, unknown>[];

/** The logical id that a `Ref` or `Fn::GetAtt` names, or the text itself. */
function target(reference: unknown): string {
  if (typeof reference === 'string') return reference;
  const { Ref, 'Fn::GetAtt': attribute } = (reference ?? {}) as { Ref?: string; 'Fn::GetAtt'?: [string, string] };
  return Ref ?? attribute?.[0] ?? '';
}

const variablesOf = (of: object): Record<string, string> =>
  Object.fromEntries(
    Object.entries((property(of, 'Environment') as { Variables?: Record<string, unknown> } | undefined)?.Variables ?? {}).map(
      ([name, value]) => [name, target(value)],
    ),
  );

function queueOutline(each: { readonly id: string }): Omit<QueueOutline, 'isFair'> {
  const redrive = property(each, 'RedrivePolicy') as { deadLetterTargetArn: unknown; maxReceiveCount: number } | undefined;
  return {
    id: each.id,
    isFifo: property(each, 'FifoQueue') === true,
    delaySeconds: number(each, 'DelaySeconds', 0),
    visibilitySeconds: number(each, 'VisibilityTimeout', 30),
    retentionSeconds: number(each, 'MessageRetentionPeriod', 345_600),
    deduplicationScope: property(each, 'DeduplicationScope') === 'messageGroup' ? 'messageGroup' : 'queue',
    contentBasedDeduplication: property(each, 'ContentBasedDeduplication') === true,
    redrive: redrive && { to: target(redrive.deadLetterTargetArn), maxReceiveCount: redrive.maxReceiveCount },
  };
}

function streamMapping(each: object, service: string): StreamMapping {
  const { Filters = [] } = (property(each, 'FilterCriteria') ?? {}) as { Filters?: { Pattern: string }[] };
  const [age, retries] = [number(each, 'MaximumRecordAgeInSeconds', -1), number(each, 'MaximumRetryAttempts', -1)];
  return {
    service,
    table: target(property(each, 'EventSourceArn')),
    batchSize: number(each, 'BatchSize', 100),
    windowSeconds: number(each, 'MaximumBatchingWindowInSeconds', 0),
    filters: Filters.map(({ Pattern }) => JSON.parse(Pattern)),
    maxRecordAgeSeconds: age < 0 ? undefined : age,
    maxRetries: retries < 0 ? undefined : retries,
    bisects: property(each, 'BisectBatchOnFunctionError') === true,
  };
}

const SECONDS: Readonly<Record<string, number>> = { minute: 60, hour: 3600, day: 86_400 };

function schedulesOf(rule: object, serviceOf: (reference: unknown) => string): ScheduleOutline[] {
  const [, count, unit = ''] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(String(property(rule, 'ScheduleExpression') ?? '')) ?? [];
  if (count === undefined) return [];
  return list(rule, 'Targets').map((each) => ({
    service: serviceOf(each.Arn),
    everySeconds: Number(count) * (SECONDS[unit] ?? 0),
    input: JSON.parse(String(each.Input ?? '{}')),
  }));
}

/** Counts the metrics of csmm's namespace in the JSON of dashboards: name and dimensions. */
function metricsIn(text: string): number {
  const found = text.replaceAll('\\', '').match(/\["CSMM","[^\]{]*/g) ?? [];
  return new Set(found).size;
}
