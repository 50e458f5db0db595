import { parseAlarmRule } from '../detection/alarm-rule.ts';
import { readActions } from './cloudwatch-metric-alarm.ts';
import { factParser } from './parser.ts';
import { flag, listOf, type Shapes, text } from './shape.ts';

/** Type of an alarm on other alarms of its account and Region. The resource ID is its name. */
export const COMPOSITE_ALARM = 'AWS::CloudWatch::CompositeAlarm';

export interface CompositeAlarmFacts {
  actionsEnabled?: boolean;
  /** ARNs of the actions of the alarm in state ALARM. */
  actions?: readonly string[];
  /** Names of the alarms of its rule. Each of them makes it fire: the rule joins them by OR. */
  firesWith?: readonly string[];
  /** Names of the alarms of a rule with AND, NOT or other functions, which csmm does not evaluate. */
  depends?: readonly string[];
  /** Whether another alarm suppresses its actions for some time. */
  suppressed?: boolean;
}

const SHAPES: Shapes<CompositeAlarmFacts> = {
  actionsEnabled: flag,
  actions: listOf(text),
  firesWith: listOf(text),
  depends: listOf(text),
  suppressed: flag,
};

/** Reads a `CompositeAlarm` of `DescribeAlarms`. */
export const compositeAlarmParser = factParser<CompositeAlarmFacts>(SHAPES, {
  actionsEnabled: ({ configuration }) => configuration.at('actionsEnabled').flag(),
  actions: ({ configuration }) => readActions(configuration),
  firesWith: ({ configuration }) => parseAlarmRule(configuration.at('alarmRule').raw())?.anyOf,
  depends: ({ configuration }) => parseAlarmRule(configuration.at('alarmRule').raw())?.others,
  suppressed: ({ configuration }) => {
    const suppressor = configuration.at('actionsSuppressor');
    return configuration.isObject ? (suppressor.text() ?? '') !== '' : undefined;
  },
});
