import { detectedByRule } from '../detection/activities.ts';
import { type DetectedActivities, detectedActivities, NONE_DETECTED } from './detected-activities.ts';
import { factParser } from './parser.ts';

/**
 * The type of a rule on the default event bus, the one that receives CloudTrail's events, by its ARN. AWS Config's `AWS::Events::Rule`
 * has no event pattern:
 * https://github.com/awslabs/aws-config-resource-schema/blob/master/config/properties/resource-types/AWS::Events::Rule.properties.json
 */
export const DEFAULT_BUS_RULE = 'AWS::Events::DefaultBusRule';

export interface DefaultBusRuleFacts {
  enabled?: boolean;
  /** What its event pattern, which is not kept, catches. */
  detects?: DetectedActivities;
  /** ARNs of its targets; read for a rule that is enabled and catches something. */
  targets?: readonly string[];
}

/** Reads a `Rule` of `ListRules`, with the `Targets` of `ListTargetsByRule`. */
export const defaultBusRuleParser = factParser<DefaultBusRuleFacts>({
  enabled: ({ configuration }) => {
    const state = configuration.at('state').text();
    return state === undefined ? undefined : isEnabled(state);
  },
  detects: ({ configuration }) => {
    const pattern = configuration.at('eventPattern');
    // A rule on a schedule has none.
    if (!pattern.exists) return configuration.isObject ? NONE_DETECTED : undefined;
    const text = pattern.raw();
    return typeof text === 'string' ? ruleDetects(text) : undefined;
  },
  targets: ({ configuration }) =>
    configuration
      .at('targets')
      .list()
      ?.slice(0, MAX_TARGETS)
      .flatMap((target) => target.at('arn').text() ?? []),
});

/** Whether a rule in this state matches events. */
export const isEnabled = (state: string | undefined): boolean => state?.startsWith('ENABLED') ?? false;

/** The longest pattern that PutRule takes, in characters. */
const MAX_PATTERN = 4096;
/** A rule has five: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html */
const MAX_TARGETS = 20;

/** The activities that a rule with this pattern catches: none where it is no pattern. */
export function ruleDetects(text: string): DetectedActivities {
  const pattern = text.length <= MAX_PATTERN ? parse(text) : undefined;
  return pattern === undefined ? NONE_DETECTED : detectedActivities(text, (accountId) => detectedByRule(pattern, accountId));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
