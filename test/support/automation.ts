import type { RunbookParameters } from '../../core/remediation/model/remedy.ts';
import { pythonProgram } from './python.ts';
import {
  type Json,
  type JsonObject,
  PLACEHOLDER,
  placeholdersIn,
  type RunbookDocument,
  type RunbookParameter,
  type RunbookStep,
  readRunbook,
  requestOf,
} from './runbook-document.ts';
import { convert, isOfType, select, textOf, textsOf, UndocumentedBehaviorError } from './selector.ts';

/**
 * Runs SSM Automation documents as far as the documentation says what SSM does; where it does not, the run throws, so that no
 * runbook comes to rest on it. https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-actions.html
 */

/** Calls an API: `ec2`, `DescribeVolumes`, the request. Rejects with an error whose `name` is that of the API. */
export type CallApi = (service: string, api: string, input: JsonObject) => Promise<unknown>;

export interface AutomationOptions {
  readonly call: CallApi;
  /** Decides an `aws:approve`. @default - no one answers: the step times out */
  readonly approve?: (inputs: JsonObject) => 'Approved' | 'Rejected' | Promise<'Approved' | 'Rejected'>;
  /** @default - 2026-01-01T00:00:00Z */
  readonly now?: () => Date;
  /** Passes the time of a sleep and between two looks of a wait. @default - none passes for real */
  readonly pause?: (milliseconds: number) => Promise<void>;
  readonly region?: string;
  readonly accountId?: string;
  readonly partition?: string;
}

export interface AutomationStep {
  readonly name: string;
  readonly action: string;
  readonly status: 'Success' | 'Failed' | 'TimedOut' | 'Rejected';
  readonly failure?: string;
}

export interface ApiCall {
  readonly service: string;
  readonly api: string;
  readonly input: JsonObject;
}

export interface AutomationRun {
  readonly status: 'Success' | 'Failed' | 'TimedOut' | 'Rejected';
  /** In the form of `GetAutomationExecution`: `step.Name` → texts. */
  readonly outputs: Readonly<Record<string, readonly string[]>>;
  /** The executed steps, in order. */
  readonly steps: readonly AutomationStep[];
  /** Every call, those that failed included. */
  readonly calls: readonly ApiCall[];
  /** Why the step failed that ended the run, or the first critical one that failed. */
  readonly failure?: string;
}

/** `StartAutomationExecution` refuses the parameters: nothing runs. */
export class InvalidAutomationExecutionParametersException extends Error {
  override readonly name = 'InvalidAutomationExecutionParametersException';
}

/** The value of an output of a step that did not run. */
export const NO_OUTPUT = 'No output available yet because the step is not successfully executed';

/** Steps that one run may take: more are a loop. */
const MAX_STEPS = 500;

/**
 * Runs a document as SSM would.
 *
 * @throws InvalidRunbookError if the document is not valid.
 * @throws InvalidAutomationExecutionParametersException if the parameters are not valid.
 * @throws UndocumentedBehaviorError if the run depends on behavior that the documentation leaves open.
 */
export async function runAutomation(document: unknown, parameters: RunbookParameters, options: AutomationOptions): Promise<AutomationRun> {
  const runbook = readRunbook(document);
  const values = new Map<string, Json>(Object.entries(parameterValues(runbook, parameters)));
  for (const [name, value] of Object.entries(systemVariables(options))) values.set(name, value);
  const calls: ApiCall[] = [];
  const steps: AutomationStep[] = [];
  const run: StepRun = {
    options,
    resolve: (value) => resolve(value, values),
    call: async (service, api, input) => {
      calls.push({ service, api, input });
      return plain(await options.call(service, api, input));
    },
  };
  let status: AutomationRun['status'] = 'Success';
  let failure: string | undefined;
  for (let step = runbook.steps[0]; step; ) {
    if (steps.length === MAX_STEPS) throw new UndocumentedBehaviorError(`the run has taken ${MAX_STEPS} steps`);
    const { name, action } = step;
    const ended = await attempt(step, run);
    steps.push({ name, action, status: ended.status, ...('failure' in ended && { failure: ended.failure }) });
    if (ended.status === 'Success') {
      for (const [output, value] of Object.entries(ended.outputs)) values.set(`${name}.${output}`, value);
      step = stepNamed(runbook, ended.chosen ?? nextOf(runbook, step));
      continue;
    }
    if (step.isCritical) failure ??= `${name}: ${ended.failure}`;
    if (step.isCritical && status === 'Success') status = step.onFailure.kind === 'abort' ? ended.status : 'Failed';
    step = afterFailure(runbook, step);
  }
  const outputs = outputsOf(runbook, values);
  return { status, outputs, steps, calls, ...(failure !== undefined && { failure }) };
}

