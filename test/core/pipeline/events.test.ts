import { describe, expect, it } from 'vitest';
import { CATALOGUE } from '../../../controls/catalogue.ts';
import type { ControlStatus, Pillar } from '../../../core/model.ts';
import { type CsmmEvent, eventsOf, summaryOf } from '../../../core/pipeline/events.ts';
import { type ControlChange, ORGANIZATION, type StoredScore } from '../../../core/ports.ts';
import { scoreAccount } from '../../../core/scoring/scorecard.ts';
import { expectValidEvents } from '../../support/schemas.ts';

const ids = (pillar?: Pillar, level?: number): string[] =>
  CATALOGUE.controls.filter((control) => (!pillar || control.pillar === pillar) && (!level || control.level === level)).map(({ id }) => id);

const change = (controlId: string, to: ControlStatus = 'FAILED'): ControlChange => ({
  controlId,
  from: 'NO_DATA',
  to,
  resource: { accountId: '111111111111', region: 'eu-west-1', resourceType: 'AWS::EC2::Volume', resourceId: 'vol-1' },
  reason: 'the volume is not encrypted',
});

function stored(revision: number, passed: readonly string[], changes: readonly ControlChange[] = [], scope = '111111111111'): StoredScore {
  const statuses = new Map<string, ControlStatus>(CATALOGUE.controls.map(({ id }) => [id, passed.includes(id) ? 'PASSED' : 'NO_DATA']));
  return {
    scope,
    revision,
    catalogueVersion: CATALOGUE.version,
    asOf: '2026-01-01T00:00:00.000Z',
    statuses,
    scorecard: scoreAccount(CATALOGUE.controls, statuses),
    changes,
  };
}

const typesOf = (events: readonly CsmmEvent[]) => events.map(({ detailType }) => detailType);
const levelsOf = (events: readonly CsmmEvent[]) =>
  events.flatMap((event) => (event.detailType === 'CSMM Level Changed' ? event.detail.levels : []));

