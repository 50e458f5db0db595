import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CONTROLS } from '../../../controls/index.ts';
import { type ControlStatus, PILLARS, STATUSES } from '../../../core/model.ts';
import { type Headline, type Scorecard, scoreAccount, scoreOrganization } from '../../../core/scoring/scorecard.ts';

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
    card.overall,
    card.potential,
    card.level,
    card.strict.overall,
    card.strict.level,
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
        expect(card.strict.overall).toBeLessThanOrEqual(card.overall);
        expect(card.strict.level).toBeLessThanOrEqual(card.level);
        expect(card.overall).toBeLessThanOrEqual(card.potential);
      }),
      { numRuns: 500 },
    );
  });

  it('never falls in any number when one control is fixed', () => {
    fc.assert(
      fc.property(statuses, fc.nat(), (statuses, pick) => {
        const candidates = broken(statuses);
        fc.pre(candidates.length > 0);
        expectNoneLower(scoreAccount(CONTROLS, statuses), scoreAccount(CONTROLS, fix(statuses, candidates[pick % candidates.length]!)));
      }),
      { numRuns: 1000 },
    );
  });

  it('does not depend on the order of controls or statuses', () => {
    fc.assert(
      fc.property(statuses, fc.shuffledSubarray([...CONTROLS], { minLength: CONTROLS.length }), (statuses, shuffled) => {
        expect(scoreAccount(shuffled, new Map([...statuses].reverse()))).toEqual(scoreAccount(CONTROLS, statuses));
      }),
      { numRuns: 200 },
    );
  });

  it('takes what is not named as NO_DATA', () => {
    const allUnknown = new Map(CONTROLS.map(({ id }) => [id, 'NO_DATA' as const]));
    expect(scoreAccount(CONTROLS, new Map())).toEqual(scoreAccount(CONTROLS, allUnknown));
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
      { numRuns: 300 },
    );
  });

  it('does not depend on the order of accounts, and strict is at most standard', () => {
    fc.assert(
      fc.property(accounts, (accounts) => {
        const card = scoreOrganization(CONTROLS, accounts);
        expect(scoreOrganization(CONTROLS, accounts.toReversed())).toEqual(card);
        expect(card.strict.overall).toBeLessThanOrEqual(card.overall);
        expect(card.strict.level).toBeLessThanOrEqual(card.level);
      }),
      { numRuns: 200 },
    );
  });
});
