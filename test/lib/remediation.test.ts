import { readFileSync } from 'node:fs';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import { READERS } from '../../adapters/aws/readers/index.ts';
import { DUE_INDEX, REMEDIATION_PREFIX } from '../../adapters/aws/remediation-keys.ts';
import { roleOf } from '../../core/remediation/model/remedy.ts';
import { WILDCARDS } from '../../lib/least-privilege.ts';
import { MAX_STORED_TEMPLATE_BYTES, renderRemediationTemplate } from '../../lib/remediation-member-stack.ts';
import { actionsOf, companionsOf, grantsOf } from '../../lib/runbooks/permissions.ts';
import { readRunbooks } from '../../lib/runbooks/read.ts';
import { permissionsIn, textOf } from './policies.ts';
import { MAX_INLINE_POLICY, type Resource, resourcesOf, synthesize, target } from './synth.ts';

const HOME = { homeRegion: 'eu-west-1', regions: 'us-east-1', remediation: 'true' };
const ORGANIZATION = { ...HOME, organizationId: 'o-a1b2c3d4e5', organizationalUnits: 'ou-ab12-a1b2c3d4' };
const alarmTopicArn = 'arn:aws:sns:eu-west-1:111111111111:alarms';

const runbooks = readRunbooks();
const documents = runbooks.flatMap((runbook) => runbook.documents);
const alone = synthesize({ ...HOME, customerManagedKey: 'true', alarmTopicArn });
const organization = synthesize(ORGANIZATION);
const self = synthesize({ ...ORGANIZATION, stackSetCallAs: 'SELF' });
const own = alone.template('Csmm-Remediation');
const central = organization.template('Csmm-Remediation');
const body = renderRemediationTemplate(runbooks);
const member = Template.fromJSON(JSON.parse(body));

type Json = Record<string, unknown>;
const stackNames = ({ app }: typeof alone): string[] => app.node.children.map(({ node }) => node.id).filter((id) => id.startsWith('Csmm'));
const valuesOf = (template: Template, type: string): Resource[] => Object.values(resourcesOf(template, type));
const withPrefix = (template: Template, type: string, prefix: string): string[] =>
  Object.keys(resourcesOf(template, type)).filter((id) => id.startsWith(prefix));
const environmentOf = (template: Template, service: string): Json | undefined =>
  valuesOf(template, 'AWS::Lambda::Function')
    .map(({ Properties }) => (Properties.Environment as { Variables: Json }).Variables)
    .find(({ POWERTOOLS_SERVICE_NAME: name }) => name === service);
const roleNamed = (template: Template, name: string): Resource => {
  const [role] = valuesOf(template, 'AWS::IAM::Role').filter(({ Properties }) => Properties.RoleName === name);
  if (!role) throw new Error(`no role ${name}`);
  return role;
};

describe('the stacks of remediation', () => {
  it('stand in the home Region and, in one account, in each other Region', () => {
    expect(stackNames(alone)).toEqual(['Csmm', 'Csmm-Forward-us-east-1', 'Csmm-Remediation', 'Csmm-Runbooks-us-east-1']);
    expect(stackNames(organization)).toEqual(['Csmm', 'Csmm-Remediation']);
    expect(stackNames(self)).toEqual(['Csmm', 'Csmm-Forward-us-east-1', 'Csmm-Remediation', 'Csmm-Runbooks-us-east-1']);
  });

  it.each([
    ['one account', alone],
    ['an organization', organization],
    ['a management account', self],
  ])('break no rule of AWS Solutions in %s', (_, { app }) => {
    expect(new AwsSolutionsChecks(app).validateScope(app).violations).toEqual([]);
  });

  it('add nothing to the stack that reads but the names that they import', () => {
    const { remediation: _, ...without } = ORGANIZATION;
    const resources = (template: Template) => template.toJSON().Resources;
    expect(resources(organization.template('Csmm'))).toEqual(resources(synthesize(without).template('Csmm')));
  });

  it('are far below what CloudFormation allows', () => {
    for (const template of [own, central, member, self.template('Csmm-Remediation'), alone.template('Csmm-Runbooks-us-east-1')]) {
      expect(Object.keys(template.toJSON().Resources).length).toBeLessThan(500);
      expect(Buffer.byteLength(JSON.stringify(template.toJSON()))).toBeLessThan(MAX_STORED_TEMPLATE_BYTES);
    }
  });
});

