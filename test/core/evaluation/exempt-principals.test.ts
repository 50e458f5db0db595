import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coversPattern, undeclaredAmong } from '../../../core/evaluation/exempt-principals.ts';
import { matchesGlob } from '../../../core/policy/glob.ts';
import { EMPTY_SETTINGS } from '../../../core/settings/account-settings.ts';

const ACCOUNT_VARIABLE = `\${aws:PrincipalAccount}`;

describe('a declared ARN', () => {
  it.each([
    ['the same ARN', 'arn:aws:iam::111111111111:role/a', 'arn:aws:iam::111111111111:role/a'],
    ['the same pattern', 'arn:aws:iam::*:role/a-?', 'arn:aws:iam::*:role/a-?'],
    ['one account of any', 'arn:aws:iam::*:role/a', 'arn:aws:iam::111111111111:role/a'],
    ['the account that a variable names', 'arn:aws:iam::*:role/a', `arn:aws:iam::${ACCOUNT_VARIABLE}:role/a`],
    ['a narrower pattern', 'arn:aws:iam::*:role/a*', 'arn:aws:iam::*:role/ab*'],
    ['a name where it has a ?', 'arn:aws:iam::111111111111:role/a?', 'arn:aws:iam::111111111111:role/ab'],
    ['any partition, as an organization is in one', 'arn:aws:iam::*:role/a', 'arn:*:iam::*:role/a'],
  ])('covers %s', (_, declared, exempt) => {
    expect(coversPattern(declared, exempt)).toBe(true);
  });

  it.each([
    ['another name', 'arn:aws:iam::*:role/a', 'arn:aws:iam::*:role/b'],
    ['every account, being of one', 'arn:aws:iam::111111111111:role/a', 'arn:aws:iam::*:role/a'],
    ['a longer name than its ? allows', 'arn:aws:iam::*:role/a?', 'arn:aws:iam::*:role/a*'],
    [
      'whatever a variable becomes',
      `arn:aws:iam::*:role/${'?'.repeat(ACCOUNT_VARIABLE.length)}`,
      `arn:aws:iam::111111111111:role/${ACCOUNT_VARIABLE}`,
    ],
    ['a user of that name', 'arn:aws:iam::*:role/a', 'arn:aws:iam::*:user/a'],
    ['names in another case', 'arn:aws:iam::*:role/a', 'arn:aws:iam::*:role/A'],
  ])('does not cover %s', (_, declared, exempt) => {
    expect(coversPattern(declared, exempt)).toBe(false);
  });

  it('covers a pattern only when it matches whatever the pattern matches', () => {
    const pattern = fc.array(fc.constantFrom('a', 'b', '?', '*'), { maxLength: 5 }).map((parts) => parts.join(''));
    const fillers = fc.array(fc.constantFrom('', 'a', 'b', 'ab', 'ba'), { minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(pattern, pattern, fillers, (outer, inner, parts) => {
        fc.pre(coversPattern(outer, inner));
        let at = 0;
        const text = inner.replaceAll(
          /[*?]/g,
          (wildcard) => (wildcard === '*' ? parts : ['a', 'b'])[wildcard === '*' ? at++ : at % 2] ?? '',
        );
        return matchesGlob(outer, text);
      }),
      { numRuns: 2000 },
    );
  });

  it('covers itself', () => {
    const pattern = fc.array(fc.constantFrom('a', 'b', '?', '*'), { maxLength: 8 }).map((parts) => parts.join(''));
    fc.assert(fc.property(pattern, (each) => coversPattern(each, each)));
  });
});

describe('the exemptions of a policy', () => {
  const CONTROL_TOWER = 'arn:*:iam::*:role/AWSControlTowerExecution';
  const DEPLOY = 'arn:aws:iam::*:role/deploy-*';
  const EMERGENCY = 'arn:aws:iam::*:user/emergency';

  it('are all undeclared where nothing is declared, but for service-linked roles, which no policy binds', () => {
    const exemptions = [
      CONTROL_TOWER,
      'arn:aws:iam::*:role/aws-service-role/*',
      'arn:*:iam::*:role/aws-service-role/config.amazonaws.com/*',
    ];
    expect(undeclaredAmong(exemptions, EMPTY_SETTINGS)).toEqual([CONTROL_TOWER]);
  });

  it('may be declared as exempt, as pipelines or for emergencies', () => {
    const settings = {
      ...EMPTY_SETTINGS,
      exemptPrincipals: [CONTROL_TOWER],
      pipelinePrincipals: [DEPLOY],
      breakGlassPrincipals: [EMERGENCY],
    };
    expect(undeclaredAmong([CONTROL_TOWER, DEPLOY, EMERGENCY], settings)).toEqual([]);
  });

  it.each(['aws:principaltag/team=security', 'aws:viaawsservice=true', 'aws:userid=AROAEXAMPLE:*', 'aws:username=admin'])(
    'cannot be declared when they go by another key: %s',
    (exemption) => {
      const settings = { ...EMPTY_SETTINGS, exemptPrincipals: ['arn:*:iam::*:role/*', 'arn:*:iam::*:user/admin'] };
      expect(undeclaredAmong([exemption], settings)).toEqual([exemption]);
    },
  );
});
