import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CONTROLS } from '../../../controls/index.ts';
import type { ControlStatus } from '../../../core/model.ts';
import { scoreAccount, scoreOrganization } from '../../../core/scoring/scorecard.ts';

/** The published vectors, made by an implementation that shares no code with this one: conformance/reference.py. */

type StatusesById = Readonly<Record<string, ControlStatus>>;
interface Vector {
  readonly name: string;
  readonly input:
    | { readonly statuses: StatusesById }
    | { readonly accounts: Readonly<Record<string, { readonly weight?: number; readonly statuses: StatusesById }>> };
  readonly scorecard: Record<string, unknown>;
}

const vectors: Vector[] = JSON.parse(readFileSync(new URL('../../../conformance/vectors.json', import.meta.url), 'utf8'));
const toMap = (statuses: StatusesById) => new Map(Object.entries(statuses));

function score({ input }: Vector) {
  if ('statuses' in input) return scoreAccount(CONTROLS, toMap(input.statuses));
  return scoreOrganization(
    CONTROLS,
    Object.values(input.accounts).map(({ weight = 1, statuses }) => ({ weight, statuses: toMap(statuses) })),
  );
}

describe('conformance vectors', () => {
  it('are at least thirty, for accounts and organizations', () => {
    expect(vectors.filter((vector) => 'statuses' in vector.input).length).toBeGreaterThanOrEqual(30);
    expect(vectors.filter((vector) => 'accounts' in vector.input).length).toBeGreaterThanOrEqual(10);
  });

  it.each(vectors.map((vector) => [vector.name, vector] as const))('%s', (_, vector) => {
    expect(score(vector)).toMatchObject(vector.scorecard);
  });

  it('are on the same controls as the catalogue', () => {
    const published: unknown = JSON.parse(readFileSync(new URL('../../../conformance/controls.json', import.meta.url), 'utf8'));
    expect(published).toEqual(CONTROLS.map(({ id, pillar, level, severity }) => ({ id, pillar, level, severity })));
  });
});
