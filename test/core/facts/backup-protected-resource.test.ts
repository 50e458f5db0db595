import { expect, it } from 'vitest';
import { isInConfig } from '../../../core/facts/index.ts';
import { factsOf } from '../../support/facts.ts';

const TYPE = 'AWS::Backup::ProtectedResource';

it.each(['LastBackupTime', 'lastBackupTime'])('has the time of the newest backup, as %s', (key) => {
  expect(factsOf(TYPE, { [key]: '2025-12-31T22:00:00.000Z', ResourceType: 'EBS' })).toEqual({
    facts: { lastBackupAt: '2025-12-31T22:00:00.000Z' },
    missing: {},
  });
});

it.each([
  undefined,
  null,
  1516925490.087,
  'yesterday',
  '2025',
  '2025-13-41T99:00:00Z',
  '2026-02-31T08:00:00.000Z',
  '',
  {},
  'x'.repeat(5000),
])('lacks it if the time is %j', (time) => {
  const { facts, missing } = factsOf(TYPE, { LastBackupTime: time });
  expect(facts).toEqual({});
  expect(missing.lastBackupAt).toMatch(/\S/);
});

it('is rejected from AWS Config, which has no such items', () => {
  expect(isInConfig(TYPE)).toBe(false);
});
