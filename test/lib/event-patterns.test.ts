import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { READERS } from '../../adapters/aws/readers/index.ts';
import { CONTROLS } from '../../controls/index.ts';
import { isEvaluated } from '../../core/control.ts';
import { readTypes } from '../../core/deployment/read-types.ts';
import { eventBridgeSource } from '../../core/events/reading.ts';
import { apiCallPatterns, configItemPatterns, MAX_PATTERN_LENGTH, patternLength } from '../../lib/event-patterns.ts';
import { matches } from '../e2e/support/pattern.ts';

/** The types that a pattern takes in either kind of notice. */
function typesOf({ detail }: ReturnType<typeof configItemPatterns>[number]): string[] {
  const [whole, summary] = (detail as { $or: unknown }).$or as [
    { configurationItem: { resourceType: string[] } },
    { configurationItemSummary: { resourceType: string[] } },
  ];
  expect(summary.configurationItemSummary.resourceType).toEqual(whole.configurationItem.resourceType);
  return whole.configurationItem.resourceType;
}

const resourceType = fc
  .tuple(fc.stringMatching(/^[A-Za-z0-9]{1,64}$/), fc.stringMatching(/^[A-Za-z0-9]{1,64}$/))
  .map(([service, name]) => `AWS::${service}::${name}`);

describe('patterns for configuration items', () => {
  it('match each type in exactly one pattern, and none is too long', () => {
    fc.assert(
      fc.property(fc.uniqueArray(resourceType, { maxLength: 150 }), (types) => {
        const patterns = configItemPatterns(types);
        expect(patterns.flatMap(typesOf)).toEqual(types);
        for (const pattern of patterns) expect(patternLength(pattern)).toBeLessThanOrEqual(MAX_PATTERN_LENGTH);
      }),
    );
  });

  it('fill a pattern before they begin another', () => {
    const types = Array.from({ length: 40 }, (_, index) => `AWS::Service${index}::Resource`);
    const patterns = configItemPatterns(types);
    expect(patterns.length).toBe(Math.ceil(types.join('","').length / (MAX_PATTERN_LENGTH / 2 - 120)));
  });

  it('name a type once, however often it is given', () => {
    expect(configItemPatterns(['AWS::S3::Bucket', 'AWS::S3::Bucket']).flatMap(typesOf)).toEqual(['AWS::S3::Bucket']);
  });

  it('take change notices of AWS Config alone', () => {
    expect(configItemPatterns(['AWS::S3::Bucket'])).toMatchObject([
      { source: ['aws.config'], detailType: ['Config Configuration Item Change'] },
    ]);
  });

  it('refuse a type that fits no pattern', () => {
    expect(() => configItemPatterns([`AWS::S3::${'x'.repeat(1000)}`])).toThrow(RangeError);
  });
});

const trigger = fc.record({
  source: fc.stringMatching(/^[a-z]{1,20}$/).map((service) => `${service}.amazonaws.com`),
  names: fc.uniqueArray(fc.stringMatching(/^[A-Z][A-Za-z]{1,60}$/), { minLength: 1, maxLength: 40 }),
});

/** The event of a call, as far as patterns look at it. */
const callEvent = (source: string, eventSource: string, eventName: string) => ({
  source,
  'detail-type': 'AWS API Call via CloudTrail',
  detail: { eventSource, eventName },
});

/** Whether EventBridge, which knows a pattern's `detailType` as `detail-type`, matches an event with it. */
const taken = ({ source, detailType, detail }: ReturnType<typeof apiCallPatterns>[number], event: unknown): boolean =>
  matches({ source, 'detail-type': detailType, detail }, event);

