import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  budgetOf,
  isExempt,
  maxRiskOf,
  mayConcern,
  type RuledFinding,
  type RuleMatch,
  ruleFor,
} from '../../../../core/remediation/decide/rules.ts';
import { type Known, known, unknown } from '../../../../core/remediation/model/known.ts';
import { REMEDIATION_MODES, type RemediationDocument, type RemediationRule } from '../../../../core/settings/document.ts';

const CONTROL = 'STR-L2-01';
const [HERE, THERE] = ['111111111111', '222222222222'];
const FINDING: RuledFinding = {
  controlId: CONTROL,
  accountId: HERE,
  region: 'eu-west-1',
  tags: known({ team: 'web', stage: '' }),
  units: known(['ou-abcd-11111111', 'r-abcd']),
};
const NO_TAGS: Pick<RuledFinding, 'tags'> = { tags: unknown('access denied') };
const NO_UNITS: Pick<RuledFinding, 'units'> = { units: unknown('throttled') };

const sectionOf = (...rules: Partial<RemediationRule>[]): RemediationDocument => ({
  rules: rules.map((rule) => ({ mode: 'auto', controls: [CONTROL], ...rule })),
});
const told = (match: RuleMatch) => (match.kind === 'rule' ? match.index : match.kind === 'none' ? 'none' : match.reason);

