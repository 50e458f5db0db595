import { readActions } from './elbv2-listener.ts';
import { factParser } from './parser.ts';
import { listOf, type Shapes, text } from './shape.ts';

/** Type of the rules of a listener, which AWS Config does not record. The resource ID is the ARN of the listener. */
export const LISTENER_RULES = 'AWS::ElasticLoadBalancingV2::ListenerRules';

/** Facts of the rules of one HTTP listener. */
export interface ListenerRulesFacts {
  /** The distinct actions of all rules. The default rule is one of them. */
  actions?: readonly string[];
}

const SHAPES: Shapes<ListenerRulesFacts> = { actions: listOf(text) };

export const listenerRulesParser = factParser<ListenerRulesFacts>(SHAPES, {
  actions: ({ configuration }) => {
    const rules = configuration.at('rules').list();
    return rules && rules.length > 0 ? readActions(rules.map((rule) => rule.at('actions'))) : undefined;
  },
});
