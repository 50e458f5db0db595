import { Match } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import { ACCOUNT_PREFIX, CARD, RESOURCE_PREFIX } from '../../adapters/aws/keys.ts';
import { READERS } from '../../adapters/aws/readers/index.ts';
import { CONTROLS } from '../../controls/index.ts';
import { readTypes } from '../../core/deployment/read-types.ts';
import { rulePatterns } from '../../lib/event-patterns.ts';
import { WILDCARDS } from '../../lib/least-privilege.ts';
import { allowed, changePatterns, MAX_INLINE_POLICY, resourcesOf, synthesize, target } from './synth.ts';

const { app, template: templateOf } = synthesize();
const template = templateOf('Csmm');
const functions = resourcesOf(template, 'AWS::Lambda::Function');
const queues = resourcesOf(template, 'AWS::SQS::Queue');
const mappings = Object.values(resourcesOf(template, 'AWS::Lambda::EventSourceMapping'));
const rules = Object.values(resourcesOf(template, 'AWS::Events::Rule'));

const serviceOf = (functionId: string): unknown =>
  (functions[functionId]?.Properties.Environment as { Variables: Record<string, string> } | undefined)?.Variables.POWERTOOLS_SERVICE_NAME;

const mappingsOf = (service: string) => mappings.filter(({ Properties }) => serviceOf(target(Properties.FunctionName)) === service);

const patternsOf = (mapping: (typeof mappings)[number]) =>
  (mapping.Properties.FilterCriteria as { Filters: { Pattern: string }[] }).Filters.map(({ Pattern }) => JSON.parse(Pattern));

describe('the stack', () => {
  it('breaks no rule of AWS Solutions', () => {
    expect(new AwsSolutionsChecks(app).validateScope(app).violations).toEqual([]);
  });

  it('stays far below 500 resources', () => {
    expect(Object.keys(template.toJSON().Resources).length).toBeLessThan(150);
  });

  it('tells the names that an operator needs', () => {
    expect(Object.keys(template.toJSON().Outputs)).toEqual(
      expect.arrayContaining([
        'IngestBusName',
        'IngestBusArn',
        'EventsBusName',
        'EventsBusArn',
        'StateTableName',
        'ScoresTableName',
        'DashboardUrl',
      ]),
    );
  });

  it('lets no other account put events', () => {
    template.resourceCountIs('AWS::Events::EventBusPolicy', 0);
    template.resourceCountIs('AWS::CloudFormation::StackSet', 0);
  });
});

describe('the rules', () => {
  const apiCalls = READERS.flatMap(({ refreshedBy }) => refreshedBy);
  const expected = rulePatterns({ resourceTypes: readTypes(CONTROLS), apiCalls }).map(([, { detail }]) => detail);

  it.each(['ingest', 'default'] as const)('take the types of the catalogue and the calls of the readers from the %s bus', (bus) => {
    expect(changePatterns(template, bus).map((pattern) => (pattern as { detail: unknown }).detail)).toEqual(expected);
  });

  it('bring items to the changes, and calls to the readings', () => {
    for (const { Properties } of rules.filter(({ Properties }) => JSON.stringify(Properties).includes('configurationItem')))
      expect(target((Properties.Targets as { Arn: unknown }[])[0]?.Arn)).toMatch(/^IngestionChanges/);
    const calls = rules.filter(({ Properties }) => JSON.stringify(Properties).includes('via CloudTrail'));
    expect(calls.length).toBeGreaterThan(1);
    for (const { Properties } of calls) expect(target((Properties.Targets as { Arn: unknown }[])[0]?.Arn)).toMatch(/^SweepReadings/);
  });

  it('start the planner each minute, a walk after each deployment, and look for what has expired and for what is due', () => {
    const started = rules.flatMap(({ Properties: { ScheduleExpression, EventPattern, Targets } }) =>
      (Targets as { Input?: string }[]).flatMap(({ Input }) => (Input ? [[ScheduleExpression ?? EventPattern, JSON.parse(Input)]] : [])),
    );
    expect(started).toEqual([
      ['rate(1 minute)', { task: 'sweep' }],
      [
        {
          source: ['aws.cloudformation'],
          'detail-type': ['CloudFormation Stack Status Change'],
          detail: { 'stack-id': [{ Ref: 'AWS::StackId' }], 'status-details': { status: ['CREATE_COMPLETE', 'UPDATE_COMPLETE'] } },
        },
        { task: 'walk' },
      ],
      ['rate(5 minutes)', { task: 'expire' }],
      ['rate(1 minute)', { task: 'tick' }],
      ['rate(1 minute)', { task: 'retry' }],
      ['rate(1 hour)', { task: 'heal' }],
      [expect.objectContaining({ source: ['aws.cloudformation'] }), { task: 'rescore' }],
    ]);
  });

  it('each have a dead-letter queue', () => {
    expect(rules.length).toBeGreaterThan(0);
    for (const { Properties } of rules) {
      for (const { DeadLetterConfig } of Properties.Targets as { DeadLetterConfig: { Arn: unknown } }[]) {
        expect(queues).toHaveProperty(target(DeadLetterConfig.Arn));
      }
    }
  });
});

