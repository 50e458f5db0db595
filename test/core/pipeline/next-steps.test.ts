import { describe, expect, it } from 'vitest';
import { CONTROLS } from '../../../controls/index.ts';
import type { ControlStatus } from '../../../core/model.ts';
import { accountSteps, organizationSteps } from '../../../core/pipeline/next-steps.ts';
import type { ListedFinding } from '../../../core/pipeline/result.ts';

const ALARMS = ['MON-L2-02', 'MON-L2-03', 'MON-L2-04'];
const finding = (more: Partial<ListedFinding> = {}): ListedFinding => ({
  accountId: '111111111111',
  region: 'eu-west-1',
  resourceType: 'AWS::CloudTrail::Trail',
  resourceId: 'trail-1',
  reason: 'the trail has no log group',
  capturedAt: '2026-01-01T00:00:00.000Z',
  ...more,
});
const results = (failing: Readonly<Record<string, readonly ListedFinding[]>>, more = 0) =>
  Object.fromEntries(Object.entries(failing).map(([id, list]) => [id, { failing: list, nonCompliant: list.length + more }]));
const statuses = (failing: readonly string[]) =>
  new Map<string, ControlStatus>(CONTROLS.map(({ id }) => [id, failing.includes(id) ? 'FAILED' : 'PASSED']));
const steps = (failing: Readonly<Record<string, readonly ListedFinding[]>>, more = 0) =>
  accountSteps(CONTROLS, statuses(Object.keys(failing)), results(failing, more));

describe('next steps', () => {
  it('group controls that fail on one resource for one reason, with their joint gain', () => {
    const { next, sharedCauses } = steps({
      ...Object.fromEntries(ALARMS.map((id) => [id, [finding()]])),
      'MON-L2-05': [finding({ reason: 'other' })],
    });
    expect(next.map(({ controlId }) => controlId).sort()).toEqual([...ALARMS, 'MON-L2-05']);
    expect(sharedCauses).toHaveLength(1);
    expect([...sharedCauses[0]!.controlIds].sort()).toEqual(ALARMS);
    expect(sharedCauses[0]).toMatchObject({ resources: 1 });
    expect(sharedCauses[0]!.gain).toBeGreaterThan(next[0]!.gain);
  });

  it.each([
    ['another resource', finding({ resourceId: 'trail-2' })],
    ['another account', finding({ accountId: '222222222222' })],
    ['another reason', finding({ reason: 'the trail is not logging' })],
    ['another code', finding({ code: 'no-log-group' })],
  ])('do not group controls with %s', (_, other) => {
    expect(steps({ 'MON-L2-02': [finding()], 'MON-L2-03': [other] }).sharedCauses).toEqual([]);
  });

  it('do not group controls whose failing resources the result does not list in full', () => {
    expect(steps({ 'MON-L2-02': [finding()], 'MON-L2-03': [finding()] }, 1).sharedCauses).toEqual([]);
  });

  it('count the failing resources', () => {
    const { next, nextGate } = steps({ 'IAM-L1-01': [finding()], 'IAM-L1-04': [finding({ reason: 'a' }), finding({ resourceId: 'b' })] });
    expect(next.map(({ controlId, resources }) => [controlId, resources])).toEqual([
      ['IAM-L1-01', 1],
      ['IAM-L1-04', 2],
    ]);
    expect(nextGate).toMatchObject({
      controlIds: ['IAM-L1-01'],
      resources: 1,
      unlocks: [
        { pillar: 'iam', level: 2 },
        { pillar: 'iam', level: 3 },
        { pillar: 'iam', level: 4 },
        { pillar: 'iam', level: 5 },
      ],
    });
  });

  it('count a resource once that fails several controls of the next gate, and add those that the result does not list', () => {
    const ids = CONTROLS.filter(({ pillar, level }) => pillar === 'networking' && level === 1).map(({ id }) => id);
    const failing = Object.fromEntries(ids.map((id) => [id, [finding({ reason: id }), finding({ resourceId: id })]]));
    const { controlIds = [], resources } = steps(failing).nextGate ?? {};
    expect(controlIds.length).toBeGreaterThan(1);
    expect(resources).toBe(1 + controlIds.length);
    expect(steps(failing, 3).nextGate).toMatchObject({ controlIds, resources: 1 + 4 * controlIds.length });
    expect(steps(failing).next.map((step) => step.resources)).toEqual(ids.map(() => 2));
  });

  it('are empty without an account', () => {
    expect(organizationSteps(CONTROLS, [], {})).toEqual({ next: [], nextGate: null, sharedCauses: [] });
  });
});
