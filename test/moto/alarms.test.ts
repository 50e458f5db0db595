/** Moto counts no subscription of a topic as confirmed: that a topic with a subscriber passes is left to mocks. */
import { CloudTrailClient, CreateTrailCommand, PutEventSelectorsCommand, StartLoggingCommand } from '@aws-sdk/client-cloudtrail';
import { CloudWatchClient, PutMetricAlarmCommand, type PutMetricAlarmCommandInput } from '@aws-sdk/client-cloudwatch';
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  DeleteMetricFilterCommand,
  DescribeLogGroupsCommand,
  PutMetricFilterCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { describe, expect, it } from 'vitest';
import { cloudtrailTrails } from '../../adapters/aws/readers/cloudtrail-trails.ts';
import { cloudWatchAlarms } from '../../adapters/aws/readers/cloudwatch-alarms.ts';
import { eventsRules } from '../../adapters/aws/readers/events-rules.ts';
import { logsMetricFilters } from '../../adapters/aws/readers/logs-metric-filters.ts';
import type { ReadContext } from '../../adapters/aws/readers/reader.ts';
import { snsTopics } from '../../adapters/aws/readers/sns-topics.ts';
import { inProcessPipeline } from '../../cli/in-process.ts';
import { CATALOGUE } from '../../controls/catalogue.ts';
import { DOCUMENTED_CONTROLS } from '../../controls/documented.ts';
import { ACTIVITIES, type ActivityId, canonicalEvents } from '../../core/detection/activities.ts';
import { parseFacts, parserOf } from '../../core/facts/index.ts';
import { cisPattern, eventPattern } from '../support/alarms.ts';
import { freshAccount, useMoto } from '../support/moto.ts';
import { readAll, readContext, readFacts } from '../support/readers.ts';

const REGION = 'eu-west-1';
const READERS = [cloudtrailTrails, cloudWatchAlarms, eventsRules, logsMetricFilters, snsTopics];

/** The status of each alarm control, by its activity. */
async function statuses(context: ReadContext): Promise<Record<string, string | undefined>> {
  const pipeline = inProcessPipeline(CATALOGUE);
  // Of the sign-ins' Regions one is enough to fail.
  const runs = [...READERS.map((reader) => readAll(reader, context)), readAll(eventsRules, { ...context, region: 'us-east-1' })];
  for (const items of await Promise.all(runs)) {
    for (const item of items) {
      const parser = parserOf(item.resource.resourceType);
      const parsed = parser && parseFacts(item, parser);
      if (parsed) await pipeline.take({ resource: item.resource, capturedAt: item.capturedAt, parsed });
    }
  }
  await pipeline.settle();
  const { controls = {} } = (await pipeline.result()).accounts[context.accountId] ?? {};
  return Object.fromEntries(
    ACTIVITIES.map((activity) => {
      const id = DOCUMENTED_CONTROLS.find(({ slug }) => slug === `alarm-${activity}`)?.id ?? '';
      return [activity, controls[id]?.status];
    }),
  );
}

const allFail = Object.fromEntries(ACTIVITIES.map((activity) => [activity, 'FAILED']));
const allPass = Object.fromEntries(ACTIVITIES.map((activity) => [activity, 'PASSED']));

