import { describe, expect, it } from 'vitest';
import { undoOf } from '../../core/remediation/model/remedy.ts';
import { type AutomationRun, runAutomation } from '../support/automation.ts';
import { changesOf, undoParameters } from '../support/closed-loop.ts';
import { PAIR_WORLDS, type PairWorld } from '../support/pairs.ts';
import { runbookNames, runbookText } from '../support/runbooks.ts';

const ROLE = { AutomationAssumeRole: ['arn:aws:iam::111111111111:role/csmm-remediation'] };
const PAIRS = runbookNames().flatMap((name) => (name.endsWith('-Undo') ? [name.replace(/-Undo$/, '')] : []));
const worldOf = (world: string): PairWorld => PAIR_WORLDS[world]?.() ?? expect.fail(`${world} is not in test/support/pairs.ts`);

/** Runs a runbook, lets a person change the result, and runs its inverse. */
async function fixAndRollBack(world: string, change?: (state: unknown) => void) {
  const { parameters, state, answer } = worldOf(world);
  const runbook = world.replace(/,.*/, '');
  const run = (name: string, given: typeof parameters): Promise<AutomationRun> =>
    runAutomation(
      runbookText(name),
      { ...given, ...ROLE },
      { call: async (service, api, input) => answer(state, api, input, service) ?? {} },
    );
  const before = structuredClone(state);
  const fix = await run(runbook, parameters);
  expect(fix, `${runbook}: ${fix.failure}`).toMatchObject({ status: 'Success' });
  expect(changesOf(fix), `${runbook} changes the world`).not.toEqual([]);
  change?.(state);
  const left = structuredClone(state);
  const undo = await run(undoOf(runbook), undoParameters(runbook, parameters, fix));
  return { before, left, now: state, undo };
}

it('has a world for every runbook with an inverse', () => {
  expect(new Set(Object.keys(PAIR_WORLDS).map((world) => world.replace(/,.*/, '')))).toEqual(new Set(PAIRS));
});

describe.each(Object.keys(PAIR_WORLDS))('%s', (runbook) => {
  it('is rolled back to exactly the previous state', async () => {
    const { before, now, undo } = await fixAndRollBack(runbook);
    expect(undo, undo.failure).toMatchObject({ status: 'Success' });
    expect(sorted(now)).toEqual(sorted(worldOf(runbook).restored ?? before));
  });

  it.each(Object.entries(worldOf(runbook).changes))('is not rolled back after a person %s', async (name, change) => {
    const { left, now, undo } = await fixAndRollBack(runbook, change);
    expect(now, 'what the person has set is untouched').toEqual(left);
    expect(changesOf(undo)).toEqual([]);
    if (worldOf(runbook).endsWell?.includes(name)) expect(undo.status).toBe('Success');
    else expect(undo).toMatchObject({ status: 'Failed', failure: expect.stringMatching(/\S{3}/) });
  });
});

/** Returns the state with its lists in one order, because AWS gives a rule that is added again another place. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort()
      .map(([name, member]) => [name, sorted(member)]),
  );
}