describe('every hop', () => {
  const parked = new Set([
    ...rules.flatMap(({ Properties }) =>
      (Properties.Targets as { DeadLetterConfig: { Arn: unknown } }[]).map(({ DeadLetterConfig }) => target(DeadLetterConfig.Arn)),
    ),
    ...Object.values(queues).flatMap(({ Properties }) => {
      const policy = Properties.RedrivePolicy as { deadLetterTargetArn: unknown } | undefined;
      return policy ? [target(policy.deadLetterTargetArn)] : [];
    }),
    ...mappings.flatMap(({ Properties }) => {
      const destination = Properties.DestinationConfig as { OnFailure: { Destination: unknown } } | undefined;
      return destination ? [target(destination.OnFailure.Destination)] : [];
    }),
    ...Object.values(resourcesOf(template, 'AWS::Lambda::EventInvokeConfig')).map(({ Properties }) =>
      target((Properties.DestinationConfig as { OnFailure: { Destination: unknown } }).OnFailure.Destination),
    ),
  ]);
  const watched = Object.values(resourcesOf(template, 'AWS::CloudWatch::Alarm'))
    .filter(({ Properties }) => Properties.MetricName === 'ApproximateNumberOfMessagesVisible')
    .map(({ Properties }) => target(((Properties.Dimensions as { Value: unknown }[])[0] as { Value: unknown }).Value));

  it('has an alarm on its dead-letter queue', () => {
    expect(parked.size).toBe(7);
    expect(watched).toEqual(expect.arrayContaining([...parked]));
  });

  it('has an alarm on every queue but those for work', () => {
    const work = Object.keys(queues).filter((id) => queues[id]?.Properties.RedrivePolicy !== undefined);
    expect(work).toHaveLength(5);
    expect(watched.sort()).toEqual(
      Object.keys(queues)
        .filter((id) => !work.includes(id))
        .sort(),
    );
  });

  it('has encrypted queues that refuse plain HTTP', () => {
    for (const { Properties } of Object.values(queues)) expect(Properties.SqsManagedSseEnabled).toBe(true);
    const closed = Object.values(resourcesOf(template, 'AWS::SQS::QueuePolicy')).flatMap(({ Properties }) =>
      JSON.stringify(Properties.PolicyDocument).includes('"aws:SecureTransport":"false"')
        ? (Properties.Queues as unknown[]).map(target)
        : [],
    );
    expect(closed.sort()).toEqual(Object.keys(queues).sort());
  });

  it('tells of errors of each function, and of lag', () => {
    const alarms = Object.values(resourcesOf(template, 'AWS::CloudWatch::Alarm')).map(({ Properties }) => Properties);
    const count = (metric: string, threshold: number) =>
      alarms.filter(({ MetricName, Threshold }) => MetricName === metric && Threshold === threshold).length;
    expect(count('Errors', 0)).toBe(7);
    expect(count('IteratorAge', 300_000)).toBe(2);
    expect(count('IteratorAge', 43_200_000)).toBe(2);
    for (const [seconds, queues] of Object.entries({ 60: 1, 300: 1, 1200: 1, 3600: 2 }))
      expect([seconds, count('ApproximateAgeOfOldestMessage', Number(seconds))]).toEqual([seconds, queues]);
    for (const metric of ['AccountsBehind', 'ScoringDrift', 'ChangesMissed']) expect([metric, count(metric, 0)]).toEqual([metric, 1]);
    expect(count('SweepTurnsLate', 72)).toBe(1);
  });
});

