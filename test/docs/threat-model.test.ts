import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DOORS, VERBS } from '../../core/remediation/commands/doors.ts';

/** The page of threats names a test for each actor, and each of these tests exists. */

const read = (page: string): string => readFileSync(new URL(`../../docs/${page}`, import.meta.url), 'utf8');
const page = read('threat-model.md');
const sections = page
  .split(/^## /m)
  .slice(1)
  .map((text) => ({ actor: text.slice(0, text.indexOf('\n')), text }));

const UNTESTED = ['Assets', 'Trusted principals'];
const ACTORS = [
  'Member-account administrator',
  'Tag editor',
  'Watcher',
  'Approver',
  'Operator',
  'Administrator of remediation',
  'Settings author',
  'Table writer',
  'Document editor',
  'Direct invocation',
  'Holders of the roles',
  'Failing services',
];

const testsIn = (text: string): string[] => [...text.matchAll(/\]\(\.\.\/(test\/[^)]+)\)/g)].map(([, file]) => file ?? '');

describe('the threat model', () => {
  it('lists every actor', () => {
    expect(sections.map(({ actor }) => actor)).toEqual([...UNTESTED, ...ACTORS]);
  });

  it.each(sections.filter(({ actor }) => !UNTESTED.includes(actor)))('names tests for: $actor', ({ text }) => {
    const tests = testsIn(text);
    expect(tests.length).toBeGreaterThan(0);
    for (const file of tests) expect(existsSync(new URL(`../../${file}`, import.meta.url)), file).toBe(true);
  });

  it.each(sections.filter(({ text }) => text.includes('**Can do.**')))(
    'says the worst case and the limits of: $actor',
    ({ actor, text }) => {
      for (const part of ['**Worst case.**', '**Limits.**', '**Tests.**']) expect(text, actor).toContain(part);
    },
  );

  it('has a limit in a test for each holder of a role', () => {
    const rows = sections.find(({ actor }) => actor === 'Holders of the roles')?.text.match(/^\| `.*$/gm) ?? [];
    expect(rows.length).toBeGreaterThanOrEqual(6);
    for (const row of rows) expect(testsIn(row).length, row).toBeGreaterThan(0);
  });
});

describe('the page of remediation', () => {
  it('tells for each verb of the command function who may ask for it', () => {
    const [, who = ''] = /\n## Who may do what\n([\s\S]*?)\n## /.exec(read('remediation.md')) ?? [];
    const people = { approve: 'approver', operate: 'operator', administer: 'administrator' } as const;
    for (const door of DOORS) {
      const row = new RegExp(`^\\| ${people[door]} \\|.*$`, 'm').exec(who)?.[0] ?? '';
      for (const [verb, at] of Object.entries(VERBS)) if (at === door) expect(row, verb).toContain(`\`${verb}\``);
    }
  });
});
