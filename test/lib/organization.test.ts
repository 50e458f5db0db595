import { Match, Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import { READERS } from '../../adapters/aws/readers/index.ts';
import { WILDCARDS } from '../../lib/least-privilege.ts';
import { MAX_TEMPLATE_BYTES, renderMemberTemplate } from '../../lib/member-stack.ts';
import { allowed, changePatterns, MAX_INLINE_POLICY, type Resource, resourcesOf, synthesize, target } from './synth.ts';

const organization = {
  homeRegion: 'eu-west-1',
  regions: 'us-east-1',
  organizationId: 'o-a1b2c3d4e5',
  organizationalUnits: 'ou-ab12-a1b2c3d4,ou-ab12-b1b2c3d4',
};
const { app, template: templateOf } = synthesize(organization);
const template = templateOf('Csmm');
const self = synthesize({ ...organization, stackSetCallAs: 'SELF' });
const stackSet = Object.values(resourcesOf(template, 'AWS::CloudFormation::StackSet'))[0]!.Properties;
const body = stackSet.TemplateBody as string;
const member = Template.fromJSON(JSON.parse(body));

type Json = Record<string, unknown>;

const environmentOf = (service: string): unknown =>
  Object.values(resourcesOf(template, 'AWS::Lambda::Function'))
    .map(({ Properties }) => (Properties.Environment as { Variables: Record<string, unknown> }).Variables)
    .find(({ POWERTOOLS_SERVICE_NAME: name }) => name === service);

describe('the security account of an organization', () => {
  it('breaks no rule of AWS Solutions', () => {
    expect(new AwsSolutionsChecks(app).validateScope(app).violations).toEqual([]);
  });

  it('lets principals of the organization put events, and nobody else', () => {
    template.resourceCountIs('AWS::Events::EventBusPolicy', 1);
    template.hasResourceProperties('AWS::Events::EventBusPolicy', {
      EventBusName: { Ref: Match.stringLikeRegexp('^IngestionBus') },
      Statement: Match.objectEquals({
        Sid: Match.anyValue(),
        Effect: 'Allow',
        Principal: { AWS: '*' },
        Action: 'events:PutEvents',
        Resource: { 'Fn::GetAtt': [Match.stringLikeRegexp('^IngestionBus'), 'Arn'] },
        Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' } },
      }),
    });
  });

  it('is reached by the stack set like any member, so that it has no rule of its own on the default bus', () => {
    expect(changePatterns(template, 'default')).toEqual([]);
    expect(changePatterns(template, 'ingest').length).toBeGreaterThan(1);
    expect(app.node.tryFindChild('Csmm-Forward-us-east-1')).toBeUndefined();
  });

  it('assumes the read role within the organization alone', () => {
    const assumes = allowed(template, '').filter(({ actions }) => actions.includes('sts:AssumeRole'));
    const assume = {
      actions: ['sts:AssumeRole'],
      resources: ['arn:<AWS::Partition>:iam::*:role/csmm-read'],
      condition: { StringEquals: { 'aws:ResourceOrgID': 'o-a1b2c3d4e5' } },
    };
    expect(assumes).toEqual([assume, assume]);
    for (const role of ['IngestionCollectRole', 'SweepReadRole'])
      expect(allowed(template, role).flatMap(({ actions }) => actions)).toContain('sts:AssumeRole');
  });

  it.each(['collect', 'read'])('tells the function %s which role to assume and how', (service) => {
    expect(environmentOf(service)).toMatchObject({ MEMBER_ROLE_NAME: 'csmm-read', MEMBER_EXTERNAL_ID: 'csmm-o-a1b2c3d4e5' });
  });

  it.each(['read', 'sweep'])('tells the function %s which accounts and Regions are evaluated, and lets it list the accounts', (service) => {
    expect(environmentOf(service)).toMatchObject({
      ORGANIZATIONAL_UNITS: 'ou-ab12-a1b2c3d4,ou-ab12-b1b2c3d4',
      OTHER_REGIONS: 'us-east-1',
      READS_ITSELF: 'false',
    });
    const role = service === 'read' ? 'SweepReadRole' : 'SweepPlanRole';
    expect(allowed(template, role).flatMap(({ actions }) => actions)).toEqual(expect.arrayContaining([...WILDCARDS.accounts.actions]));
  });
});

describe('the stack set', () => {
  it('deploys to the units in every Region, and to accounts that join later', () => {
    expect(stackSet).toMatchObject({
      PermissionModel: 'SERVICE_MANAGED',
      CallAs: 'DELEGATED_ADMIN',
      AutoDeployment: { Enabled: true },
      StackInstancesGroup: [
        {
          DeploymentTargets: { OrganizationalUnitIds: ['ou-ab12-a1b2c3d4', 'ou-ab12-b1b2c3d4'] },
          Regions: ['eu-west-1', 'us-east-1'],
        },
      ],
    });
  });

  it('gives the template every parameter that it asks for', () => {
    const given = new Map(
      (stackSet.Parameters as { ParameterKey: string; ParameterValue: unknown }[]).map(({ ParameterKey, ParameterValue }) => [
        ParameterKey,
        ParameterValue,
      ]),
    );
    expect([...given.keys()].sort()).toEqual(Object.keys(JSON.parse(body).Parameters).sort());
    expect(target(given.get('CollectorRoleArn'))).toMatch(/^IngestionCollectRole/);
    expect(target(given.get('ReaderRoleArn'))).toMatch(/^SweepReadRole/);
    expect(target(given.get('IngestBusArn'))).toMatch(/^IngestionBus/);
    expect(given.get('HomeRegion')).toBe('eu-west-1');
  });

  it('can be managed by the management account, which then takes its own changes', () => {
    self.template('Csmm').hasResourceProperties('AWS::CloudFormation::StackSet', { CallAs: 'SELF' });
    self.template('Csmm').hasResourceProperties('AWS::Events::Rule', { EventBusName: Match.absent() });
    expect(self.app.node.tryFindChild('Csmm-Forward-us-east-1')).toBeDefined();
  });
});

describe.each([
  ['csmm-member', 'Csmm', synthesize({ ...organization, customerManagedKey: 'true' })],
  ['csmm-remediation', 'Csmm-Remediation', synthesize({ ...organization, remediation: 'true' })],
])('the function that counts the failed stacks of %s', (name, stack, synthesis) => {
  const counted = synthesis.template(stack);
  const statements = allowed(counted, 'MembersStatusRole');

  it('reads this stack set and the settings, and nothing else', () => {
    const reads = statements.flatMap(({ actions, resources, condition }) =>
      actions.filter((action) => !/^(logs|xray|kms):/.test(action)).map((action) => ({ action, resources, condition })),
    );
    expect(reads).toEqual(
      expect.arrayContaining([
        {
          action: 'dynamodb:GetItem',
          resources: [expect.stringContaining('State')],
          condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['C#'] }, Null: { 'dynamodb:LeadingKeys': 'false' } },
        },
        {
          action: 'cloudformation:ListStackInstances',
          resources: [`arn:<AWS::Partition>:cloudformation:<AWS::Region>:*:stackset/${name}:*`],
          condition: undefined,
        },
        { action: 'organizations:ListDelegatedAdministrators', resources: ['*'], condition: undefined },
      ]),
    );
    expect(reads).toHaveLength(3);
  });

  it('runs each hour, after a deployment and after an operation, and parks an event that does not reach it', () => {
    const [id = ''] = Object.keys(resourcesOf(counted, 'AWS::Lambda::Function')).filter((each) => each.startsWith('MembersStatus'));
    const rules = Object.values(resourcesOf(counted, 'AWS::Events::Rule')).filter(({ Properties }) =>
      (Properties.Targets as { Arn: unknown }[]).some(({ Arn }) => JSON.stringify(Arn).includes(id)),
    );
    const whens = rules.map(({ Properties }) => Properties.ScheduleExpression ?? (Properties.EventPattern as Json)['detail-type']);
    expect(whens).toEqual(['rate(1 hour)', ['CloudFormation Stack Status Change'], ['CloudFormation StackSet Operation Status Change']]);
    for (const { Properties } of rules) expect(Properties.Targets).toMatchObject([{ DeadLetterConfig: { Arn: expect.anything() } }]);
  });

  it('has an alarm that keeps its state until it has counted again, and one for its own failure', () => {
    counted.hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'StackInstancesFailing',
      Namespace: 'CSMM',
      Dimensions: [
        { Name: 'StackSet', Value: name },
        { Name: 'service', Value: 'status' },
      ],
      Threshold: 0,
      ComparisonOperator: 'GreaterThanThreshold',
      TreatMissingData: 'ignore',
    });
    const errors = Object.values(resourcesOf(counted, 'AWS::CloudWatch::Alarm')).filter(({ Properties }) =>
      String(Properties.AlarmDescription).startsWith('The function status'),
    );
    expect(errors).toHaveLength(1);
  });

  it('is absent in one account', () => {
    const alone = synthesize({ homeRegion: 'eu-west-1', remediation: 'true' }).template(stack);
    expect(Object.keys(alone.toJSON().Resources).filter((id) => id.startsWith('Members'))).toEqual([]);
  });
});