describe('the rule for a finding', () => {
  it.each<[string, Partial<RemediationRule>, Partial<RuledFinding>]>([
    ['names its control, and nothing else', {}, {}],
    ['names its account among others', { accounts: [THERE, HERE] }, {}],
    ['names its Region', { regions: ['us-east-1', 'eu-west-1'] }, {}],
    ['names global, if it has no Region', { regions: ['global'] }, { region: 'global' }],
    ['names no Region, if it has none', {}, { region: 'global' }],
    ['names a unit above its account', { organizationalUnits: ['ou-abcd-22222222', 'r-abcd'] }, {}],
    ['names a tag and its value', { tags: { team: 'web' } }, {}],
    ['names a tag with any value, even an empty one', { tags: { stage: '*' } }, {}],
    ['names nothing unreadable', {}, { ...NO_TAGS, ...NO_UNITS }],
  ])('matches if it %s', (_, rule, finding) => {
    expect(told(ruleFor(sectionOf(rule), { ...FINDING, ...finding }))).toBe(0);
  });

  it.each<[string, Partial<RemediationRule>, Partial<RuledFinding>]>([
    ['another control', { controls: ['STR-L1-01'] }, {}],
    ['another account', { accounts: [THERE] }, {}],
    ['another Region', { regions: ['us-east-1'] }, {}],
    ['Regions, if it has none', { regions: ['eu-west-1', 'us-east-1'] }, { region: 'global' }],
    ['another unit', { organizationalUnits: ['ou-abcd-22222222'] }, {}],
    ['a unit, if its account is in none', { organizationalUnits: ['r-abcd'] }, { units: known([]) }],
    ['another value of a tag', { tags: { team: 'data' } }, {}],
    ['a tag in another case', { tags: { Team: 'web' } }, {}],
    ['a value in another case', { tags: { team: 'Web' } }, {}],
    ['an additional tag', { tags: { team: 'web', owner: '*' } }, {}],
    ['a tag named like a property of every object', { tags: { constructor: '*' } }, {}],
    ['another account, though its tags cannot be read', { accounts: [THERE], tags: { team: 'web' } }, NO_TAGS],
    ['another unit, though its tags cannot be read', { organizationalUnits: ['ou-1'], tags: { team: 'web' } }, NO_TAGS],
    ['another tag, though its units cannot be read', { organizationalUnits: ['r-abcd'], tags: { team: 'data' } }, NO_UNITS],
  ])('does not match if it names %s', (_, rule, finding) => {
    expect(told(ruleFor(sectionOf(rule), { ...FINDING, ...finding }))).toBe('none');
  });

  it('is the first matching one', () => {
    const match = ruleFor(sectionOf({ accounts: [THERE] }, { mode: 'off' }, {}), FINDING);
    expect(match).toEqual({ kind: 'rule', index: 1, rule: { mode: 'off', controls: [CONTROL] } });
  });

  it('does not exist without settings', () => {
    expect(ruleFor(undefined, FINDING)).toEqual({ kind: 'none' });
    expect(ruleFor({ rules: [] }, FINDING)).toEqual({ kind: 'none' });
  });

  it.each<[string, Partial<RemediationRule>, Partial<RuledFinding>, string]>([
    ['tags', { mode: 'off', tags: { keep: '*' } }, NO_TAGS, 'could not check whether rule 1 matches: tags: access denied'],
    ['units', { organizationalUnits: ['r-abcd'] }, NO_UNITS, 'could not check whether rule 1 matches: organizational units: throttled'],
    [
      'units, though the tags fit',
      { organizationalUnits: ['r-abcd'], tags: { team: 'web' } },
      NO_UNITS,
      'could not check whether rule 1 matches: organizational units: throttled',
    ],
    [
      'tags and units',
      { organizationalUnits: ['r-abcd'], tags: { team: 'web' } },
      { ...NO_TAGS, ...NO_UNITS },
      'could not check whether rule 1 matches: tags: access denied',
    ],
  ])('is unknown if it depends on %s, with any later rule', (_, rule, finding, reason) => {
    expect(ruleFor(sectionOf(rule, {}), { ...FINDING, ...finding })).toEqual({ kind: 'unknown', reason });
  });

  it('is known if an earlier rule matches than the one with unreadable conditions', () => {
    expect(told(ruleFor(sectionOf({}, { tags: { a: 'b' } }), { ...FINDING, ...NO_TAGS, ...NO_UNITS }))).toBe(0);
  });

  const some = <T>(...values: T[]) => fc.option(fc.subarray(values, { minLength: 1 }), { nil: undefined });
  const tagsOf = (minKeys: number, ...values: string[]) =>
    fc.dictionary(fc.constantFrom('a', 'b'), fc.constantFrom(...values), { minKeys, maxKeys: 2, noNullPrototype: true });
  const rule = fc
    .record({
      mode: fc.constantFrom(...REMEDIATION_MODES),
      controls: fc.subarray([CONTROL, 'STR-L1-01'], { minLength: 1 }),
      accounts: some(HERE, THERE),
      regions: some('eu-west-1', 'us-east-1', 'global'),
      organizationalUnits: some('r-abcd', 'ou-1'),
      tags: fc.option(tagsOf(1, 'x', 'y', '*'), { nil: undefined }),
    })
    .map((given) => Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as unknown as RemediationRule);
  const section = fc.array(rule, { maxLength: 6 }).map((rules): RemediationDocument => ({ rules }));
  const tags = tagsOf(0, 'x', 'y');
  const units = fc.subarray(['r-abcd', 'ou-1', 'ou-2']);
  const place = fc.record({ accountId: fc.constantFrom(HERE, THERE), region: fc.constantFrom('eu-west-1', 'us-east-1', 'global') });

  it('matches, and no earlier one does, for any rules', () => {
    const fits = (
      { controls, accounts, regions, organizationalUnits, tags }: RemediationRule,
      has: { tags: Record<string, string>; units: string[]; accountId: string; region: string },
    ) =>
      controls.includes(CONTROL) &&
      (!accounts || accounts.includes(has.accountId)) &&
      (!regions || regions.includes(has.region)) &&
      (!organizationalUnits || organizationalUnits.filter((id) => has.units.includes(id)).length > 0) &&
      Object.entries(tags ?? {}).filter(([key, value]) => !(key in has.tags) || (value !== '*' && has.tags[key] !== value)).length === 0;
    fc.assert(
      fc.property(section, place, tags, units, (document, where, tags, units) => {
        const expected = document.rules.findIndex((rule) => fits(rule, { ...where, tags, units }));
        const match = ruleFor(document, { controlId: CONTROL, ...where, tags: known(tags), units: known(units) });
        expect(told(match)).toBe(expected < 0 ? 'none' : expected);
      }),
    );
  });

  it('is, with unknown conditions, either unknown or the same as with any values', () => {
    const hidden = <T>(value: T, isHidden: boolean): Known<T> => (isHidden ? unknown('denied') : known(value));
    fc.assert(
      fc.property(section, place, tags, units, fc.boolean(), fc.boolean(), (document, where, tags, units, noTags, noUnits) => {
        const finding = { controlId: CONTROL, ...where };
        const match = ruleFor(document, { ...finding, tags: hidden(tags, noTags), units: hidden(units, noUnits) });
        if (match.kind === 'unknown') expect(noTags || noUnits).toBe(true);
        else expect(match).toEqual(ruleFor(document, { ...finding, tags: known(tags), units: known(units) }));
      }),
      { numRuns: 500 },
    );
  });

  it('is unknown only if it could be one rule or another', () => {
    const allTags = [undefined, 'x', 'y'].flatMap((a) => [undefined, 'x', 'y'].map((b) => ({ ...(a && { a }), ...(b && { b }) })));
    const allUnits = [[], ['r-abcd'], ['ou-1'], ['r-abcd', 'ou-1']];
    fc.assert(
      fc.property(section, place, (document, where) => {
        const finding = { controlId: CONTROL, ...where };
        const match = ruleFor(document, { ...finding, tags: unknown('denied'), units: unknown('denied') });
        const possible = new Set(
          allTags.flatMap((tags) =>
            allUnits.map((units) => told(ruleFor(document, { ...finding, tags: known(tags), units: known(units) }))),
          ),
        );
        expect(match.kind === 'unknown').toBe(possible.size > 1);
      }),
    );
  });
});

