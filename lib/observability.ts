import { Aws, Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  Dashboard,
  GraphWidget,
  type IMetric,
  MathExpression,
  Metric,
  SingleValueWidget,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { LEVEL_NAMES, LEVELS, PILLARS } from '../core/model.ts';
import { type Handler, METRICS_NAMESPACE } from './handler.ts';
import type { Ingestion } from './ingestion.ts';
import type { Notification } from './notification.ts';
import type { Scoring } from './scoring.ts';
import type { Sweep } from './sweep.ts';

export interface ObservabilityProps {
  readonly ingestion: Ingestion;
  readonly sweep: Sweep;
  readonly scoring: Scoring;
  readonly notification: Notification;
  /** @default - alarms send no notifications */
  readonly alarmTopicArn?: string;
}

/** The dashboard `csmm-<region>`, and an alarm for each place in which the pipeline can lose, delay or refuse a change. */
export class Observability extends Construct {
  readonly dashboard: Dashboard;

  constructor(scope: Construct, id: string, props: ObservabilityProps) {
    super(scope, id);
    const deadLetters = deadLetterQueues(props);
    const streamed = { relay: props.scoring.relay, notify: props.notification.handler };
    const handlers = {
      collect: props.ingestion.handler,
      read: props.sweep.reader,
      sweep: props.sweep.planner,
      score: props.scoring.handler,
      ...streamed,
    };

    this.alarmOnPipeline(props, deadLetters, handlers, streamed);
    this.dashboard = new Dashboard(this, 'Dashboard', { dashboardName: dashboardName('csmm'), defaultInterval: Duration.days(30) });
    this.dashboard.addWidgets(...scoreWidgets());
    this.dashboard.addWidgets(...breakdownWidgets());
    this.dashboard.addWidgets(...pipelineWidgets(props, deadLetters, handlers, streamed));
    this.dashboard.addWidgets(...sweepWidgets(props.sweep));
  }

  private alarmOnPipeline(
    { ingestion, sweep, scoring, alarmTopicArn }: ObservabilityProps,
    deadLetters: Named<Queue>,
    handlers: Named<Handler>,
    streamed: Named<Handler>,
  ): void {
    const alarms = [
      ...Object.entries(deadLetters).map(([name, queue]) =>
        alarmWhenNotEmpty(this, `${name}Waiting`, queue, `The dead-letter queue ${name} has messages.`),
      ),
      ...Object.entries(handlers).map(([name, handler]) =>
        alarmAbove(this, `${name}Errors`, handler.function.metricErrors(), 0, `The function ${name} failed.`),
      ),
      ...Object.entries(streamed).map(([name, handler]) =>
        alarmAbove(this, `${name}Lags`, iteratorAge(handler), MAX_LAG.toMilliseconds(), `The function ${name} is over 5 minutes late.`),
      ),
      alarmAbove(this, 'ChangesWait', oldestMessage(ingestion.changes), MAX_LAG.toSeconds(), 'A change has waited for over 5 minutes.'),
      alarmAbove(this, 'RunsWait', oldestMessage(scoring.runs), 60, 'A scoring run has waited for over a minute.'),
      alarmAbove(
        this,
        'ReadingsWait',
        oldestMessage(sweep.readings),
        MAX_READING_WAIT.toSeconds(),
        'An API read has waited for over 20 minutes.',
      ),
      alarmAbove(
        this,
        'UnitsWait',
        oldestMessage(sweep.units),
        MAX_UNIT_WAIT.toSeconds(),
        'A unit of the sweep has waited for over an hour.',
      ),
      alarmAbove(this, 'SweepLate', SWEEP_TURNS_LATE, MAX_TURNS_LATE, 'The daily sweep is over 6 hours late.'),
    ];
    notifyTopic(this, alarms, alarmTopicArn);
  }
}

/** Creates an alarm that fires while a dead-letter queue contains messages. */
export const alarmWhenNotEmpty = (scope: Construct, id: string, queue: Queue, description: string): Alarm =>
  alarmAbove(scope, id, waiting(queue), 0, description);

/** Returns the name of a dashboard of this Region: a dashboard's name is unique in an account, over all Regions. */
export const dashboardName = (name: string): string => `${name}-${Aws.REGION}`;

/** Values by their names in descriptions and widgets. */
export type Named<T> = Readonly<Record<string, T>>;

/** Adds the topic to all alarms, if there is one. */
export function notifyTopic(scope: Construct, alarms: readonly Alarm[], alarmTopicArn: string | undefined): void {
  if (alarmTopicArn === undefined) return;
  const action = new SnsAction(Topic.fromTopicArn(scope, 'AlarmTopic', alarmTopicArn));
  for (const alarm of alarms) alarm.addAlarmAction(action);
}

/** Maximum delay of the pipeline before an alarm fires. */
export const MAX_LAG = Duration.minutes(5);

/** Maximum wait of a single reading before an alarm fires. Some are sent with a delay of up to 15 minutes. */
const MAX_READING_WAIT = Duration.minutes(20);

/** Maximum wait of a unit before an alarm fires. The planner keeps the queue so short that a unit waits for some minutes. */
const MAX_UNIT_WAIT = Duration.hours(1);

/** Number of five-minute turns that the planner has not sent. Evidence expires after 48 hours. */
const SWEEP_TURNS_LATE = new Metric({
  namespace: METRICS_NAMESPACE,
  metricName: 'SweepTurnsLate',
  dimensionsMap: { service: 'sweep' },
  statistic: 'Maximum',
});
const MAX_TURNS_LATE = 72;

const deadLetterQueues = ({ ingestion, sweep, scoring, notification }: ObservabilityProps): Named<Queue> => ({
  undelivered: ingestion.undelivered,
  rejected: ingestion.rejected,
  collectFailures: ingestion.failures,
  sweepUndelivered: sweep.undelivered,
  sweepFailures: sweep.failures,
  scoreFailures: scoring.failures,
  scoringRunFailures: scoring.runFailures,
  notifyFailures: notification.failures,
});

/** Creates an alarm that fires while a metric is above a threshold. By default it stops if there is no value. */
export function alarmAbove(
  scope: Construct,
  id: string,
  metric: IMetric,
  threshold: number,
  alarmDescription: string,
  treatMissingData = TreatMissingData.NOT_BREACHING,
): Alarm {
  return new Alarm(scope, id, {
    metric,
    threshold,
    alarmDescription,
    comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
    evaluationPeriods: 1,
    treatMissingData,
  });
}

/** Number of messages that wait in a queue. */
export const waiting = (queue: Queue): Metric => queue.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum' });
/** Age of the oldest message of a queue, in seconds. */
export const oldestMessage = (queue: Queue): Metric => queue.metricApproximateAgeOfOldestMessage({ statistic: 'Maximum' });
/** Delay of a handler behind the stream that it reads, in milliseconds. */
export const iteratorAge = ({ function: lambda }: Handler): Metric => lambda.metric('IteratorAge', { statistic: 'Maximum' });

/** Widgets of failures: messages in dead-letter queues, and errors of the functions. */
export const failureWidgets = (deadLetters: Named<Queue>, handlers: Named<Handler>) => [
  new GraphWidget({
    title: 'Messages in dead-letter queues',
    width: 6,
    left: Object.entries(deadLetters).map(([label, queue]) => waiting(queue).with({ label })),
  }),
  new GraphWidget({
    title: 'Function errors',
    width: 6,
    left: Object.entries(handlers).map(([label, handler]) => handler.function.metricErrors({ label })),
  }),
];

/**
 * Returns a metric of the organization's scorecard. csmm sends it only after a change, so the graph repeats the last value. If
 * several arrive within five minutes, it shows the worst.
 */
function ofScorecard(metricName: string, label: string, { worst = 'Minimum', ...dimensions }: Named<string> = {}): IMetric {
  const sent = new Metric({
    namespace: METRICS_NAMESPACE,
    metricName,
    dimensionsMap: { service: 'notify', Scope: 'organization', ...dimensions },
    statistic: worst,
  });
  const id = `sent${metricName}${Object.values(dimensions).join('')}`;
  return new MathExpression({ expression: `FILL(${id}, REPEAT)`, usingMetrics: { [id]: sent }, label });
}

const scoreWidgets = () => [
  new SingleValueWidget({
    title: 'Security maturity',
    width: 12,
    metrics: [
      ofScorecard('OverallScore', 'Overall score'),
      ofScorecard('PotentialScore', 'Potential score'),
      ofScorecard('MaturityLevel', 'Maturity level'),
      ofScorecard('Coverage', 'Coverage'),
    ],
  }),
  new SingleValueWidget({
    title: 'Controls',
    width: 12,
    metrics: [
      ofScorecard('FailedControls', 'Failed', { worst: 'Maximum' }),
      ofScorecard('UnknownControls', 'Unknown', { worst: 'Maximum' }),
    ],
  }),
];

const breakdownWidgets = () => [
  new GraphWidget({
    title: 'Levels',
    width: 8,
    left: LEVELS.map((level) => ofScorecard('LevelScore', `L${level} ${LEVEL_NAMES[level]}`, { Level: String(level) })),
  }),
  new GraphWidget({ title: 'Pillars', width: 8, left: PILLARS.map((pillar) => ofScorecard('PillarScore', pillar, { Pillar: pillar })) }),
  new GraphWidget({
    title: 'Overall score and failed controls',
    width: 8,
    left: [ofScorecard('OverallScore', 'Overall score')],
    right: [ofScorecard('FailedControls', 'Failed controls', { worst: 'Maximum' })],
  }),
];

const COLLECTED = ['EventsApplied', 'EventsDuplicate', 'EventsStale', 'EventsIgnored', 'EventsRejected'] as const;

function pipelineWidgets(
  { ingestion: { changes } }: ObservabilityProps,
  deadLetters: Named<Queue>,
  handlers: Named<Handler>,
  streamed: Named<Handler>,
) {
  const collected = COLLECTED.map(
    (metricName) => new Metric({ namespace: METRICS_NAMESPACE, metricName, dimensionsMap: { service: 'collect' }, statistic: 'Sum' }),
  );
  return [
    new GraphWidget({ title: 'Events collected', width: 6, left: collected }),
    new GraphWidget({
      title: 'Delay',
      width: 6,
      left: [oldestMessage(changes).with({ label: 'oldest change (s)' })],
      right: Object.entries(streamed).map(([name, handler]) => iteratorAge(handler).with({ label: `${name} (ms)` })),
    }),
    ...failureWidgets(deadLetters, handlers),
  ];
}

const SWEPT = {
  sweep: ['UnitsDue', 'EvidenceExpired'],
  read: ['UnitsRead', 'ReadingsComplete', 'ReadingsIncomplete', 'ResourcesRead', 'ResourcesRemoved'],
} as const;

function sweepWidgets({ readings, units }: Sweep) {
  const counted = Object.entries(SWEPT).flatMap(([service, names]) =>
    names.map((metricName) => new Metric({ namespace: METRICS_NAMESPACE, metricName, dimensionsMap: { service }, statistic: 'Sum' })),
  );
  return [
    new GraphWidget({ title: 'API reads', width: 12, left: counted }),
    new GraphWidget({
      title: 'Delay of API reads',
      width: 12,
      left: [
        oldestMessage(readings).with({ label: 'oldest read (s)' }),
        oldestMessage(units).with({ label: 'oldest unit (s)' }),
        SWEEP_TURNS_LATE.with({ label: 'late turns of 5 minutes' }),
      ],
    }),
  ];
}
