import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { READERS } from '../../adapters/aws/readers/index.ts';
import { WILDCARDS } from '../../lib/least-privilege.ts';
import { type Permission, permissionsIn, textOf } from './policies.ts';
import { type Resource, resourcesOf, synthesize } from './synth.ts';

const HOME = { homeRegion: 'eu-west-1', regions: 'us-east-1' };
const ORGANIZATION = { ...HOME, organizationId: 'o-a1b2c3d4e5', organizationalUnits: 'ou-ab12-a1b2c3d4' };

/** Names of reads, and the one action that has IAM write down what it knows of its users. */
const IS_READ = /^[a-z0-9-]+:(Get|List|Describe|Lookup|GET$)|^iam:GenerateCredentialReport$/;

/** Actions that may read evidence: those that the readers declare. */
const READS: ReadonlySet<string> = new Set([
  ...READERS.flatMap(({ permissions }) => permissions),
  ...WILDCARDS.configHistory.actions,
  ...WILDCARDS.accounts.actions,
  ...WILDCARDS.administrators.actions,
  ...WILDCARDS.memberStacks.actions,
]);

/** Actions that are allowed on a resource of the deployment itself, by its type. */
const OWN: Readonly<Record<string, RegExp>> = {
  'AWS::DynamoDB::GlobalTable':
    /^dynamodb:(GetItem|Query|PutItem|UpdateItem|DeleteItem|DescribeStream|GetRecords|GetShardIterator|ListStreams)$/,
  'AWS::SQS::Queue': /^sqs:(SendMessage|ReceiveMessage|DeleteMessage|ChangeMessageVisibility|GetQueueAttributes|GetQueueUrl)$/,
  'AWS::Events::EventBus': /^events:PutEvents$/,
  'AWS::Logs::LogGroup': /^logs:(CreateLogStream|PutLogEvents)$/,
  'AWS::KMS::Key': /^kms:(Decrypt|DescribeKey|Encrypt|GenerateDataKey|GenerateDataKeyWithoutPlaintext|ReEncryptFrom|ReEncryptTo)$/,
};

/** The buses of the home Region, as another account or Region knows them. */
const IS_HOME_BUS = /^(<IngestBusArn>|arn:<AWS::Partition>:events:eu-west-1:<AWS::AccountId>:event-bus\/(csmm-ingest|default))$/;

const TOPIC = 'arn:aws:sns:eu-west-1:111111111111:alarms';

const isInOrganization = (condition: unknown): boolean =>
  (condition as { StringEquals?: Record<string, unknown> } | undefined)?.StringEquals?.['aws:ResourceOrgID'] ===
  ORGANIZATION.organizationId;

/** Actions that a role allows and must not: those that are not a declared read, on resources that the deployment did not create. */
function changesOf(template: Template): string[] {
  const resources = template.toJSON().Resources as Record<string, Resource>;
  const isAllowed = ({ action, resource, condition }: Permission): boolean => {
    const text = textOf(resource);
    if (READS.has(action) && IS_READ.test(action)) return true;
    if (text === '*') return (WILDCARDS.tracing.actions as readonly string[]).includes(action);
    if (action === 'sts:AssumeRole') return text === WILDCARDS.memberRole.resource && isInOrganization(condition);
    if (action === 'events:PutEvents' && IS_HOME_BUS.test(text)) return true;
    if (action === 'sns:Publish' && text === TOPIC) return true;
    const own = OWN[resources[text.slice(1, -1)]?.Type ?? ''];
    return own?.test(action) ?? false;
  };
  return permissionsIn(template)
    .filter((permission) => !isAllowed(permission))
    .map(({ policy, action, resource }) => `${policy}: ${action} on ${textOf(resource)}`);
}

function templatesOf(settings: Readonly<Record<string, string>>): [string, Template][] {
  const { app, template } = synthesize(settings);
  const stacks = app.node.children.map(({ node }) => node.id).filter((id) => id.startsWith('Csmm'));
  return stacks.flatMap((id): [string, Template][] => {
    const stack = template(id);
    const bodies = Object.values(resourcesOf(stack, 'AWS::CloudFormation::StackSet')).map(({ Properties }) => Properties.TemplateBody);
    return [[id, stack], ...bodies.map((body): [string, Template] => [`stack set of ${id}`, Template.fromJSON(JSON.parse(String(body)))])];
  });
}