describe('the documents', () => {
  it.each([
    ['the account itself', own],
    ['another Region of it', alone.template('Csmm-Runbooks-us-east-1')],
    ['a management account', self.template('Csmm-Remediation')],
    ['a member account', member],
  ])('in %s are the files, by their names', (_, template) => {
    const made = valuesOf(template, 'AWS::SSM::Document').map(({ Properties }) => Properties);
    expect(made.map(({ Name }) => Name).sort()).toEqual(documents.map(({ name }) => name).sort());
    for (const { Name, Content, ...rest } of made) {
      expect(rest).toEqual({ DocumentType: 'Automation', DocumentFormat: 'YAML', UpdateMethod: 'NewVersion' });
      expect(Content).toBe(readFileSync(new URL(`../../runbooks/${Name}.yaml`, import.meta.url), 'utf8'));
    }
  });

  it('do not stand in the security account, which the stack set reaches like any member', () => {
    central.resourceCountIs('AWS::SSM::Document', 0);
    expect(JSON.stringify(valuesOf(central, 'AWS::IAM::Role'))).not.toContain('"RoleName"');
  });
});

describe.each([
  ['a member account', member],
  ['the account itself', own],
])('the roles of %s', (_, template) => {
  it.each(runbooks.map((runbook) => [roleOf(runbook.name), runbook] as const))('%s may do what its steps call', (name, runbook) => {
    const role = roleNamed(template, name);
    const statements = (role.Properties.Policies as { PolicyDocument: { Statement: Json[] } }[]).flatMap(
      ({ PolicyDocument }) => PolicyDocument.Statement,
    );
    const beside = companionsOf(actionsOf(runbook)).flatMap(([, { actions }]) => actions);
    expect(new Set(statements.flatMap(({ Action }) => Action))).toEqual(new Set([...actionsOf(runbook), ...beside]));
    const resources = statements.flatMap(({ Resource }) => [Resource].flat()).map(textOf);
    const expected = grantsOf(runbook).flatMap((grant) =>
      grant.resources.map((arn) => (arn === '*' ? '*' : `arn:<AWS::Partition>:${arn.replace('ACCOUNT', '<AWS::AccountId>')}`)),
    );
    expect(new Set(resources)).toEqual(new Set(expected));
    expect(JSON.stringify(role.Properties.Policies).length).toBeLessThan(MAX_INLINE_POLICY);
    expect(role.Properties).not.toHaveProperty('ManagedPolicyArns');
  });

  it('of runbooks trust Systems Manager alone, for executions of the account', () => {
    for (const { name } of runbooks) {
      expect(roleNamed(template, roleOf(name)).Properties.AssumeRolePolicyDocument).toMatchObject({
        Statement: [
          {
            Effect: 'Allow',
            Action: 'sts:AssumeRole',
            Principal: { Service: 'ssm.amazonaws.com' },
            Condition: {
              StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
              ArnLike: { 'aws:SourceArn': expect.objectContaining({ 'Fn::Join': expect.anything() }) },
            },
          },
        ],
      });
    }
    const { Statement: statements } = roleNamed(template, roleOf(runbooks[0]!.name)).Properties.AssumeRolePolicyDocument as {
      Statement: { Condition: { ArnLike: Json } }[];
    };
    expect(statements.map(({ Condition: { ArnLike } }) => textOf(ArnLike['aws:SourceArn']))).toEqual([
      'arn:<AWS::Partition>:ssm:*:<AWS::AccountId>:automation-execution/*',
    ]);
  });

  it('assume nothing, and only two of them pass roles: to Systems Manager, and to flow logs', () => {
    const permissions = permissionsIn(template).filter(({ policy }) => policy.startsWith('Roles'));
    expect(permissions.filter(({ action }) => action.startsWith('sts:'))).toEqual([]);
    const passed = permissions.filter(({ action }) => action === 'iam:PassRole');
    const toSsm = passed.filter(({ policy }) => policy.startsWith('RolesRemediate'));
    expect(toSsm.map(({ resource }) => textOf(resource)).sort()).toEqual(
      runbooks.map(({ name }) => `arn:<AWS::Partition>:iam::<AWS::AccountId>:role/${roleOf(name)}`).sort(),
    );
    for (const { condition } of toSsm) expect(condition).toEqual({ StringEquals: { 'iam:PassedToService': 'ssm.amazonaws.com' } });
    const rest = passed.filter((permission) => !toSsm.includes(permission));
    expect(rest.map(({ resource, condition }) => [textOf(resource), condition])).toEqual([
      [
        'arn:<AWS::Partition>:iam::<AWS::AccountId>:role/csmm-flow-logs',
        { StringEquals: { 'iam:PassedToService': 'vpc-flow-logs.amazonaws.com' } },
      ],
    ]);
  });

  it('csmm-remediate may start these documents, follow executions, and nothing else', () => {
    const permissions = permissionsIn(template).filter(({ policy }) => /^Roles(Remediate|Documents|Definitions)/.test(policy));
    const on = (action: string) =>
      permissions
        .filter((permission) => permission.action === action)
        .map(({ resource }) => textOf(resource))
        .sort();
    const arn = (path: string) => `arn:<AWS::Partition>:ssm:*:<AWS::AccountId>:${path}`;
    const executions = arn('automation-execution/*');
    const described = documents.map(({ name }) => arn(`document/${name}`)).sort();
    expect([...new Set(permissions.map(({ action }) => action))].sort()).toEqual([
      'cloudtrail:LookupEvents',
      'ec2:DescribeTags',
      'iam:ListUserTags',
      'iam:PassRole',
      'rds:DescribeDBClusters',
      'rds:DescribeDBInstances',
      's3:GetBucketTagging',
      'ssm:AddTagsToResource',
      'ssm:DescribeAutomationExecutions',
      'ssm:GetAutomationExecution',
      'ssm:GetDocument',
      'ssm:StartAutomationExecution',
      'ssm:StopAutomationExecution',
      'tag:GetResources',
    ]);
    expect(on('ssm:GetDocument')).toEqual(described);
    expect(on('ssm:StartAutomationExecution')).toEqual(
      [executions, ...described, ...documents.map(({ name }) => arn(`automation-definition/${name}:*`))].sort(),
    );
    for (const action of ['ssm:AddTagsToResource', 'ssm:GetAutomationExecution', 'ssm:StopAutomationExecution'])
      expect(on(action)).toEqual([executions]);
    for (const action of ['cloudtrail:LookupEvents', 'ssm:DescribeAutomationExecutions', 'tag:GetResources'])
      expect(on(action)).toEqual(['*']);
  });

  it('csmm-remediate has policies that are attached to it alone, and within the quota of IAM', () => {
    const [id] =
      Object.entries(resourcesOf(template, 'AWS::IAM::Role')).find(([, { Properties }]) => Properties.RoleName === 'csmm-remediate') ?? [];
    // Those for people are attached to no one: test/lib/people.test.ts.
    const policies = valuesOf(template, 'AWS::IAM::ManagedPolicy')
      .map(({ Properties }) => Properties)
      .filter(({ Roles }) => Roles !== undefined);
    expect(policies.length).toBeLessThanOrEqual(10);
    for (const { Roles, PolicyDocument } of policies) {
      expect((Roles as unknown[]).map(target)).toEqual([id]);
      const statement = (PolicyDocument as { Statement: Json[] }).Statement[0];
      const arns = [statement?.Resource]
        .flat()
        .map((arn) => textOf(arn).replace('<AWS::Partition>', 'aws-us-gov').replace('<AWS::AccountId>', '111111111111'));
      expect(JSON.stringify({ ...statement, Resource: arns }).length).toBeLessThan(6_000);
    }
  });

  it('csmm-flow-logs is for flow logs of the account', () => {
    expect(roleNamed(template, 'csmm-flow-logs').Properties.AssumeRolePolicyDocument).toMatchObject({
      Statement: [
        {
          Principal: { Service: 'vpc-flow-logs.amazonaws.com' },
          Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } }, ArnLike: { 'aws:SourceArn': expect.anything() } },
        },
      ],
    });
  });
});

