import { EventBridgeClient, ListRulesCommand, ListTargetsByRuleCommand, type Rule } from '@aws-sdk/client-eventbridge';
import { detectsAny } from '../../../core/facts/detected-activities.ts';
import { DEFAULT_BUS_RULE, isEnabled, ruleDetects } from '../../../core/facts/events-default-bus-rule.ts';
import { attempt, factIn } from '../failures.ts';
import { describeEach, type Observation, type Reader } from './reader.ts';

/** Rules of the default event bus, with the targets of those that can notify people of an activity. */
export const eventsRules: Reader = {
  id: 'events-rules',
  scope: 'region',
  lists: [DEFAULT_BUS_RULE],
  permissions: ['events:ListRules', 'events:ListTargetsByRule'],
  refreshedBy: [
    {
      source: 'events.amazonaws.com',
      names: ['PutRule', 'EnableRule', 'DisableRule', 'DeleteRule', 'PutTargets', 'RemoveTargets'],
    },
  ],
  read: async function* ({ clients, region }) {
    const client = clients(EventBridgeClient, region);
    let NextToken: string | undefined;
    do {
      const page = await client.send(new ListRulesCommand({ ...(NextToken && { NextToken }), Limit: 100 }));
      yield* describeEach(page.Rules ?? [], (rule) => describeRule(rule, client));
      NextToken = page.NextToken;
    } while (NextToken);
  },
};

async function describeRule(rule: Rule, client: EventBridgeClient): Promise<Observation> {
  const detects = rule.EventPattern === undefined ? undefined : ruleDetects(rule.EventPattern, rule.State);
  const relevant = isEnabled(rule.State) && detects !== undefined && detectsAny(detects);
  // A page holds 100 targets, and a rule has at most five.
  const targets = relevant && (await attempt(() => client.send(new ListTargetsByRuleCommand({ Rule: rule.Name ?? '' }))));
  return {
    resourceType: DEFAULT_BUS_RULE,
    resourceId: rule.Arn ?? '',
    configuration: {
      State: rule.State,
      EventPattern: rule.EventPattern,
      Targets: targets ? factIn(targets, (answer) => answer.Targets?.map(({ Arn }) => ({ Arn }))) : undefined,
    },
  };
}