const modes: [string, [string, Template][]][] = [
  ['one account with every option', templatesOf({ ...HOME, customerManagedKey: 'true', alarmTopicArn: TOPIC })],
  ['an organization', templatesOf(ORGANIZATION)],
  ['an organization from its management account', templatesOf({ ...ORGANIZATION, stackSetCallAs: 'SELF' })],
];
const templates = modes.flatMap(([mode, stacks]) => stacks.map(([id, template]): [string, string, Template] => [mode, id, template]));

describe('without remediation', () => {
  it('there are the stacks that read, and none that changes', () => {
    expect(modes.map(([, stacks]) => stacks.map(([id]) => id))).toEqual([
      ['Csmm', 'Csmm-Forward-us-east-1'],
      ['Csmm', 'stack set of Csmm'],
      ['Csmm', 'stack set of Csmm', 'Csmm-Forward-us-east-1'],
    ]);
  });

  it.each(templates)('in %s no policy of %s lets anybody change what the deployment did not make', (_, __, template) => {
    expect(permissionsIn(template).length).toBeGreaterThan(0);
    expect(changesOf(template)).toEqual([]);
  });

  it.each(templates)('in %s no role of %s has policies of somebody else, and no runbook stands', (_, __, template) => {
    for (const { Properties } of Object.values(resourcesOf(template, 'AWS::IAM::Role'))) {
      expect(Properties).not.toHaveProperty('ManagedPolicyArns');
      expect(Properties).not.toHaveProperty('PermissionsBoundary');
    }
    template.resourceCountIs('AWS::SSM::Document', 0);
    template.resourceCountIs('AWS::IAM::ManagedPolicy', 0);
    expect(JSON.stringify(template.toJSON())).not.toMatch(/csmm-remediate|StartAutomationExecution/);
  });

  it('what readers declare are reads', () => {
    expect([...READS].filter((action) => !IS_READ.test(action))).toEqual([]);
  });
});

describe('the check', () => {
  const [, [, stacks]] = modes as [unknown, [string, [string, Template][]]];
  const [TABLE = ''] = Object.keys(resourcesOf(stacks[0]![1], 'AWS::DynamoDB::GlobalTable'));
  const added = (id: string, statement: object): string[] => {
    const json = structuredClone(stacks.find(([name]) => name === id)?.[1].toJSON()) as { Resources: Record<string, Resource> };
    json.Resources.Added = { Type: 'AWS::IAM::Policy', Properties: { PolicyDocument: { Statement: [{ Effect: 'Allow', ...statement }] } } };
    return changesOf(Template.fromJSON(json));
  };

  it.each([
    ['a write to every bucket', { Action: 's3:PutBucketVersioning', Resource: '*' }, 's3:PutBucketVersioning on *'],
    [
      'a write to one bucket',
      { Action: ['s3:PutBucketVersioning'], Resource: ['arn:aws:s3:::logs'] },
      's3:PutBucketVersioning on arn:aws:s3:::logs',
    ],
    ['a read that no reader declares', { Action: 's3:GetObject', Resource: '*' }, 's3:GetObject on *'],
    ['every action of a service', { Action: 'ec2:*', Resource: '*' }, 'ec2:* on *'],
    ['all but some actions', { NotAction: 'iam:*', Resource: '*' }, '* on *'],
    [
      'another role',
      { Action: 'sts:AssumeRole', Resource: 'arn:<AWS::Partition>:iam::*:role/admin' },
      'sts:AssumeRole on arn:<AWS::Partition>:iam::*:role/admin',
    ],
    [
      'the read role of any organization',
      { Action: 'sts:AssumeRole', Resource: WILDCARDS.memberRole.resource },
      `sts:AssumeRole on ${WILDCARDS.memberRole.resource}`,
    ],
    ['passing a role', { Action: 'iam:PassRole', Resource: '*' }, 'iam:PassRole on *'],
    [
      'a write to its own table’s settings',
      { Action: 'dynamodb:DeleteTable', Resource: { 'Fn::GetAtt': [TABLE, 'Arn'] } },
      `dynamodb:DeleteTable on <${TABLE}>`,
    ],
  ])('finds %s', (_, statement, found) => {
    expect(added('Csmm', statement)).toEqual([`Added: ${found}`]);
    expect(added('stack set of Csmm', statement)).toEqual([`Added: ${found}`]);
  });
});
