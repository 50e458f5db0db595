import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AutomationOptions, InvalidAutomationExecutionParametersException, NO_OUTPUT, runAutomation } from './automation.ts';
import { freshAccount, useMoto } from './moto.ts';
import { motoCaller } from './moto-caller.ts';
import { InvalidRunbookError } from './runbook-document.ts';
import { UndocumentedBehaviorError } from './selector.ts';

type Parts = Record<string, unknown>;

const document = (mainSteps: Parts[], rest: Parts = {}) => ({ schemaVersion: '0.3', mainSteps, ...rest });
const step = (name: string, action: string, inputs: Parts, rest: Parts = {}) => ({ name, action: `aws:${action}`, inputs, ...rest });
const api = (name: string, inputs: Parts = {}, rest: Parts = {}) =>
  step(name, 'executeAwsApi', { Service: 'ec2', Api: 'DescribeVolumes', ...inputs }, rest);
const out = (Name: string, Selector: string, Type?: string) => ({ outputs: [{ Name, Selector, ...(Type && { Type }) }] });

/** Runs against an API that always answers the same. */
const runOn = (answer: unknown, mainSteps: Parts[], rest: Parts = {}, parameters = {}, options: Partial<AutomationOptions> = {}) =>
  runAutomation(document(mainSteps, rest), parameters, { call: async () => answer, ...options });

const failing = (name: string) => async () => {
  throw Object.assign(new Error('made up'), { name });
};

describe('aws:executeAwsApi', () => {
  it('calls the API with the other inputs, and gives outputs as their types', async () => {
    const answer = { Size: 8, Encrypted: false, Ids: ['a', 'b'], Tags: [{ Key: 'k' }], State: { Name: 'ok' }, When: new Date(0) };
    const outputs = [
      { Name: 'Size', Selector: '$.Size' },
      { Name: 'Number', Selector: '$.Size', Type: 'Integer' },
      { Name: 'Encrypted', Selector: '$.Encrypted', Type: 'Boolean' },
      { Name: 'Ids', Selector: '$.Ids', Type: 'StringList' },
      { Name: 'Tags', Selector: '$.Tags', Type: 'MapList' },
      { Name: 'State', Selector: '$.State', Type: 'StringMap' },
      { Name: 'When', Selector: '$.When' },
    ];
    const exported = outputs.map(({ Name }) => `read.${Name}`);
    const run = await runOn(answer, [api('read', { VolumeIds: ['vol-1'] }, { outputs, isEnd: true })], { outputs: exported });
    expect(run).toEqual({
      status: 'Success',
      steps: [{ name: 'read', action: 'aws:executeAwsApi', status: 'Success' }],
      calls: [{ service: 'ec2', api: 'DescribeVolumes', input: { VolumeIds: ['vol-1'] } }],
      outputs: {
        'read.Size': ['8'],
        'read.Number': ['8'],
        'read.Encrypted': ['false'],
        'read.Ids': ['a', 'b'],
        'read.Tags': ['[{"Key":"k"}]'],
        'read.State': ['{"Name":"ok"}'],
        'read.When': ['1970-01-01T00:00:00.000Z'],
      },
    });
  });

  it('fails with the name of the error, and ends the run', async () => {
    const run = await runOn({}, [api('read'), api('next')], {}, {}, { call: failing('UnauthorizedOperation') });
    expect(run).toMatchObject({ status: 'Failed', failure: 'read: ec2:DescribeVolumes: UnauthorizedOperation: made up' });
    expect(run.steps).toHaveLength(1);
  });

  it.each([
    ['finds nothing', '$.Nothing', 'String'],
    ['finds null', '$.Null', 'String'],
    ['finds nothing in a list', '$.Empty[*].Id', 'StringList'],
    ['finds nothing beyond the end', '$.Ids[2]', 'String'],
    ['finds what cannot be converted', '$.Ids', 'Integer'],
    ['finds an object for a text', '$.Map', 'String'],
    ['has a syntax that is not known', '$..Id', 'String'],
    ['has no beginning', 'Ids', 'StringList'],
    ['names what every object inherits', '$.constructor', 'String'],
  ])('throws where a selector %s', async (_, selector, type) => {
    const answer = { Null: null, Empty: [], Ids: ['a', 'b'], Map: { a: 1 } };
    await expect(runOn(answer, [api('read', {}, out('Out', selector, type))])).rejects.toThrow(UndocumentedBehaviorError);
  });

  it.each([
    ['$.Items[1].Id', 'String', ['b']],
    ["$['Items'][0]['Id']", 'String', ['a']],
    ['$.Items[*].Id', 'StringList', ['a', 'b']],
    ["$.Items[?(@.On == 'yes')].Id", 'StringList', ['b']],
    ['$.Items[?(@.N == 2)].Id', 'String', ['b']],
    ['$.Items[?(@.Deep.Flag == true)].Id', 'String', ['a']],
    ['$', 'StringMap', [expect.stringContaining('"Items"')]],
    ["$.Items[0]['Id','N','Nothing']", 'StringMap', ['{"Id":"a","N":1}']],
    ["$.Items[1]['Deep','Nothing']", 'StringMap', ['{}']],
  ])('selects %s as %s', async (selector, type, texts) => {
    const Items = [
      { Id: 'a', On: 'no', N: 1, Deep: { Flag: true } },
      { Id: 'b', On: 'yes', N: 2 },
    ];
    const run = await runOn({ Items }, [api('read', {}, out('Out', selector, type))], { outputs: ['read.Out'] });
    expect(run.outputs['read.Out']).toEqual(texts);
  });

  it('tries as often as it may', async () => {
    let calls = 0;
    const call = async () => (++calls < 3 ? failing('Throttling')() : {});
    expect(await runOn({}, [api('read', {}, { maxAttempts: 3 })], {}, {}, { call })).toMatchObject({ status: 'Success' });
    calls = 0;
    expect(await runOn({}, [api('read', {}, { maxAttempts: 2 })], {}, {}, { call })).toMatchObject({ status: 'Failed' });
  });
});

