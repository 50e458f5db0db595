import { brief, type Check, duration, fail, isKnown, type Known, type Subject, shellWord, unknown, unread, warn } from './check.ts';
import { type Deployed, resourceChecks } from './stacks.ts';

/** Checks of what moves the events of a deployment: rules, functions and event sources. */

/** A rule of EventBridge. */
export interface RuleState {
  /** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeRule.html */
  readonly state: string;
  readonly bus: string;
  readonly rule: string;
  readonly targets: Known<number>;
}

const ENABLED_RULE: ReadonlySet<string> = new Set(['ENABLED', 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS']);

/** Evaluates the rules of EventBridge. */
export const ruleChecks = (rules: readonly Deployed<RuleState>[]): Check[] =>
  resourceChecks(rules, { group: 'rules', id: 'event-rules', singular: 'rule', plural: 'rules' }, ruleProblems, 'enabled and with targets');

function ruleProblems({ state, bus, rule, targets }: RuleState, { logicalId, region }: Deployed<RuleState>, subject: Subject): Check[] {
  const arguments_ = `${shellWord(rule)} --event-bus-name ${shellWord(bus)} --region ${shellWord(region)}`;
  if (state === 'DISABLED') {
    return [
      fail(subject, `the rule ${logicalId} is disabled`, {
        fix: 'enable the rule',
        command: `aws events enable-rule --name ${arguments_}`,
      }),
    ];
  }
  if (!ENABLED_RULE.has(state)) return [unknown(subject, `the rule ${logicalId}`, state)];
  if (!isKnown(targets)) return [unread(subject, `the targets of the rule ${logicalId}`, targets)];
  if (targets > 0) return [];
  return [
    fail(subject, `the rule ${logicalId} has no target`, {
      fix: 'restore the target that the template names',
      command: `aws events list-targets-by-rule --rule ${arguments_}`,
    }),
  ];
}

/** A function of Lambda. */
export interface FunctionState {
  /** https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html */
  readonly state: string;
  readonly reason?: string;
  readonly lastUpdate: string;
  readonly lastUpdateReason?: string;
  /** Reserved concurrency; `null` without a reservation. */
  readonly reserved: Known<number | null>;
}

/** Evaluates the functions. */
export const functionChecks = (functions: readonly Deployed<FunctionState>[]): Check[] =>
  resourceChecks(functions, { group: 'functions', id: 'functions', singular: 'function', plural: 'functions' }, functionProblems, 'active');

function functionProblems(
  { state, reason, lastUpdate, lastUpdateReason, reserved }: FunctionState,
  { logicalId, name, region }: Deployed<FunctionState>,
  subject: Subject,
): Check[] {
  const place = `--function-name ${shellWord(name)} --region ${shellWord(region)}`;
  const show = `aws lambda get-function-configuration ${place}`;
  const because = (why: string | undefined): string => (why === undefined || why === '' ? '' : `: ${brief(why)}`);
  if (state === 'Failed')
    return [fail(subject, `the function ${logicalId} failed${because(reason)}`, { fix: 'deploy again', command: show })];
  if (state === 'Pending')
    return [warn(subject, `the function ${logicalId} is not ready yet`, { fix: 'run csmm doctor again in some minutes', command: show })];
  // Lambda prepares an idle function again at its next call.
  if (state !== 'Active' && state !== 'Inactive') return [unknown(subject, `the function ${logicalId}`, state)];
  if (lastUpdate === 'Failed')
    return [
      fail(subject, `the last update of the function ${logicalId} failed${because(lastUpdateReason)}`, {
        fix: 'deploy again',
        command: show,
      }),
    ];
  if (!isKnown(reserved)) return [unread(subject, `the concurrency of the function ${logicalId}`, reserved)];
  if (reserved !== 0) return [];
  return [
    fail(subject, `the function ${logicalId} may not run: its reserved concurrency is 0`, {
      fix: 'remove the reservation',
      command: `aws lambda delete-function-concurrency ${place}`,
    }),
  ];
}

/** An event source of a function. */
export interface EventSourceState {
  /** https://docs.aws.amazon.com/lambda/latest/api/API_GetEventSourceMapping.html */
  readonly state: string;
  readonly transitionReason?: string;
  readonly lastResult?: string;
  readonly functionName: string;
  readonly sourceArn: string;
  /** Most concurrent executions. `undefined` without a limit. */
  readonly maximumConcurrency?: number;
}

/** Evaluates the event sources. */
export const eventSourceChecks = (sources: readonly Deployed<EventSourceState>[]): Check[] =>
  resourceChecks(
    sources,
    { group: 'functions', id: 'event-sources', singular: 'event source', plural: 'event sources' },
    eventSourceProblems,
    'enabled and without a problem',
  );

/** States between two others. */
const CHANGING: ReadonlySet<string> = new Set(['Creating', 'Enabling', 'Updating', 'Disabling', 'Deleting']);
/** Lambda's words for a poll without a problem. The value is absent for a queue, and before the first poll. */
const FINE: ReadonlySet<string> = new Set(['OK', 'No records processed', '']);

function eventSourceProblems(
  { state, transitionReason = '', lastResult = '' }: EventSourceState,
  { logicalId, name, region }: Deployed<EventSourceState>,
  subject: Subject,
): Check[] {
  const place = `--uuid ${shellWord(name)} --region ${shellWord(region)}`;
  const show = `aws lambda get-event-source-mapping ${place}`;
  if (state === 'Disabled') {
    return [
      fail(subject, `the event source ${logicalId} is disabled${transitionReason === '' ? '' : ` (${brief(transitionReason)})`}`, {
        fix: 'enable it',
        command: `aws lambda update-event-source-mapping ${place} --enabled`,
      }),
    ];
  }
  if (CHANGING.has(state))
    return [
      warn(subject, `the event source ${logicalId} is ${state.toLowerCase()}`, {
        fix: 'run csmm doctor again in some minutes',
        command: show,
      }),
    ];
  if (state !== 'Enabled') return [unknown(subject, `the event source ${logicalId}`, state)];
  if (FINE.has(lastResult)) return [];
  const message = `the event source ${logicalId} reports: ${brief(lastResult)}`;
  if (lastResult.startsWith('PROBLEM'))
    return [fail(subject, message, { fix: 'repair the cause that the logs of its function name', command: show })];
  return [warn(subject, message, { fix: 'look at the logs of its function', command: show })];
}

/** The delay of a function behind a stream. */
export interface StreamDelay {
  readonly region: string;
  readonly functionName: string;
  /** `null` if Lambda measured nothing in the last minutes: the stream had no records. */
  readonly seconds: Known<number | null>;
  /** Limit of the alarm of the deployment, in seconds. */
  readonly limitSeconds?: number;
}

/** Longest delay if no alarm has a limit. */
const LONGEST_DELAY_SECONDS = 300;

/** Evaluates the delays behind streams. */
export function streamChecks(delays: readonly StreamDelay[]): Check[] {
  const states = delays.map(
    ({ region, functionName, seconds, limitSeconds }): Deployed<{ seconds: number | null; limit: number }> => ({
      stack: '',
      region,
      logicalId: functionName,
      name: functionName,
      value: isKnown(seconds) ? { seconds, limit: limitSeconds ?? LONGEST_DELAY_SECONDS } : seconds,
    }),
  );
  return resourceChecks(
    states,
    { group: 'functions', id: 'stream-delay', singular: 'function of a stream', plural: 'functions of streams' },
    ({ seconds, limit }, { name, region }, subject) =>
      seconds === null || seconds <= limit
        ? []
        : [
            fail(subject, `the function ${brief(name, 120)} is ${duration(seconds)} behind its stream (limit: ${duration(limit)})`, {
              fix: 'look for errors in the logs of the function. It continues where it stopped',
              command: `aws logs tail --since 1h --region ${shellWord(region)} "$(aws lambda get-function-configuration --function-name ${shellWord(name)} --region ${shellWord(region)} --query LoggingConfig.LogGroup --output text)"`,
            }),
          ],
    'not late',
  );
}