describe('a member account', () => {
  const trustOf = (name: string) => roleNamed(member, name).Properties.AssumeRolePolicyDocument;
  const trusted = {
    Statement: [
      {
        Effect: 'Allow',
        Action: 'sts:AssumeRole',
        Principal: { AWS: { Ref: 'RemediatorRoleArn' } },
        Condition: { StringEquals: { 'sts:ExternalId': { Ref: 'ExternalId' } } },
      },
    ],
  };

  it.each(['csmm-remediate', 'csmm-remediate-read'])('has the role %s for the function that remediates alone', (name) => {
    expect(trustOf(name)).toMatchObject(trusted);
    expect((trustOf(name) as { Statement: unknown[] }).Statement).toHaveLength(1);
  });

  it('lets evidence be read and nothing else by csmm-remediate-read', () => {
    const read = permissionsIn(member).filter(({ policy }) => policy.startsWith('ReadRole'));
    expect(read.map(({ action }) => action).sort()).toEqual([...WILDCARDS.evidence.actions].sort());
    expect(WILDCARDS.evidence.actions).toEqual([...new Set(READERS.flatMap(({ permissions }) => permissions))].sort());
  });

  it('has roles in the home Region alone, and documents in every Region', () => {
    const roles = [...valuesOf(member, 'AWS::IAM::Role'), ...valuesOf(member, 'AWS::IAM::ManagedPolicy')];
    const [forwarding, ...others] = roles.sort((a, b) => Number(a.Condition !== undefined) - Number(b.Condition !== undefined));
    expect(JSON.stringify(forwarding)).toContain('events.amazonaws.com');
    expect(new Set(others.map(({ Condition }) => Condition))).toEqual(new Set(['IsHomeRegion']));
    for (const { Condition } of valuesOf(member, 'AWS::SSM::Document')) expect(Condition).toBeUndefined();
    member.hasCondition('IsHomeRegion', { 'Fn::Equals': [{ Ref: 'AWS::Region' }, { Ref: 'HomeRegion' }] });
  });

  it('is deployed from a stored template, with every parameter that it asks for', () => {
    const { Properties } = valuesOf(central, 'AWS::CloudFormation::StackSet')[0]!;
    expect(Properties).toMatchObject({
      StackSetName: 'csmm-remediation',
      PermissionModel: 'SERVICE_MANAGED',
      CallAs: 'DELEGATED_ADMIN',
      StackInstancesGroup: [{ DeploymentTargets: { OrganizationalUnitIds: ['ou-ab12-a1b2c3d4'] }, Regions: ['eu-west-1', 'us-east-1'] }],
    });
    expect(Properties).not.toHaveProperty('TemplateBody');
    expect(textOf((Properties.TemplateURL as { 'Fn::Sub': string })['Fn::Sub'])).toMatch(/^https:\/\/s3\..*\.json$/);
    const given = (Properties.Parameters as { ParameterKey: string; ParameterValue: unknown }[]).map(({ ParameterKey }) => ParameterKey);
    expect(given.sort()).toEqual(Object.keys(JSON.parse(body).Parameters).sort());
    expect(body).not.toMatch(/cdk-hnb659fds|BootstrapVersion|AssetParameters/);
  });
});

