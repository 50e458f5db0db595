import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { matches } from '../e2e/support/pattern.ts';
import { permissionsIn, textOf } from './policies.ts';
import { resourcesOf, synthesize } from './synth.ts';

const TOPIC = 'arn:aws:sns:eu-west-1:111111111111:alarms';
const ONE = { homeRegion: 'eu-west-1', regions: 'us-east-1,eu-north-1', remediation: 'true' };
const ORGANIZATION = { ...ONE, organizationId: 'o-a1b2c3d4e5', organizationalUnits: 'r-ab12' };

type Synthesis = ReturnType<typeof synthesize>;
type Json = Record<string, unknown>;

const stacksOf = ({ app }: Synthesis): string[] => app.node.children.map(({ node }) => node.id).filter((id) => id.startsWith('Csmm'));
const propertiesOf = (template: Template, type: string): Json[] =>
  Object.values(resourcesOf(template, type)).map(({ Properties }) => Properties);
const alarmsOf = (template: Template): Json[] => propertiesOf(template, 'AWS::CloudWatch::Alarm');

/** The rule of the home Region for alarms in other Regions. */
const notifier = (synthesis: Synthesis): Json | undefined =>
  propertiesOf(synthesis.template('Csmm'), 'AWS::Events::Rule').find(({ EventPattern }) =>
    JSON.stringify(EventPattern ?? '').includes('aws.cloudwatch'),
  );

const modes: [string, Readonly<Record<string, string>>][] = [
  ['one account', ONE],
  ['an organization', ORGANIZATION],
  ['a management account', { ...ORGANIZATION, stackSetCallAs: 'SELF' }],
];

describe.each(modes)('with a topic, in %s', (_, settings) => {
  const synthesis = synthesize({ ...settings, alarmTopicArn: TOPIC });

  it('every alarm of the home Region notifies it itself', () => {
    for (const stack of ['Csmm', 'Csmm-Remediation']) {
      const alarms = alarmsOf(synthesis.template(stack));
      expect(alarms.length).toBeGreaterThan(5);
      for (const { AlarmActions } of alarms) expect(AlarmActions).toEqual([TOPIC]);
    }
  });

  it('every alarm of another Region is forwarded, and the rule at home takes it', () => {
    for (const stack of stacksOf(synthesis).filter((id) => /Forward|Runbooks/.test(id))) {
      const template = synthesis.template(stack);
      const region = stack.replace(/^Csmm-(Forward|Runbooks)-/, '');
      const [rule] = propertiesOf(template, 'AWS::Events::Rule').filter(({ EventPattern }) =>
        JSON.stringify(EventPattern).includes('aws.cloudwatch'),
      );
      const { resources, ...pattern } = rule!.EventPattern as { resources: { 'Fn::GetAtt': [string, string] }[] };
      const watched = resources.map((resource) => resource['Fn::GetAtt'][0]);
      expect(watched.sort()).toEqual(Object.keys(resourcesOf(template, 'AWS::CloudWatch::Alarm')).sort());
      const { stackName } = synthesis.app.node.findChild(stack) as unknown as { stackName: string };
      const event = (state: string, changes: object = {}) => ({
        source: 'aws.cloudwatch',
        'detail-type': 'CloudWatch Alarm State Change',
        account: '111111111111',
        region,
        detail: { alarmName: `${stackName}-${watched[0]}-A1B2C3D4E5F6`, state: { value: state } },
        ...changes,
      });
      const atHome = { ...(notifier(synthesis)?.EventPattern as object), account: ['111111111111'] };
      expect([matches(pattern, event('ALARM')), matches(atHome, event('ALARM'))]).toEqual([true, true]);
      expect([matches(pattern, event('OK')), matches(atHome, event('OK'))]).toEqual([false, false]);
      expect(matches(atHome, event('ALARM', { account: '222222222222' }))).toBe(false);
      expect(matches(atHome, event('ALARM', { region: 'ap-south-1' }))).toBe(false);
      const detail = { alarmName: `${stackName.replace('eu-west-1', 'eu-central-1')}x-Other-1`, state: { value: 'ALARM' } };
      expect(matches(atHome, event('ALARM', { detail: { ...detail, alarmName: `other-${detail.alarmName}` } }))).toBe(false);
    }
  });
});