const stepNamed = ({ steps }: RunbookDocument, name: string | undefined): RunbookStep | undefined =>
  steps.find((step) => step.name === name);

const nextOf = ({ steps }: RunbookDocument, step: RunbookStep): string | undefined =>
  step.isEnd ? undefined : (step.nextStep ?? steps[steps.indexOf(step) + 1]?.name);

/** https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-branch-condition.html */
function afterFailure(runbook: RunbookDocument, step: RunbookStep): RunbookStep | undefined {
  const { onFailure } = step;
  if (onFailure.kind === 'abort') return undefined;
  return stepNamed(runbook, onFailure.kind === 'step' ? onFailure.step : nextOf(runbook, step));
}

/** Limits: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_AutomationExecution.html */
function outputsOf({ outputs }: RunbookDocument, values: ReadonlyMap<string, Json>): Record<string, string[]> {
  return Object.fromEntries(
    outputs.map((output) => {
      const value = values.get(output);
      const texts = value === undefined ? [NO_OUTPUT] : textsOf(value);
      const misfit = texts.length > MAX_VALUES || texts.some((text) => text.length < 1 || text.length > MAX_TEXT);
      if (misfit) throw new UndocumentedBehaviorError(`the output ${output} is not ${MAX_VALUES} texts of 1 to ${MAX_TEXT} characters`);
      return [output, texts];
    }),
  );
}

const MAX_TEXT = 512;
const MAX_VALUES = 50;
const MAX_PARAMETERS = 200;

/**
 * The values of the parameters of a run, as the document declares them.
 * @throws InvalidAutomationExecutionParametersException if SSM would refuse to start.
 */
export function parameterValues({ parameters: declared }: RunbookDocument, given: RunbookParameters): Record<string, Json> {
  if (Object.keys(given).length > MAX_PARAMETERS) refuse(`more than ${MAX_PARAMETERS} parameters`);
  for (const name of Object.keys(given)) if (!Object.hasOwn(declared, name)) refuse(`${name} is not a parameter of the document`);
  return Object.fromEntries(
    Object.entries(declared).map(([name, parameter]) => {
      const texts = given[name];
      if (texts) return [name, parameterValue(name, parameter, texts)];
      return [name, parameter.default ?? refuse(`${name} has no value and no default`)];
    }),
  );
}

function refuse(why: string): never {
  throw new InvalidAutomationExecutionParametersException(why);
}

function parameterValue(name: string, parameter: RunbookParameter, texts: readonly string[]): Json {
  const { type, minItems = 0, maxItems = MAX_VALUES } = parameter;
  const isList = type === 'StringList' || type === 'MapList';
  if (texts.length > MAX_VALUES || (!isList && texts.length !== 1)) refuse(`${name} has ${texts.length} values`);
  if (texts.length < minItems || texts.length > maxItems) refuse(`${name} has ${texts.length} values, of ${minItems} to ${maxItems}`);
  for (const text of texts) checkText(name, parameter, text);
  return typedValue(name, type, texts);
}

function checkText(name: string, { allowedPattern, allowedValues }: RunbookParameter, text: string): void {
  if (text.length > MAX_TEXT) refuse(`${name} has a value of ${text.length} characters, of at most ${MAX_TEXT}`);
  if (allowedPattern !== undefined && !new RegExp(allowedPattern, 'u').test(text)) {
    refuse(`${name} has the value ${JSON.stringify(text)}, which does not match ${allowedPattern}`);
  }
  if (allowedValues && !allowedValues.map(String).includes(text)) refuse(`${name} has a value that is none of ${allowedValues.join(', ')}`);
}

function typedValue(name: string, type: RunbookParameter['type'], texts: readonly string[]): Json {
  const [first = ''] = texts;
  switch (type) {
    case 'String':
      return first;
    case 'StringList':
      return texts;
    case 'Boolean':
      return first === 'true' || (first !== 'false' && refuse(`${name} is neither true nor false`));
    case 'Integer':
      return /^-?\d{1,15}$/.test(first) ? Number(first) : refuse(`${name} is not an integer`);
    case 'StringMap':
      return parseMap(name, first);
    case 'MapList':
      return texts.map((text) => parseMap(name, text));
  }
}

function parseMap(name: string, text: string): Json {
  try {
    const value = JSON.parse(text) as Json;
    return isOfType(value, 'StringMap') ? value : refuse(`${name} is not a map`);
  } catch {
    return refuse(`${name} is not JSON`);
  }
}

