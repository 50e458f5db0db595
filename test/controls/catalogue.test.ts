import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DOCUMENTED_CONTROLS } from '../../controls/documented.ts';
import { CATALOGUE_VERSION } from '../../controls/index.ts';
import { factTypes, isEvaluated } from '../../core/control.ts';
import { isInConfig } from '../../core/facts/index.ts';
import { PILLARS } from '../../core/model.ts';

const PREFIX = { iam: 'IAM', networking: 'NET', storage: 'STR', compute: 'CMP', monitoring: 'MON' } as const;
const fileOf = ({ id, slug }: (typeof DOCUMENTED_CONTROLS)[number]) => `${id.toLowerCase()}-${slug}`;

describe('the catalogue', () => {
  it('has the 101 controls of the model, in order, each once', () => {
    const ids = DOCUMENTED_CONTROLS.map((control) => control.id);
    expect(ids).toHaveLength(101);
    expect(new Set(ids).size).toBe(101);
    const perPillar = Object.fromEntries(
      PILLARS.map((pillar) => [pillar, DOCUMENTED_CONTROLS.filter((control) => control.pillar === pillar).length]),
    );
    expect(perPillar).toEqual({ iam: 26, networking: 16, storage: 21, compute: 17, monitoring: 21 });
  });

  it.each(PILLARS)('has one file for each control of %s, and none besides', (pillar) => {
    const files = readdirSync(new URL(`../../controls/${pillar}/`, import.meta.url)).filter((file) => /^[a-z]{3}-l\d/.test(file));
    expect(files.sort()).toEqual(
      DOCUMENTED_CONTROLS.filter((control) => control.pillar === pillar)
        .map((control) => `${fileOf(control)}.ts`)
        .sort(),
    );
  });

  it.each(DOCUMENTED_CONTROLS.map((control) => [control.id, control] as const))(
    '%s is named after its place and describes itself',
    (id, control) => {
      expect(id).toMatch(new RegExp(`^${PREFIX[control.pillar]}-L${control.level}-\\d{2}$`));
      expect(control.rule).toMatch(/^Passes if,? .*Fails otherwise/s);
      expect(control.why).toMatch(/\S.*\.$/);
      expect(control.title).not.toBe('');
      expect(control.triggers.schedule).toMatch(/^rate\(\d+ hours?\)$/);
    },
  );

  const evaluated = DOCUMENTED_CONTROLS.filter(isEvaluated);

  it('evaluates every control of levels 1 and 2 that AWS Config items decide', () => {
    const decidable = DOCUMENTED_CONTROLS.filter((control) => control.evidence === 'config' && control.level <= 2).map(
      (control) => control.id,
    );
    expect(decidable).toHaveLength(19);
    expect(evaluated.map((control) => control.id)).toEqual(expect.arrayContaining([...decidable, 'STR-L2-04']));
  });

  it.each(evaluated.map((control) => [control.id, control] as const))(
    '%s is triggered by every type of AWS Config that it reads, and has a test',
    (_, control) => {
      expect(control.triggers.configTypes).toEqual(expect.arrayContaining(factTypes(control).filter(isInConfig)));
      expect(existsSync(new URL(`./${control.pillar}/${fileOf(control)}.test.ts`, import.meta.url))).toBe(true);
    },
  );

  it('has a new version whenever a control, its place or its severity changes, since scores then no longer compare', () => {
    const digest = createHash('sha256')
      .update(DOCUMENTED_CONTROLS.map(({ id, pillar, level, severity }) => `${id} ${pillar} ${level} ${severity}`).join('\n'))
      .digest('hex');
    expect([CATALOGUE_VERSION, digest.slice(0, 16)]).toEqual(['1.0.0', '22270b1ef646f0d6']);
  });
});
