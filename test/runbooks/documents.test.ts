import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { REMEDIES } from '../../controls/remedies.ts';
import type { Inventory, InventoryItem, ResourceType } from '../../core/control.ts';
import { readDocument } from '../../core/events/intake.ts';
import { parseFacts, parserOf } from '../../core/facts/index.ts';
import { type Remedy, undoOf } from '../../core/remediation/model/remedy.ts';
import { hasBotocore, problemsOf, type WrittenCall, withTypes } from '../support/api-models.ts';
import { InvalidAutomationExecutionParametersException, parameterValues } from '../support/automation.ts';
import { CAPTURED_AT, inventoryWith } from '../support/control.ts';
import {
  callsApi,
  type Json,
  type JsonObject,
  type RunbookDocument,
  type RunbookStep,
  readRunbook,
  requestOf,
  successors,
  type ValueType,
} from '../support/runbook-document.ts';
import { runbookNames, runbookText } from '../support/runbooks.ts';

const NAMES = runbookNames();
const FORWARD = NAMES.filter((name) => !name.endsWith('-Undo'));
const UNDOS = NAMES.filter((name) => name.endsWith('-Undo'));
const ALL_REMEDIES = Object.entries(REMEDIES).flatMap(([controlId, remedies]) => remedies.map((remedy) => ({ controlId, remedy })));
const remediesOf = (runbook: string): Remedy[] => ALL_REMEDIES.flatMap(({ remedy }) => (remedy.runbook === runbook ? [remedy] : []));
const read = (name: string): RunbookDocument => readRunbook(runbookText(name));

const ASSUME_ROLE = {
  type: 'String',
  description: 'ARN of the role that the runbook assumes.',
  allowedPattern: '^arn:aws[a-z-]*:iam::[0-9]{12}:role/csmm-[A-Za-z0-9-]+$',
};

const READS = /^(Describe|Get|List|BatchGet|Lookup|Head)/;
const isRead = ({ inputs }: RunbookStep): boolean => READS.test(String(inputs.Api));
const CHECKS = ['aws:assertAwsResourceProperty', 'aws:waitForAwsResourceProperty'];

/** Strings that a pattern must not allow at any position of a value. */
const HOSTILE_PARTS = ['{', '}', '{{', '}}', '{{ A }}', '"', "'", '\n{{ A }}'];

const checked = new Map<string, readonly string[]>();

