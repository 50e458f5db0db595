import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CONTROLS } from '../../../controls/index.ts';
import { type ControlStatus, type Level, type Pillar, type Severity, STATUSES } from '../../../core/model.ts';
import { type Advice, adviseAccount, adviseOrganization, type Fix } from '../../../core/scoring/advice.ts';
import { add, atLeast, fraction, oneDecimal, subtract, ZERO } from '../../../core/scoring/fraction.ts';
import { type ScoredControl, scoreAccount, scoreOrganization } from '../../../core/scoring/scorecard.ts';

const statuses: fc.Arbitrary<Map<string, ControlStatus>> = fc
  .tuple(fc.constantFrom(1, 2, 5, 12, 30), fc.array(fc.nat(), { minLength: CONTROLS.length, maxLength: CONTROLS.length }))
  .map(([passes, draws]) => {
    const wheel: ControlStatus[] = [...STATUSES, ...Array<ControlStatus>(passes).fill('PASSED')];
    return new Map(CONTROLS.map(({ id }, index) => [id, wheel[draws[index]! % wheel.length]!]));
  });
const accounts = fc.array(fc.record({ statuses, weight: fc.constantFrom(1, 2, 0.5, 0.3) }), { minLength: 1, maxLength: 3 });

const fixed = (statuses: ReadonlyMap<string, ControlStatus>, ids: readonly string[]) =>
  new Map([...statuses].map(([id, status]) => [id, ids.includes(id) && status === 'FAILED' ? ('PASSED' as const) : status]));
const failing = (statuses: ReadonlyMap<string, ControlStatus>) => CONTROLS.filter(({ id }) => statuses.get(id) === 'FAILED');
const idsOf = ({ controls }: Advice): string[] => controls.flatMap(({ controlIds }) => controlIds);
const place = ({ pillar, level }: { pillar: Pillar; level: Level }) => `${pillar} ${level}`;

/** Checks a fix against the scoring function. */
function expectExact(fix: Fix, before: number | null, after: { overall: number | null; level: Level | null }): void {
  expect(fix.gain.n).toBeGreaterThanOrEqual(0n);
  expect(oneDecimal(fix.overallAfter)).toBe(after.overall);
  expect(oneDecimal(subtract(fix.overallAfter, fix.gain))).toBe(before);
  expect(fix.levelAfter).toBe(after.level);
}

const control = (id: string, severity: Severity, level: Level = 1, pillar: Pillar = 'iam'): ScoredControl => ({
  id,
  pillar,
  level,
  severity,
});

