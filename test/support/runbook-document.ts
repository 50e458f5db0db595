import { parse } from 'yaml';

/** SSM Automation documents of schema 0.3, as far as runbooks use them. What is not known here is refused, not skipped. */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };
export type JsonObject = { readonly [name: string]: Json };

/** Types of parameters and outputs. https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-action-outputs-inputs.html */
export const VALUE_TYPES = ['String', 'StringList', 'Boolean', 'Integer', 'StringMap', 'MapList'] as const;
export type ValueType = (typeof VALUE_TYPES)[number];

export interface RunbookParameter {
  readonly type: ValueType;
  readonly description?: string;
  readonly default?: Json;
  readonly allowedPattern?: string;
  readonly allowedValues?: readonly Json[];
  readonly minItems?: number;
  readonly maxItems?: number;
}

export interface RunbookOutput {
  readonly Name: string;
  readonly Selector: string;
  readonly Type: ValueType;
}

export const ACTIONS = [
  'aws:executeAwsApi',
  'aws:assertAwsResourceProperty',
  'aws:waitForAwsResourceProperty',
  'aws:branch',
  'aws:sleep',
  'aws:approve',
  'aws:executeScript',
] as const;
export type Action = (typeof ACTIONS)[number];

/** Behavior of the automation after a failed step. */
export type OnFailure = { readonly kind: 'abort' } | { readonly kind: 'continue' } | { readonly kind: 'step'; readonly step: string };

export interface RunbookStep {
  readonly name: string;
  readonly action: Action;
  readonly description?: string;
  readonly inputs: JsonObject;
  readonly outputs: readonly RunbookOutput[];
  readonly onFailure: OnFailure;
  readonly isCritical: boolean;
  readonly isEnd: boolean;
  /** As written: absent if the step continues with the one below it. */
  readonly nextStep?: string;
  readonly maxAttempts: number;
  readonly timeoutSeconds?: number;
}

export interface RunbookDocument {
  readonly description: string;
  readonly assumeRole?: string;
  readonly parameters: Readonly<Record<string, RunbookParameter>>;
  /** `step.Output` */
  readonly outputs: readonly string[];
  readonly steps: readonly RunbookStep[];
}

/** The document is not one that SSM takes, or says what nothing here understands. */
export class InvalidRunbookError extends Error {
  override readonly name = 'InvalidRunbookError';
}

function refuse(why: string): never {
  throw new InvalidRunbookError(why);
}

/**
 * Reads a document from YAML, or from what YAML was parsed to.
 * @throws InvalidRunbookError for unknown keys, types, actions and placeholders, steps that are missing or cannot be reached.
 */
export function readRunbook(document: unknown): RunbookDocument {
  if (typeof document !== 'string') return checkedRunbook(document);
  const read = readBefore.get(document) ?? checkedRunbook(parse(document));
  readBefore.set(document, read);
  return read;
}

/** Documents by their text: a test runs the same one many times. */
const readBefore = new Map<string, RunbookDocument>();

function checkedRunbook(document: unknown): RunbookDocument {
  const given = objectOf(document, 'the document', DOCUMENT_KEYS);
  if (given.schemaVersion !== '0.3') refuse(`schemaVersion ${JSON.stringify(given.schemaVersion)} is not '0.3'`);
  const { assumeRole } = given;
  const runbook: RunbookDocument = {
    description: textOf(given.description ?? '', 'description'),
    ...(assumeRole !== undefined && { assumeRole: textOf(assumeRole, 'assumeRole') }),
    parameters: parametersOf(given.parameters ?? {}),
    outputs: listOf(given.outputs ?? [], 'outputs').map((output) => textOf(output, 'an output')),
    steps: listOf(given.mainSteps, 'mainSteps').map(stepOf),
  };
  checkSteps(runbook);
  checkPlaceholders(runbook, assumeRole);
  return runbook;
}

const DOCUMENT_KEYS = ['schemaVersion', 'description', 'assumeRole', 'parameters', 'outputs', 'mainSteps'];
const PARAMETER_KEYS = ['type', 'description', 'default', 'allowedPattern', 'allowedValues', 'minItems', 'maxItems'];
/** https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-actions.html#automation-common */
const STEP_KEYS = [
  ...['name', 'action', 'description', 'inputs', 'outputs', 'onFailure', 'onCancel', 'isCritical', 'isEnd', 'nextStep'],
  ...['maxAttempts', 'timeoutSeconds'],
];

function objectOf(value: unknown, what: string, keys?: readonly string[]): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return refuse(`${what} is not an object`);
  for (const key of Object.keys(value)) if (keys && !keys.includes(key)) refuse(`${what} has the unknown key ${key}`);
  return value as JsonObject;
}