describe('the events of a scorecard', () => {
  it('are one of the score, and one of every control that changed', () => {
    const events = eventsOf({
      before: stored(1, []),
      after: stored(2, ['CMP-L1-02'], [change('CMP-L1-02', 'PASSED'), change('CMP-L1-03')]),
    });
    expectValidEvents(events);
    expect(typesOf(events)).toEqual(['CSMM Score Changed', 'CSMM Control Status Changed', 'CSMM Control Status Changed']);
    expect(events.map(({ detail }) => detail.id)).toEqual(['111111111111/2/score', '111111111111/2/CMP-L1-02', '111111111111/2/CMP-L1-03']);
    expect(events[0]?.detail).toMatchObject({ scope: 'account', accountId: '111111111111', revision: 2, schemaVersion: '1' });
    expect(events[1]?.detail).toMatchObject({
      controlId: 'CMP-L1-02',
      from: 'NO_DATA',
      to: 'PASSED',
      reason: 'the volume is not encrypted',
    });
  });

  it('hold the headline numbers of before and after', () => {
    const [before, after] = [stored(1, []), stored(2, ids('networking', 1))];
    expect(eventsOf({ before, after })[0]?.detail).toMatchObject({
      before: summaryOf(before.scorecard),
      after: summaryOf(after.scorecard),
    });
    expect(summaryOf(after.scorecard).pillars.networking).toBeGreaterThan(summaryOf(before.scorecard).pillars.networking!);
  });

  it('say nothing of before with the first score', () => {
    const events = eventsOf({ before: undefined, after: stored(1, [], [change('CMP-L1-02')]) });
    expectValidEvents(events);
    expect(typesOf(events)).toEqual(['CSMM Score Changed', 'CSMM Control Status Changed']);
    expect(events[0]?.detail).toMatchObject({ before: null });
  });

  it('all name the catalogue of the scorecard before, so that a change of rules is told from one of resources', () => {
    const before = { ...stored(1, ids('networking', 1)), catalogueVersion: '1.0.0' };
    const upgraded = eventsOf({ before, after: stored(2, [], [change('CMP-L1-02')]) });
    expectValidEvents(upgraded);
    expect(typesOf(upgraded)).toEqual(['CSMM Score Changed', 'CSMM Level Changed', 'CSMM Control Status Changed']);
    const catalogues = { previousCatalogueVersion: '1.0.0', catalogueVersion: CATALOGUE.version };
    expect(upgraded.map(({ detail }) => detail)).toEqual(upgraded.map(() => expect.objectContaining(catalogues)));
    const first = eventsOf({ before: undefined, after: stored(1, [], [change('CMP-L1-02')]) });
    expect(first.map(({ detail }) => detail)).toEqual(first.map(() => expect.objectContaining({ previousCatalogueVersion: null })));
  });

  it('are none where the revision did not grow', () => {
    expect(eventsOf({ before: stored(2, []), after: stored(2, ids()) })).toEqual([]);
    expect(eventsOf({ before: stored(3, []), after: stored(2, ids()) })).toEqual([]);
  });

  it('are the same for a repeat of the change, and different for every other change', () => {
    const first = eventsOf({ before: undefined, after: stored(1, [], [change('CMP-L1-02')]) });
    const second = eventsOf({ before: stored(1, []), after: stored(2, [], [change('CMP-L1-02')]) });
    const organization = eventsOf({ before: undefined, after: stored(1, [], [change('CMP-L1-02')], ORGANIZATION) });
    expect(eventsOf({ before: undefined, after: stored(1, [], [change('CMP-L1-02')]) })).toEqual(first);
    const seen = [...first, ...second, ...organization].map(({ detail }) => detail.id);
    expect(new Set(seen).size).toBe(seen.length);
  });

  it('of the organization name no account', () => {
    const events = eventsOf({
      before: undefined,
      after: stored(1, [], [{ ...change('CMP-L1-02'), resource: null, reason: null }], ORGANIZATION),
    });
    expectValidEvents(events);
    for (const { detail } of events) expect(detail).toMatchObject({ scope: 'organization', accountId: null });
    expect(events[0]?.detail.id).toBe('organization/1/score');
  });

  it('tell of a level that a pillar unlocked, and of one that it lost', () => {
    const [locked, unlocked] = [stored(1, []), stored(2, ids('networking', 1))];
    const up = eventsOf({ before: locked, after: unlocked });
    expectValidEvents(up);
    expect(levelsOf(up)).toEqual([{ of: 'networking', from: 1, to: 2, toName: 'Guarded', direction: 'unlocked' }]);
    const down = eventsOf({ before: unlocked, after: stored(3, []) });
    expectValidEvents(down);
    expect(levelsOf(down)).toEqual([{ of: 'networking', from: 2, to: 1, toName: 'Exposed', direction: 'lost' }]);
  });

  it('tell of the level of the whole where all pillars unlocked it', () => {
    const events = eventsOf({ before: stored(1, []), after: stored(2, ids()) });
    expectValidEvents(events);
    expect(levelsOf(events)).toContainEqual({ of: 'overall', from: 1, to: 5, toName: 'Autonomous', direction: 'unlocked' });
  });

  it('tell of levels with the first score where it unlocks some', () => {
    const events = eventsOf({ before: undefined, after: stored(1, ids('networking', 1)) });
    expect(levelsOf(events)).toEqual([{ of: 'networking', from: 1, to: 2, toName: 'Guarded', direction: 'unlocked' }]);
  });

  describe('with nothing to score', () => {
    const nothing = (revision: number) => {
      const statuses = new Map(CATALOGUE.controls.map(({ id }) => [id, 'NOT_APPLICABLE' as const]));
      return { ...stored(revision, []), statuses, scorecard: scoreAccount(CATALOGUE.controls, statuses) };
    };

    it('have no level and no number', () => {
      const events = eventsOf({ before: undefined, after: nothing(1) });
      expectValidEvents(events);
      expect(typesOf(events)).toEqual(['CSMM Score Changed']);
      expect(events[0]?.detail).toMatchObject({ after: { overall: null, potential: null, level: null, levelName: null } });
    });

    it('tell of the levels that are lost, and of those that come back', () => {
      const scored = stored(1, ids('networking', 1));
      const lost = eventsOf({ before: scored, after: nothing(2) });
      expectValidEvents(lost);
      expect(levelsOf(lost)).toContainEqual({ of: 'networking', from: 2, to: null, toName: null, direction: 'lost' });
      expect(levelsOf(lost)).toContainEqual({ of: 'overall', from: 1, to: null, toName: null, direction: 'lost' });
      const back = eventsOf({ before: nothing(2), after: { ...scored, revision: 3 } });
      expectValidEvents(back);
      expect(levelsOf(back)).toContainEqual({ of: 'networking', from: null, to: 2, toName: 'Guarded', direction: 'unlocked' });
      expect(levelsOf(back)).toContainEqual({ of: 'overall', from: null, to: 1, toName: 'Exposed', direction: 'unlocked' });
    });
  });

  it('fit into 256 KB whatever changes, and none of the changes is left untold', () => {
    const many = Array.from({ length: 400 }, (_, index) => ({
      ...change(CATALOGUE.controls[index % CATALOGUE.controls.length]!.id),
      reason: 'x'.repeat(300),
    }));
    const events = eventsOf({ before: stored(1, []), after: stored(2, [], many) });
    for (const event of events) expect(Buffer.byteLength(JSON.stringify(event))).toBeLessThan(256 * 1024);
    expect(typesOf(events).filter((type) => type === 'CSMM Control Status Changed')).toHaveLength(400);
  });
});
