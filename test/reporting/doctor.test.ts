import { describe, expect, it } from 'vitest';
import { type Check, GROUPS } from '../../core/doctor/check.ts';
import { doctorLines } from '../../reporting/doctor.ts';
import { paint } from '../../reporting/lines.ts';
import { displayWidth } from '../../reporting/plain-text.ts';

const check = (parts: Partial<Check>): Check => ({
  group: 'stacks',
  id: 'stack',
  outcome: 'ok',
  message: 'the stack Csmm is fine',
  ...parts,
});
const HEADING = ['csmm is deployed: account 222222222222, home Region eu-west-1'];
const shown = (checks: readonly Check[], columns = 80, colour = false): string =>
  paint(doctorLines(checks, HEADING, { columns, colour }), { columns, colour });

describe('the report of the doctor', () => {
  it('shows a line for each check by group, and the fix of each problem', () => {
    const checks = [
      check({ group: 'account', id: 'credentials', accountId: '222222222222', message: 'signed in as ada' }),
      check({ region: 'us-east-1', outcome: 'fail', message: 'the stack is gone', fix: 'deploy again', command: 'npx cdk deploy --all' }),
      check({
        group: 'evidence',
        id: 'lag',
        outcome: 'warn',
        accountId: '111111111111',
        region: 'global',
        message: 'csmm last read it 2 days ago',
        fix: 'wait',
      }),
      check({
        group: 'quotas',
        outcome: 'unread',
        message: 'the quota could not be checked: x:Y was denied (AccessDenied)',
        fix: 'allow the action',
      }),
    ];
    expect(shown(checks)).toBe(
      `${[
        ' csmm is deployed: account 222222222222, home Region eu-west-1',
        '',
        ' Account',
        '   ok    signed in as ada',
        '',
        ' Quotas',
        '   ?     the quota could not be checked: x:Y was denied (AccessDenied)',
        '         Fix: allow the action.',
        '',
        ' Stacks',
        '   fail  us-east-1: the stack is gone',
        '         Fix: deploy again.',
        '           npx cdk deploy --all',
        '',
        ' Evidence of the accounts',
        '   warn  111111111111 global: csmm last read it 2 days ago',
        '         Fix: wait.',
        '',
        ' 1 ok · 1 warn · 1 fail · 1 not checked',
      ].join('\n')}\n`,
    );
  });

  it('has a title for every group', () => {
    const text = shown(GROUPS.map((group) => check({ group })));
    expect(text.match(/^ [A-Z].*$/gm)).toHaveLength(GROUPS.length);
    expect(text).not.toContain('undefined');
  });

  it.each([40, 60, 100])('is no wider than %d columns, and no text can control the terminal', (columns) => {
    const hostile = `\u001b[2J\u202eevil\r\n ok    all is fine ${'x'.repeat(300)}`;
    const text = shown(
      [check({ outcome: 'fail', message: hostile, fix: hostile, command: `aws x --name '${hostile}'`, region: hostile })],
      columns,
    );
    expect(text.split('\n').filter((line) => displayWidth(line) > columns)).toEqual([]);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
    expect(text).not.toMatch(/^ {3}ok/m);
  });

  it('continues a long command as a shell does', () => {
    const command = 'aws cloudtrail create-trail --name management-events --is-multi-region-trail --s3-bucket-name YOUR-BUCKET';
    const text = shown([check({ outcome: 'fail', fix: 'create a trail', command })], 60);
    expect(text.replaceAll(/ \\\n +/g, ' ')).toContain(command);
  });

  it('has colour only where it may', () => {
    expect(shown([check({})])).not.toContain('\u001b');
    expect(shown([check({ outcome: 'fail', fix: 'f' })], 80, true)).toContain('\u001b[31mfail');
  });
});
