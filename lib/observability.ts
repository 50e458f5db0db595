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
    const watched = watchedIn(props);
    notifyTopic(this, alarmsOn(this, watched), props.alarmTopicArn);
    this.dashboard = new Dashboard(this, 'Dashboard', { dashboardName: dashboardName('csmm'), defaultInterval: Duration.days(30) });
    this.dashboard.addWidgets(...scoreWidgets());
    this.dashboard.addWidgets(...breakdownWidgets());
    this.dashboard.addWidgets(...pipelineWidgets(props, watched));
    this.dashboard.addWidgets(...scoringWidgets(props.scoring));
    this.dashboard.addWidgets(...sweepWidgets(props.sweep));
  }
}

/** Resources and values with an alarm, by names that are in the ids of the alarms. docs/operations.md explains each. */
interface Watched {
  readonly deadLetters: Named<Queue>;
  /** Functions that can fail. */
  readonly handlers: Named<Handler>;
  /** Functions that read a stream, which keeps changes for a day. */
  readonly streamed: Named<Handler>;
  /** Values that are too high. */
  readonly limits: Named<Limit>;
}

interface Limit {
  readonly metric: IMetric;
  /** The highest value without an alarm. */
  readonly most: number;
  readonly description: string;
}

const watchedIn = ({ ingestion, sweep, scoring, notification }: ObservabilityProps): Watched => {
  const streamed = { relay: scoring.relay, notify: notification.handler };
  return {
    deadLetters: {
      undelivered: ingestion.undelivered,
      rejected: ingestion.rejected,
      collectFailures: ingestion.failures,
      sweepUndelivered: sweep.undelivered,
      sweepFailures: sweep.failures,
      scoreFailures: scoring.failures,
      scoringRunFailures: scoring.runFailures,
      notifyFailures: notification.failures,
    },
    handlers: {
      collect: ingestion.handler,
      read: sweep.reader,
      sweep: sweep.planner,
      score: scoring.handler,
      upkeep: scoring.upkeep,
      ...streamed,
    },
    streamed,
    limits: {
      ChangesWait: waits(ingestion.changes, MAX_LAG, 'A change has waited for over 5 minutes.'),
      RunsWait: {
        // A run that waits for its turn is normal. The lowest age in five minutes is not.
        metric: oldestMessage(scoring.runs).with({ statistic: 'Minimum' }),
        most: Duration.minutes(1).toSeconds(),
        description: 'Scoring runs have waited for over a minute, for 5 minutes.',
      },
      RejudgeWaits: waits(scoring.rejudge, Duration.hours(1), 'A scoring run after a change of the context has waited for over an hour.'),
      ReadingsWait: waits(sweep.readings, MAX_READING_WAIT, 'An API read has waited for over 20 minutes.'),
      UnitsWait: waits(sweep.units, MAX_UNIT_WAIT, 'A unit of the sweep has waited for over an hour.'),
      SweepLate: {
        metric: sent('sweep', 'SweepTurnsLate', 'Maximum'),
        most: MAX_TURNS_LATE,
        description: 'The daily sweep is over 6 hours late.',
      },
      AccountsBehind: {
        metric: sent('upkeep', 'AccountsBehind', 'Minimum', Duration.minutes(15)),
        most: 0,
        description: 'csmm could not score an account for 15 minutes.',
      },
      ScoringDrift: {
        metric: sent('score', 'ScoringDrift'),
        most: 0,
        description: 'A status changed although nothing had: a defect of csmm.',
      },
      ChangesMissed: {
        metric: sent('relay', 'ChangesMissed'),
        most: 0,
        description: 'A stream lost changes, so csmm scores everything again.',
      },
    },
  };
};

const waits = (queue: Queue, longest: Duration, description: string): Limit => ({
  metric: oldestMessage(queue),
  most: longest.toSeconds(),
  description,
});

/** Returns a metric that a function sends. */
const sent = (service: string, metricName: string, statistic = 'Sum', period = Duration.minutes(5)): Metric =>
  new Metric({ namespace: METRICS_NAMESPACE, metricName, dimensionsMap: { service }, statistic, period });

