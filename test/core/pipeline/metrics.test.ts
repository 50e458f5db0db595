import { describe, expect, it } from 'vitest';
import { CONTROLS } from '../../../controls/index.ts';
import type { ControlStatus } from '../../../core/model.ts';
import { metricsOf } from '../../../core/pipeline/metrics.ts';
import { scoreAccount, scoreOrganization } from '../../../core/scoring/scorecard.ts';

const all = (status: ControlStatus) => new Map(CONTROLS.map(({ id }) => [id, status]));
const measured = (status: ControlStatus) => metricsOf({ scorecard: scoreAccount(CONTROLS, all(status)), statuses: all(status) });
const namesOf = (metrics: ReturnType<typeof metricsOf>) => [...new Set(metrics.map(({ name }) => name))];

describe('metricsOf', () => {
  it('gives every number of a scorecard, locked levels as 0', () => {
    const metrics = measured('FAILED');
    expect(namesOf(metrics)).toEqual([
      'OverallScore',
      'PotentialScore',
      'Coverage',
      'MaturityLevel',
      'FailedControls',
      'UnknownControls',
      'PillarScore',
      'LevelScore',
    ]);
    expect(metrics).toContainEqual({ name: 'FailedControls', value: CONTROLS.length, dimensions: { Scope: 'organization' } });
    expect(metrics).toContainEqual({ name: 'LevelScore', value: 0, dimensions: { Scope: 'organization', Level: '4' } });
  });

  it.each([
    ['nothing applies', measured('NOT_APPLICABLE')],
    ['there is no account', metricsOf({ scorecard: scoreOrganization(CONTROLS, []), statuses: new Map() })],
  ])('gives no score, level or coverage if %s', (_, metrics) => {
    expect(namesOf(metrics)).toEqual(['FailedControls', 'UnknownControls']);
  });
});