/** Returns the hostile texts that a pattern admits. Most parameters share their pattern with others: each is checked once. */
function hostileTextsOf(allowedPattern: string): readonly string[] {
  const known = checked.get(allowedPattern);
  if (known) return known;
  const pattern = new RegExp(allowedPattern, 'u');
  const hostile = new Set<string>();
  for (const text of fc.sample(fc.stringMatching(pattern), { numRuns: 200, seed: 1 })) {
    if (/[{}"']/.test(text)) hostile.add(text);
    for (const part of HOSTILE_PARTS) {
      for (const at of new Set([0, Math.floor(text.length / 2), text.length])) {
        const spoiled = text.slice(0, at) + part + text.slice(at);
        if (pattern.test(spoiled)) hostile.add(spoiled);
      }
    }
  }
  checked.set(allowedPattern, [...hostile]);
  return [...hostile];
}

describe.each(NAMES)('%s', (name) => {
  const runbook = read(name);
  const raw = parse(runbookText(name)) as { readonly mainSteps: readonly Record<string, unknown>[] } & Record<string, unknown>;
  const { parameters, steps } = runbook;

  it('has a name, a description and a size as runbooks have', () => {
    expect(name).toMatch(/^CSMM-[A-Z][A-Za-z0-9]+(-Undo)?$/);
    expect(name.replace(/-Undo$/, '').length).toBeLessThanOrEqual(50);
    expect(runbook.description).toMatch(/\S{3}/);
    // https://docs.aws.amazon.com/general/latest/gr/ssm.html: the limit of a document is 64 KB.
    expect(Buffer.byteLength(JSON.stringify(raw))).toBeLessThan(64 * 1024);
  });

  it('says the same to those who read YAML 1.1 and to those who read YAML 1.2', () => {
    expect(parse(runbookText(name), { version: '1.1' })).toEqual(raw);
  });

  it('acts as the role that it is given', () => {
    expect(raw.assumeRole).toBe('{{ AutomationAssumeRole }}');
    expect(parameters.AutomationAssumeRole).toEqual(ASSUME_ROLE);
  });

  it.each(Object.entries(parameters))('admits no braces and no quotes in %s', (_, { description, allowedPattern, allowedValues }) => {
    expect(description).toMatch(/\S/);
    expect(allowedPattern ?? allowedValues, 'either a pattern or values').toBeDefined();
    for (const value of allowedValues ?? []) expect(String(value)).not.toMatch(/[{}"']/);
    if (allowedPattern === undefined) return;
    expect(allowedPattern).toMatch(/^\^.*\$$/s);
    expect(hostileTextsOf(allowedPattern), `texts that ${allowedPattern} admits`).toEqual([]);
  });

  /** Names of the steps with which the runbook can end after a step. */
  const endsAfter = (first = '', seen = new Set<string>()): string[] => {
    const step = steps.find(({ name }) => name === first);
    if (!step || seen.has(first)) return [];
    seen.add(first);
    return step.isEnd ? [first] : successors(runbook, step).flatMap((next) => endsAfter(next, seen));
  };

  it('says of every step where it goes, and aborts where a step fails that is no check', () => {
    for (const [index, step] of steps.entries()) {
      const { nextStep, isEnd } = raw.mainSteps[index]!;
      const onFailure = String(raw.mainSteps[index]!.onFailure);
      if (step.action === 'aws:branch') {
        expect(step.inputs.Default, `Default of ${step.name}`).toBeDefined();
        continue;
      }
      expect(nextStep ?? isEnd, `nextStep or isEnd of ${step.name}`).toBeDefined();
      // After a part of several changes, a runbook undoes that part, and fails.
      const reverses = /^step:checkReverse/.test(onFailure) && endsAfter(onFailure.slice('step:'.length)).join() === 'incomplete';
      if (step.isCritical) expect(reverses ? 'Abort' : onFailure, `onFailure of ${step.name}`).toBe('Abort');
      else expect(!callsApi(step) || isRead(step), `${step.name} changes something and may fail`).toBe(true);
      if (step.action === 'aws:waitForAwsResourceProperty') expect(step.timeoutSeconds, `timeoutSeconds of ${step.name}`).toBeDefined();
    }
  });

  it('ends with an assertion, or with a failure that was waited for, on every way', () => {
    expect(steps.at(-1)?.isEnd, 'the last step is an end').toBe(true);
    for (const { name: end, action, inputs } of steps.filter(({ isEnd }) => isEnd)) {
      const asserts = CHECKS.includes(action) || (action === 'aws:executeScript' && /\braise\b/.test(String(inputs.Script)));
      const reached = steps.filter((step) => successors(runbook, step).includes(end));
      const fails = reached.every((step) => step.nextStep !== end && callsApi(step) && isRead(step) && leadsTo(step) === end);
      expect(asserts || fails, `${end} asserts something`).toBe(true);
    }
  });

  it('reads before it changes anything', () => {
    const seen = new Set<string>();
    const visit = (step: RunbookStep | undefined): void => {
      if (!step || seen.has(step.name)) return;
      seen.add(step.name);
      if (callsApi(step)) expect(isRead(step), `${step.name} comes first, and reads`).toBe(true);
      else for (const next of successors(runbook, step)) visit(steps.find((each) => each.name === next));
    };
    // An inverse with the values to restore does not need to read first.
    if (!name.endsWith('-Undo')) visit(steps[0]);
  });
});

const leadsTo = ({ onFailure }: RunbookStep): string | undefined => (onFailure.kind === 'step' ? onFailure.step : undefined);

describe.each(FORWARD)('%s', (name) => {
  const { outputs, parameters } = read(name);
  const remedies = remediesOf(name);

  it('is the runbook of a remedy', () => expect(remedies).not.toEqual([]));

  it('has an inverse just where every remedy says so, and says the same risk everywhere', () => {
    expect(new Set(remedies.map(({ reversible }) => reversible))).toEqual(new Set([NAMES.includes(undoOf(name))]));
    for (const { risk, reversible, impact } of remedies) {
      expect(risk === 'destructive' && reversible, 'what is destructive has no inverse').toBe(false);
      expect(impact).toMatch(/^[A-Z].*\.$/);
    }
  });

  it('tells previous values, and those that it leaves, under names of their own', () => {
    const told = outputs.map((output) => output.split('.')[1] ?? '');
    for (const output of told) expect(output).toMatch(/^(Previous|New)[A-Z]/);
    expect(new Set([...told, ...Object.keys(parameters)]).size).toBe(told.length + Object.keys(parameters).length);
  });
});

describe.each(UNDOS)('%s', (name) => {
  it('takes back a runbook, and is given what that is given and tells', () => {
    const forward = name.replace(/-Undo$/, '');
    expect(FORWARD).toContain(forward);
    const { parameters, outputs } = read(forward);
    const told = outputs.map((output) => output.split('.')[1] ?? '');
    const wanted = Object.keys(read(name).parameters);
    expect([...Object.keys(parameters), ...told]).toEqual(expect.arrayContaining(wanted));
    expect(wanted, 'every previous value is given back').toEqual(expect.arrayContaining(told));
  });
});

it('every remedy names a runbook that there is', () => {
  for (const { controlId, remedy } of ALL_REMEDIES) expect(FORWARD, `of ${controlId}`).toContain(remedy.runbook);
});

/** Returns the value of a placeholder. */
function typesIn({ parameters, steps }: RunbookDocument): (placeholder: string) => ValueType | undefined {
  const types = new Map<string, ValueType>(Object.entries(parameters).map(([parameter, { type }]) => [parameter, type]));
  for (const { name, outputs } of steps) for (const { Name, Type } of outputs) types.set(`${name}.${Name}`, Type);
  return (placeholder) => types.get(placeholder) ?? (/^(global|automation):/.test(placeholder) ? 'String' : undefined);
}

function callsOf(name: string): WrittenCall[] {
  const runbook = read(name);
  return runbook.steps.filter(callsApi).map((step) => {
    const { Service, Api, PropertySelector, DesiredValues } = step.inputs;
    const outputs = step.outputs.map(({ Selector, Type }) => ({ selector: Selector, type: Type }));
    const property = PropertySelector && [{ selector: String(PropertySelector), desired: DesiredValues as readonly Json[] }];
    return {
      where: `${name} ${step.name}`,
      service: String(Service),
      api: String(Api),
      input: withTypes(requestOf(step), typesIn(runbook)),
      selectors: [...outputs, ...(property || [])],
    };
  });
}

const scriptsOf = (name: string) =>
  read(name).steps.flatMap(({ name: step, action, inputs }) =>
    action === 'aws:executeScript' ? [{ where: `${name} ${step}`, source: String(inputs.Script), handler: String(inputs.Handler) }] : [],
  );

const knowsApis = hasBotocore();
if (!knowsApis) console.warn('SKIPPED: no botocore on this machine (pip install botocore): the calls of runbooks are not checked');

describe.skipIf(!knowsApis)('the calls and scripts of all runbooks', () => {
  it('are as the models of the services have them, and pure', () => {
    expect(problemsOf(NAMES.flatMap(callsOf), NAMES.flatMap(scriptsOf))).toEqual([]);
  });

  it('read Base64 only where a policy is put together from pieces', () => {
    const readers = NAMES.filter((name) => scriptsOf(name).some(({ source }) => /\bbase64\b/.test(source)));
    for (const name of readers) expect(name).toMatch(/^CSMM-Restore/);
  });

  it('would not pass with any part wrong', () => {
    const call: WrittenCall = {
      where: 'right',
      service: 's3',
      api: 'GetBucketVersioning',
      input: { Bucket: 'b' },
      selectors: [{ selector: '$.Status' }],
    };
    const put = (VersioningConfiguration: JsonObject) => ({
      api: 'PutBucketVersioning',
      input: { Bucket: 'b', VersioningConfiguration },
      selectors: [],
    });
    const wrong: Record<string, Partial<WrittenCall>> = {
      'a service': { service: 'nothing' },
      'an operation': { api: 'GetNothing' },
      'a member': { input: { Bucket: 'b', Nothing: 'x' } },
      'a nested member': put({ Stat: 'Enabled' }),
      'a value': put({ Status: 'On' }),
      'a required member': { input: {} },
      'a type': { input: { Bucket: 3 } },
      'the type of a placeholder': { input: { Bucket: { $type: 'StringList' } } },
      'a property': { selectors: [{ selector: '$.Statu' }] },
      'a property below a text': { selectors: [{ selector: '$.Status.Name' }] },
      'the type of a property': { selectors: [{ selector: '$.Status', type: 'MapList' }] },
      'a desired value': { selectors: [{ selector: '$.Status', desired: ['On'] }] },
    };
    const calls = Object.entries(wrong).map(([where, parts]) => ({ ...call, ...parts, where }));
    const problems = problemsOf([call, { ...call, ...put({ Status: '{{ a.B }}' }) }, ...calls], []);
    expect(problems.map((problem) => problem.split(/[:.]/)[0])).toEqual(Object.keys(wrong));
  });

  it('would not pass with a script that is not pure', () => {
    const impure: Record<string, string> = {
      'imports boto3': 'import boto3\ndef main(events, context): pass',
      'imports os.path': 'import os.path\ndef main(events, context): pass',
      'imports urllib': 'from urllib import request\ndef main(events, context): pass',
      'uses open': "def main(events, context): return open('/etc/passwd').read()",
      'uses __class__': "def main(events, context): return ''.__class__",
      'uses utcnow': 'import datetime\ndef main(events, context): return str(datetime.datetime.utcnow())',
      'no function main of two arguments': 'def main(events): pass',
    };
    const scripts = Object.entries(impure).map(([where, source]) => ({ where, source, handler: 'main' }));
    const pure = { where: 'right', source: 'import json\ndef main(events, context): return json.dumps(events)', handler: 'main' };
    expect(problemsOf([], [pure, ...scripts])).toEqual(Object.keys(impure).map((problem) => `${problem}: ${problem}`));
  });
});

const hasLinter = spawnSync('sh', ['-c', 'command -v cfn-lint'], { stdio: 'ignore' }).status === 0;
if (!hasLinter) console.warn('SKIPPED: no cfn-lint on this machine (pip install cfn-lint): the schema of runbooks is not checked by it');

it.skipIf(!hasLinter)('all runbooks are documents as cfn-lint knows them', () => {
  const Resources = Object.fromEntries(
    NAMES.map((name) => {
      const Properties = { Name: name, DocumentType: 'Automation', DocumentFormat: 'YAML', Content: parse(runbookText(name)) as unknown };
      return [name.replaceAll(/[^A-Za-z0-9]/g, ''), { Type: 'AWS::SSM::Document', Properties }];
    }),
  );
  const folder = mkdtempSync(join(tmpdir(), 'csmm-runbooks-'));
  try {
    const file = join(folder, 'template.json');
    writeFileSync(file, JSON.stringify({ AWSTemplateFormatVersion: '2010-09-09', Resources }));
    const { status, stdout, stderr } = spawnSync('cfn-lint', ['--format', 'parseable', file], { encoding: 'utf8' });
    expect(status, stdout + stderr).toBe(0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** Facts of each type from the example week, and empty facts. */
const FACTS: ReadonlyMap<string, readonly JsonObject[]> = (() => {
  const byType = new Map<string, Map<string, JsonObject>>();
  for (const line of readFileSync(new URL('../../examples/week.ndjson', import.meta.url), 'utf8').split('\n')) {
    if (!line.startsWith('{')) continue;
    for (const intake of readDocument(parseJson(line))) {
      if (intake.kind !== 'item' || intake.item.state !== 'recorded') continue;
      const parser = parserOf(intake.item.resource.resourceType);
      const facts = parser && (parseFacts(intake.item, parser)?.facts as JsonObject | undefined);
      if (!facts) continue;
      const known = byType.get(intake.item.resource.resourceType) ?? new Map<string, JsonObject>();
      byType.set(intake.item.resource.resourceType, known.set(Object.keys(facts).join(), facts));
    }
  }
  return new Map([...byType].map(([type, shapes]) => [type, [...shapes.values()].slice(0, 8)]));
})();

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return {};
  }
}

/** Returns the same value with each string replaced. */
function spoiled(value: Json, replace: (text: string) => string): Json {
  if (typeof value === 'string') return replace(value);
  if (Array.isArray(value)) return value.map((member: Json) => spoiled(member, replace));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value as JsonObject).map(([key, member]) => [key, spoiled(member, replace)]));
}

const hostileText = fc.oneof(
  fc.constantFrom(
    ...['{{ AutomationAssumeRole }}', 'a{{global:ACCOUNT_ID}}', 'orders', 'arn:aws:sns:eu-west-1:111111111111:orders', 'x'.repeat(600)],
    ...[
      '',
      '__proto__',
      '"}',
      "'; DROP",
      '<script>',
      '../../x',
      '\n',
      '$(id)',
      '`id`',
      '{"a":1}',
      'https://sqs.eu-west-1.amazonaws.com/1/x',
    ],
  ),
  fc.string({ maxLength: 40 }),
  fc
    .tuple(fc.string({ maxLength: 8 }), fc.constantFrom('{{', '}}', '{{ A }}', '"', "'"), fc.string({ maxLength: 8 }))
    .map((parts) => parts.join('')),
);

const itemOf = (resourceType: string, resourceId: string, facts: object): InventoryItem<ResourceType> => ({
  resource: { accountId: '111111111111', region: 'eu-west-1', resourceType, resourceId },
  capturedAt: CAPTURED_AT,
  facts: facts as InventoryItem<ResourceType>['facts'],
  missing: {},
});

describe.each(ALL_REMEDIES)('the remedy of $controlId on $remedy.resourceType', ({ remedy }) => {
  const runbook = read(remedy.runbook);
  const factsOf = (type: string): fc.Arbitrary<Json> => fc.constantFrom({}, ...(FACTS.get(type) ?? []));
  const estate = fc.record({
    own: factsOf(remedy.resourceType),
    others: fc.tuple(...remedy.reads.map(factsOf)),
    id: hostileText,
    text: hostileText,
    isSpoiled: fc.boolean(),
  });

  it('gives parameters that its runbook declares, and none that smuggle a placeholder in', () => {
    fc.assert(
      fc.property(estate, hostileText, ({ own, others, id, text, isSpoiled }, alarmTopicName) => {
        const told = (facts: Json): object => (isSpoiled ? spoiled(facts, () => text) : facts) as object;
        const types = [remedy.resourceType, ...remedy.reads];
        const items = [own, ...others].map((facts, index) => itemOf(types[index]!, id, told(facts)));
        const all = (type: string) => items.filter(({ resource }) => resource.resourceType === type);
        const inventory = inventoryWith({ all: all as unknown as Inventory['all'] });
        const plan = remedy.plan({ resource: items[0]!.resource, inventory, declared: { alarmTopicName } });
        if (plan.kind === 'cannot') {
          expect(plan.reason).toMatch(/\S/);
          return;
        }
        const given = Object.keys(plan.parameters);
        const { AutomationAssumeRole: _, ...declared } = runbook.parameters;
        const needed = Object.entries(declared).flatMap(([parameter, { default: value }]) => (value === undefined ? [parameter] : []));
        expect(Object.keys(declared)).toEqual(expect.arrayContaining(given));
        expect(given).toEqual(expect.arrayContaining(needed));
        for (const values of Object.values(plan.parameters)) expect(values.every((value) => typeof value === 'string')).toBe(true);
        try {
          parameterValues(runbook, { ...plan.parameters, AutomationAssumeRole: ['arn:aws:iam::111111111111:role/csmm-remediation'] });
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidAutomationExecutionParametersException);
          return;
        }
        for (const value of Object.values(plan.parameters).flat()) expect(value).not.toMatch(/\{\{|\}\}/);
      }),
      { numRuns: 300 },
    );
  });
});