describe('the rule that notifies of other Regions', () => {
  const synthesis = synthesize({ ...ONE, alarmTopicArn: TOPIC });
  const template = synthesis.template('Csmm');

  it('publishes through a role that can do nothing else, and parks what the topic refuses', () => {
    const publishes = permissionsIn(template).filter(({ action }) => action === 'sns:Publish');
    expect(publishes.map(({ resource }) => textOf(resource))).toEqual([TOPIC]);
    const policy = publishes[0]?.policy ?? '';
    expect(permissionsIn(template).filter((permission) => permission.policy === policy)).toHaveLength(1);
    expect(notifier(synthesis)?.Targets).toMatchObject([
      { Arn: TOPIC, RoleArn: expect.anything(), DeadLetterConfig: { Arn: expect.anything() } },
    ]);
  });

  it('says where and why in words', () => {
    const [{ InputTransformer: input }] = notifier(synthesis)!.Targets as [
      { InputTransformer: { InputPathsMap: Json; InputTemplate: string } },
    ];
    expect(Object.values(input.InputPathsMap).sort()).toEqual([
      '$.account',
      '$.detail.alarmName',
      '$.detail.configuration.description',
      '$.region',
    ]);
    expect(JSON.parse(input.InputTemplate)).toMatch(/^csmm alarm in <.+>, account <.+>: <.+> Alarm: <.+>$/);
  });

  it.each([
    ['there is no topic', ONE],
    ['the stack set reaches the account like a member', { ...ORGANIZATION, alarmTopicArn: TOPIC }],
    ['there is no other Region', { homeRegion: 'us-east-1', alarmTopicArn: TOPIC }],
  ])('is absent if %s', (_, settings) => {
    const without = synthesize(settings);
    expect(notifier(without)).toBeUndefined();
    for (const stack of stacksOf(without).filter((id) => /Forward|Runbooks/.test(id)))
      expect(JSON.stringify(without.template(stack).toJSON())).not.toContain('event-bus/default');
  });
});

describe('names', () => {
  it('of dashboards have the Region, because they are unique in an account', () => {
    const synthesis = synthesize(ONE);
    const names = ['Csmm', 'Csmm-Remediation'].flatMap((stack) =>
      propertiesOf(synthesis.template(stack), 'AWS::CloudWatch::Dashboard').map(({ DashboardName }) => textOf(DashboardName)),
    );
    expect(names).toEqual(['csmm-<AWS::Region>', 'csmm-remediation-<AWS::Region>']);
  });

  it('of forwarding stacks have both Regions, so that two deployments in one account do not replace them', () => {
    const nameIn = (homeRegion: string): unknown =>
      (synthesize({ homeRegion }).app.node.findChild('Csmm-Forward-us-east-1') as unknown as { stackName: string }).stackName;
    expect(nameIn('eu-west-1')).toBe('Csmm-Forward-us-east-1-to-eu-west-1');
    expect(nameIn('eu-central-1')).toBe('Csmm-Forward-us-east-1-to-eu-central-1');
  });

  /** Names that are unique in an account over all Regions. All others may exist once in each Region. */
  it('that are unique in an account are those of roles for remediation, and of nothing else', () => {
    const synthesis = synthesize({ ...ONE, alarmTopicArn: TOPIC });
    for (const stack of stacksOf(synthesis)) {
      const named = Object.values(synthesis.template(stack).toJSON().Resources as Record<string, { Type: string; Properties?: Json }>)
        .flatMap(({ Type, Properties = {} }) =>
          ['AWS::IAM::Role', 'AWS::IAM::ManagedPolicy', 'AWS::S3::Bucket'].includes(Type)
            ? [Properties.RoleName ?? Properties.ManagedPolicyName ?? Properties.BucketName]
            : [],
        )
        .filter((name) => name !== undefined);
      if (stack === 'Csmm-Remediation') expect(named.length).toBeGreaterThan(10);
      else expect(named).toEqual([]);
    }
  });
});