describe('parameters', () => {
  const parameters = {
    Text: { type: 'String', default: 'x' },
    List: { type: 'StringList', default: [] },
    Flag: { type: 'Boolean', default: false },
    Number: { type: 'Integer', default: 0 },
    Map: { type: 'StringMap', default: {} },
    Maps: { type: 'MapList', default: [] },
  };
  const inputs = Object.fromEntries(Object.keys(parameters).map((name) => [name, `{{ ${name} }}`]));

  it('keep their type where a placeholder is all there is, and become text within one', async () => {
    const given = { Text: ['a'], List: ['b', 'c'], Flag: ['true'], Number: ['-4'], Map: ['{"k":1}'], Maps: ['{"k":2}'] };
    const steps = [api('read', { ...inputs, Within: 'is {{Text}}, {{ Flag }}, {{ Number }}', 'Not {{ Text }}': 1 })];
    const run = await runOn({}, steps, { parameters }, given);
    expect(run.calls[0]!.input).toEqual({
      ...{ Text: 'a', List: ['b', 'c'], Flag: true, Number: -4, Map: { k: 1 }, Maps: [{ k: 2 }] },
      Within: 'is a, true, -4',
      'Not {{ Text }}': 1,
    });
  });

  it('have their defaults, and variables their values', async () => {
    const variables = {
      Region: '{{ global:REGION }}',
      Arn: 'arn:{{global:AWS_PARTITION}}:x:{{ global:ACCOUNT_ID }}',
      At: '{{ global:DATE_TIME }}',
    };
    const now = () => new Date('2026-11-22T10:20:30Z');
    const run = await runOn({}, [api('read', { ...inputs, ...variables })], { parameters }, {}, { now, region: 'us-east-1' });
    expect(run.calls[0]!.input).toEqual({
      ...{ Text: 'x', List: [], Flag: false, Number: 0, Map: {}, Maps: [] },
      ...{ Region: 'us-east-1', Arn: 'arn:aws:x:111111111111', At: '2026-11-22_10.20.30' },
    });
  });

  it.each([
    ['is not declared', {}, { Other: ['x'] }],
    ['is missing', { Needed: { type: 'String' } }, {}],
    ['has two values', { A: { type: 'String' } }, { A: ['x', 'y'] }],
    ['has none', { A: { type: 'String' } }, { A: [] }],
    ['is too long', { A: { type: 'String' } }, { A: ['x'.repeat(513)] }],
    ['has too many values', { A: { type: 'StringList' } }, { A: Array<string>(51).fill('x') }],
    ['has fewer values than it must', { A: { type: 'StringList', minItems: 1 } }, { A: [] }],
    ['does not match the pattern', { A: { type: 'String', allowedPattern: '^[a-z]+$' } }, { A: ['a{{ B }}'] }],
    ['has one value that does not', { A: { type: 'StringList', allowedPattern: '^[a-z]+$' } }, { A: ['a', 'B'] }],
    ['is not an allowed value', { A: { type: 'String', allowedValues: ['a'] } }, { A: ['b'] }],
    ['is no integer', { A: { type: 'Integer' } }, { A: ['1.5'] }],
    ['is no boolean', { A: { type: 'Boolean' } }, { A: ['yes'] }],
    ['is no JSON', { A: { type: 'StringMap' } }, { A: ['{'] }],
    ['is no map', { A: { type: 'MapList' } }, { A: ['[]'] }],
  ])('are refused where one %s', async (_, declared, given) => {
    await expect(runOn({}, [api('read')], { parameters: declared }, given)).rejects.toThrow(InvalidAutomationExecutionParametersException);
  });

  it('are never looked at again, whatever they hold', async () => {
    const hostile = fc.oneof(
      fc.constantFrom('{{ Secret }}', '{{global:REGION}}', '{{ first.Out }}', '$&', '$1', "$'", '{{', '"}', '__proto__', '\n'),
      fc.string({ maxLength: 512 }),
    );
    await fc.assert(
      fc.asyncProperty(hostile, hostile, async (name, other) => {
        const declared = { Name: { type: 'String' }, Secret: { type: 'String' } };
        const inputs = { Whole: '{{ Name }}', Within: '<{{ Name }}|{{ Secret }}>', Told: '{{ first.Out }}' };
        const steps = [api('first', {}, out('Out', '$.Out')), api('read', inputs)];
        const run = await runOn({ Out: name }, steps, { parameters: declared }, { Name: [name], Secret: [other] });
        expect(run.calls[1]!.input).toEqual({ Whole: name, Within: `<${name}|${other}>`, Told: name });
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    ['a list stands within a text', { A: 'all of {{ List }}' }],
    ['a list stands within a list', { A: ['{{ List }}'] }],
  ])('throw where %s', async (_, given) => {
    await expect(runOn({}, [api('read', given)], { parameters }, {})).rejects.toThrow(UndocumentedBehaviorError);
  });
});

describe('aws:assertAwsResourceProperty', () => {
  const check = (PropertySelector: string, DesiredValues: unknown, rest: Parts = {}) =>
    step(
      'check',
      'assertAwsResourceProperty',
      { Service: 's3', Api: 'GetBucketVersioning', Bucket: 'b', PropertySelector, DesiredValues },
      rest,
    );

  it.each([
    ['a text', { Status: 'Enabled' }, '$.Status', ['Suspended', 'Enabled'], 'Success'],
    ['a boolean, as its text', { On: true }, '$.On', ['true'], 'Success'],
    ['a number, as its text', { Days: 7 }, '$.Days', [7], 'Success'],
    ['another text', { Status: 'Suspended' }, '$.Status', ['Enabled'], 'Failed'],
    ['the text in other letters', { On: true }, '$.On', ['True'], 'Failed'],
    ['nothing', {}, '$.Status', ['Enabled'], 'Failed'],
  ])('on %s: %#', async (_, answer, selector, desired, status) => {
    const run = await runOn(answer, [check(selector, desired)]);
    expect(run.status).toBe(status);
    expect(run.calls).toEqual([{ service: 's3', api: 'GetBucketVersioning', input: { Bucket: 'b' } }]);
  });

  it('fails where the call does', async () => {
    expect(await runOn({}, [check('$.Status', ['a'])], {}, {}, { call: failing('NoSuchBucket') })).toMatchObject({
      failure: 'check: s3:GetBucketVersioning: NoSuchBucket: made up',
    });
  });

  it.each([
    ['the property is a list', { Status: ['Enabled'] }, '$.Status', ['Enabled']],
    ['the desired values are none', { Status: 'Enabled' }, '$.Status', 'Enabled'],
  ])('throws where %s', async (_, answer, selector, desired) => {
    await expect(runOn(answer, [check(selector, desired)])).rejects.toThrow(UndocumentedBehaviorError);
  });
});

describe('aws:waitForAwsResourceProperty', () => {
  const wait = (rest: Parts = {}) =>
    step(
      'wait',
      'waitForAwsResourceProperty',
      { Service: 'rds', Api: 'DescribeDBInstances', PropertySelector: '$.State', DesiredValues: ['on'] },
      rest,
    );

  it('looks until the property has its value', async () => {
    const states = ['off', 'off', 'on'];
    let paused = 0;
    const pause = async (milliseconds: number) => {
      paused += milliseconds;
    };
    const run = await runOn({}, [wait()], {}, {}, { call: async () => ({ State: states.shift() }), pause });
    expect([run.status, run.calls.length, paused]).toEqual(['Success', 3, 10_000]);
  });

  it('ends as TimedOut when its time is over', async () => {
    const run = await runOn({ State: 'off' }, [wait({ timeoutSeconds: 60 })]);
    expect([run.status, run.calls.length, run.failure]).toEqual(['TimedOut', 13, 'wait: $.State is off after 60 seconds']);
  });

  it('fails where the call does, and throws where there is no such property', async () => {
    expect((await runOn({}, [wait()], {}, {}, { call: failing('DBInstanceNotFound') })).status).toBe('Failed');
    await expect(runOn({}, [wait()])).rejects.toThrow(UndocumentedBehaviorError);
  });
});

describe('aws:branch', () => {
  const parameters = {
    Text: { type: 'String', default: 'Enabled' },
    N: { type: 'Integer', default: 7 },
    On: { type: 'Boolean', default: true },
  };
  const branch = (condition: Parts) => [
    step('decide', 'branch', { Choices: [{ ...condition, NextStep: 'yes' }], Default: 'no' }),
    api('yes', {}, { isEnd: true }),
    api('no', {}, { isEnd: true }),
  ];
  const text = (operator: string, wanted: unknown) => ({ Variable: '{{ Text }}', [operator]: wanted });
  const number = (operator: string, wanted: unknown) => ({ Variable: '{{ N }}', [operator]: wanted });

  it.each<[string, Parts]>([
    ['yes', text('StringEquals', 'Enabled')],
    ['no', text('StringEquals', 'enabled')],
    ['yes', text('EqualsIgnoreCase', 'ENABLED')],
    ['yes', text('StartsWith', 'En')],
    ['yes', text('EndsWith', 'ed')],
    ['yes', text('Contains', 'able')],
    ['no', text('Contains', 'x')],
    ['yes', text('StringEquals', '{{ Text }}')],
    ['yes', number('NumericEquals', 7)],
    ['no', number('NumericGreater', 7)],
    ['yes', number('NumericGreaterOrEquals', 7)],
    ['no', number('NumericLesser', 7)],
    ['yes', number('NumericLesserOrEquals', 7)],
    ['yes', { Variable: '{{ On }}', BooleanEquals: true }],
    ['no', { Variable: '{{ On }}', BooleanEquals: false }],
    ['no', { Not: text('StringEquals', 'Enabled') }],
    ['yes', { And: [text('StringEquals', 'Enabled'), number('NumericGreater', 6)] }],
    ['no', { And: [text('StringEquals', 'Enabled'), number('NumericGreater', 7)] }],
    ['yes', { Or: [text('StringEquals', 'x'), { Not: number('NumericGreater', 7) }] }],
  ])('goes to %s for %j', async (goal, condition) => {
    const run = await runOn({}, branch(condition), { parameters });
    expect(run.steps.map(({ name }) => name)).toEqual(['decide', goal]);
  });

  it.each<[string, Parts]>([
    ['compares other types', { Variable: '{{ On }}', StringEquals: 'true' }],
    ['compares a text as a number', { Variable: '{{ Text }}', NumericEquals: 7 }],
    ['compares a text as a boolean', { Variable: '{{ On }}', BooleanEquals: 'true' }],
    ['has an operator that is not known', { Variable: '{{ Text }}', StringNotEquals: 'x' }],
    ['has an operator that every object inherits', { Variable: '{{ Text }}', constructor: 'x' }],
    ['has two operators', { Variable: '{{ Text }}', StringEquals: 'Enabled', Contains: 'x' }],
    ['has no variable', { StringEquals: 'Enabled' }],
  ])('throws where a choice %s', async (_, condition) => {
    await expect(runOn({}, branch(condition), { parameters })).rejects.toThrow(UndocumentedBehaviorError);
  });

  it('goes on to the next step where it has no default', async () => {
    const steps = [
      step('decide', 'branch', { Choices: [{ ...text('StringEquals', 'x'), NextStep: 'yes' }] }),
      api('next', {}, { isEnd: true }),
      api('yes'),
    ];
    expect((await runOn({}, steps, { parameters })).steps.map(({ name }) => name)).toEqual(['decide', 'next']);
  });
});

describe('aws:sleep and aws:approve', () => {
  it.each([
    [{ Duration: 'PT1H2M3S' }, 3_723_000],
    [{ Duration: 'PT10S' }, 10_000],
    [{ Timestamp: '2026-01-01T00:01:00Z' }, 60_000],
  ])('pauses for %j', async (inputs, milliseconds) => {
    const pauses: number[] = [];
    const options = { pause: async (given: number) => void pauses.push(given), now: () => new Date('2026-01-01T00:00:00Z') };
    expect((await runOn({}, [step('sleep', 'sleep', inputs)], {}, {}, options)).status).toBe('Success');
    expect(pauses).toEqual([milliseconds]);
  });

  it('throws for a duration that it does not know', async () => {
    await expect(runOn({}, [step('sleep', 'sleep', { Duration: 'soon' })])).rejects.toThrow(UndocumentedBehaviorError);
  });

  const ask = [step('ask', 'approve', { Approvers: ['arn:aws:iam::111111111111:role/owner'] }), api('act')];

  it.each([
    ['Approved', 'Success', 2],
    ['Rejected', 'Rejected', 1],
    [undefined, 'TimedOut', 1],
  ] as const)('%s: %s', async (decision, status, steps) => {
    const run = await runOn({}, ask, {}, {}, decision && { approve: () => decision });
    expect([run.status, run.steps.length]).toEqual([status, steps]);
  });
});

describe('aws:executeScript', () => {
  const script = (Script: string, InputPayload: Parts = {}, rest: Parts = {}) =>
    step('compute', 'executeScript', { Runtime: 'python3.11', Handler: 'main', Script, InputPayload }, rest);

  it('gives what the handler returns as Payload', async () => {
    const source = `
import json
def main(events, context):
    print('noise')
    return {'Policy': json.dumps(events['policy'], sort_keys=True), 'Count': len(events['list']), 'Name': events['name']}
`;
    const parameters = { List: { type: 'StringList' }, Name: { type: 'String' } };
    const outputs = ['Policy', 'Count', 'Name'].map((Name) => ({ Name, Selector: `$.Payload.${Name}` }));
    const steps = [script(source, { policy: { b: 1, a: '{{ Name }}' }, list: '{{ List }}', name: '{{ Name }}' }, { outputs })];
    const exported = { parameters, outputs: outputs.map(({ Name }) => `compute.${Name}`) };
    const name = '\'"); import os; {{ List }} \\';
    const run = await runOn({}, steps, exported, { List: ['x', 'y'], Name: [name] });
    expect(run.outputs).toEqual({
      'compute.Policy': [`{"a": ${JSON.stringify(name)}, "b": 1}`],
      'compute.Count': ['2'],
      'compute.Name': [name],
    });
  });

  it.each([
    ['raises', "def main(events, context):\n    raise ValueError('no')", 'compute: ValueError: no'],
    ['has no such handler', 'x = 1', "compute: KeyError: 'main'"],
    ['is not Python', 'def', 'compute: SyntaxError: invalid syntax'],
    [
      'returns what is not JSON',
      'def main(events, context):\n    return {1, 2}',
      'compute: TypeError: Object of type set is not JSON serializable',
    ],
  ])('fails where the script %s', async (_, source, failure) => {
    expect(await runOn({}, [script(source)])).toMatchObject({ status: 'Failed', failure });
  });

  it('fails where the script takes too long', async () => {
    const endless = script('def main(events, context):\n    while True: pass', {}, { timeoutSeconds: 1 });
    expect(await runOn({}, [endless])).toMatchObject({ status: 'Failed', failure: 'compute: the script took longer than 1 seconds' });
  });

  it('throws for another runtime', async () => {
    const steps = [step('compute', 'executeScript', { Runtime: 'PowerShell 7.4', Handler: 'main', Script: '' })];
    await expect(runOn({}, steps)).rejects.toThrow(UndocumentedBehaviorError);
  });
});

describe('a step that fails', () => {
  const call = failing('Made');
  const names = (run: { steps: readonly { name: string }[] }) => run.steps.map(({ name }) => name).join(' ');

  it.each<[string, Parts, string, string]>([
    ['ends the run', {}, 'a', 'Failed'],
    ['goes on, and fails the run', { onFailure: 'Continue' }, 'a b c', 'Failed'],
    ['goes on, uncritical', { onFailure: 'Continue', isCritical: false }, 'a b c', 'Success'],
    ['goes to a step, and fails the run', { onFailure: 'step:c' }, 'a c', 'Failed'],
    ['goes to a step, uncritical', { onFailure: 'step:c', isCritical: false }, 'a c', 'Success'],
    ['goes on to the next step that it names', { onFailure: 'Continue', isCritical: false, nextStep: 'c' }, 'a c', 'Success'],
    ['is the end, and goes on', { onFailure: 'Continue', isCritical: false, isEnd: true }, 'a', 'Success'],
  ])('%s', async (_, rest, ran, status) => {
    const pass = (name: string, more: Parts = {}) => step(name, 'sleep', { Duration: 'PT1S' }, more);
    const first = step('a', 'branch', { Choices: [{ Variable: 'x', StringEquals: 'y', NextStep: 'b' }], Default: 'failing' });
    const steps = [first, api('failing', {}, rest), pass('b'), pass('c')];
    const run = await runOn({}, steps, {}, {}, { call });
    expect([names(run).replace('a failing', 'a'), run.status]).toEqual([ran, status]);
  });

  it('leaves outputs that others may not use', async () => {
    const steps = [api('a', {}, { ...out('Out', '$.Out'), onFailure: 'Continue' }), api('b', { Of: '{{ a.Out }}' })];
    await expect(runOn({}, steps, {}, {}, { call })).rejects.toThrow(UndocumentedBehaviorError);
    expect((await runOn({}, steps.slice(0, 1), { outputs: ['a.Out'] }, {}, { call })).outputs).toEqual({ 'a.Out': [NO_OUTPUT] });
  });
});

describe('outputs', () => {
  it.each(['', 'x'.repeat(513)])('throw where an execution cannot hold them: %#', async (text) => {
    await expect(runOn({ Out: text }, [api('a', {}, out('Out', '$.Out'))], { outputs: ['a.Out'] })).rejects.toThrow(
      UndocumentedBehaviorError,
    );
  });
});

describe('a document', () => {
  it.each<[string, unknown]>([
    ['is no object', '[]'],
    ['is of another schema', { schemaVersion: '2.2', mainSteps: [api('a')] }],
    ['has a key that is not known', document([api('a')], { files: {} })],
    ['has no steps', document([])],
    ['has an action that is not known', document([step('a', 'runCommand', {})])],
    ['has a step with a key that is not known', document([api('a', {}, { next: 'b' })])],
    ['has an input that the action does not know', document([step('a', 'sleep', { Duration: 'PT1S', Seconds: 1 })])],
    ['lacks an input', document([step('a', 'executeAwsApi', { Service: 's3' })])],
    ['has two steps of one name', document([api('a'), api('a')])],
    ['has a step that cannot be named so', document([api('a b')])],
    ['goes on to a step that is not there', document([api('a', {}, { nextStep: 'b' })])],
    ['fails to a step that is not there', document([api('a', {}, { onFailure: 'step:b' })])],
    ['has a step that no way leads to', document([api('a', {}, { isEnd: true }), api('b')])],
    ['has an end with a next step', document([api('a', {}, { isEnd: true, nextStep: 'a' })])],
    ['aborts where it is not critical', document([api('a', {}, { isCritical: false })])],
    ['fails in a way that is not known', document([api('a', {}, { onFailure: 'Ignore' })])],
    ['may try half a time', document([api('a', {}, { maxAttempts: 0.5 })])],
    ['has a parameter of a type that is not known', document([api('a')], { parameters: { A: { type: 'Text' } } })],
    ['has a parameter with a key that is not known', document([api('a')], { parameters: { A: { type: 'String', pattern: '' } } })],
    ['names what is neither a parameter nor an output', document([api('a', { B: '{{ C }}' })])],
    ['names an output that its step does not give', document([api('a', { B: '{{ a.C }}' })])],
    ['names a variable that is not known', document([api('a', { B: '{{ global:USER }}' })])],
    ['tells an output that no step gives', document([api('a')], { outputs: ['a.B'] })],
    ['has an output of a type that is not known', document([api('a', {}, out('B', '$.B', 'Text'))])],
    ['puts values into a script', document([step('a', 'executeScript', { Runtime: 'python3.11', Handler: 'h', Script: 'x = "{{ A }}"' })])],
    ['gives outputs where there are none', document([step('a', 'sleep', { Duration: 'PT1S' }, out('B', '$.B'))])],
  ])('is refused that %s', async (_, given) => {
    await expect(runAutomation(given, {}, { call: async () => ({}) })).rejects.toThrow(InvalidRunbookError);
  });

  it('is stopped where it goes round', async () => {
    await expect(runOn({}, [api('a', {}, { nextStep: 'a' })])).rejects.toThrow(UndocumentedBehaviorError);
  });
});

describe.skipIf(!useMoto())('the caller of the emulator', () => {
  it('calls as boto does: names of services and members, errors by their names, accounts apart', async () => {
    const { accountId, credentials } = await freshAccount();
    const Bucket = `caller-${accountId}`;
    await new S3Client({ region: 'us-east-1', credentials, forcePathStyle: true }).send(new CreateBucketCommand({ Bucket }));
    const call = motoCaller({ credentials, region: 'us-east-1' });
    expect(await call('s3', 'GetBucketVersioning', { Bucket })).toEqual({});
    await expect(call('s3', 'GetBucketVersioning', { Bucket: `no-${Bucket}` })).rejects.toMatchObject({ name: 'NoSuchBucket' });
    await expect(call('s3', 'GetBucketVersioning', { Bucket, Nonsense: 1 })).rejects.toMatchObject({ name: 'ParamValidationError' });
    await expect(call('s3', 'GetNothing', {})).rejects.toMatchObject({ name: 'LookupError' });
    await expect(call('nothing', 'GetNothing', {})).rejects.toMatchObject({ name: 'UnknownServiceError' });
    const PublicAccessBlockConfiguration = {
      BlockPublicAcls: true,
      IgnorePublicAcls: true,
      BlockPublicPolicy: true,
      RestrictPublicBuckets: false,
    };
    await call('s3control', 'PutPublicAccessBlock', { AccountId: accountId, PublicAccessBlockConfiguration });
    expect(await call('s3control', 'GetPublicAccessBlock', { AccountId: accountId })).toEqual({ PublicAccessBlockConfiguration });
    const key = await call('kms', 'CreateKey', {});
    expect(key).toMatchObject({ KeyMetadata: { AWSAccountId: accountId, CreationDate: expect.stringMatching(/^20\d\d-/) } });
  });
});