function systemVariables({ region = 'eu-west-1', accountId = '111111111111', partition = 'aws', now }: AutomationOptions) {
  const at = (now?.() ?? new Date('2026-01-01T00:00:00Z')).toISOString();
  return {
    'global:REGION': region,
    'global:ACCOUNT_ID': accountId,
    'global:AWS_PARTITION': partition,
    'global:DATE': at.slice(0, 10),
    'global:DATE_TIME': `${at.slice(0, 10)}_${at.slice(11, 19).replaceAll(':', '.')}`,
    'automation:EXECUTION_ID': '11111111-1111-4111-8111-111111111111',
  };
}

/** Puts values in place of placeholders, once: what a value holds is never looked at. */
function resolve(value: Json, values: ReadonlyMap<string, Json>): Json {
  const valueNamed = (name: string): Json => {
    const known = values.get(name);
    if (known === undefined) throw new UndocumentedBehaviorError(`{{ ${name} }} has no value: the step has not run, or has failed`);
    return known;
  };
  if (typeof value === 'string') {
    const [whole] = placeholdersIn(value);
    if (whole !== undefined && /^\{\{[^{}]*\}\}$/.test(value)) return valueNamed(whole);
    return value.replaceAll(PLACEHOLDER, (_, name: string) => {
      const found = valueNamed(name);
      if (typeof found !== 'object') return textOf(found);
      throw new UndocumentedBehaviorError(`{{ ${name} }} is not a plain value, and stands within a text`);
    });
  }
  if (Array.isArray(value)) {
    return value.map((member: Json) => {
      const resolved = resolve(member, values);
      if (typeof member !== 'string' || !Array.isArray(resolved)) return resolved;
      throw new UndocumentedBehaviorError(`${member} is a list, and stands within a list`);
    });
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, resolve(member, values)]));
}

/** The part of the run that a step can read. */
interface StepRun {
  readonly options: AutomationOptions;
  readonly resolve: (value: Json) => Json;
  readonly call: (service: string, api: string, input: JsonObject) => Promise<Json>;
}

type StepEnd =
  | { readonly status: 'Success'; readonly outputs: Readonly<Record<string, Json>>; readonly chosen?: string }
  | { readonly status: 'Failed' | 'TimedOut' | 'Rejected'; readonly failure: string };

const succeeded = (outputs: Readonly<Record<string, Json>> = {}): StepEnd => ({ status: 'Success', outputs });
const failed = (failure: string): StepEnd => ({ status: 'Failed', failure });

/** "The action isn't considered to have failed until all of the retry attempts have failed." */
async function attempt(step: RunbookStep, run: StepRun): Promise<StepEnd> {
  let ended = await ACTS[step.action](step, run);
  for (let attempts = 1; attempts < step.maxAttempts && ended.status !== 'Success' && ended.status !== 'Rejected'; attempts++) {
    ended = await ACTS[step.action](step, run);
  }
  return ended;
}

const ACTS: Readonly<Record<RunbookStep['action'], (step: RunbookStep, run: StepRun) => Promise<StepEnd>>> = {
  'aws:executeAwsApi': async (step, run) => {
    const answer = await callOf(step, run);
    return 'failure' in answer ? answer : succeeded(selectOutputs(step, answer.value));
  },
  'aws:assertAwsResourceProperty': async (step, run) => {
    const answer = await callOf(step, run);
    if ('failure' in answer) return answer;
    const found = propertyOf(step, answer.value);
    if (found === undefined) return failed(`${step.inputs.PropertySelector} finds nothing`);
    return isDesired(step, run, found) ? succeeded() : failed(`${step.inputs.PropertySelector} is ${found}`);
  },
  'aws:waitForAwsResourceProperty': waitFor,
  'aws:branch': async (step, run) => choose(step, run),
  'aws:sleep': async ({ inputs }, { options: { pause, now }, resolve: resolved }) => {
    const milliseconds = sleepOf(resolved(inputs) as JsonObject, now?.() ?? new Date(0));
    await pause?.(milliseconds);
    return succeeded();
  },
  'aws:approve': async ({ inputs }, { options: { approve }, resolve: resolved }) => {
    const decision = await approve?.(resolved(inputs) as JsonObject);
    if (decision === 'Approved') return succeeded();
    return decision ? { status: 'Rejected', failure: 'the approval was refused' } : { status: 'TimedOut', failure: 'nobody has approved' };
  },
  'aws:executeScript': async (step, run) => {
    const { Runtime, Handler, Script, InputPayload = {} } = step.inputs;
    if (Runtime !== 'python3.11') throw new UndocumentedBehaviorError(`${Runtime} is not run here`);
    const answer = await runPython(String(Script), String(Handler), run.resolve(InputPayload), step.timeoutSeconds ?? MAX_SCRIPT_SECONDS);
    if (typeof answer === 'string') return failed(answer);
    return succeeded(selectOutputs(step, { Payload: answer.returned }));
  },
};