describe('the ends of executions', () => {
  const ended = {
    source: ['aws.ssm'],
    'detail-type': ['EC2 Automation Execution Status-change Notification'],
    detail: { Definition: [{ prefix: 'CSMM-' }], Status: [{ 'anything-but': ['Pending', 'InProgress', 'Waiting', 'Cancelling'] }] },
  };
  const rulesOf = (template: Template) =>
    valuesOf(template, 'AWS::Events::Rule').filter(({ Properties }) =>
      /aws\.(ssm|iam)"/.test(JSON.stringify(Properties.EventPattern ?? '')),
    );

  it('come from the ingest bus and, in one account, from its own', () => {
    const buses = (template: Template) => rulesOf(template).map(({ Properties }) => Properties.EventBusName !== undefined);
    expect(buses(own).sort()).toEqual([false, true]);
    expect(buses(central)).toEqual([true]);
    expect(buses(self.template('Csmm-Remediation')).sort()).toEqual([false, true]);
    for (const { Properties } of [...rulesOf(own), ...rulesOf(central)]) expect(Properties.EventPattern).toEqual(ended);
  });

  it.each([
    ['member accounts', member],
    ['other Regions', alone.template('Csmm-Runbooks-us-east-1')],
  ])('are forwarded from %s, and parked where they do not arrive', (_, template) => {
    const rules = rulesOf(template);
    expect(rules.map(({ Properties }) => Properties.EventPattern)).toEqual([ended]);
    expect(rules[0]?.Properties.Targets).toMatchObject([{ RoleArn: expect.anything(), DeadLetterConfig: { Arn: expect.anything() } }]);
  });
});