describe('the queue of changes', () => {
  it('waits six times as long as the function may run, and gives up after five attempts', () => {
    const [id = ''] = Object.keys(queues).filter((queue) => queue.startsWith('IngestionChanges'));
    expect(queues[id]?.Properties).toMatchObject({ VisibilityTimeout: 180, RedrivePolicy: { maxReceiveCount: 5 } });
  });

  it('is read in small batches by a bounded number of functions', () => {
    expect(mappingsOf('collect').map(({ Properties }) => Properties)).toMatchObject([
      { BatchSize: 10, FunctionResponseTypes: ['ReportBatchItemFailures'], ScalingConfig: { MaximumConcurrency: 20 } },
    ]);
  });
});

describe('the queue of readings', () => {
  it('waits twice as long as the function may run, and gives up after five attempts; live readings settle first', () => {
    const queueOf = (part: string) => Object.entries(queues).find(([id]) => id.startsWith(part))?.[1].Properties;
    const expected = { VisibilityTimeout: 1800, RedrivePolicy: { maxReceiveCount: 5 } };
    expect(queueOf('SweepReadings')).toMatchObject({ ...expected, DelaySeconds: 30 });
    expect(queueOf('SweepUnits')).toMatchObject(expected);
    expect(queueOf('SweepUnits')).not.toHaveProperty('DelaySeconds');
  });

  it.each(['IngestionChanges', 'SweepReadings'])('%s gets each event in the message group of its account', (part) => {
    const targets = rules.flatMap(({ Properties }) => Properties.Targets as { Arn: unknown; SqsParameters?: unknown }[]);
    const onQueue = targets.filter(({ Arn }) => target(Arn).startsWith(part));
    expect(onQueue.length).toBeGreaterThan(0);
    for (const { SqsParameters } of onQueue) expect(SqsParameters).toEqual({ MessageGroupId: '$.account' });
  });

  it('is read in batches that gather what comes together, by a bounded number of functions', () => {
    expect(mappingsOf('read').map(({ Properties }) => Properties)).toMatchObject([
      {
        BatchSize: 20,
        MaximumBatchingWindowInSeconds: 5,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        ScalingConfig: { MaximumConcurrency: 5 },
      },
      { BatchSize: 1, FunctionResponseTypes: ['ReportBatchItemFailures'], ScalingConfig: { MaximumConcurrency: 4 } },
    ]);
  });
});

describe('the queues of scoring runs', () => {
  it('are FIFO by account, and wait a little so that a burst is one run', () => {
    const runs = Object.entries(queues).filter(([id]) => /^Scoring(Runs|Rejudge)/.test(id));
    expect(runs.map(([, { Properties }]) => Properties.DelaySeconds).sort()).toEqual([2, 30]);
    for (const [, { Properties }] of runs) {
      expect(Properties).toMatchObject({
        FifoQueue: true,
        DeduplicationScope: 'messageGroup',
        FifoThroughputLimit: 'perMessageGroupId',
        VisibilityTimeout: 360,
        RedrivePolicy: { maxReceiveCount: 10 },
      });
      const { deadLetterTargetArn } = Properties.RedrivePolicy as { deadLetterTargetArn: unknown };
      expect(queues[target(deadLetterTargetArn)]?.Properties.FifoQueue).toBe(true);
    }
  });

  it('are read one message at a time', () => {
    expect(mappingsOf('score').map(({ Properties }) => [Properties.BatchSize, Properties.ScalingConfig])).toEqual([
      [1, { MaximumConcurrency: 20 }],
      [1, { MaximumConcurrency: 3 }],
    ]);
  });
});

