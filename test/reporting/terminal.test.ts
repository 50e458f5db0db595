import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { CONTROLS } from '../../controls/index.ts';
import { LEVEL_NAMES, LEVELS } from '../../core/model.ts';
import { scoreAccount, scoreOrganization } from '../../core/scoring/scorecard.ts';
import { type Effect, renderScorecard } from '../../reporting/terminal.ts';

const statuses = (passes: (control: (typeof CONTROLS)[number]) => boolean) =>
  new Map(CONTROLS.map((control) => [control.id, passes(control) ? ('PASSED' as const) : ('FAILED' as const)]));
const cardOf = (passes: Parameters<typeof statuses>[0]) => scoreAccount(CONTROLS, statuses(passes));

const firstTwoLevels = cardOf(({ level }) => level <= 2);
const nothing = cardOf(() => false);
const effect = (before: number | null, after: number, more: object = {}): Effect => ({
  before,
  after,
  controls: [
    {
      controlId: 'NET-L1-01',
      from: 'FAILED',
      to: 'PASSED',
      accountId: '111111111111',
      resource: { accountId: '111111111111', region: 'eu-west-1', resourceType: 'AWS::EC2::SecurityGroup', resourceId: 'sg-0abc' },
      reason: 'no rule opens TCP 22',
      ...more,
    },
  ],
});
const plain = { columns: 100, colour: false };
const squeeze = (text: string) => text.replaceAll(/\s+/g, ' ');

describe('renderScorecard', () => {
  it('shows overall, level, potential and coverage', () => {
    const text = renderScorecard(firstTwoLevels, plain);
    expect(text).toContain(firstTwoLevels.overall!.toFixed(1));
    expect(text).toContain(`Level 3 ${LEVEL_NAMES[3]}`);
    expect(text).toContain(`potential ${firstTwoLevels.potential!.toFixed(1)}`);
    expect(text).toContain('coverage 100.0 %');
  });

  it('marks achieved levels, levels in work, locked levels and empty ones', () => {
    const iam = renderScorecard(firstTwoLevels, plain)
      .split('\n')
      .find((line) => line.startsWith(' IAM'));
    expect(squeeze(iam ?? '')).toMatch(/■ 100 ■ 100 □ 0 · 0 · 0$/);
    expect(renderScorecard(firstTwoLevels, plain)).toMatch(/Monitoring .* – +■ 100/);
  });

  it.each([60, 80, 120])('says in full at %i columns what locked levels wait for, once', (columns) => {
    const text = squeeze(renderScorecard(nothing, { columns, colour: false }));
    const reason = nothing.levels.find(({ locked }) => locked)?.reason ?? '';
    expect(reason).not.toBe('');
    expect(text.split(reason)).toHaveLength(2);
    for (const level of LEVELS) expect(text).toContain(`L${level} ${LEVEL_NAMES[level]}`);
  });

  it('shows the strict reading only where it differs', () => {
    expect(renderScorecard(nothing, plain)).not.toContain('strict');
    const rootWithoutMfa = cardOf(({ id }) => id !== 'IAM-L1-01');
    expect(renderScorecard(rootWithoutMfa, plain)).toContain(`strict ${rootWithoutMfa.strict.overall!.toFixed(1)} (no level achieved)`);
  });

  it('shows the weakest link of an organization', () => {
    const members = [statuses(() => true), statuses(() => false)].map((each) => ({ statuses: each, weight: 1 }));
    expect(renderScorecard(scoreOrganization(CONTROLS, members), plain)).toContain('weakest link 0.0 (no level achieved)');
  });

  it.each([
    ['a rise', effect(58.1, 60.4), /58\.1 → +60\.4 +\+2\.3 +NET-L1-01 PASSED +sg-0abc in 111111111111/],
    ['a fall', effect(60.4, 58.1, { to: 'FAILED' }), /−2\.3 +NET-L1-01 FAILED/],
    ['no difference', effect(60.4, 60.4), /±0\.0/],
    ['the first score', effect(null, 12.5), /12\.5 +first/],
    ['a difference that floats cannot hold', effect(0.2, 0.3), /\+0\.1 /],
  ])('shows the effect of %s', (_, each, expected) => {
    expect(renderScorecard(nothing, { ...plain, effects: [each] })).toMatch(expected);
  });

  it('explains a fall by the control that failed, and counts the others', () => {
    const [passed] = effect(5, 4).controls;
    const [failed] = effect(5, 4, { controlId: 'STR-L1-01', to: 'FAILED' }).controls;
    const text = renderScorecard(nothing, { ...plain, effects: [{ before: 5, after: 4, controls: [passed!, failed!] }] });
    expect(text).toMatch(/STR-L1-01 FAILED .* \+1 more/);
  });

  it('keeps its height while changes come in', () => {
    const height = (effects: Effect[]) => renderScorecard(nothing, { ...plain, effects, effectLines: 4 }).split('\n').length;
    expect(height([])).toBe(height([effect(1, 2), effect(2, 3), effect(3, 4), effect(4, 5), effect(5, 6)]));
  });

  it('keeps hostile names from the terminal', () => {
    const hostile = effect(1, 2, {
      resource: { resourceId: '\u001b[2Jbucket\u202E\nsecond line' },
      reason: '\u001b]0;owned\u0007',
    });
    const text = renderScorecard(nothing, { ...plain, columns: 110, title: 'x\u001b[31m', effects: [hostile] });
    for (const character of ['\u001b', '\u0007', '\u202E']) expect(text).not.toContain(character);
    expect(text).not.toMatch(/^second line/m);
  });

  it.each([20, 60, 75, 80, 100, 120, 200])('has no line longer than %i columns', (columns) => {
    const long = effect(58.1, 60.4, { resource: { resourceId: '名'.repeat(300) }, reason: 'because '.repeat(40) });
    const options = { columns, colour: false, title: 'organization · 3 accounts', aside: 'Fri 6 Mar 2026 04:51 UTC', effects: [long] };
    for (const line of renderScorecard(nothing, options).split('\n')) expect([...line].length).toBeLessThanOrEqual(columns);
  });

  it('says the same in colour and without', () => {
    const options = { columns: 80, title: 'one account', effects: [effect(1, 2)] };
    const coloured = renderScorecard(firstTwoLevels, { ...options, colour: true });
    expect(coloured).toContain('\u001b[');
    expect(stripVTControlCharacters(coloured)).toBe(renderScorecard(firstTwoLevels, { ...options, colour: false }));
  });
});
