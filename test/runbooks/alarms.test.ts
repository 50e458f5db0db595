import { CloudWatchClient, DescribeAlarmsCommand, PutMetricAlarmCommand } from '@aws-sdk/client-cloudwatch';
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  DescribeMetricFiltersCommand,
  PutMetricFilterCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { CreateTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { describe, expect, it } from 'vitest';
import { cloudWatchAlarms } from '../../adapters/aws/readers/cloudwatch-alarms.ts';
import { logsMetricFilters } from '../../adapters/aws/readers/logs-metric-filters.ts';
import { REMEDIES } from '../../controls/remedies.ts';
import type { Inventory } from '../../core/control.ts';
import { ACTIVITIES, type ActivityId, filterCondition } from '../../core/detection/activities.ts';
import { evaluateDetector } from '../../core/detection/detector.ts';
import type { RemedyPlan, RunbookParameters } from '../../core/remediation/model/remedy.ts';
import { account, detectedByFilter, OWN, REGION, read, topicArn, trail, trailArn } from '../support/alarms.ts';
import { parameterValues, runAutomation } from '../support/automation.ts';
import { changesOf, undoParameters } from '../support/closed-loop.ts';
import type { Estate } from '../support/control.ts';
import { freshAccount, useMoto } from '../support/moto.ts';
import { motoCaller } from '../support/moto-caller.ts';
import { readContext, readFacts } from '../support/readers.ts';
import { readRunbook } from '../support/runbook-document.ts';
import { runbookText } from '../support/runbooks.ts';

// The emulator never confirms a subscription of a topic, so no alarm control passes there. The closed loop uses the filter and the
// alarm that the readers find, with a simulated trail and topic.

const RUNBOOK = 'CSMM-CreateMetricFilterAlarm';
const ROLE = ['arn:aws:iam::111111111111:role/csmm-remediation'];

/** The control of each activity. */
const CONTROLS: Readonly<Record<ActivityId, string>> = {
  'root-usage': 'MON-L2-02',
  'iam-policy-changes': 'MON-L2-03',
  'cloudtrail-changes': 'MON-L2-04',
  'console-auth-failures': 'MON-L2-05',
  'cmk-disable-delete': 'MON-L2-06',
  's3-policy-changes': 'MON-L2-07',
  'config-changes': 'MON-L2-08',
  'security-group-changes': 'MON-L2-09',
  'nacl-changes': 'MON-L2-10',
  'gateway-changes': 'MON-L2-11',
  'route-table-changes': 'MON-L2-12',
  'vpc-changes': 'MON-L2-13',
};

function planOf(activity: ActivityId, inventory: Inventory, alarmTopicName: string | undefined = 'security'): RemedyPlan | undefined {
  const { accountId } = inventory;
  const resource = { accountId, region: 'global', resourceType: 'AWS::::Account', resourceId: accountId };
  return REMEDIES[CONTROLS[activity]]?.[0]?.plan({ resource, inventory, declared: { ...(alarmTopicName && { alarmTopicName }) } });
}

const logGroupArn = (accountId = OWN): string => `arn:aws:logs:${REGION}:${accountId}:log-group:trail:*`;

/** A trail that sends its events to a log group, and a topic. */
const watched = (accountId = OWN): Estate => ({
  'AWS::CloudTrail::TrailStatus': { [trailArn(accountId)]: trail({ ownerAccountId: accountId, logGroupArn: logGroupArn(accountId) }) },
  'AWS::SNS::TopicSubscriptions': { [topicArn('security', accountId)]: { confirmed: 1, kmsMasterKeyId: 'none' } },
});

describe('the condition of a metric filter', () => {
  it.each(ACTIVITIES)('matches every canonical event of %s and of no other activity, and is a parameter', (activity) => {
    const condition = filterCondition(activity);
    expect(detectedByFilter(`{ ${condition} }`)).toEqual([activity]);
    expect(condition.length).toBeLessThanOrEqual(512);
    expect(condition).not.toMatch(/[{}"']/);
  });

  it('leaves out no call: without any one of its names it is not enough', () => {
    for (const activity of ACTIVITIES) {
      for (const name of filterCondition(activity).match(/(?<=eventName=)\w+/g) ?? []) {
        const spoiled = filterCondition(activity).replace(`eventName=${name})`, 'eventName=Nothing)');
        expect(detectedByFilter(`{ ${spoiled} }`), `${activity} without ${name}`).toEqual([]);
      }
    }
  });
});

describe('the remedy of an alarm control', () => {
  it.each(ACTIVITIES)('asks for a filter and an alarm on %s in the Region of the log group', (activity) => {
    const plan = planOf(activity, account(watched()));
    const name = [`csmm-${activity}`];
    expect(plan).toEqual({
      kind: 'run',
      region: REGION,
      touches: [{ accountId: OWN, region: REGION, resourceType: 'AWS::Logs::LogGroup', resourceId: 'trail' }],
      parameters: {
        LogGroupName: ['trail'],
        FilterName: name,
        FilterCondition: [filterCondition(activity)],
        MetricName: name,
        AlarmName: name,
        TopicArn: [topicArn('security')],
      },
      changes: [
        { what: `metric filter ${name}`, before: 'absent', after: 'on the log group trail' },
        { what: `alarm ${name}`, before: 'absent', after: `notifies ${topicArn('security')}` },
      ],
    });
    if (plan?.kind !== 'run') return;
    expect(() => parameterValues(readRunbook(runbookText(RUNBOOK)), { ...plan.parameters, AutomationAssumeRole: ROLE })).not.toThrow();
  });

  const [TRAIL, TOPIC] = ['AWS::CloudTrail::TrailStatus', 'AWS::SNS::TopicSubscriptions'] as const;
  it.each<[string, Estate, RegExp]>([
    ['there is no trail', { ...watched(), [TRAIL]: {} }, /no trail that counts for IAM-L2-04 sends its events to a log group/],
    [
      'the trail is not logging',
      { ...watched(), [TRAIL]: { [trailArn()]: trail({ logging: false }) } },
      /no trail that counts for IAM-L2-04/,
    ],
    ['the trail has no log group', { ...watched(), [TRAIL]: { [trailArn()]: trail({ logGroupArn: 'none' }) } }, /to a log group of this/],
    [
      'the log group is in another account',
      { ...watched(), [TRAIL]: { [trailArn()]: trail({ logGroupArn: logGroupArn('222222222222') }) } },
      /log group of this account/,
    ],
    ['there is no such topic', { ...watched(), [TOPIC]: { [topicArn('other')]: { confirmed: 1 } } }, /topic .* was not found; create it/],
    ['nobody is subscribed', { ...watched(), [TOPIC]: { [topicArn('security')]: { confirmed: 0 } } }, /confirmed subscription/],
    ...['alias/aws/sns', `arn:aws:kms:${REGION}:${OWN}:alias/aws/sns`].map((kmsMasterKeyId): [string, Estate, RegExp] => [
      `the topic is encrypted with ${kmsMasterKeyId}`,
      { ...watched(), [TOPIC]: { [topicArn('security')]: { confirmed: 1, kmsMasterKeyId } } },
      /does not let alarms publish; use a customer managed key/,
    ]),
    [
      'nobody knows how the topic is encrypted',
      { ...watched(), [TOPIC]: { [topicArn('security')]: { confirmed: 1 } } },
      /encryption of topic .* was not read/,
    ],
    ['nobody knows who is subscribed', { ...watched(), [TOPIC]: { [topicArn('security')]: {} } }, /confirmed subscription/],
  ])('cannot help where %s', (_, estate, reason) => {
    expect(planOf('vpc-changes', account(estate))).toEqual({ kind: 'cannot', reason: expect.stringMatching(reason) });
  });

  it.each(['alias/aws/sns-alarms', 'alias/mine', `arn:aws:kms:${REGION}:${OWN}:key/k`])('helps where the key is %s', (kmsMasterKeyId) => {
    const estate = { ...watched(), [TOPIC]: { [topicArn('security')]: { confirmed: 1, kmsMasterKeyId } } };
    expect(planOf('vpc-changes', account(estate))?.kind).toBe('run');
  });

  it('cannot help where no topic is declared', () => {
    expect(planOf('vpc-changes', account(watched()), '')).toEqual({ kind: 'cannot', reason: expect.stringMatching(/alarmTopicName/) });
  });

  it('does not look for a topic by what a hostile name would add', () => {
    expect(planOf('vpc-changes', account(watched()), 'security\n{{ X }}')?.kind).toBe('cannot');
  });
});

/** The inputs of a step of the runbook, with the values of its parameters. */
function inputsOf(step: string, parameters: RunbookParameters): object {
  const { inputs } = readRunbook(runbookText(RUNBOOK)).steps.find(({ name }) => name === step) ?? { inputs: {} };
  const filled = JSON.stringify(inputs).replace(/\{\{ (\w+) \}\}/g, (_, name: string) => String(parameters[name]?.[0]));
  return JSON.parse(filled);
}

describe('the filter and the alarm that the runbook creates', () => {
  it.each(ACTIVITIES)('detect %s', (activity) => {
    const plan = planOf(activity, account(watched()));
    const parameters = plan?.kind === 'run' ? plan.parameters : {};
    const estate: Estate = {
      ...watched(),
      'AWS::Logs::MetricFilter': { f: read('AWS::Logs::MetricFilter', inputsOf('createFilter', parameters)) },
      'AWS::CloudWatch::MetricAlarm': { a: read('AWS::CloudWatch::MetricAlarm', inputsOf('createAlarm', parameters)) },
    };
    expect(evaluateDetector(account(watched()), activity)).toMatchObject({ compliance: 'NON_COMPLIANT' });
    expect(evaluateDetector(account(estate), activity)).toMatchObject({ compliance: 'COMPLIANT' });
  });
});

/** An emulated account with a log group and a topic. */
async function seeded() {
  const { accountId, credentials } = await freshAccount();
  const config = { region: REGION, credentials };
  const [logs, alarms] = [new CloudWatchLogsClient(config), new CloudWatchClient(config)];
  await logs.send(new CreateLogGroupCommand({ logGroupName: 'trail' }));
  await new SNSClient(config).send(new CreateTopicCommand({ Name: 'security' }));
  const context = readContext({ accountId, region: REGION }, { credentials });
  const call = motoCaller({ credentials, region: REGION });
  return {
    ...{ accountId, logs, alarms, context },
    run: (runbook: string, parameters: RunbookParameters) => runAutomation(runbookText(runbook), parameters, { call, accountId }),
    parameters: (activity: ActivityId): RunbookParameters => {
      const plan = planOf(activity, account(watched(accountId), { accountId }));
      return { ...(plan?.kind === 'run' && plan.parameters), AutomationAssumeRole: ROLE };
    },
    names: async () => [
      ...((await logs.send(new DescribeMetricFiltersCommand({}))).metricFilters ?? []).map(({ filterName }) => `filter ${filterName}`),
      ...((await alarms.send(new DescribeAlarmsCommand({}))).MetricAlarms ?? []).map(({ AlarmName }) => `alarm ${AlarmName}`),
    ],
  };
}

describe.skipIf(!useMoto())(RUNBOOK, () => {
  it('makes every alarm control pass, changes nothing when run again, and is undone', async () => {
    const { accountId, context, run, parameters, names } = await seeded();
    const runs = [];
    for (const activity of ACTIVITIES) runs.push({ activity, first: await run(RUNBOOK, parameters(activity)) });
    const found = { ...(await readFacts(logsMetricFilters, context)), ...(await readFacts(cloudWatchAlarms, context)) };
    const factsOf = (type: string) =>
      Object.fromEntries(
        Object.entries(found).flatMap(([key, { facts }]) =>
          key.startsWith(`${type} ${REGION} `) ? [[key.slice(`${type} ${REGION} `.length), facts]] : [],
        ),
      );
    const estate: Estate = {
      ...watched(accountId),
      'AWS::Logs::MetricFilter': factsOf('AWS::Logs::MetricFilter'),
      'AWS::CloudWatch::MetricAlarm': factsOf('AWS::CloudWatch::MetricAlarm'),
    };
    for (const { activity, first } of runs) {
      expect(first, `${activity}: ${first.failure}`).toMatchObject({ status: 'Success' });
      expect(first.outputs).toEqual({ 'compare.PreviousFilter': ['absent'], 'compare.PreviousAlarm': ['absent'] });
      expect(evaluateDetector(account(watched(accountId), { accountId }), activity)).toMatchObject({ compliance: 'NON_COMPLIANT' });
      expect(evaluateDetector(account(estate, { accountId }), activity)).toMatchObject({ compliance: 'COMPLIANT' });
    }

    const [{ activity, first }] = runs as [(typeof runs)[0]];
    const again = await run(RUNBOOK, parameters(activity));
    expect([again.status, changesOf(again)]).toEqual(['Success', []]);
    expect((await names()).length).toBe(2 * ACTIVITIES.length);
    const undo = await run(`${RUNBOOK}-Undo`, undoParameters(RUNBOOK, parameters(activity), first));
    expect(undo, undo.failure).toMatchObject({ status: 'Success' });
    expect(changesOf(undo)).toEqual(['cloudwatch:DeleteAlarms', 'logs:DeleteMetricFilter']);
    expect(await names()).not.toContain(`filter csmm-${activity}`);
    expect(await names()).not.toContain(`alarm csmm-${activity}`);
    expect((await names()).length).toBe(2 * ACTIVITIES.length - 2);
    const undone = await run(`${RUNBOOK}-Undo`, undoParameters(RUNBOOK, parameters(activity), first));
    expect([undone.status, changesOf(undone)]).toEqual(['Success', []]);
  });

  it('adds the alarm to a filter that is there, and its inverse leaves the filter', async () => {
    const { logs, run, parameters, names } = await seeded();
    await logs.send(
      new PutMetricFilterCommand({
        logGroupName: 'trail',
        filterName: 'csmm-vpc-changes',
        filterPattern: `{ ${filterCondition('vpc-changes')} }`,
        metricTransformations: [{ metricNamespace: 'csmm', metricName: 'csmm-vpc-changes', metricValue: '1' }],
      }),
    );
    const first = await run(RUNBOOK, parameters('vpc-changes'));
    expect(changesOf(first)).toEqual(['cloudwatch:PutMetricAlarm']);
    const undo = await run(`${RUNBOOK}-Undo`, undoParameters(RUNBOOK, parameters('vpc-changes'), first));
    expect([undo.status, await names()]).toEqual(['Success', ['filter csmm-vpc-changes']]);
  });

  it('replaces neither a filter nor an alarm of another content', async () => {
    const { logs, alarms, run, parameters } = await seeded();
    const metricTransformations = [{ metricNamespace: 'csmm', metricName: 'csmm-vpc-changes', metricValue: '1' }];
    await logs.send(
      new PutMetricFilterCommand({
        logGroupName: 'trail',
        filterName: 'csmm-vpc-changes',
        filterPattern: '{ $.a = 1 }',
        metricTransformations,
      }),
    );
    const first = await run(RUNBOOK, parameters('vpc-changes'));
    expect([first.status, changesOf(first)]).toEqual(['Failed', []]);
    expect(first.failure).toMatch(/it counts other events/);

    const theirs = {
      Namespace: 'csmm',
      MetricName: 'csmm-root-usage',
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 1,
      Statistic: 'Sum' as const,
    };
    await alarms.send(
      new PutMetricAlarmCommand({ AlarmName: 'csmm-root-usage', ...theirs, ComparisonOperator: 'GreaterThanThreshold', AlarmActions: [] }),
    );
    const second = await run(RUNBOOK, parameters('root-usage'));
    expect([second.status, changesOf(second)]).toEqual(['Failed', []]);
    expect(second.failure).toMatch(/does not notify the topic/);

    const late = { ...theirs, AlarmName: 'csmm-iam-policy-changes', MetricName: 'csmm-iam-policy-changes', Threshold: 100 };
    const { TopicArn } = parameters('iam-policy-changes');
    await alarms.send(
      new PutMetricAlarmCommand({
        ...late,
        ComparisonOperator: 'GreaterThanOrEqualToThreshold',
        AlarmActions: TopicArn as string[],
        ActionsEnabled: true,
      }),
    );
    const third = await run(RUNBOOK, parameters('iam-policy-changes'));
    expect([third.status, changesOf(third)]).toEqual(['Failed', []]);
    expect(third.failure).toMatch(/fires at other values/);
  });
});

it('changes nothing where the log group is gone, of which the emulator says nothing', async () => {
  const plan = planOf('vpc-changes', account(watched()));
  const parameters = { ...(plan?.kind === 'run' && plan.parameters), AutomationAssumeRole: ROLE };
  const call = () => Promise.reject(Object.assign(new Error('made up'), { name: 'ResourceNotFoundException' }));
  const { status, calls } = await runAutomation(runbookText(RUNBOOK), parameters, { call });
  expect([status, calls.map(({ api }) => api)]).toEqual(['Failed', ['DescribeMetricFilters']]);
});
