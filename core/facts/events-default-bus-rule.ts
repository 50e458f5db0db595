import { matchedByRule } from '../detection/activities.ts';
import { DETECTED, type DetectedActivities, detectedActivities, NONE_DETECTED } from './detected-activities.ts';
import { factParser } from './parser.ts';
import { flag, listOf, type Shapes, text } from './shape.ts';

/**
 * Type of a rule on the default event bus, which receives the events of CloudTrail. The resource ID is its ARN. `AWS::Events::Rule` of
 * AWS Config has no event pattern:
 * https://github.com/awslabs/aws-config-resource-schema/blob/master/config/properties/resource-types/AWS::Events::Rule.properties.json
 */
export const DEFAULT_BUS_RULE = 'AWS::Events::DefaultBusRule';

export interface DefaultBusRuleFacts {
  enabled?: boolean;
  /** The events that its event pattern matches. csmm does not store the pattern. */
  detects?: DetectedActivities;
  /** ARNs of its targets. csmm reads them only if the rule is enabled and can match an event of an activity. */
  targets?: readonly string[];
}

const SHAPES: Shapes<DefaultBusRuleFacts> = { enabled: flag, detects: DETECTED, targets: listOf(text) };

/** Parses a `Rule` of `ListRules`, with the `Targets` of `ListTargetsByRule`. */
export const defaultBusRuleParser = factParser<DefaultBusRuleFacts>(SHAPES, {
  enabled: ({ configuration }) => {
    const state = configuration.at('state').text();
    return state === undefined ? undefined : isEnabled(state);
  },
  detects: ({ configuration }) => {
    const pattern = configuration.at('eventPattern');
    // A scheduled rule has no event pattern.
    if (!pattern.exists) return configuration.isObject ? NONE_DETECTED : undefined;
    const text = pattern.raw();
    return typeof text === 'string' ? ruleDetects(text, configuration.at('state').text()) : undefined;
  },
  targets: ({ configuration }) =>
    configuration
      .at('targets')
      .list()
      ?.slice(0, MAX_TARGETS)
      .flatMap((target) => target.at('arn').text() ?? []),
});

/** Returns whether a rule in this state matches events. */
export const isEnabled = (state: string | undefined): boolean => state?.startsWith('ENABLED') ?? false;

/** Maximum length of a pattern in PutRule, in characters. */
const MAX_PATTERN = 4096;
/**
 * Maximum number of targets that csmm keeps. EventBridge allows 5:
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
 */
const MAX_TARGETS = 20;

/** State of a rule that read-only events reach too. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html */
const WITH_READS = 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS';

/** Returns what a rule with this pattern matches. Returns `undefined` if the text is not a pattern. */
export function ruleDetects(text: string, state: string | undefined): DetectedActivities | undefined {
  const pattern = text.length <= MAX_PATTERN ? parse(text) : undefined;
  if (pattern === undefined) return undefined;
  return detectedActivities(text, (accountId, budget) => matchedByRule(pattern, accountId, state === WITH_READS, budget));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