describe('advice for an account', () => {
  it('gains exactly what the scoring function gives, one control at a time and together', () => {
    fc.assert(
      fc.property(statuses, (statuses) => {
        const { overall } = scoreAccount(CONTROLS, statuses);
        const advice = adviseAccount(CONTROLS, statuses);
        expect(idsOf(advice).sort()).toEqual(
          failing(statuses)
            .map(({ id }) => id)
            .sort(),
        );
        const all = [...advice.controls, ...(advice.gate ? [advice.gate] : []), advice.together(idsOf(advice).slice(0, 5))];
        for (const fix of all) expectExact(fix, overall, scoreAccount(CONTROLS, fixed(statuses, fix.controlIds)));
      }),
      { numRuns: 60 },
    );
  });

  it('puts the largest gain first, then the worst severity, in an order that does not depend on its input', () => {
    fc.assert(
      fc.property(statuses, fc.shuffledSubarray([...CONTROLS], { minLength: CONTROLS.length }), (statuses, shuffled) => {
        const advice = adviseAccount(CONTROLS, statuses);
        const { controls } = advice;
        for (const [index, fix] of controls.slice(1).entries()) expect(atLeast(controls[index]!.gain, fix.gain)).toBe(true);
        expect(idsOf(adviseAccount(shuffled, new Map([...statuses].reverse())))).toEqual(idsOf(advice));
      }),
      { numRuns: 60 },
    );
    const tied = [control('A', 'low', 1, 'iam'), control('B', 'low', 1, 'iam'), control('C', 'critical', 2), control('D', 'high', 2)];
    const none = new Map(tied.map(({ id }) => [id, 'FAILED' as const]));
    expect(idsOf(adviseAccount(tied, none))).toEqual(['A', 'B', 'C', 'D']);
  });

  it('names the smallest set that unlocks a level', () => {
    fc.assert(
      fc.property(statuses, (statuses) => {
        const { gate, together } = adviseAccount(CONTROLS, statuses);
        if (!gate) return;
        expect(gate.unlocks.length).toBeGreaterThan(0);
        const ids = failing(statuses).map(({ id }) => id);
        const smaller = gate.controlIds.length === 1 ? [] : gate.controlIds.length === 2 ? ids.map((id) => [id]) : [];
        const parts = gate.controlIds.map((id) => gate.controlIds.filter((other) => other !== id));
        for (const set of smaller) expect(together(set).unlocks).toEqual([]);
        for (const part of parts) expect(together(part).unlocks.map(place)).not.toContain(place(gate.unlocks[0]!));
      }),
      { numRuns: 60 },
    );
  });

  it('unlocks a level by one control, and says which', () => {
    const controls = [control('A', 'high'), control('B', 'low'), control('C', 'medium', 2)];
    const advice = adviseAccount(
      controls,
      new Map([
        ['A', 'FAILED'],
        ['B', 'PASSED'],
        ['C', 'PASSED'],
      ]),
    );
    expect(advice.controls).toEqual([
      {
        controlIds: ['A'],
        gain: fraction(75 * 35 + 100 * 25, 60),
        overallAfter: fraction(100),
        levelAfter: 5,
        unlocks: [{ pillar: 'iam', level: 2 }],
      },
    ]);
    expect(advice.gate).toEqual(advice.controls[0]);
  });

  it('names no level in which nothing is evaluated', () => {
    const rules = [{}];
    const controls = [
      { ...control('A', 'high'), rules },
      { ...control('B', 'low'), rules },
      { ...control('C', 'medium', 2), rules: [] },
    ];
    const advice = adviseAccount(
      controls,
      new Map([
        ['A', 'FAILED'],
        ['B', 'PASSED'],
      ]),
    );
    expect(advice.controls[0]).toMatchObject({ controlIds: ['A'], unlocks: [] });
    expect(advice.gate).toBeUndefined();
  });

  it('has nothing to say if nothing fails', () => {
    const advice = adviseAccount(CONTROLS, new Map());
    expect(advice.controls).toEqual([]);
    expect(advice.gate).toBeUndefined();
    expect(advice.together([]).gain).toEqual(ZERO);
  });
});

describe('advice for an organization', () => {
  it('fixes a control in every account in which it fails, and gains exactly what the scoring function gives', () => {
    fc.assert(
      fc.property(accounts, (accounts) => {
        const { overall } = scoreOrganization(CONTROLS, accounts);
        const advice = adviseOrganization(CONTROLS, accounts);
        for (const fix of [...advice.controls, ...(advice.gate ? [advice.gate] : [])]) {
          const after = accounts.map(({ statuses, weight }) => ({ statuses: fixed(statuses, fix.controlIds), weight }));
          expectExact(fix, overall, scoreOrganization(CONTROLS, after));
        }
      }),
      { numRuns: 40 },
    );
  });

  it('gains as much together as one after the other within a cell that stays below its gate', () => {
    const controls = [control('A', 'low'), control('B', 'low'), control('C', 'critical')];
    const member = { weight: 1, statuses: new Map(controls.map(({ id }) => [id, 'FAILED' as const])) };
    const advice = adviseOrganization(controls, [member, { weight: 1, statuses: new Map(controls.map(({ id }) => [id, 'PASSED'])) }]);
    const [a, b] = [advice.together(['A']), advice.together(['B'])];
    expect(advice.together(['A', 'B']).gain).toEqual(add(a.gain, b.gain));
  });

  it('has nothing to say without an account', () => {
    expect(adviseOrganization(CONTROLS, []).controls).toEqual([]);
  });
});