describe('the streams', () => {
  it('are read from the oldest record, for as long as they have it, and park what fails', () => {
    const streams = [...mappingsOf('relay'), ...mappingsOf('notify')];
    expect(streams).toHaveLength(3);
    for (const { Properties } of streams) {
      expect(Properties).toMatchObject({
        StartingPosition: 'TRIM_HORIZON',
        BisectBatchOnFunctionError: true,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        DestinationConfig: { OnFailure: { Destination: expect.anything() } },
      });
      expect(Properties).not.toHaveProperty('MaximumRecordAgeInSeconds');
      expect(Properties).not.toHaveProperty('MaximumRetryAttempts');
    }
  });

  it('have at most two readers each, as triage reads the state too', () => {
    const readers = [...mappingsOf('relay'), ...mappingsOf('notify')].map(({ Properties }) => target(Properties.EventSourceArn));
    expect(readers.filter((id) => !id.startsWith('StateScores'))).toHaveLength(1);
    expect(readers.filter((id) => id.startsWith('StateScores'))).toHaveLength(2);
  });

  it('wake the relay for resources, lists and heartbeats soon, and for scorecards of accounts together', () => {
    const byWindow = new Map(mappingsOf('relay').map((mapping) => [mapping.Properties.MaximumBatchingWindowInSeconds, mapping]));
    expect([...byWindow.keys()].sort()).toEqual([1, 5]);
    expect(patternsOf(byWindow.get(1)!)).toEqual([
      { dynamodb: { Keys: { pk: { S: [{ prefix: RESOURCE_PREFIX }, { prefix: 'I#' }, { prefix: 'H#' }] } } } },
    ]);
    expect(patternsOf(byWindow.get(5)!)).toEqual([{ dynamodb: { Keys: { pk: { S: [{ prefix: ACCOUNT_PREFIX }] }, sk: { S: [CARD] } } } }]);
  });

  it('wake notification for scorecards alone', () => {
    expect(mappingsOf('notify').flatMap(patternsOf)).toEqual([{ dynamodb: { Keys: { sk: { S: [CARD] } } } }]);
    expect(mappingsOf('notify').map(({ Properties }) => Properties.BatchSize)).toEqual([25]);
  });
});

describe('the tables', () => {
  const tables = Object.values(resourcesOf(template, 'AWS::DynamoDB::GlobalTable'));

  it('outlive the stack and can be restored', () => {
    expect(tables).toHaveLength(2);
    for (const table of tables) {
      expect(table).toMatchObject({
        DeletionPolicy: 'Retain',
        UpdateReplacePolicy: 'Retain',
        Properties: {
          BillingMode: 'PAY_PER_REQUEST',
          TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
          StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
          Replicas: [{ DeletionProtectionEnabled: true, PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } }],
        },
      });
    }
  });
});

/** Reads, and the one action that has IAM write down what it knows of its users. */
const IS_READ = /^[a-z0-9-]+:(Get|List|Describe|Lookup|GET$)|^iam:GenerateCredentialReport$/;