/** The answer of the API that a step calls, or why it has failed. */
async function callOf(step: RunbookStep, run: StepRun): Promise<{ readonly value: Json } | Extract<StepEnd, { failure: string }>> {
  const { Service, Api } = step.inputs;
  const input = run.resolve(requestOf(step)) as JsonObject;
  try {
    return { value: await run.call(String(Service), String(Api), input) };
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    return { status: 'Failed', failure: `${Service}:${Api}: ${name}: ${message}` };
  }
}

function selectOutputs({ name, outputs }: RunbookStep, answer: Json): Record<string, Json> {
  return Object.fromEntries(
    outputs.map(({ Name, Selector, Type }) => {
      const found = select(answer, Selector);
      if (found === undefined) throw new UndocumentedBehaviorError(`${name}.${Name}: ${Selector} finds nothing`);
      return [Name, convert(found, Type, `${name}.${Name}`)];
    }),
  );
}

/** The property of an assert or a wait as text. */
function propertyOf({ name, inputs }: RunbookStep, answer: Json): string | undefined {
  const found = select(answer, String(inputs.PropertySelector));
  if (found !== undefined && typeof found === 'object') {
    throw new UndocumentedBehaviorError(`${name}: ${inputs.PropertySelector} is not a plain value`);
  }
  return found === undefined ? undefined : textOf(found);
}

function isDesired({ inputs }: RunbookStep, { resolve: resolved }: StepRun, found: string): boolean {
  const desired = resolved(inputs.DesiredValues as Json);
  if (!Array.isArray(desired)) throw new UndocumentedBehaviorError('DesiredValues is not a list');
  return desired.map(textOf).includes(found);
}

/** How often a wait looks is not documented: this only decides how many looks fit into the time. */
const LOOK_EVERY_SECONDS = 5;
/** https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-action-waitForAwsResourceProperty.html */
const DEFAULT_WAIT_SECONDS = 3600;

async function waitFor(step: RunbookStep, run: StepRun): Promise<StepEnd> {
  const { timeoutSeconds = DEFAULT_WAIT_SECONDS, inputs, name } = step;
  for (let waited = 0; ; waited += LOOK_EVERY_SECONDS) {
    const answer = await callOf(step, run);
    if ('failure' in answer) return answer;
    const found = propertyOf(step, answer.value);
    if (found === undefined) throw new UndocumentedBehaviorError(`${name}: ${inputs.PropertySelector} finds nothing`);
    if (isDesired(step, run, found)) return succeeded();
    if (waited >= timeoutSeconds)
      return { status: 'TimedOut', failure: `${inputs.PropertySelector} is ${found} after ${timeoutSeconds} seconds` };
    await run.options.pause?.(LOOK_EVERY_SECONDS * 1000);
  }
}

type Comparison = (value: Json, wanted: Json) => boolean;

const texts =
  (compare: (value: string, wanted: string) => boolean): Comparison =>
  (value, wanted) =>
    compare(asText(value), asText(wanted));
const numbers =
  (compare: (value: number, wanted: number) => boolean): Comparison =>
  (value, wanted) =>
    compare(asNumber(value), asNumber(wanted));

function asText(value: Json): string {
  return typeof value === 'string' ? value : undocumented(`${JSON.stringify(value)} is compared as a text`);
}
function asNumber(value: Json): number {
  return typeof value === 'number' ? value : undocumented(`${JSON.stringify(value)} is compared as a number`);
}
function asBoolean(value: Json): boolean {
  return typeof value === 'boolean' ? value : undocumented(`${JSON.stringify(value)} is compared as a boolean`);
}
function undocumented(what: string): never {
  throw new UndocumentedBehaviorError(what);
}

/** https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-branch-condition.html#branch-action-explained */
const COMPARISONS: Readonly<Record<string, Comparison>> = {
  StringEquals: texts((value, wanted) => value === wanted),
  EqualsIgnoreCase: texts((value, wanted) => value.toLowerCase() === wanted.toLowerCase()),
  StartsWith: texts((value, wanted) => value.startsWith(wanted)),
  EndsWith: texts((value, wanted) => value.endsWith(wanted)),
  Contains: texts((value, wanted) => value.includes(wanted)),
  NumericEquals: numbers((value, wanted) => value === wanted),
  NumericGreater: numbers((value, wanted) => value > wanted),
  NumericLesser: numbers((value, wanted) => value < wanted),
  NumericGreaterOrEquals: numbers((value, wanted) => value >= wanted),
  NumericLesserOrEquals: numbers((value, wanted) => value <= wanted),
  BooleanEquals: (value, wanted) => asBoolean(value) === asBoolean(wanted),
};

