import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CONTROLS } from '../../../controls/index.ts';
import { type ControlStatus, PILLARS, STATUSES } from '../../../core/model.ts';
import { type Headline, type Scorecard, scoreAccount, scoreOrganization } from '../../../core/scoring/scorecard.ts';
import { runs } from '../../support/runs.ts';

/** Statuses of all controls, mostly passing so that gates open, now and then. */
const statuses: fc.Arbitrary<Map<string, ControlStatus>> = fc
  .tuple(fc.constantFrom(1, 2, 5, 12, 30), fc.array(fc.nat(), { minLength: CONTROLS.length, maxLength: CONTROLS.length }))
  .map(([passes, draws]) => {
    const wheel: ControlStatus[] = [...STATUSES, ...Array<ControlStatus>(passes).fill('PASSED')];
    return new Map(CONTROLS.map(({ id }, index) => [id, wheel[draws[index]! % wheel.length]!]));
  });

const accounts = fc.array(fc.record({ statuses, weight: fc.constantFrom(1, 1, 2, 0.5, 0.3) }), { minLength: 1, maxLength: 4 });

/** Every number of a card that may not fall when things get better. */
function numbersOf(card: Scorecard & { readonly weakestLink?: Headline }): number[] {
  return [
    card.overall ?? 0,
    card.potential ?? 0,
    card.level ?? 0,
    card.strict.overall ?? 0,
    card.strict.level ?? 0,
    card.weakestLink?.overall ?? 0,
    card.weakestLink?.level ?? 0,
    ...card.levels.map((row) => row.score ?? 0),
    ...PILLARS.flatMap((pillar) => [
      card.pillars[pillar].score ?? 0,
      card.pillars[pillar].level,
      ...card.pillars[pillar].levels.map((level) => level.score ?? 0),
    ]),
  ];
}

function expectNoneLower(before: Scorecard, after: Scorecard): void {
  const earlier = numbersOf(before);
  for (const [index, number] of numbersOf(after).entries()) expect(number).toBeGreaterThanOrEqual(earlier[index]!);
}

const fix = (statuses: Map<string, ControlStatus>, id: string) => new Map([...statuses, [id, 'PASSED']]) as Map<string, ControlStatus>;
const broken = (statuses: Map<string, ControlStatus>) =>
  [...statuses].filter(([, status]) => status === 'FAILED' || status === 'NO_DATA').map(([id]) => id);

