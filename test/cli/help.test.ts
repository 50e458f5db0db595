import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { EXIT, EXIT_MEANINGS } from '../../cli/exit.ts';
import { commandTree } from '../../cli/program.ts';
import { displayWidth } from '../../reporting/plain-text.ts';
import { csmm } from './support.ts';

/** The paths of all commands, such as `settings apply`. The empty path is csmm itself. */
function pathsOf(command: Command, path: readonly string[] = []): string[][] {
  return [[...path], ...command.commands.flatMap((child) => pathsOf(child, [...path, child.name()]))];
}

const paths = pathsOf(commandTree()).map((path) => [path.join(' ') || 'csmm', path] as const);
const helpOf = async (path: readonly string[], columns: number) =>
  csmm([...path, '--help'], { terminal: { columns, rows: 40 }, env: { NO_COLOR: '1' } });

describe('the help', () => {
  it('covers all commands', () => {
    expect(paths.map(([name]) => name)).toEqual(
      expect.arrayContaining(['play', 'scan', 'replay', 'settings apply', 'remediation stop', 'score']),
    );
    expect(paths.length).toBeGreaterThan(19);
  });

  describe.each([40, 60, 80, 140])('at %d columns', (columns) => {
    it.each(paths)('of %s is no wider', async (_, path) => {
      const { code, stdout, stderr } = await helpOf(path, columns);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout.split('\n').filter((line) => displayWidth(line) > columns)).toEqual([]);
      expect(stdout).not.toContain('…');
    });
  });

  it.each(paths)('of %s shows examples and its exit codes', async (_, path) => {
    const { stdout } = await helpOf(path, 140);
    expect(stdout).toMatch(/\nExamples:\n {2}\$ \w/);
    expect(stdout).toMatch(/\nExit codes:\n {2}0/);
  });

  it('of csmm lists every exit code with its meaning', async () => {
    const { stdout } = await helpOf([], 140);
    for (const [name, code] of Object.entries(EXIT)) {
      const meaning = EXIT_MEANINGS[name as keyof typeof EXIT];
      expect(stdout).toContain(`\n  ${String(code).padEnd(3)}  ${meaning}`);
    }
  });

  it.each(paths)('of %s has each example on one line of an output without a terminal', async (_, path) => {
    expect((await csmm([...path, '--help'])).stdout).not.toMatch(/ \\$/m);
  });

  it('joins the lines of a long example as a shell does', async () => {
    const narrow = (await helpOf(['replay'], 40)).stdout.replaceAll(/ \\\n +/g, ' ');
    expect(narrow).toContain('$ csmm replay examples/week.ndjson --status failed --severity critical,high\n');
  });
});

describe.each([40, 60])('the output at %d columns', (columns) => {
  const terminal = { columns, rows: 40 };
  const env = { NO_COLOR: '1' };
  it.each([['controls'], ['controls NET-L1-01'], ['controls IAM-L3-07'], ['settings validate examples/csmm.yaml']])(
    'of %s is no wider, and cuts nothing',
    async (argv) => {
      const { code, stdout } = await csmm(argv.split(' '), { terminal, env });
      expect(code).toBe(0);
      expect(stdout.split('\n').filter((line) => displayWidth(line) > columns)).toEqual([]);
      expect(stdout.replaceAll(/^ +[\w-]*…$/gm, '')).not.toMatch(/\s\S+ \S*…/);
    },
  );
});