describe('every hop', () => {
  const queues = resourcesOf(own, 'AWS::SQS::Queue');
  const destinations = [
    ...valuesOf(own, 'AWS::Events::Rule').flatMap(({ Properties }) =>
      (Properties.Targets as { DeadLetterConfig: { Arn: unknown } }[]).map(({ DeadLetterConfig }) => DeadLetterConfig.Arn),
    ),
    ...Object.values(queues).flatMap(({ Properties }) =>
      Properties.RedrivePolicy ? [(Properties.RedrivePolicy as { deadLetterTargetArn: unknown }).deadLetterTargetArn] : [],
    ),
    ...valuesOf(own, 'AWS::Lambda::EventInvokeConfig').map(
      ({ Properties }) => (Properties.DestinationConfig as { OnFailure: { Destination: unknown } }).OnFailure.Destination,
    ),
  ];
  const mappings = valuesOf(own, 'AWS::Lambda::EventSourceMapping').map(({ Properties }) => Properties);
  const streams = mappings.filter(({ StartingPosition }) => StartingPosition !== undefined);
  const alarms = valuesOf(own, 'AWS::CloudWatch::Alarm').map(({ Properties }) => Properties);

  it('ends in a queue that has an alarm', () => {
    expect(streams).toHaveLength(3);
    expect(mappings).toHaveLength(4);
    const parked = [
      ...destinations,
      ...streams.map(({ DestinationConfig }) => (DestinationConfig as { OnFailure: { Destination: unknown } }).OnFailure.Destination),
    ].map(target);
    const watched = alarms
      .filter(({ MetricName }) => MetricName === 'ApproximateNumberOfMessagesVisible')
      .map(({ Dimensions }) => target((Dimensions as { Value: unknown }[])[0]?.Value));
    expect(new Set(watched)).toEqual(new Set(parked));
    expect(Object.keys(queues).filter((id) => !watched.includes(id))).toEqual(withPrefix(own, 'AWS::SQS::Queue', 'RemediationExecutions'));
  });

  it('reads streams from the oldest record, and parks what fails until the stream discards it', () => {
    for (const mapping of streams) {
      expect(mapping).toMatchObject({
        StartingPosition: 'TRIM_HORIZON',
        BisectBatchOnFunctionError: true,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
      });
    }
    const filters = streams.flatMap(({ FilterCriteria }) =>
      (FilterCriteria as { Filters: { Pattern: string }[] }).Filters.map(({ Pattern }) => JSON.parse(Pattern)),
    );
    const remediations = { pk: { S: [{ prefix: REMEDIATION_PREFIX }] } };
    expect(filters).toEqual([
      { dynamodb: { Keys: { pk: { S: [{ prefix: 'R#' }] } } } },
      { dynamodb: { Keys: { pk: { S: [{ prefix: 'J#' }] } } } },
      { dynamodb: { Keys: remediations, NewImage: { dueAt: { S: [{ exists: true }] } } } },
      { dynamodb: { Keys: remediations } },
    ]);
  });

  it('tells of errors and lag of each function, and of a tick that is missing', () => {
    const count = (metric: string) => alarms.filter(({ MetricName }) => MetricName === metric).length;
    expect(count('Errors')).toBe(4);
    expect(count('IteratorAge')).toBe(3);
    expect(count('ApproximateAgeOfOldestMessage')).toBe(1);
    for (const metric of ['RemediationErrors', 'RemediationsQuarantined', 'RemediationsCorrupt', 'RunbooksFailed'])
      expect(count(metric)).toBe(1);
    expect(alarms.filter(({ MetricName }) => MetricName === 'RemediationTicks')).toMatchObject([
      {
        Namespace: 'CSMM',
        Dimensions: [{ Name: 'service', Value: 'remediate' }],
        Statistic: 'Sum',
        Period: 300,
        EvaluationPeriods: 3,
        Threshold: 1,
        ComparisonOperator: 'LessThanThreshold',
        TreatMissingData: 'breaching',
      },
    ]);
    for (const { AlarmActions } of alarms) expect(AlarmActions).toEqual([alarmTopicArn]);
  });

  it('starts a tick each minute, which is not tried again', () => {
    const [rule] = valuesOf(own, 'AWS::Events::Rule').filter(({ Properties }) => Properties.ScheduleExpression !== undefined);
    expect(rule?.Properties).toMatchObject({
      ScheduleExpression: 'rate(1 minute)',
      Targets: [{ Input: JSON.stringify({ task: 'tick' }) }],
    });
    own.hasResourceProperties('AWS::Lambda::EventInvokeConfig', { MaximumRetryAttempts: 0 });
  });
});