it('the management account reads its own stack set without asking for administrators', () => {
  const actions = allowed(self.template('Csmm'), 'MembersStatusRole').flatMap((statement) => statement.actions);
  expect(actions).toContain('cloudformation:ListStackInstances');
  expect(actions).not.toContain('organizations:ListDelegatedAdministrators');
});

/** The actions that a role's inline policies allow on everything, sorted. */
const inlineActions = (role: Resource): string[] =>
  (role.Properties.Policies as { PolicyDocument: { Statement: { Effect: string; Action: string | string[]; Resource: string }[] } }[])
    .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
    .flatMap(({ Effect, Action, Resource }) => (Effect === 'Allow' && Resource === '*' ? Action : ['?']))
    .sort();

describe('the member template', () => {
  it('fits a request, and needs no bootstrapped account', () => {
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(MAX_TEMPLATE_BYTES);
    expect(body).not.toMatch(/cdk-hnb659fds|BootstrapVersion|AssetParameters/);
  });

  it('is refused when it does not fit', () => {
    const resourceTypes = Array.from({ length: 1500 }, (_, index) => `AWS::Service${index}::Resource`);
    expect(() => renderMemberTemplate({ resourceTypes, apiCalls: [] })).toThrow(RangeError);
  });

  it('takes the same changes as the security account', () => {
    expect(changePatterns(member, 'default').length).toBeGreaterThan(1);
    expect(changePatterns(member, 'default')).toEqual(changePatterns(template, 'ingest'));
  });

  it('forwards to the ingest bus through a role, and parks what does not arrive', () => {
    for (const { Properties } of Object.values(resourcesOf(member, 'AWS::Events::Rule'))) {
      expect(Properties.Targets).toMatchObject([
        { Arn: { Ref: 'IngestBusArn' }, RoleArn: expect.anything(), DeadLetterConfig: { Arn: expect.anything() } },
      ]);
    }
    expect(allowed(member, '')).toEqual([{ actions: ['events:PutEvents'], resources: ['IngestBusArn'], condition: undefined }]);
  });

  it('has a read role for the functions that collect and read alone, which may read evidence and nothing else', () => {
    const roles = Object.values(resourcesOf(member, 'AWS::IAM::Role')).filter(({ Properties }) => Properties.RoleName === 'csmm-read');
    expect(roles).toHaveLength(1);
    expect(roles[0]?.Properties).not.toHaveProperty('ManagedPolicyArns');
    const assumedBy = (parameter: string) => ({
      Effect: 'Allow',
      Action: 'sts:AssumeRole',
      Principal: { AWS: { Ref: parameter } },
      Condition: { StringEquals: { 'sts:ExternalId': { Ref: 'ExternalId' } } },
    });
    expect(roles[0]?.Properties.AssumeRolePolicyDocument).toMatchObject({
      Statement: [assumedBy('CollectorRoleArn'), assumedBy('ReaderRoleArn')],
    });
    const expected = ['config:GetResourceConfigHistory', ...READERS.flatMap(({ permissions }) => permissions)];
    expect(inlineActions(roles[0]!)).toEqual([...new Set(expected)].sort());
  });

  it('has a role policy within the quota of IAM', () => {
    for (const { Properties } of Object.values(resourcesOf(member, 'AWS::IAM::Role')))
      expect(JSON.stringify(Properties.Policies ?? []).length).toBeLessThan(MAX_INLINE_POLICY);
  });

  it('creates the read role in the home Region alone', () => {
    const role = Object.values(resourcesOf(member, 'AWS::IAM::Role')).find(({ Properties }) => Properties.RoleName === 'csmm-read');
    expect(role?.Condition).toBe('IsHomeRegion');
    member.hasCondition('IsHomeRegion', { 'Fn::Equals': [{ Ref: 'AWS::Region' }, { Ref: 'HomeRegion' }] });
  });
});
