import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, Dashboard, GraphWidget, MathExpression, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { RemediationMetric } from '../core/remediation/events.ts';
import { type Handler, METRICS_NAMESPACE } from './handler.ts';
import {
  alarmAbove,
  alarmWhenNotEmpty,
  failureWidgets,
  iteratorAge,
  MAX_LAG,
  type Named,
  notifyTopic,
  oldestMessage,
} from './observability.ts';
import type { Remediation } from './remediation-functions.ts';

export interface RemediationObservabilityProps {
  readonly remediation: Remediation;
  /** @default - alarms notify nobody */
  readonly alarmTopicArn?: string;
}

/** A message counts as waiting while its batch is worked on, which may take 15 minutes. */
const LONGEST_BATCH = Duration.minutes(20);

/** The dashboard `csmm-remediation`, and an alarm wherever a remediation can be lost, delayed or not made at all. */
export class RemediationObservability extends Construct {
  readonly dashboard: Dashboard;

  constructor(scope: Construct, id: string, { remediation, alarmTopicArn }: RemediationObservabilityProps) {
    super(scope, id);
    const parked = parkingQueues(remediation);
    const { triage, remediate, announce } = remediation;
    const handlers = { triage, remediate, announce };
    const alarms = [
      ...Object.entries(parked).map(([name, queue]) => alarmWhenNotEmpty(this, `${name}Waiting`, queue, `Messages wait in ${name}.`)),
      ...Object.entries(handlers).flatMap(([name, handler]) => [
        alarmAbove(this, `${name}Errors`, handler.function.metricErrors(), 0, `The function ${name} failed.`),
        alarmAbove(this, `${name}Lags`, iteratorAge(handler), MAX_LAG.toMilliseconds(), `The function ${name} is over 5 minutes behind.`),
      ]),
      alarmAbove(
        this,
        'ExecutionsWait',
        oldestMessage(remediation.executions),
        LONGEST_BATCH.toSeconds(),
        'The end of an execution waits for over 20 minutes.',
      ),
      alarmAbove(this, 'NotAdvanced', counted('remediate', 'RemediationErrors'), 0, 'A remediation could not be advanced.'),
      this.alarmWhenSilent(),
    ];
    notifyTopic(this, alarms, alarmTopicArn);
    this.dashboard = new Dashboard(this, 'Dashboard', { dashboardName: 'csmm-remediation', defaultInterval: Duration.days(7) });
    this.dashboard.addWidgets(...outcomeWidgets());
    this.dashboard.addWidgets(...healthWidgets(remediation, parked, handlers));
  }

  /** Who watches the watchman: a function that is not called at all fails no call. */
  private alarmWhenSilent(): Alarm {
    return new Alarm(this, 'Silent', {
      alarmDescription: 'Nothing has looked for due remediations for 15 minutes.',
      metric: counted('remediate', 'RemediationTicks', Duration.minutes(5)),
      threshold: 1,
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: 3,
      treatMissingData: TreatMissingData.BREACHING,
    });
  }
}

const parkingQueues = ({ triageFailures, remediateFailures, announceFailures, undelivered }: Remediation): Named<Queue> => ({
  triageFailures,
  remediateFailures,
  announceFailures,
  remediationUndelivered: undelivered,
});

const counted = (service: string, metricName: string, period = Duration.hours(1)): Metric =>
  new Metric({ namespace: METRICS_NAMESPACE, metricName, dimensionsMap: { service }, statistic: 'Sum', period });

/** What `announce` counts. */
const ANNOUNCED = [
  'RemediationsPlanned',
  'RemediationsStarted',
  'RunbooksSucceeded',
  'RunbooksFailed',
  'RemediationsVerified',
  'RemediationsRolledBack',
  'RemediationsQuarantined',
] as const satisfies readonly RemediationMetric[];

/** Half of the failures of a control were put right within this time: one line for each control that the metric has. */
const timeToRemediate = new MathExpression({
  expression: `SEARCH('{${METRICS_NAMESPACE},Control,service} MetricName="TimeToRemediate"', 'p50', 86400)`,
  usingMetrics: {},
  label: '',
  period: Duration.days(1),
});

const outcomeWidgets = () => [
  new GraphWidget({ title: 'Remediations', width: 12, left: ANNOUNCED.map((name) => counted('announce', name)) }),
  new GraphWidget({ title: 'Time to remediate by control, median', width: 12, left: [timeToRemediate] }),
];

const healthWidgets = ({ executions }: Remediation, parked: Named<Queue>, handlers: Named<Handler>) => [
  new GraphWidget({
    title: 'Ticks',
    width: 6,
    left: [counted('remediate', 'RemediationTicks', Duration.minutes(5))],
    right: [counted('triage', 'RemediationsNoted', Duration.minutes(5)), counted('remediate', 'RemediationErrors', Duration.minutes(5))],
  }),
  new GraphWidget({
    title: 'Behind',
    width: 6,
    left: [oldestMessage(executions).with({ label: 'oldest end of an execution (s)' })],
    right: Object.entries(handlers).map(([name, handler]) => iteratorAge(handler).with({ label: `${name} (ms)` })),
  }),
  ...failureWidgets(parked, handlers),
];
