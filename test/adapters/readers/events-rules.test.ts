import { EventBridgeClient, ListRulesCommand, ListTargetsByRuleCommand } from '@aws-sdk/client-eventbridge';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, it } from 'vitest';
import { eventsRules } from '../../../adapters/aws/readers/events-rules.ts';
import { eventPattern } from '../../support/alarms.ts';
import { factsOf } from '../../support/facts.ts';
import { readFacts, readInventory } from '../../support/readers.ts';

const events = mockClient(EventBridgeClient);
const denied = Object.assign(new Error('no'), { name: 'AccessDeniedException' });
const target = 'arn:aws:sns:eu-west-1:111111111111:security';
const rule = {
  Name: 'root',
  Arn: 'arn:aws:events:eu-west-1:111111111111:rule/root',
  State: 'ENABLED' as const,
  EventPattern: eventPattern('root-usage'),
};

beforeEach(() => {
  events.reset();
  events.on(ListRulesCommand).resolves({ Rules: [rule] });
  events.on(ListTargetsByRuleCommand).resolves({ Targets: [{ Id: '1', Arn: target, Input: 'secret' }] });
});

const read = async () => (await readFacts(eventsRules))[`AWS::Events::DefaultBusRule eu-west-1 ${rule.Arn}`];
const parsed = (parts: object) => factsOf('AWS::Events::DefaultBusRule', { ...rule, Targets: [], ...parts });

it('gives a rule its state, what it catches and its targets, and not its pattern', async () => {
  expect(await read()).toEqual({
    facts: {
      enabled: true,
      detects: { anywhere: { readable: true, activities: { 'root-usage': '11111', 'console-auth-failures': '001' } }, named: {} },
      targets: [target],
    },
    missing: {},
  });
});

it.each([
  ['is disabled', { State: 'DISABLED' as const }],
  ['catches nothing of interest', { EventPattern: '{"source":["aws.rds"]}' }],
  ['runs on a schedule', { EventPattern: undefined, ScheduleExpression: 'rate(1 hour)' }],
])('does not ask for the targets of a rule that %s', async (_, parts) => {
  events.on(ListRulesCommand).resolves({ Rules: [{ ...rule, ...parts }] });
  expect((await read())?.facts).not.toHaveProperty('targets');
  expect(events.commandCalls(ListTargetsByRuleCommand)).toHaveLength(0);
});

it('loses the targets where the call for them was denied, with the reason', async () => {
  events.on(ListTargetsByRuleCommand).rejects(denied);
  expect(await read()).toMatchObject({
    facts: { enabled: true },
    missing: { targets: expect.stringContaining('was denied') },
  });
});

it('lists every page', async () => {
  events
    .on(ListRulesCommand)
    .resolvesOnce({ Rules: [rule], NextToken: 'more' })
    .resolvesOnce({ Rules: [{ ...rule, Arn: `${rule.Arn}-2` }] });
  expect(await readInventory(eventsRules)).toEqual({ 'AWS::Events::DefaultBusRule': 2 });
  expect(events.commandCalls(ListRulesCommand).map(({ args }) => args[0].input.NextToken)).toEqual([undefined, 'more']);
});

it('says that the list is not complete where a page was denied', async () => {
  events
    .on(ListRulesCommand)
    .resolvesOnce({ Rules: [rule], NextToken: 'more' })
    .rejectsOnce(denied);
  expect(await readInventory(eventsRules)).toEqual({
    'AWS::Events::DefaultBusRule': expect.stringContaining('was denied'),
  });
});

it('takes a rule that sees read-only events too as enabled', () => {
  expect(parsed({ State: 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS' }).facts.enabled).toBe(true);
});

it.each([
  ['is no JSON', '{'],
  ['is longer than any', `{"detail":{"eventName":["${'x'.repeat(4100)}"]}}`],
])('does not know what a rule catches by a pattern that %s', (_, EventPattern) => {
  expect(parsed({ EventPattern }).missing).toHaveProperty('detects');
});

it('asks for the targets of a rule with a pattern that it cannot read', async () => {
  const EventPattern = JSON.stringify({ source: ['aws.ec2'], detail: { eventName: [{ contains: 'Vpc' }] } });
  events.on(ListRulesCommand).resolves({ Rules: [{ ...rule, EventPattern }] });
  expect((await read())?.facts).toMatchObject({ detects: { anywhere: { readable: false } }, targets: [target] });
});

it('finds reads only in the state that gets them', () => {
  const EventPattern = JSON.stringify({ source: ['aws.cloudtrail'] });
  const ordinary = (State: string) =>
    (parsed({ EventPattern, State }).facts.detects as { anywhere: { ordinary?: string } }).anywhere.ordinary;
  expect(ordinary('ENABLED')).toBeUndefined();
  expect(ordinary('ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS')).toBe('cloudtrail DescribeTrails');
});

it('reads a pattern of more than 2048 characters', () => {
  const [names] = [JSON.parse(eventPattern('vpc-changes')).detail.eventName];
  const EventPattern = JSON.stringify({ detail: { eventName: [...names, 'x'.repeat(3000)] } });
  expect(parsed({ EventPattern }).facts.detects).toMatchObject({ anywhere: { activities: { 'vpc-changes': '1'.repeat(14) } } });
});

it('tells the accounts that a pattern names from all others', () => {
  const EventPattern = JSON.stringify({ account: ['222222222222'], ...JSON.parse(eventPattern('root-usage')) });
  expect(parsed({ EventPattern }).facts.detects).toEqual({
    anywhere: { readable: true, activities: {} },
    named: { '222222222222': { readable: true, activities: { 'root-usage': '11111', 'console-auth-failures': '001' } } },
  });
});

it.each<[string, unknown, string]>([
  ['State', 5, 'enabled'],
  ['State', undefined, 'enabled'],
  ['EventPattern', { detail: {} }, 'detects'],
  ['Targets', 'x', 'targets'],
  ['Targets', [{ Arn: 5 }], 'targets'],
])('knows nothing by a %s of %j', (key, value, fact) => {
  expect(parsed({ [key]: value }).missing).toHaveProperty(fact);
});