const alarmsOn = (scope: Construct, { deadLetters, handlers, streamed, limits }: Watched): Alarm[] => [
  ...Object.entries(deadLetters).map(([name, queue]) =>
    alarmWhenNotEmpty(scope, `${name}Waiting`, queue, `The dead-letter queue ${name} has messages.`),
  ),
  ...Object.entries(handlers).map(([name, handler]) =>
    alarmAbove(scope, `${name}Errors`, handler.function.metricErrors(), 0, `The function ${name} failed.`),
  ),
  ...Object.entries(streamed).flatMap(([name, handler]) => [
    alarmAbove(scope, `${name}Lags`, iteratorAge(handler), MAX_LAG.toMilliseconds(), `The function ${name} is over 5 minutes late.`),
    alarmAbove(
      scope,
      `${name}Stops`,
      iteratorAge(handler),
      MAX_STREAM_LAG.toMilliseconds(),
      `The function ${name} is over 12 hours late. Its stream discards changes after 24 hours.`,
    ),
  ]),
  ...Object.entries(limits).map(([name, { metric, most, description }]) => alarmAbove(scope, name, metric, most, description)),
];

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

/** Delay at which half of the time is over that a stream keeps changes. */
const MAX_STREAM_LAG = Duration.hours(12);

/** Maximum wait of a single reading before an alarm fires. Some are sent with a delay of up to 15 minutes. */
const MAX_READING_WAIT = Duration.minutes(20);

/** Maximum wait of a unit before an alarm fires. The planner keeps the queue so short that a unit waits for some minutes. */
const MAX_UNIT_WAIT = Duration.hours(1);

/** Number of five-minute turns that the planner has not sent before an alarm fires. Evidence expires after 48 hours. */
const MAX_TURNS_LATE = 72;

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

function pipelineWidgets({ ingestion: { changes } }: ObservabilityProps, { deadLetters, handlers, streamed }: Watched) {
  return [
    new GraphWidget({ title: 'Events collected', width: 6, left: COLLECTED.map((name) => sent('collect', name)) }),
    new GraphWidget({
      title: 'Delay',
      width: 6,
      left: [oldestMessage(changes).with({ label: 'oldest change (s)' })],
      right: Object.entries(streamed).map(([name, handler]) => iteratorAge(handler).with({ label: `${name} (ms)` })),
    }),
    ...failureWidgets(deadLetters, handlers),
  ];
}

const scoringWidgets = ({ runs, rejudge }: Scoring) => [
  new GraphWidget({
    title: 'Scoring',
    width: 12,
    left: [
      sent('upkeep', 'AccountsBehind', 'Maximum').with({ label: 'accounts behind' }),
      sent('score', 'JoinsDeferred').with({ label: 'joins put off' }),
      sent('score', 'ScoringDrift').with({ label: 'drift' }),
      sent('relay', 'ChangesMissed').with({ label: 'changes missed' }),
    ],
  }),
  new GraphWidget({
    title: 'Delay of scoring runs',
    width: 12,
    left: [
      oldestMessage(runs).with({ label: 'oldest run (s)' }),
      oldestMessage(rejudge).with({ label: 'oldest run after a change of the context (s)' }),
    ],
  }),
];

const SWEPT = {
  sweep: ['UnitsDue', 'EvidenceExpired'],
  read: ['UnitsRead', 'ReadingsComplete', 'ReadingsIncomplete', 'ResourcesRead', 'ResourcesRemoved'],
} as const;

function sweepWidgets({ readings, units }: Sweep) {
  const counted = Object.entries(SWEPT).flatMap(([service, names]) => names.map((name) => sent(service, name)));
  return [
    new GraphWidget({ title: 'API reads', width: 12, left: counted }),
    new GraphWidget({
      title: 'Delay of API reads',
      width: 12,
      left: [
        oldestMessage(readings).with({ label: 'oldest read (s)' }),
        oldestMessage(units).with({ label: 'oldest unit (s)' }),
        sent('sweep', 'SweepTurnsLate', 'Maximum').with({ label: 'late turns of 5 minutes' }),
      ],
    }),
  ];
}
