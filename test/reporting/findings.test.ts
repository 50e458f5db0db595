import { describe, expect, it } from 'vitest';
import { CATALOGUE } from '../../controls/catalogue.ts';
import { CONTROLS } from '../../controls/index.ts';
import type { ControlStatus } from '../../core/model.ts';
import { accountSteps } from '../../core/pipeline/next-steps.ts';
import type { ScorecardWithSteps } from '../../core/pipeline/result.ts';
import { scoreAccount } from '../../core/scoring/scorecard.ts';
import { effectWords, failingControlLines } from '../../reporting/findings.ts';
import { paint } from '../../reporting/lines.ts';

/** A scorecard on which these controls fail on so many resources, and all others pass. */
function failing(counts: Readonly<Record<string, number>>): ScorecardWithSteps {
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
  const results = Object.fromEntries(controls);
  return { ...scoreAccount(CONTROLS, statuses), ...accountSteps(CONTROLS, statuses, results), controls: results };
}

const textOf = (card: ScorecardWithSteps, columns: number, limits: { controls?: number; resources: number }) =>
  paint(failingControlLines(CATALOGUE.controls, card, { columns, ...limits }), { columns, colour: false });

describe('failingControlLines', () => {
  it('puts the largest gain first, and says what a control of a locked level waits for', () => {
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
    const listed = [...text.matchAll(/^ (\w{3}-L\d-\d\d)/gm)].map((match) => match[1]);
    expect(listed).toEqual(card.next.map(({ controlId }) => controlId));
    const gains = card.next.map(({ gain }) => gain);
    expect(gains).toEqual(gains.toSorted((a, b) => b - a));
    for (const { gain } of card.next) if (gain > 0) expect(text).toContain(`+${gain.toFixed(1)}`);
    expect(listed).toEqual(['STR-L1-02', 'STR-L1-06', 'IAM-L1-01', 'NET-L2-03', 'CMP-L1-04', 'NET-L2-01', 'CMP-L1-02']);
  });

  it('never shows a gain of 0.0 for a fix that unlocks a level', () => {
    expect(effectWords({ gain: 0, unlocks: [{ pillar: 'iam', level: 2 }] })).toBe('less than +0.1, unlocks IAM L2');
  });

  it('shows only the ID of a resource whose name has no visible character', () => {
    const card = failing({ 'CMP-L1-02': 1 });
    const named = (resourceName: string) => {
      const result = card.controls['CMP-L1-02']!;
      const controls = { ...card.controls, 'CMP-L1-02': { ...result, failing: [{ ...result.failing[0]!, resourceName }] } };
      return textOf({ ...card, controls }, 100, { resources: 1 });
    };
    expect(named('disk')).toContain('   disk (CMP-L1-02-resource-0)  1');
    expect(named('\u200b \u0008')).toContain('\n   CMP-L1-02-resource-0  1');
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

  it('names the set of controls for the next gate, with its gain', () => {
    const card = failing({ 'IAM-L1-01': 1, 'IAM-L1-04': 2 });
    const text = textOf(card, 100, { resources: 1 }).replaceAll(/\s+/g, ' ');
    const gain = card.nextGate?.gain.toFixed(1);
    expect(text).toMatch(/^ What to do first For the next gate, fix this control, 1 resource: /);
    expect(text).toContain(`+${gain}, unlocks IAM L2 to L5. `);
  });

  it('shows no gain while the level is locked', () => {
    const text = textOf(failing({ 'STR-L1-02': 1, 'STR-L1-06': 1, 'STR-L2-01': 1 }), 100, { resources: 1 });
    expect(text).toMatch(/STR-L2-01.*\n {3}no gain until Storage L2 is unlocked/);
  });

  it('shows controls with one cause once', () => {
    const card = failing({ 'MON-L2-02': 1, 'MON-L2-03': 1, 'IAM-L1-07': 1 });
    const [finding] = card.controls['MON-L2-02']!.failing;
    const controls = { ...card.controls, 'MON-L2-03': { ...card.controls['MON-L2-03']!, failing: [finding!] } };
    const statuses = new Map(Object.entries(controls).map(([id, { status }]) => [id, status as ControlStatus]));
    const shared = { ...card, controls, ...accountSteps(CONTROLS, statuses, controls) };
    const text = textOf(shared, 100, { resources: 1 });
    expect(text).toContain(` 2 controls fail for one cause\n   MON-L2-02 · MON-L2-03\n   +${shared.sharedCauses[0]!.gain.toFixed(1)}`);
    expect(text.split('MON-L2-02-resource-0')).toHaveLength(2);
    expect(text).toContain(' IAM-L1-07');
    const one = paint(
      failingControlLines(
        CATALOGUE.controls.filter(({ id }) => id !== 'MON-L2-03'),
        shared,
        { columns: 100, resources: 1 },
      ),
      {
        columns: 100,
        colour: false,
      },
    );
    expect(one).not.toContain('one cause');
    expect(one).toContain(' MON-L2-02');
  });

  it('says that resources without data must pass too', () => {
    const card = failing({ 'CMP-L1-02': 1 });
    const controls = { ...card.controls, 'CMP-L1-02': { ...card.controls['CMP-L1-02']!, insufficientData: 4 } };
    expect(textOf({ ...card, controls }, 140, { resources: 1 })).toContain('1 of 2 resources fails, 4 without data must pass too');
  });

  it.each([40, 60, 80, 140])('shows every id and reason in full at %i columns', (columns) => {
    const card = failing({ 'CMP-L1-02': 1, 'NET-L1-01': 1 });
    const long = `arn:aws:${'x'.repeat(150)}`;
    const controls = {
      ...card.controls,
      'CMP-L1-02': { ...card.controls['CMP-L1-02']!, failing: [{ ...card.controls['CMP-L1-02']!.failing[0]!, resourceId: long }] },
    };
    const text = textOf({ ...card, controls }, columns, { resources: 1 });
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(columns);
    expect(text.replaceAll(/\s+/g, '')).toContain(long);
    expect(text).not.toContain('…');
  });
});
