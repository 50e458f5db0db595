import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { READERS } from '../../adapters/aws/readers/index.ts';
import { DOCUMENTED_CONTROLS } from '../../controls/documented.ts';
import { PAGES } from '../../controls/index.ts';
import { CATALOGUE_VERSION } from '../../controls/version.ts';
import { factTypes, isEvaluated } from '../../core/control.ts';
import { isInConfig } from '../../core/facts/index.ts';
import { PILLARS } from '../../core/model.ts';
import { renderIndexes } from '../../scripts/controls/indexes.ts';

const PREFIX = { iam: 'IAM', networking: 'NET', storage: 'STR', compute: 'CMP', monitoring: 'MON' } as const;
const fileOf = ({ id, slug }: (typeof DOCUMENTED_CONTROLS)[number]) => `${id.toLowerCase()}-${slug}`;

describe('the catalogue', () => {
  it('has each control once, in the order of pillar, level and number', () => {
    const ids = DOCUMENTED_CONTROLS.map((control) => control.id);
    const inOrder = PILLARS.flatMap((pillar) => ids.filter((id) => id.startsWith(PREFIX[pillar])).sort());
    expect(ids).toEqual([...new Set(inOrder)]);
  });

  it.each([...renderIndexes(new URL('../../', import.meta.url))])('has the index %s that npm run docs writes', (path, text) => {
    expect(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')).toBe(text);
  });

  it.each(PILLARS)('has exactly one file for each control of %s', (pillar) => {
    const files = readdirSync(new URL(`../../controls/${pillar}/`, import.meta.url)).filter((file) => /^[a-z]{3}-l\d/.test(file));
    expect(files.sort()).toEqual(
      DOCUMENTED_CONTROLS.filter((control) => control.pillar === pillar)
        .map((control) => `${fileOf(control)}.ts`)
        .sort(),
    );
  });

  it.each(DOCUMENTED_CONTROLS.map((control) => [control.id, control] as const))(
    '%s has an ID of its pillar and level, a rule and a reason',
    (id, control) => {
      expect(id).toMatch(new RegExp(`^${PREFIX[control.pillar]}-L${control.level}-\\d{2}$`));
      expect(control.rule).toMatch(/^Passes if,? .*Fails otherwise/s);
      expect(control.why).toMatch(/\S.*\.$/);
      expect(control.title).not.toBe('');
      expect(control.triggers.schedule).toMatch(/^rate\(\d+ hours?\)$/);
    },
  );

  const evaluated = DOCUMENTED_CONTROLS.filter(isEvaluated);

  it('evaluates every control of levels 1 and 2', () => {
    const firstLevels = DOCUMENTED_CONTROLS.filter((control) => control.level <= 2).map((control) => control.id);
    expect(evaluated.map((control) => control.id)).toEqual(expect.arrayContaining(firstLevels));
  });

  it.each(evaluated.map((control) => [control.id, control] as const))(
    '%s reads what its rules read, says so on no second list, and has a test',
    (id, control) => {
      const readers = READERS.filter(({ lists }) => lists.some((type) => factTypes(control).includes(type)));
      expect(new Set(control.apiFacts)).toEqual(new Set(readers.flatMap(({ permissions }) => permissions)));
      expect(control.apiFacts).not.toEqual([]);
      expect(control.triggers.configTypes).toEqual(factTypes(control).filter(isInConfig));
      expect([PAGES[id]?.apiFacts, PAGES[id]?.triggers.configTypes]).toEqual([undefined, undefined]);
      expect(existsSync(new URL(`./${control.pillar}/${fileOf(control)}.test.ts`, import.meta.url))).toBe(true);
    },
  );

  it('has a new major version if a control, its place or its severity changes, because scores are then not comparable', () => {
    const digest = createHash('sha256')
      .update(DOCUMENTED_CONTROLS.map(({ id, pillar, level, severity }) => `${id} ${pillar} ${level} ${severity}`).join('\n'))
      .digest('hex');
    expect([CATALOGUE_VERSION.split('.')[0], digest.slice(0, 16)]).toEqual(['2', '22270b1ef646f0d6']);
  });
});
