import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  Dashboard,
  GraphWidget,
  type IMetric,
  MathExpression,
  Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { RemediationMetric } from '../core/remediation/events.ts';
import { type Handler, METRICS_NAMESPACE } from './handler.ts';
import {
  alarmAbove,
  alarmWhenNotEmpty,
  dashboardName,
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
  /** @default - alarms send no notifications */
  readonly alarmTopicArn?: string;
}

/** Maximum age of a message. A message counts as waiting while its batch is processed, which can take 15 minutes. */
const LONGEST_BATCH = Duration.minutes(20);

/** The dashboard `csmm-remediation-<region>`, and alarms for lost, delayed and missing remediations. */
export class RemediationObservability extends Construct {
  readonly dashboard: Dashboard;

  constructor(scope: Construct, id: string, { remediation, alarmTopicArn }: RemediationObservabilityProps) {
    super(scope, id);
    const failures = deadLetterQueues(remediation);
    const { triage, remediate, announce } = remediation;
    const handlers = { triage, remediate, announce };
    const alarms = [
      ...Object.entries(failures).map(([name, queue]) =>
        alarmWhenNotEmpty(this, `${name}Waiting`, queue, `The dead-letter queue ${name} has messages.`),
      ),
      ...Object.entries(handlers).flatMap(([name, handler]) => [
        alarmAbove(this, `${name}Errors`, handler.function.metricErrors(), 0, `The function ${name} failed.`),
        alarmAbove(
          this,
          `${name}Lags`,
          iteratorAge(handler),
          MAX_LAG.toMilliseconds(),
          `The function ${name} lags by more than 5 minutes.`,
        ),
      ]),
      alarmAbove(
        this,
        'ExecutionsWait',
        oldestMessage(remediation.executions),
        LONGEST_BATCH.toSeconds(),
        'A message about an ended execution has been waiting for more than 20 minutes.',
      ),
      alarmAbove(this, 'commandErrors', remediation.command.handler.function.metricErrors(), 0, 'The function command failed.'),
      alarmAbove(this, 'DirectCommands', directCommands(remediation), 0, 'The function command was invoked without its URL.'),
      alarmAbove(this, 'Quarantined', counted('announce', 'RemediationsQuarantined'), 0, 'csmm quarantined a remediation.'),
      alarmAbove(this, 'RunbooksFail', counted('announce', 'RunbooksFailed'), 0, 'A runbook failed, or its effect is not visible.'),
      alarmAbove(this, 'Corrupt', counted('announce', 'RemediationsCorrupt'), 0, 'A remediation is not what csmm has stored.'),
      alarmAbove(this, 'NotAdvanced', counted('remediate', 'RemediationErrors'), 0, 'csmm could not process a remediation.'),
      alarmAbove(
        this,
        'ApprovalsWait',
        OLDEST_APPROVAL,
        MAX_APPROVAL_AGE.toSeconds(),
        'A plan has waited for an approval for more than a day.',
      ),
      this.alarmWhenSilent(),
    ];
    notifyTopic(this, alarms, alarmTopicArn);
    this.dashboard = new Dashboard(this, 'Dashboard', {
      dashboardName: dashboardName('csmm-remediation'),
      defaultInterval: Duration.days(7),
    });
    this.dashboard.addWidgets(...outcomeWidgets());
    this.dashboard.addWidgets(...healthWidgets(remediation, failures, handlers));
  }

  /** Returns an alarm for missing ticks, because a function that is never invoked has no errors. */
  private alarmWhenSilent(): Alarm {
    return new Alarm(this, 'Silent', {
      alarmDescription: 'csmm has not checked for due remediations for 15 minutes.',
      metric: counted('remediate', 'RemediationTicks', Duration.minutes(5)),
      threshold: 1,
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: 3,
      treatMissingData: TreatMissingData.BREACHING,
    });
  }
}

/** Age of a plan without an approval that fires the alarm. An approval is valid for a day. */
const MAX_APPROVAL_AGE = Duration.hours(24);

/** Age of the oldest plan that waits for an approval, in seconds. `remediate` measures it each hour. */
const OLDEST_APPROVAL = new Metric({
  namespace: METRICS_NAMESPACE,
  metricName: 'OldestApproval',
  dimensionsMap: { service: 'remediate' },
  statistic: 'Maximum',
  period: Duration.hours(2),
});

const deadLetterQueues = ({ triageFailures, remediateFailures, announceFailures, undelivered }: Remediation): Named<Queue> => ({
  triageFailures,
  remediateFailures,
  announceFailures,
  remediationUndelivered: undelivered,
});

const counted = (service: string, metricName: string, period = Duration.hours(1)): Metric =>
  new Metric({ namespace: METRICS_NAMESPACE, metricName, dimensionsMap: { service }, statistic: 'Sum', period });

/**
 * Invocations of the command function that did not come through one of its URLs. Such a caller could name any other.
 * https://docs.aws.amazon.com/lambda/latest/dg/urls-monitoring.html
 */
function directCommands({ command: { handler } }: Remediation): IMetric {
  const period = Duration.minutes(5);
  const requests = handler.function.metric('UrlRequestCount', { statistic: 'Sum', period });
  return new MathExpression({
    expression: 'invocations - FILL(requests, 0)',
    usingMetrics: { invocations: handler.function.metricInvocations({ period }), requests },
    period,
    label: 'invocations without a URL',
  });
}

/** Metrics of `announce`. */
const ANNOUNCED = [
  'RemediationsPlanned',
  'RemediationsStarted',
  'RunbooksSucceeded',
  'RunbooksFailed',
  'RemediationsVerified',
  'RemediationsRolledBack',
  'RemediationsQuarantined',
  'RemediationsCorrupt',
] as const satisfies readonly RemediationMetric[];

/** Median time to remediate, with one line for each control. */
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

const healthWidgets = ({ executions }: Remediation, failures: Named<Queue>, handlers: Named<Handler>) => [
  new GraphWidget({
    title: 'Ticks',
    width: 6,
    left: [counted('remediate', 'RemediationTicks', Duration.minutes(5))],
    right: [counted('triage', 'RemediationsNoted', Duration.minutes(5)), counted('remediate', 'RemediationErrors', Duration.minutes(5))],
  }),
  new GraphWidget({
    title: 'Delay',
    width: 6,
    left: [oldestMessage(executions).with({ label: 'age of the oldest ended execution (s)' })],
    right: Object.entries(handlers).map(([name, handler]) => iteratorAge(handler).with({ label: `${name} (ms)` })),
  }),
  ...failureWidgets(failures, handlers),
];