describe('the score of an account', () => {
  it('stays between 0 and 100, strict at most standard, standard at most potential', () => {
    fc.assert(
      fc.property(statuses, (statuses) => {
        const card = scoreAccount(CONTROLS, statuses);
        for (const number of numbersOf(card)) expect(number).toSatisfy((n: number) => n >= 0 && n <= 100);
        expect(card.coverage).toSatisfy((n: number) => n >= 0 && n <= 100);
        expect(card.strict.overall).toBeLessThanOrEqual(card.overall!);
        expect(card.strict.level).toBeLessThanOrEqual(card.level!);
        expect(card.overall).toBeLessThanOrEqual(card.potential!);
      }),
      { numRuns: runs(150) },
    );
  });

  it('never falls in any number when one control is fixed', () => {
    fc.assert(
      fc.property(statuses, fc.nat(), (statuses, pick) => {
        const candidates = broken(statuses);
        fc.pre(candidates.length > 0);
        expectNoneLower(scoreAccount(CONTROLS, statuses), scoreAccount(CONTROLS, fix(statuses, candidates[pick % candidates.length]!)));
      }),
      { numRuns: runs(300) },
    );
  });

  it('does not depend on the order of controls or statuses', () => {
    fc.assert(
      fc.property(statuses, fc.shuffledSubarray([...CONTROLS], { minLength: CONTROLS.length }), (statuses, shuffled) => {
        expect(scoreAccount(shuffled, new Map([...statuses].reverse()))).toEqual(scoreAccount(CONTROLS, statuses));
      }),
      { numRuns: runs(100) },
    );
  });

  it('takes what is not named as NO_DATA', () => {
    const allUnknown = new Map(CONTROLS.map(({ id }) => [id, 'NO_DATA' as const]));
    expect(scoreAccount(CONTROLS, new Map())).toEqual(scoreAccount(CONTROLS, allUnknown));
  });

  const NOTHING = { overall: null, potential: null, level: null, levelName: null, coverage: 0, strict: { overall: null, level: null } };

  it('has no level and no number if no control applies, and only then', () => {
    const notApplicable = new Map(CONTROLS.map(({ id }) => [id, 'NOT_APPLICABLE' as const]));
    expect(scoreAccount(CONTROLS, notApplicable)).toMatchObject(NOTHING);
    for (const { id } of CONTROLS) {
      const card = scoreAccount(CONTROLS, new Map([...notApplicable, [id, 'NO_DATA' as const]]));
      expect(card).toMatchObject({ overall: 0, potential: 0, coverage: 0, strict: { overall: 0 } });
      expect(card.level).toBe(card.strict.level);
    }
  });

  it('is 0 at level 1 if nothing is known', () => {
    expect(scoreAccount(CONTROLS, new Map())).toMatchObject({
      overall: 0,
      potential: 0,
      coverage: 0,
      level: 1,
      strict: { overall: 0, level: 1 },
    });
  });

  describe('a locked row', () => {
    const given = CONTROLS.map(({ id, pillar, level, severity }) => ({ id, pillar, level, severity }));
    const reasons = (controls: Parameters<typeof scoreAccount>[0], passing: number) => {
      const statuses = new Map(CONTROLS.flatMap(({ id, level }) => (level <= passing ? [[id, 'PASSED' as const]] : [])));
      return scoreAccount(controls, statuses).levels.map(({ reason }) => reason);
    };
    const evaluatedTo = (level: number) => given.map((control) => ({ ...control, rules: control.level <= level ? [{}] : [] }));

    it('names points of any control if the statuses come from another tool', () => {
      expect(reasons(given, 2)).toEqual([
        null,
        null,
        null,
        expect.stringMatching(/^reach 80 % on L3 in networking first: 9 more points$/),
        expect.any(String),
      ]);
    });

    it('says that no control of the level in question is evaluated', () => {
      expect(reasons(evaluatedTo(2), 2)).toEqual([
        null,
        null,
        null,
        'no control of level 3 is evaluated yet',
        'no control of level 3 is evaluated yet',
      ]);
      expect(reasons(evaluatedTo(2), 0)[2]).toMatch(/^reach 80 % on L2 in monitoring first: \d+ more points$/);
      expect(reasons(evaluatedTo(2), 0)[3]).toBe('no control of level 3 is evaluated yet');
    });

    it('says that too few controls are evaluated', () => {
      const few = given.map((control) => ({ ...control, rules: control.level <= 2 || control.id === 'IAM-L3-01' ? [{}] : [] }));
      expect(reasons(few, 2)[3]).toBe('too few controls of level 3 are evaluated yet');
    });

    it('counts a control with a known status as evaluated', () => {
      const statusOf = (level: number): ControlStatus => (level <= 2 ? 'PASSED' : level === 3 ? 'FAILED' : 'NO_DATA');
      const statuses = new Map(CONTROLS.map(({ id, level }) => [id, statusOf(level)]));
      expect(scoreAccount(evaluatedTo(2), statuses).levels[3]?.reason).toMatch(/^reach 80 % on L3 in/);
    });
  });

  it('says what a locked row waits for', () => {
    const card = scoreAccount(CONTROLS, new Map());
    expect(card.levels[2]).toEqual({
      level: 3,
      name: 'Hardened',
      score: null,
      locked: true,
      reason: expect.stringMatching(/^reach 80 % on L2 in monitoring first: \d+ more points$/),
    });
    expect(card.levels[0]).toEqual({ level: 1, name: 'Exposed', score: 0, locked: false, reason: null });
  });
});

describe('the score of an organization', () => {
  it('never falls in any number when one control of one account is fixed', () => {
    fc.assert(
      fc.property(accounts, fc.nat(), fc.nat(), (accounts, which, pick) => {
        const chosen = which % accounts.length;
        const candidates = broken(accounts[chosen]!.statuses);
        fc.pre(candidates.length > 0);
        const fixed = accounts.map((account, index) =>
          index === chosen ? { ...account, statuses: fix(account.statuses, candidates[pick % candidates.length]!) } : account,
        );
        expectNoneLower(scoreOrganization(CONTROLS, accounts), scoreOrganization(CONTROLS, fixed));
      }),
      { numRuns: runs(100) },
    );
  });

  it('has no level and no number without an account, or if no control applies in any', () => {
    const nothing = { overall: null, potential: null, level: null, levelName: null, weakestLink: { overall: null, level: null } };
    expect(scoreOrganization(CONTROLS, [])).toMatchObject(nothing);
    const empty = { statuses: new Map(CONTROLS.map(({ id }) => [id, 'NOT_APPLICABLE' as const])), weight: 1 };
    expect(scoreOrganization(CONTROLS, [empty, empty])).toMatchObject(nothing);
  });

  it('does not count an account in which no control applies', () => {
    const empty = { statuses: new Map(CONTROLS.map(({ id }) => [id, 'NOT_APPLICABLE' as const])), weight: 9 };
    fc.assert(
      fc.property(accounts, (accounts) => {
        expect(scoreOrganization(CONTROLS, [...accounts, empty])).toEqual(scoreOrganization(CONTROLS, accounts));
      }),
      { numRuns: 30 },
    );
  });

  it('does not depend on the order of accounts, and strict is at most standard', () => {
    fc.assert(
      fc.property(accounts, (accounts) => {
        const card = scoreOrganization(CONTROLS, accounts);
        expect(scoreOrganization(CONTROLS, accounts.toReversed())).toEqual(card);
        expect(card.strict.overall).toBeLessThanOrEqual(card.overall!);
        expect(card.strict.level).toBeLessThanOrEqual(card.level!);
      }),
      { numRuns: runs(100) },
    );
  });
});
