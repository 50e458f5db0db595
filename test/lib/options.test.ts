import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import { allowed, changePatterns, resourcesOf, synthesize } from './synth.ts';

const alarmTopicArn = 'arn:aws:sns:eu-west-1:111111111111:alarms';
const { app, template: templateOf } = synthesize({
  homeRegion: 'eu-west-1',
  regions: 'eu-west-1,us-east-1',
  removeData: 'true',
  customerManagedKey: 'true',
  alarmTopicArn,
  logRetentionDays: '365',
  collectConcurrency: '50',
  readConcurrency: '60',
});
const template = templateOf('Csmm');
const forward = templateOf('Csmm-Forward-us-east-1');

describe('with every option of one account', () => {
  it('breaks no rule of AWS Solutions', () => {
    expect(new AwsSolutionsChecks(app).validateScope(app).violations).toEqual([]);
  });

  it('removes the tables with the stack', () => {
    for (const table of Object.values(resourcesOf(template, 'AWS::DynamoDB::GlobalTable'))) {
      expect(table).toMatchObject({ DeletionPolicy: 'Delete', Properties: { Replicas: [{ DeletionProtectionEnabled: false }] } });
    }
  });

  it('encrypts the tables under a key that rotates', () => {
    template.hasResourceProperties('AWS::KMS::Key', { EnableKeyRotation: true });
    template.allResourcesProperties('AWS::DynamoDB::GlobalTable', { SSESpecification: { SSEEnabled: true, SSEType: 'KMS' } });
  });

  it('lets a function use the key without a wildcard', () => {
    const ofKey = allowed(template, '').filter(({ actions }) => actions.some((action) => action.startsWith('kms:')));
    expect(ofKey).toHaveLength(7);
    expect(JSON.stringify(ofKey)).not.toContain('*');
  });

  it('sends every alarm to the topic', () => {
    template.allResourcesProperties('AWS::CloudWatch::Alarm', { AlarmActions: [alarmTopicArn] });
  });

  it('keeps logs, and collects and reads, as it is told', () => {
    template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 365 });
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', { ScalingConfig: { MaximumConcurrency: 50 } });
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', { ScalingConfig: { MaximumConcurrency: 60 } });
  });
});

describe('another Region', () => {
  it('has a stack of its own, and the home Region has none', () => {
    expect(app.node.children.map(({ node }) => node.id)).toEqual(expect.arrayContaining(['Csmm', 'Csmm-Forward-us-east-1']));
    expect(app.node.tryFindChild('Csmm-Forward-eu-west-1')).toBeUndefined();
  });

  it('forwards the same changes to the ingest bus in the home Region', () => {
    const forwarded = changePatterns(forward, 'default');
    expect(forwarded.length).toBeGreaterThan(1);
    expect(changePatterns(template, 'ingest')).toEqual(forwarded);
    expect(changePatterns(template, 'default')).toEqual(forwarded);
    const targets = Object.values(resourcesOf(forward, 'AWS::Events::Rule')).map(({ Properties }) =>
      JSON.stringify((Properties.Targets as { Arn: unknown }[]).map(({ Arn }) => Arn)),
    );
    expect(targets.filter((arns) => /:events:eu-west-1:.*:event-bus\/csmm-ingest"/.test(arns))).toHaveLength(forwarded.length);
    expect(targets.filter((arns) => /:events:eu-west-1:.*:event-bus\/default"/.test(arns))).toHaveLength(1);
    expect(targets).toHaveLength(forwarded.length + 1);
  });

  it('forwards through a role that only the account’s own rules can use, and parks what does not arrive', () => {
    forward.hasResourceProperties('AWS::IAM::Role', {
      AssumeRolePolicyDocument: {
        Statement: [
          {
            Action: 'sts:AssumeRole',
            Effect: 'Allow',
            Principal: { Service: 'events.amazonaws.com' },
            Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
          },
        ],
      },
    });
    expect(new Set(allowed(forward, '').flatMap(({ actions }) => actions))).toEqual(new Set(['events:PutEvents']));
    forward.resourceCountIs('AWS::SQS::Queue', 1);
    forward.resourceCountIs('AWS::CloudWatch::Alarm', 1);
  });
});