const listOf = (value: unknown, what: string): readonly Json[] => (Array.isArray(value) ? value : refuse(`${what} is not a list`));
const textOf = (value: unknown, what: string): string => (typeof value === 'string' ? value : refuse(`${what} is not a text`));

function typeOf(value: unknown, what: string): ValueType {
  return VALUE_TYPES.find((type) => type === value) ?? refuse(`${what} has the unknown type ${JSON.stringify(value)}`);
}

function parametersOf(value: unknown): Record<string, RunbookParameter> {
  return Object.fromEntries(
    Object.entries(objectOf(value, 'parameters')).map(([name, declared]) => {
      if (!/^[A-Za-z0-9]{1,50}$/.test(name)) refuse(`${name} cannot name a parameter`);
      const given = objectOf(declared, `the parameter ${name}`, PARAMETER_KEYS);
      if (given.allowedPattern !== undefined) new RegExp(textOf(given.allowedPattern, `allowedPattern of ${name}`), 'u');
      if (given.allowedValues !== undefined) listOf(given.allowedValues, `allowedValues of ${name}`);
      return [name, { ...given, type: typeOf(given.type, `the parameter ${name}`) }];
    }),
  );
}

function stepOf(value: Json): RunbookStep {
  const name = textOf(objectOf(value, 'a step').name, 'the name of a step');
  if (!/^[A-Za-z0-9_]{1,128}$/.test(name)) refuse(`${name} cannot name a step`);
  const what = `the step ${name}`;
  const given = objectOf(value, what, STEP_KEYS);
  const action =
    ACTIONS.find((known) => known === given.action) ?? refuse(`${what} has the unknown action ${JSON.stringify(given.action)}`);
  const { isCritical = true, isEnd = false, maxAttempts = 1, nextStep, timeoutSeconds, description } = given;
  if (typeof isCritical !== 'boolean' || typeof isEnd !== 'boolean') return refuse(`isCritical and isEnd of ${what} are true or false`);
  if (isEnd && nextStep !== undefined) refuse(`${what} is an end and has a next step`);
  if (!isPositive(maxAttempts)) return refuse(`maxAttempts of ${what} is not a number from 1`);
  if (timeoutSeconds !== undefined && !isPositive(timeoutSeconds)) return refuse(`timeoutSeconds of ${what} is not a number from 1`);
  const onFailure = onFailureOf(given.onFailure ?? 'Abort', what);
  if (onFailure.kind === 'abort' && !isCritical) refuse(`${what} aborts though it is not critical: what SSM then says is not documented`);
  const step: RunbookStep = {
    ...{ name, action, onFailure, isCritical, isEnd, maxAttempts },
    inputs: objectOf(given.inputs ?? {}, `inputs of ${what}`),
    outputs: listOf(given.outputs ?? [], `outputs of ${what}`).map((output) => outputOf(output, what)),
    ...(description !== undefined && { description: textOf(description, `description of ${what}`) }),
    ...(nextStep !== undefined && { nextStep: textOf(nextStep, `nextStep of ${what}`) }),
    ...(timeoutSeconds !== undefined && { timeoutSeconds }),
  };
  checkInputs(step);
  return step;
}

const isPositive = (value: Json): value is number => typeof value === 'number' && Number.isInteger(value) && value > 0;

function onFailureOf(value: Json, what: string): OnFailure {
  if (value === 'Abort') return { kind: 'abort' };
  if (value === 'Continue') return { kind: 'continue' };
  const step = typeof value === 'string' && value.startsWith('step:') ? value.slice('step:'.length) : '';
  return step ? { kind: 'step', step } : refuse(`onFailure of ${what} is none of Abort, Continue, step:NAME`);
}

function outputOf(value: Json, what: string): RunbookOutput {
  const { Name, Selector, Type = 'String' } = objectOf(value, `an output of ${what}`, ['Name', 'Selector', 'Type']);
  return {
    Name: textOf(Name, `Name of an output of ${what}`),
    Selector: textOf(Selector, `Selector of an output of ${what}`),
    Type: typeOf(Type, `an output of ${what}`),
  };
}

/** Inputs of each action, apart from the members of a request. */
const INPUT_KEYS: Readonly<Record<Action, { readonly required: readonly string[]; readonly optional?: readonly string[] }>> = {
  'aws:executeAwsApi': { required: ['Service', 'Api'] },
  'aws:assertAwsResourceProperty': { required: ['Service', 'Api', 'PropertySelector', 'DesiredValues'] },
  'aws:waitForAwsResourceProperty': { required: ['Service', 'Api', 'PropertySelector', 'DesiredValues'] },
  'aws:branch': { required: ['Choices'], optional: ['Default'] },
  'aws:sleep': { required: [], optional: ['Duration', 'Timestamp'] },
  'aws:approve': { required: ['Approvers'], optional: ['NotificationArn', 'Message', 'MinRequiredApprovals'] },
  'aws:executeScript': { required: ['Runtime', 'Handler', 'Script'], optional: ['InputPayload'] },
};