describe('each function', () => {
  it('runs on the agreed runtime, traced, and logs to a group that forgets', () => {
    expect(Object.keys(functions).map(serviceOf).sort()).toEqual(['collect', 'notify', 'read', 'relay', 'score', 'sweep', 'upkeep']);
    template.allResourcesProperties('AWS::Lambda::Function', {
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      TracingConfig: { Mode: 'Active' },
      LoggingConfig: { LogGroup: Match.anyValue() },
    });
    template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 30 });
  });

  it('has a role with policies of its own alone', () => {
    for (const { Properties } of Object.values(resourcesOf(template, 'AWS::IAM::Role'))) {
      expect(Properties).not.toHaveProperty('ManagedPolicyArns');
    }
  });

  const basics = ['logs:CreateLogStream', 'logs:PutLogEvents', ...WILDCARDS.tracing.actions];
  const stream = ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:ListStreams'];
  const collects = ['dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query', 'dynamodb:UpdateItem'];
  const receive = ['sqs:ChangeMessageVisibility', 'sqs:DeleteMessage', 'sqs:ReceiveMessage'];
  const park = ['sqs:GetQueueAttributes', 'sqs:GetQueueUrl', 'sqs:SendMessage'];

  it.each([
    [
      'collect',
      'IngestionCollectRole',
      [
        ...basics,
        ...collects,
        'config:GetResourceConfigHistory',
        'sqs:ChangeMessageVisibility',
        'sqs:DeleteMessage',
        'sqs:ReceiveMessage',
        ...park,
      ],
    ],
    ['relay', 'ScoringRelayRole', [...basics, ...stream, ...park, 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem']],
    ['upkeep', 'ScoringUpkeepRole', [...basics, 'sqs:GetQueueAttributes', 'sqs:GetQueueUrl', 'sqs:SendMessage', ...collects]],
    ['score', 'ScoringScoreRole', [...basics, ...receive, ...park, ...collects]],
    ['notify', 'NotificationNotifyRole', [...basics, ...stream, ...park, 'events:PutEvents']],
    [
      'read',
      'SweepReadRole',
      [...new Set([...basics, ...collects, ...park, ...receive, ...READERS.flatMap(({ permissions }) => permissions)])],
    ],
    ['sweep', 'SweepPlanRole', [...basics, ...collects, ...park]],
  ])('may do exactly what %s needs', (_, role, actions) => {
    const granted = new Set(allowed(template, role).flatMap((statement) => statement.actions));
    expect([...granted].sort()).toEqual([...actions].sort());
  });

  it('writes to the tables that are its own', () => {
    const writes = (role: string) =>
      allowed(template, role)
        .filter(({ actions }) => actions.some((action) => /^dynamodb:(Put|Update|Delete)/.test(action)))
        .flatMap(({ resources }) => resources)
        .map((id) => (id.startsWith('StateScores') ? 'scores' : 'state'));
    expect(writes('IngestionCollectRole')).toEqual(['state']);
    expect(writes('ScoringScoreRole').sort()).toEqual(['scores', 'state']);
    expect(writes('NotificationNotifyRole')).toEqual([]);
    expect(writes('SweepReadRole')).toEqual(['state']);
    expect(writes('SweepPlanRole')).toEqual(['state']);
  });

  it('writes what joins find into the state, and nothing else there', () => {
    const [onState] = allowed(template, 'ScoringScoreRole').filter(
      ({ actions, resources }) => actions.includes('dynamodb:PutItem') && !resources.some((id) => id.startsWith('StateScores')),
    );
    expect(onState).toMatchObject({
      actions: ['dynamodb:PutItem'],
      condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['J#*'] }, Null: { 'dynamodb:LeadingKeys': 'false' } },
    });
  });

  it('lets no function that writes resources write the settings', () => {
    for (const role of ['IngestionCollectRole', 'SweepReadRole']) {
      template.hasResourceProperties('AWS::IAM::Policy', {
        PolicyDocument: {
          Statement: Match.arrayWith([
            Match.objectLike({
              Effect: 'Deny',
              Action: ['dynamodb:DeleteItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
              Condition: { 'ForAnyValue:StringLike': { 'dynamodb:LeadingKeys': ['C#*'] } },
            }),
          ]),
        },
        Roles: [{ Ref: Match.stringLikeRegexp(`^${role}`) }],
      });
    }
  });

  it('reads the estate, and changes nothing in it', () => {
    const onEverything = allowed(template, '').flatMap(({ actions, resources }) => (resources.includes('*') ? actions : []));
    const own = new Set<string>(WILDCARDS.tracing.actions);
    expect(onEverything.length).toBeGreaterThan(READERS.length);
    expect(onEverything.filter((action) => !own.has(action) && !IS_READ.test(action))).toEqual([]);
  });

  it('has a role policy within the quota of IAM', () => {
    for (const { Properties } of Object.values(resourcesOf(template, 'AWS::IAM::Policy')))
      expect(JSON.stringify(Properties.PolicyDocument).length).toBeLessThan(MAX_INLINE_POLICY);
  });

  it('takes no wildcard but the explained ones', () => {
    const explained = new Set(
      Object.values(WILDCARDS).flatMap(({ actions, resource }) => actions.map((action) => `${action} ${resource}`)),
    );
    const wild = allowed(template, '').flatMap(({ actions, resources }) =>
      actions.flatMap((action) =>
        resources.filter((resource) => `${action}${resource}`.includes('*')).map((resource) => `${action} ${resource}`),
      ),
    );
    expect(wild.length).toBeGreaterThan(0);
    expect(wild.filter((permission) => !explained.has(permission))).toEqual([]);
  });
});

describe('the dashboard', () => {
  const body = JSON.stringify(resourcesOf(template, 'AWS::CloudWatch::Dashboard'));

  it.each([
    'OverallScore',
    'PotentialScore',
    'Coverage',
    'MaturityLevel',
    'FailedControls',
    'UnknownControls',
    'LevelScore',
    'PillarScore',
    'EventsApplied',
    'EventsDuplicate',
    'EventsStale',
    'EventsIgnored',
    'EventsRejected',
    'UnitsDue',
    'UnitsRead',
    'SweepTurnsLate',
    'ReadingsComplete',
    'ReadingsIncomplete',
    'ResourcesRead',
    'ResourcesRemoved',
    'EvidenceExpired',
    'ApproximateAgeOfOldestMessage',
    'ApproximateNumberOfMessagesVisible',
    'IteratorAge',
    'Errors',
  ])('shows %s', (metric) => {
    expect(body).toContain(`\\"${metric}\\"`);
  });
});