describe('a control', () => {
  it.each(['plan', 'approve', 'auto'] as const)('is remediated somewhere if a rule of mode %s names it', (mode) => {
    expect(mayConcern(sectionOf({ mode: 'off' }, { mode, accounts: [THERE] }), CONTROL)).toBe(true);
  });

  it('is not remediated if no rule names it, or only with mode off', () => {
    expect(mayConcern(undefined, CONTROL)).toBe(false);
    expect(mayConcern(sectionOf({ mode: 'off' }, { controls: ['STR-L1-01'] }), CONTROL)).toBe(false);
  });

  it('that is not remediated has no rule with another mode than off', () => {
    const modes = fc.array(fc.constantFrom(...REMEDIATION_MODES), { maxLength: 3 });
    fc.assert(
      fc.property(modes, (given) => {
        const document = sectionOf(...given.map((mode) => ({ mode })));
        const match = ruleFor(document, FINDING);
        if (!mayConcern(document, CONTROL)) expect(match.kind === 'rule' ? match.rule.mode : 'off').toBe('off');
      }),
    );
  });
});

describe('a resource', () => {
  const document: RemediationDocument = { rules: [], exemptTags: { 'csmm/keep': '*', stage: 'legacy' } };

  it.each<[string, Record<string, string>, string]>([
    ['with any value', { 'csmm/keep': '' }, 'the resource is exempt: it has the tag "csmm/keep"'],
    ['with its value', { a: 'b', stage: 'legacy' }, 'the resource is exempt: it has the tag "stage" with the value "legacy"'],
  ])('is exempt if it has one of the tags, %s', (_, tags, reason) => {
    expect(isExempt(document, tags)).toBe(reason);
  });

  it.each<[string, RemediationDocument | undefined, Record<string, string>]>([
    ['no tags', document, {}],
    ['another value', document, { stage: 'production' }],
    ['the tag in another case', document, { 'CSMM/keep': '', Stage: 'legacy' }],
    ['a tag, and no tag is exempt', { rules: [] }, { a: 'b' }],
    ['a tag, and there are no settings', undefined, { a: 'b' }],
    ['no tag named like a property of every object', { rules: [], exemptTags: { constructor: '*', toString: '*' } }, { a: 'b' }],
  ])('is not exempt that has %s', (_, given, tags) => {
    expect(isExempt(given, tags)).toBeUndefined();
  });
});

describe('limits', () => {
  it('of the budget each have a default', () => {
    expect(budgetOf(undefined)).toEqual({ perAccount: 10, perControl: 50 });
    expect(budgetOf({ rules: [], budget: { perAccount: 3 } })).toEqual({ perAccount: 3, perControl: 50 });
    expect(budgetOf({ rules: [], budget: { perControl: 3 } })).toEqual({ perAccount: 10, perControl: 3 });
  });

  it('of the risk come from the rule, then from the section, then safe', () => {
    const document: RemediationDocument = { rules: [], maxRisk: 'disruptive' };
    expect(maxRiskOf(document, { maxRisk: 'safe' })).toBe('safe');
    expect(maxRiskOf(document, {})).toBe('disruptive');
    expect(maxRiskOf({ rules: [] }, {})).toBe('safe');
    expect(maxRiskOf(undefined, {})).toBe('safe');
  });
});