function choose({ inputs }: RunbookStep, run: StepRun): StepEnd {
  for (const choice of inputs.Choices as readonly JsonObject[]) {
    const { NextStep, ...condition } = choice;
    if (holds(condition, run)) return { status: 'Success', outputs: {}, chosen: String(NextStep) };
  }
  return { status: 'Success', outputs: {}, ...(inputs.Default !== undefined && { chosen: String(inputs.Default) }) };
}

function holds(condition: JsonObject, run: StepRun): boolean {
  const all = (value: Json | undefined) =>
    Array.isArray(value) ? (value as readonly JsonObject[]) : undocumented('And and Or take a list');
  const { Variable, ...rest } = condition;
  const [[operator, wanted] = ['', null], ...more] = Object.entries(rest);
  if (more.length > 0) undocumented(`a condition with ${Object.keys(condition).join(', ')}`);
  if (Variable === undefined) {
    if (operator === 'And') return all(wanted).every((each) => holds(each, run));
    if (operator === 'Or') return all(wanted).some((each) => holds(each, run));
    return operator === 'Not' ? !holds(wanted as JsonObject, run) : undocumented(`the condition ${operator}`);
  }
  const compare = (Object.hasOwn(COMPARISONS, operator) ? COMPARISONS[operator] : undefined) ?? undocumented(`the condition ${operator}`);
  return compare(run.resolve(Variable), run.resolve(wanted));
}

/** Milliseconds. https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-action-sleep.html */
function sleepOf({ Duration, Timestamp }: JsonObject, now: Date): number {
  if (Timestamp !== undefined) return Math.max(0, Date.parse(String(Timestamp)) - now.getTime());
  const [, hours = 0, minutes = 0, seconds = 0] =
    /^PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?$/.exec(String(Duration)) ?? undocumented(`${Duration}`);
  return ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
}

/** https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-action-executeScript.html */
const MAX_SCRIPT_SECONDS = 600;

/**
 * Each script runs in a process of its own, a copy of one that waits for requests: to start Python takes longer than any script. The
 * limit is processor time, which does not depend on what else the machine does; a script has nothing to wait for.
 */
const PROGRAM = `
import json, os, resource, signal, sys, traceback

def answer(given):
    try:
        module = {'__name__': 'script'}
        exec(given['script'], module)
        return json.dumps({'returned': module[given['handler']](given['payload'], {})}, allow_nan=False)
    except BaseException:
        return json.dumps({'failure': traceback.format_exc().strip().split(chr(10))[-1]})

def run(given):
    source, sink = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(source)
            nowhere = os.open(os.devnull, os.O_RDWR)
            for stream in (0, 1, 2):
                os.dup2(nowhere, stream)
            resource.setrlimit(resource.RLIMIT_CPU, (given['seconds'], given['seconds'] + 1))
            with os.fdopen(sink, 'w') as told:
                told.write(answer(given))
        finally:
            os._exit(0)
    os.close(sink)
    with os.fdopen(source) as told:
        text = told.read()
    status = os.waitpid(child, 0)[1]
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU:
        return json.dumps({'failure': 'the script took longer than %d seconds' % given['seconds']})
    return text or json.dumps({'failure': 'the script has ended the process'})

for line in sys.stdin:
    print(run(json.loads(line)), flush=True)
`;

const ask = pythonProgram({ program: PROGRAM, options: ['-I'], environment: { PATH: process.env.PATH } });

/** Returns what the handler returns, or why it has failed. The script sees no environment: it is a function of its payload. */
async function runPython(script: string, handler: string, payload: Json, seconds: number): Promise<{ readonly returned: Json } | string> {
  const told = (await ask({ script, handler, payload, seconds })) as { readonly returned: Json } | { readonly failure: string };
  return 'failure' in told ? told.failure : told;
}

/** An answer as JSON, as SSM shows it: dates as text, bytes in Base64; what is undefined is not there. */
function plain(value: unknown): Json {
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return (value ?? null) as Json;
  const { $metadata: _, ...members } = value as Record<string, unknown>;
  return Object.fromEntries(Object.entries(members).flatMap(([key, member]) => (member === undefined ? [] : [[key, plain(member)]])));
}
