import { describe, expect, it } from 'vitest';
import { CATALOGUE } from '../../controls/catalogue.ts';
import { CONTROLS } from '../../controls/index.ts';
import type { ScorecardWithControls } from '../../core/pipeline/result.ts';
import { scoreAccount } from '../../core/scoring/scorecard.ts';
import { failingControlLines } from '../../reporting/findings.ts';
import { paint } from '../../reporting/lines.ts';

/** A scorecard on which these controls fail on so many resources, and all others pass. */
function failing(counts: Readonly<Record<string, number>>): ScorecardWithControls {
  const statuses = new Map(CONTROLS.map(({ id }) => [id, id in counts ? ('FAILED' as const) : ('PASSED' as const)]));
  const controls = CONTROLS.map(({ id }) => {
    const resources = Array.from({ length: counts[id] ?? 0 }, (_, n) => ({
      accountId: '111111111111',
      region: 'eu-west-1',
      resourceType: 'AWS::EC2::Volume',
      resourceId: `${id}-resource-${n}`,
      reason: `because of ${n}`,
      capturedAt: '2026-01-01T00:00:00.000Z',
    }));
    const tally = { compliant: 1, nonCompliant: resources.length, notApplicable: 0, insufficientData: 0 };
    return [id, { status: statuses.get(id) ?? 'NO_DATA', ...tally, excepted: 0, exceptions: [], failing: resources, unknown: [] }] as const;
  });
  return { ...scoreAccount(CONTROLS, statuses), controls: Object.fromEntries(controls) };
}

const textOf = (card: ScorecardWithControls, columns: number, limits: { controls?: number; resources: number }) =>
  paint(failingControlLines(CATALOGUE.controls, card, { columns, ...limits }), { columns, colour: false });

describe('failingControlLines', () => {
  it('puts first what a gate waits for, then the lowest level, then the gravest', () => {
    const card = failing({
      'IAM-L1-01': 1,
      'STR-L1-02': 1,
      'STR-L1-06': 1,
      'CMP-L1-04': 1,
      'CMP-L1-02': 1,
      'NET-L2-01': 1,
      'NET-L2-03': 1,
    });
    const waiting = Object.values(card.pillars).flatMap(({ levels }) => levels.filter((cell) => cell.unlocked && !cell.achieved));
    expect(waiting.map(({ level }) => level)).toEqual([2, 1, 1]);
    const text = textOf(card, 100, { resources: 1 });
    expect([...text.matchAll(/^ (\w{3}-L\d-\d\d)/gm)].map((match) => match[1])).toEqual([
      'STR-L1-02',
      'CMP-L1-04',
      'CMP-L1-02',
      'STR-L1-06',
      'NET-L2-03',
      'NET-L2-01',
      'IAM-L1-01',
    ]);
  });

  it('shows the first resources and counts the rest', () => {
    const text = textOf(failing({ 'CMP-L1-02': 5 }), 100, { resources: 2 });
    expect(text).toContain('5 of 6 resources fail');
    expect(text).toContain('CMP-L1-02-resource-1  111111111111 eu-west-1  because of 1');
    expect(text).not.toContain('resource-2');
    expect(text).toContain('and 3 more');
  });

  it('shows the first controls and counts the rest', () => {
    const text = textOf(failing({ 'CMP-L1-02': 1, 'IAM-L1-01': 1, 'IAM-L1-07': 1 }), 100, { controls: 1, resources: 1 });
    expect(text).toContain('and 2 more failing controls');
  });

  it('puts the reason on a line of its own where both do not fit', () => {
    expect(textOf(failing({ 'CMP-L1-02': 1 }), 60, { resources: 1 })).toMatch(/eu-west-1\n {5}because of 0\n/);
  });
});
