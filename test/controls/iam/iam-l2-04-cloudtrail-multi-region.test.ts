import { describe, expect, it } from 'vitest';
import control from '../../../controls/iam/iam-l2-04-cloudtrail-multi-region.ts';
import { TRAIL_STATUS, type TrailStatusFacts } from '../../../core/facts/cloudtrail-trail-status.ts';
import { inventoryOf, joinCodes } from '../../support/control.ts';
import { brokenSince, daysAgo, listed } from './support.ts';

const OWNER = '222222222222';
const TRAIL: TrailStatusFacts = {
  multiRegion: true,
  organizationTrail: false,
  ownerAccountId: '111111111111',
  logging: true,
  managementEvents: { read: 'all', write: 'all' },
  latestDeliveryAt: daysAgo(1),
};
const { managementEvents: _, ...SHADOW } = { ...TRAIL, organizationTrail: true, ownerAccountId: OWNER };

const verdict = (trails: readonly TrailStatusFacts[], parts = {}) =>
  joinCodes(
    control,
    { [TRAIL_STATUS]: Object.fromEntries(trails.map((trail, index) => [`trail-${index}`, trail])) },
    {},
    { ...listed(), ...parts },
  );

const owning = (trail: TrailStatusFacts) => ({
  in: (id: string) => (id === OWNER ? inventoryOf({ [TRAIL_STATUS]: { 'trail-0': trail } }, {}, listed()) : undefined),
});

describe('IAM-L2-04', () => {
  it.each<[string, readonly TrailStatusFacts[], object?]>([
    ['a multi-Region trail records everything', [TRAIL]],
    ['it is an organization trail in a member account', [{ ...TRAIL, organizationTrail: true, ownerAccountId: OWNER }]],
    ['only the owner of the organization trail can read its selectors, and they select all', [SHADOW], owning(TRAIL)],
    [
      'only the owner of the organization trail can read its status, and it is logging',
      [{ multiRegion: true, organizationTrail: true, ownerAccountId: OWNER }],
      owning(TRAIL),
    ],
    ['one trail of several is enough', [{ ...TRAIL, multiRegion: false }, {}, TRAIL]],
    ['one trail is enough although not all were read', [TRAIL], listed({ [TRAIL_STATUS]: 'denied' })],
  ])('is COMPLIANT when %s', (_, trails, parts) => {
    expect(verdict(trails, parts)).toEqual({ '111111111111': 'COMPLIANT' });
  });

  it.each<[string, string, readonly TrailStatusFacts[], object?]>([
    ['no-trail', 'there is no trail', []],
    ['no-complete-trail', 'the trail records one Region', [{ ...TRAIL, multiRegion: false }]],
    ['no-complete-trail', 'the trail records one Region and the rest is unknown', [{ multiRegion: false }]],
    ['no-complete-trail', 'the trail is stopped', [{ ...TRAIL, logging: false }]],
    ['no-complete-trail', 'the trail records only writes', [{ ...TRAIL, managementEvents: { read: 'none', write: 'all' } }]],
    ['no-complete-trail', 'the trail records only reads', [{ ...TRAIL, managementEvents: { read: 'all', write: 'none' } }]],
    [
      'no-complete-trail',
      'one trail records the reads and another one the writes',
      [
        { ...TRAIL, managementEvents: { read: 'all', write: 'none' } },
        { ...TRAIL, managementEvents: { read: 'none', write: 'all' } },
      ],
    ],
    ['no-complete-trail', 'the trail leaves out an event source', [{ ...TRAIL, managementEvents: { read: 'some', write: 'some' } }]],
    ['no-complete-trail', 'the trail has not delivered for a day', [{ ...TRAIL, latestDeliveryAt: daysAgo(1.01) }]],
    ['no-complete-trail', 'the trail has never delivered', [{ ...TRAIL, latestDeliveryAt: 'never' }]],
    [
      'no-complete-trail',
      'the owner shows that the organization trail is stopped',
      [{ multiRegion: true, organizationTrail: true, ownerAccountId: OWNER }],
      owning({ ...TRAIL, logging: false }),
    ],
    [
      'no-complete-trail',
      'the owner shows that the organization trail selects too little',
      [SHADOW],
      owning({ ...TRAIL, managementEvents: { read: 'none', write: 'all' } }),
    ],
  ])('is NON_COMPLIANT (%s) when %s', (code, _, trails, parts) => {
    expect(verdict(trails, parts)).toEqual({ '111111111111': `NON_COMPLIANT ${code}` });
  });

  it.each<[string, readonly TrailStatusFacts[], object?]>([
    ['nothing was read of the trail', [{}]],
    ['the status was denied', [{ multiRegion: true, managementEvents: { read: 'all', write: 'all' } }]],
    ['the owner of the organization trail is not evaluated', [SHADOW]],
    ['one trail is too little and another unknown', [{ ...TRAIL, multiRegion: false }, SHADOW]],
    ['trails were denied', [], listed({ [TRAIL_STATUS]: 'denied' })],
    ['the trail was not read again', [TRAIL], brokenSince(TRAIL_STATUS)],
  ])('is INSUFFICIENT_DATA when %s', (_, trails, parts) => {
    expect(verdict(trails, parts)).toEqual({ '111111111111': 'INSUFFICIENT_DATA not-read' });
  });

  it('has no verdict if trails were never read', () => {
    expect(joinCodes(control, {})).toEqual({});
  });

  it('reads the accounts that own the trails', () => {
    const [rule] = control.rules;
    expect(rule?.kind === 'join' && rule.elsewhere?.(inventoryOf({ [TRAIL_STATUS]: { a: SHADOW, b: {} } }))).toEqual([OWNER]);
  });
});