describe('patterns for API calls', () => {
  it('match each call in exactly one pattern, no other call, and none is too long', () => {
    fc.assert(
      fc.property(fc.array(trigger, { maxLength: 12 }), (triggers) => {
        const patterns = apiCallPatterns(triggers);
        for (const pattern of patterns) expect(patternLength(pattern)).toBeLessThanOrEqual(MAX_PATTERN_LENGTH);
        const names = new Set(triggers.flatMap((each) => each.names));
        for (const source of new Set(triggers.map((each) => each.source))) {
          const wanted = new Set(triggers.flatMap((each) => (each.source === source ? each.names : [])));
          for (const name of [...names].slice(0, 40)) {
            const count = patterns.filter((pattern) => taken(pattern, callEvent(eventBridgeSource(source), source, name))).length;
            expect(count).toBe(wanted.has(name) ? 1 : 0);
          }
        }
      }),
    );
  });

  it('begin another pattern where one is full', () => {
    const names = Array.from({ length: 200 }, (_, index) => `UpdateTheResourceNumber${index}`);
    const patterns = apiCallPatterns([{ source: 'ec2.amazonaws.com', names }]);
    expect(patterns.length).toBe(Math.ceil(names.join('","').length / (MAX_PATTERN_LENGTH - 250)));
    for (const pattern of patterns) expect(patternLength(pattern)).toBeLessThanOrEqual(MAX_PATTERN_LENGTH);
    expect(patterns.flatMap(({ detail }) => (detail as { eventName: string[] }).eventName).sort()).toEqual(names.sort());
  });

  it('take only what AWS itself sends, of calls and of sign-ins', () => {
    const [pattern] = apiCallPatterns([{ source: 'signin.amazonaws.com', names: ['ConsoleLogin'] }]);
    const event = callEvent('aws.signin', 'signin.amazonaws.com', 'ConsoleLogin');
    expect(taken(pattern!, event)).toBe(true);
    expect(taken(pattern!, { ...event, 'detail-type': 'AWS Console Sign In via CloudTrail' })).toBe(true);
    expect(taken(pattern!, { ...event, 'detail-type': 'Signed In' })).toBe(false);
    for (const source of ['custom.signin', 'aws.partner/signin', 'aws.partner/example.com/signin', 'aws.iam'])
      expect(taken(pattern!, { ...event, source })).toBe(false);
  });

  it('need no alternative where one service is named', () => {
    expect(apiCallPatterns([{ source: 'ec2.amazonaws.com', names: ['B', 'A'] }])).toMatchObject([
      { detail: { eventSource: ['ec2.amazonaws.com'], eventName: ['A', 'B'] } },
    ]);
    expect(apiCallPatterns([])).toEqual([]);
  });

  it('refuse a call that fits no pattern', () => {
    expect(() => apiCallPatterns([{ source: 'ec2.amazonaws.com', names: ['x'.repeat(2000)] }])).toThrow(RangeError);
  });
});

/**
 * Sources of EventBridge's events for the calls of a service, by CloudTrail's event source, as AWS documents them.
 * https://docs.aws.amazon.com/eventbridge/latest/ref/events.html
 * The table does not have FSx and this part of IAM Identity Center: rules that people use name `aws.fsx` and `aws.sso`.
 */
const DOCUMENTED: Readonly<Record<string, string>> = {
  'apigateway.amazonaws.com': 'aws.apigateway',
  'autoscaling.amazonaws.com': 'aws.autoscaling',
  'backup.amazonaws.com': 'aws.backup',
  'cloudtrail.amazonaws.com': 'aws.cloudtrail',
  'dax.amazonaws.com': 'aws.dax',
  'dynamodb.amazonaws.com': 'aws.dynamodb',
  'ec2.amazonaws.com': 'aws.ec2',
  'elasticache.amazonaws.com': 'aws.elasticache',
  'elasticloadbalancing.amazonaws.com': 'aws.elasticloadbalancing',
  'events.amazonaws.com': 'aws.events',
  'fsx.amazonaws.com': 'aws.fsx',
  'guardduty.amazonaws.com': 'aws.guardduty',
  'iam.amazonaws.com': 'aws.iam',
  'logs.amazonaws.com': 'aws.logs',
  'monitoring.amazonaws.com': 'aws.monitoring',
  'organizations.amazonaws.com': 'aws.organizations',
  's3.amazonaws.com': 'aws.s3',
  'securityhub.amazonaws.com': 'aws.securityhub',
  'signin.amazonaws.com': 'aws.signin',
  'sns.amazonaws.com': 'aws.sns',
  'sso.amazonaws.com': 'aws.sso',
};

describe('the patterns of the readers', () => {
  const triggers = READERS.flatMap(({ refreshedBy }) => refreshedBy);
  const patterns = apiCallPatterns(triggers);

  it('name only sources that AWS documents', () => {
    for (const { source } of triggers) expect([source, DOCUMENTED[source]]).toEqual([source, eventBridgeSource(source)]);
    expect([...new Set(patterns.flatMap(({ source }) => source))].sort()).toEqual(
      [...new Set(triggers.map(({ source }) => DOCUMENTED[source]))].sort(),
    );
  });

  it('name texts alone, so that no prefix takes the events of a partner', () => {
    for (const { source } of patterns) for (const each of source ?? []) expect(each).toMatch(/^aws\.[a-z0-9-]+$/);
  });

  it('take each call from its source', () => {
    for (const { source, names } of triggers)
      for (const name of names)
        expect(patterns.filter((pattern) => taken(pattern, callEvent(DOCUMENTED[source] ?? '', source, name)))).toHaveLength(1);
  });
});

describe('the types of the catalogue', () => {
  it('are those that evaluated controls read', () => {
    const types = readTypes(CONTROLS);
    expect(types).toContain('AWS::EC2::Volume');
    expect(types).toEqual([...new Set(types)].sort());
  });

  it('leave out what no rule reads', () => {
    expect(readTypes(CONTROLS.filter((control) => !isEvaluated(control)))).toEqual([]);
  });
});