/** Actions that call an API with their other inputs. */
export const callsApi = ({ action }: Pick<RunbookStep, 'action'>): boolean => INPUT_KEYS[action].required.includes('Api');

function checkInputs(step: RunbookStep): void {
  const { name, action, inputs, outputs } = step;
  const { required, optional = [] } = INPUT_KEYS[action];
  for (const key of required) if (inputs[key] === undefined) refuse(`the step ${name} lacks the input ${key}`);
  for (const key of callsApi(step) ? [] : Object.keys(inputs)) {
    if (![...required, ...optional].includes(key)) refuse(`the step ${name} has the unknown input ${key}`);
  }
  if (action === 'aws:sleep' && Object.keys(inputs).length !== 1) refuse(`the step ${name} needs either Duration or Timestamp`);
  if (action === 'aws:executeScript' && /\{\{/.test(textOf(inputs.Script, `Script of ${name}`)))
    refuse(`the script of ${name} has {{ in it: values are given by InputPayload`);
  if (outputs.length > 0 && action !== 'aws:executeAwsApi' && action !== 'aws:executeScript')
    refuse(`${action} of ${name} gives no outputs`);
}

/** The request that a step makes. */
export function requestOf({ inputs }: Pick<RunbookStep, 'inputs'>): JsonObject {
  const { Service: _service, Api: _api, PropertySelector: _selector, DesiredValues: _values, ...request } = inputs;
  return request;
}

/** Returns the steps that can follow a step, after success or failure. */
export function successors({ steps }: Pick<RunbookDocument, 'steps'>, step: RunbookStep): string[] {
  const below = steps[steps.indexOf(step) + 1]?.name;
  const next = step.isEnd ? [] : [step.nextStep ?? below].flatMap((name) => name ?? []);
  const failed = step.onFailure.kind === 'step' ? [step.onFailure.step] : step.onFailure.kind === 'continue' ? next : [];
  if (step.action !== 'aws:branch') return [...next, ...failed];
  const chosen = listOf(step.inputs.Choices, `Choices of ${step.name}`).map((choice) =>
    textOf(objectOf(choice, `a choice of ${step.name}`).NextStep, `NextStep of a choice of ${step.name}`),
  );
  const otherwise = step.inputs.Default === undefined ? next : [textOf(step.inputs.Default, `Default of ${step.name}`)];
  return [...chosen, ...otherwise, ...failed];
}

function checkSteps(runbook: RunbookDocument): void {
  const { steps, outputs } = runbook;
  const [first] = steps;
  if (!first) throw new InvalidRunbookError('there are no steps');
  const byName = new Map(steps.map((step) => [step.name, step]));
  if (byName.size !== steps.length) refuse('two steps have one name');
  const reached = new Set<string>();
  const waiting = [first];
  for (let step = waiting.pop(); step; step = waiting.pop()) {
    if (reached.has(step.name)) continue;
    reached.add(step.name);
    for (const name of successors(runbook, step))
      waiting.push(byName.get(name) ?? refuse(`${step.name} goes on to ${name}, which is no step`));
  }
  for (const { name } of steps) if (!reached.has(name)) refuse(`no way leads to the step ${name}`);
  for (const output of outputs) {
    const [step, name] = output.split('.');
    const isDeclared = byName.get(step ?? '')?.outputs.some(({ Name }) => Name === name);
    if (!isDeclared) refuse(`the output ${output} is declared by no step`);
  }
}

/** Variables that SSM knows. https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-variables.html */
export const SYSTEM_VARIABLES = [
  ...['global:ACCOUNT_ID', 'global:REGION', 'global:AWS_PARTITION', 'global:DATE', 'global:DATE_TIME'],
  'automation:EXECUTION_ID',
] as const;

/** References that a text can contain instead of a value. */
export const PLACEHOLDER = /\{\{\s*([^{}]*?)\s*\}\}/g;

/** The names of all placeholders within a value. */
export function placeholdersIn(value: Json | undefined): string[] {
  if (typeof value === 'string') return [...value.matchAll(PLACEHOLDER)].map(([, name = '']) => name);
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap((member) => placeholdersIn(member));
}

function checkPlaceholders({ steps, parameters }: RunbookDocument, assumeRole: Json | undefined): void {
  const known = new Set<string>([
    ...Object.keys(parameters),
    ...SYSTEM_VARIABLES,
    ...steps.flatMap(({ name, outputs }) => outputs.map((output) => `${name}.${output.Name}`)),
  ]);
  for (const value of [assumeRole, ...steps.map(({ inputs }) => inputs)]) {
    for (const name of placeholdersIn(value))
      if (!known.has(name)) refuse(`{{ ${name} }} is neither a parameter, an output of a step nor a variable`);
  }
}