describe('the table', () => {
  it('outlives the stack, can be restored, and lists what is due', () => {
    own.hasResource('AWS::DynamoDB::GlobalTable', {
      DeletionPolicy: 'Retain',
      Properties: {
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
        StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
        SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
        GlobalSecondaryIndexes: [
          {
            IndexName: DUE_INDEX.indexName,
            KeySchema: [
              { AttributeName: DUE_INDEX.partitionKey, KeyType: 'HASH' },
              { AttributeName: DUE_INDEX.sortKey, KeyType: 'RANGE' },
            ],
            Projection: { ProjectionType: 'KEYS_ONLY' },
          },
        ],
        Replicas: [{ DeletionProtectionEnabled: true, PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } }],
      },
    });
  });
});

describe('each function', () => {
  const basics = ['logs:CreateLogStream', 'logs:PutLogEvents', ...WILDCARDS.tracing.actions];
  const stream = ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:ListStreams'];
  const park = ['sqs:GetQueueAttributes', 'sqs:GetQueueUrl', 'sqs:SendMessage'];
  const records = ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query'];
  const ofRole = (template: Template, role: string) => permissionsIn(template).filter(({ policy }) => policy.startsWith(role));

  it.each([
    ['triage', 'RemediationTriageRole', [...basics, ...stream, ...park, ...records]],
    ['announce', 'RemediationAnnounceRole', [...basics, ...stream, ...park, 'events:PutEvents']],
    [
      'command',
      'RemediationCommandHandlerRole',
      [...basics, ...records, 'dynamodb:DeleteItem', 'dynamodb:Scan', 'kms:GenerateMac', 'kms:VerifyMac'],
    ],
    [
      'remediate',
      'RemediationRemediateRole',
      [
        ...basics,
        ...stream,
        ...park,
        ...records,
        'dynamodb:ConditionCheckItem',
        'dynamodb:Scan',
        'ssm:GetCalendarState',
        'dynamodb:DeleteItem',
        'dynamodb:UpdateItem',
        'kms:GenerateMac',
        'kms:VerifyMac',
        'sqs:ChangeMessageVisibility',
        'sqs:DeleteMessage',
        'sqs:ReceiveMessage',
        'sts:AssumeRole',
        ...WILDCARDS.evidence.actions,
        ...WILDCARDS.accounts.actions,
        ...WILDCARDS.units.actions,
      ],
    ],
  ])('may do exactly what %s needs', (_, role, actions) => {
    expect([...new Set(ofRole(central, role).map(({ action }) => action))].sort()).toEqual([...new Set(actions)].sort());
  });

  it('writes to the table of remediations alone; remediate to the state too, as what reads does', () => {
    const writes = (role: string) => [
      ...new Set(
        ofRole(central, role)
          .filter(({ action }) => /^dynamodb:(Put|Update|Delete)/.test(action))
          .map(({ resource }) => textOf(resource).replace(/[0-9A-F]{8}(Arn[0-9A-F]{8})?>$/, '>')),
      ),
    ];
    expect(writes('RemediationTriageRole')).toEqual(['<RemediationTable>']);
    expect(writes('RemediationAnnounceRole')).toEqual([]);
    expect(writes('RemediationCommandHandlerRole')).toEqual(['<RemediationTable>']);
    expect(writes('RemediationRemediateRole').sort()).toEqual(['<Csmm:ExportsOutputFnGetAttState>', '<RemediationTable>']);
  });

  it('assumes the roles of remediation alone, within the organization or in the account itself', () => {
    const assumed = (template: Template) =>
      permissionsIn(template)
        .filter(({ action }) => action === 'sts:AssumeRole')
        .map(({ resource, condition }) => [textOf(resource), condition]);
    const inOrganization = { StringEquals: { 'aws:ResourceOrgID': 'o-a1b2c3d4e5' } };
    expect(assumed(central).sort()).toEqual([
      ['arn:<AWS::Partition>:iam::*:role/csmm-remediate', inOrganization],
      ['arn:<AWS::Partition>:iam::*:role/csmm-remediate-read', inOrganization],
    ]);
    expect(assumed(own)).toEqual([['arn:<AWS::Partition>:iam::<AWS::AccountId>:role/csmm-remediate', undefined]]);
  });

  it('is told what it needs', () => {
    expect(environmentOf(central, 'triage')).toMatchObject({
      STATE_TABLE: expect.anything(),
      REMEDIATIONS_TABLE: expect.anything(),
      FAILURES_QUEUE_URL: expect.anything(),
    });
    expect(environmentOf(central, 'announce')).toMatchObject({ EVENT_BUS_NAME: expect.anything(), FAILURES_QUEUE_URL: expect.anything() });
    expect(environmentOf(central, 'remediate')).toMatchObject({
      STATE_TABLE: expect.anything(),
      REMEDIATIONS_TABLE: expect.anything(),
      FAILURES_QUEUE_URL: expect.anything(),
      OTHER_REGIONS: 'us-east-1',
      ORGANIZATIONAL_UNITS: 'ou-ab12-a1b2c3d4',
      READS_ITSELF: 'false',
      MEMBER_ROLE_NAME: 'csmm-remediate-read',
      MEMBER_EXTERNAL_ID: 'csmm-o-a1b2c3d4e5',
      REMEDIATION_ROLE_NAME: 'csmm-remediate',
      REMEDIATION_EXTERNAL_ID: 'csmm-o-a1b2c3d4e5',
    });
    const own = environmentOf(alone.template('Csmm-Remediation'), 'remediate');
    expect(own).toMatchObject({ READS_ITSELF: 'true', REMEDIATION_ROLE_NAME: 'csmm-remediate' });
    expect(textOf(own?.REMEDIATION_EXTERNAL_ID)).toBe('csmm-<AWS::AccountId>');
    expect(own).not.toHaveProperty('MEMBER_ROLE_NAME');
  });

  it('has a role policy within the quota of IAM', () => {
    for (const { Properties } of [...valuesOf(own, 'AWS::IAM::Policy'), ...valuesOf(central, 'AWS::IAM::Policy')])
      expect(JSON.stringify(Properties.PolicyDocument).length).toBeLessThan(MAX_INLINE_POLICY);
  });

  it('uses the keys of the tables without a wildcard', () => {
    own.hasResourceProperties('AWS::KMS::Key', { EnableKeyRotation: true });
    const ofKeys = permissionsIn(own).filter(({ action }) => action.startsWith('kms:'));
    expect(ofKeys.length).toBeGreaterThan(0);
    for (const { resource } of ofKeys) expect(textOf(resource)).not.toContain('*');
  });

  it('may run as long as Lambda allows where it verifies', () => {
    own.hasResourceProperties('AWS::Lambda::Function', {
      Timeout: 900,
      Environment: { Variables: Match.objectLike({ POWERTOOLS_SERVICE_NAME: 'remediate' }) },
    });
    own.hasResourceProperties('AWS::SQS::Queue', { VisibilityTimeout: 5400, RedrivePolicy: { maxReceiveCount: 5 } });
  });
});

describe('the dashboard', () => {
  const shown = JSON.stringify(resourcesOf(central, 'AWS::CloudWatch::Dashboard'));

  it.each([
    'RemediationsPlanned',
    'RemediationsStarted',
    'RunbooksSucceeded',
    'RunbooksFailed',
    'RemediationsNoted',
    'RemediationErrors',
    'RemediationsVerified',
    'RemediationsRolledBack',
    'RemediationsQuarantined',
    'RemediationsCorrupt',
    'TimeToRemediate',
    'RemediationTicks',
    'IteratorAge',
    'Errors',
  ])('shows %s', (metric) => {
    expect(shown).toContain(metric);
  });

  it('draws the median time of each control', () => {
    expect(shown).toMatch(/SEARCH\('\{CSMM,Control,service\} MetricName=.*TimeToRemediate.*', 'p50'/);
  });
});