describe.skipIf(!useMoto())('an emulated account with the alarms of the CIS benchmark', () => {
  it('passes every alarm control, and fails the one whose link is broken', async () => {
    const { accountId, credentials } = await freshAccount();
    const config = { region: REGION, credentials };
    const context = readContext({ accountId, region: REGION }, { credentials });
    const [cloudTrail, logs, cloudWatch, events] = [
      new CloudTrailClient(config),
      new CloudWatchLogsClient(config),
      new CloudWatchClient(config),
      new EventBridgeClient(config),
    ];
    expect(await statuses(context)).toEqual(allFail);

    await new S3Client({ ...config, forcePathStyle: true }).send(
      new CreateBucketCommand({ Bucket: `trail-${accountId}`, CreateBucketConfiguration: { LocationConstraint: REGION } }),
    );
    await logs.send(new CreateLogGroupCommand({ logGroupName: 'trail' }));
    const { logGroups = [] } = await logs.send(new DescribeLogGroupsCommand({}));
    await cloudTrail.send(
      new CreateTrailCommand({
        Name: 'main',
        S3BucketName: `trail-${accountId}`,
        IsMultiRegionTrail: true,
        CloudWatchLogsLogGroupArn: logGroups[0]?.arn,
        CloudWatchLogsRoleArn: `arn:aws:iam::${accountId}:role/trail`,
      }),
    );
    await cloudTrail.send(
      new PutEventSelectorsCommand({ TrailName: 'main', EventSelectors: [{ ReadWriteType: 'All', IncludeManagementEvents: true }] }),
    );
    await cloudTrail.send(new StartLoggingCommand({ Name: 'main' }));
    const { TopicArn = '' } = await new SNSClient(config).send(new CreateTopicCommand({ Name: 'security' }));
    // The emulator keeps the former filter of a name.
    const filterWith = async (activity: ActivityId, filterPattern: string, filterName: string = activity) => {
      await logs.send(new DeleteMetricFilterCommand({ logGroupName: 'trail', filterName })).catch(() => undefined);
      await logs.send(
        new PutMetricFilterCommand({
          logGroupName: 'trail',
          filterName,
          filterPattern,
          metricTransformations: [{ metricNamespace: 'CIS', metricName: activity, metricValue: '1' }],
        }),
      );
    };
    const alarmCalling = (activity: ActivityId, action: string, parts: Partial<PutMetricAlarmCommandInput> = {}) =>
      cloudWatch.send(
        new PutMetricAlarmCommand({
          AlarmName: activity,
          Namespace: 'CIS',
          MetricName: activity,
          Statistic: 'Sum',
          Period: 300,
          EvaluationPeriods: 1,
          Threshold: 1,
          ComparisonOperator: 'GreaterThanOrEqualToThreshold',
          AlarmActions: [action],
          ActionsEnabled: true,
          ...parts,
        }),
      );
    for (const activity of ACTIVITIES) {
      await filterWith(activity, cisPattern(activity));
      await alarmCalling(activity, TopicArn);
    }
    expect(await statuses(context)).toEqual(allFail);

    const tell = `arn:aws:lambda:${REGION}:${accountId}:function:tell`;
    for (const activity of ACTIVITIES) await alarmCalling(activity, tell);
    expect(await statuses(context)).toEqual(allPass);

    await alarmCalling('vpc-changes', tell, { ActionsEnabled: false });
    expect(await statuses(context)).toEqual({ ...allPass, 'vpc-changes': 'FAILED' });
    for (const parts of [{ Threshold: 2 }, { Period: 86_400 }, { EvaluationPeriods: 2 }, { TreatMissingData: 'breaching' }]) {
      await alarmCalling('vpc-changes', tell, parts);
      expect(await statuses(context), JSON.stringify(parts)).toEqual({ ...allPass, 'vpc-changes': 'FAILED' });
    }
    await alarmCalling('vpc-changes', tell);
    const [first = '', ...rest] = canonicalEvents('vpc-changes').map((name) => `$.eventName = ${name}`);
    await filterWith('vpc-changes', `{ ${first} }`);
    expect(await statuses(context)).toEqual({ ...allPass, 'vpc-changes': 'FAILED' });
    await filterWith('vpc-changes', `{ ${rest.join(' || ')} }`, 'vpc-changes-2');
    expect(await statuses(context)).toEqual(allPass);
    await filterWith('vpc-changes', '{ $.eventName = * }', 'vpc-changes-2');
    expect(await statuses(context)).toEqual({ ...allPass, 'vpc-changes': 'FAILED' });
    await filterWith('vpc-changes', `{ $.eventName = %${canonicalEvents('vpc-changes').join('|')}% }`, 'vpc-changes-2');
    expect(await statuses(context)).toEqual(allPass);

    await filterWith('iam-policy-changes', cisPattern('iam-policy-changes', 1));
    expect(await statuses(context)).toEqual({ ...allPass, 'iam-policy-changes': 'FAILED' });

    await events.send(new PutRuleCommand({ Name: 'root', EventPattern: eventPattern('root-usage'), State: 'ENABLED' }));
    await events.send(new PutTargetsCommand({ Rule: 'root', Targets: [{ Id: '1', Arn: TopicArn }] }));
    expect(Object.values(await readFacts(eventsRules, context))).toContainEqual({
      facts: {
        enabled: true,
        detects: { anywhere: { readable: true, activities: { 'root-usage': '11111', 'console-auth-failures': '001' } }, named: {} },
        targets: [TopicArn],
      },
      missing: {},
    });
  });
});
