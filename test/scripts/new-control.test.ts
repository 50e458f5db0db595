import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createControl, ScaffoldError } from '../../scripts/controls/scaffold.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'csmm-new-control-'));
const TYPE = 'AWS::Example::ThingTable';
const CONTROL = 'controls/networking/net-l3-02-vpc-endpoints-with-policies.ts';
const CONTROL_TEST = 'test/controls/networking/net-l3-02-vpc-endpoints-with-policies.test.ts';
const NEW_CONTROL = 'controls/networking/net-l3-99-things-are-tidy.ts';
const [FACT, FACT_TEST] = ['core/facts/example-thing-table.ts', 'test/core/facts/example-thing-table.test.ts'];

const node = (cwd: string, script: string, ...args: string[]) =>
  spawnSync(process.execPath, [join(repository, 'node_modules', script), ...args], { cwd, encoding: 'utf8' });
const scaffold = (...args: string[]): string => createControl([...args, '--root', root]);
const runTests = (...files: string[]) => node(root, 'vitest/vitest.mjs', 'run', '--reporter=json', ...files);
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const rewrite = (path: string, ...changes: readonly (readonly [string, string])[]): void => {
  const text = changes.reduce((before, [from, to]) => {
    expect(before).toContain(from);
    return before.replace(from, () => to);
  }, read(path));
  writeFileSync(join(root, path), text);
};

beforeAll(() => {
  for (const path of [
    'controls',
    'core',
    'runbooks',
    'test/support/control.ts',
    'test/support/facts.ts',
    'biome.json',
    'package.json',
    'tsconfig.json',
  ]) {
    cpSync(join(repository, path), join(root, path), { recursive: true });
  }
  for (const folder of ['test/controls/networking', 'test/core/facts']) mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(join(root, 'vitest.config.ts'), 'export default {};\n');
  symlinkSync(join(repository, 'node_modules'), join(root, 'node_modules'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('npm run new:control', () => {
  it('creates rules, facts and tests that compile and fail', () => {
    const message = scaffold('NET-L3-02', '--type', TYPE, '--facts', 'isTidy');
    for (const path of [CONTROL, CONTROL_TEST, FACT, FACT_TEST]) expect(message).toContain(`  ${path}\n`);
    expect(read(CONTROL)).not.toMatch(/apiFacts|configTypes/);

    const compiled = node(
      root,
      'typescript/bin/tsc',
      '--noEmit',
      '--incremental',
      'false',
      '-p',
      typesOf(CONTROL, CONTROL_TEST, FACT_TEST),
    );
    expect([compiled.status, compiled.stdout]).toEqual([0, '']);
    const failed = JSON.parse(runTests(CONTROL_TEST, FACT_TEST).stdout) as { numFailedTests: number; numPassedTests: number };
    expect(failed).toMatchObject({ numFailedTests: 3, numPassedTests: 2 });
  });

  it('creates files whose tests pass once they are filled in', () => {
    rewrite(FACT, ['() => undefined', "({ configuration }) => configuration.at('tidy').flag()"]);
    rewrite(FACT_TEST, ['configuration = {}', 'configuration = { tidy: true }']);
    rewrite(
      CONTROL,
      ['insufficientData, on', 'compliant, nonCompliant, on'],
      ['() => {', '({ isTidy }) => {'],
      [
        "return insufficientData('not-implemented', 'rule is not implemented')",
        "return isTidy ? compliant('thing is tidy') : nonCompliant('untidy', 'thing is untidy')",
      ],
    );
    rewrite(
      CONTROL_TEST,
      ['TODO: words of the reason', 'thing is tidy'],
      ["'TODO: when the resource passes': {}", "'it is tidy': { isTidy: true }"],
      ["'todo-code': { 'TODO: when the resource fails': {} }", "'untidy': { 'it is not': { isTidy: false } }"],
    );
    const { status, stderr } = runTests(CONTROL_TEST, FACT_TEST);
    expect([status, stderr]).toEqual([0, '']);
  });

  it('adds a new ID to the indexes, without a rule that passes', () => {
    scaffold('NET-L3-99', 'Things are tidy', '--type', 'AWS::EC2::VPC', '--facts', 'ownerId');
    expect(read(NEW_CONTROL)).toContain("insufficientData('not-implemented'");
    expect(read('controls/index.ts')).toContain("  'NET-L3-99': NET_L3_99_PAGE,");
  });

  it.each([
    [
      'an invalid ID',
      ['NET-L9-01', '--type', TYPE, '--facts', 'a'],
      'given ID "NET-L9-01"; allowed <IAM|NET|STR|CMP|MON>-L<1-5>-<two digits>',
    ],
    ['no type', ['NET-L3-01', '--facts', 'a'], 'Fix: pass --type'],
    ['no facts', ['NET-L3-01', '--type', TYPE], 'Fix: pass --facts'],
    ['an unknown fact', ['NET-L3-01', '--type', 'AWS::EC2::VPC', '--facts', 'tidy'], 'given facts "tidy"; allowed ownerId'],
    ['a control with rules', ['NET-L1-01', '--type', 'AWS::EC2::VPC', '--facts', 'ownerId'], 'has rules already'],
    ['a new ID without a title', ['NET-L3-98', '--type', 'AWS::EC2::VPC', '--facts', 'ownerId'], 'its title is missing'],
  ])('rejects %s and writes nothing', (_, args, message) => {
    const before = read('controls/index.ts');
    expect(() => scaffold(...args)).toThrow(ScaffoldError);
    expect(() => scaffold(...args)).toThrow(message);
    expect(read('controls/index.ts')).toBe(before);
  });
});

/** Writes a tsconfig.json for some files and returns its path. */
function typesOf(...files: readonly string[]): string {
  const path = join(root, 'tsconfig.some.json');
  writeFileSync(path, JSON.stringify({ extends: './tsconfig.json', files, include: [] }));
  return path;
}
