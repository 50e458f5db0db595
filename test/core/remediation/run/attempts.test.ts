import { describe, expect, it } from 'vitest';
import { type Attempt, MAX_ATTEMPTS_KEPT } from '../../../../core/remediation/model/record.ts';
import { kept, undoable } from '../../../../core/remediation/run/attempts.ts';

const AT = '2026-11-18T12:00:00.000Z';

const fix = (token: string, outcome: Attempt['outcome'], outputs: Attempt['outputs'] = {}): Attempt => ({
  kind: 'fix',
  runbook: 'CSMM-DeactivateOldAccessKeys',
  parameters: { UserName: ['deploy'] },
  region: 'us-east-1',
  stateHash: 'hash',
  token,
  intendedAt: AT,
  executionId: `execution-${token}`,
  outputs,
  outcome,
  at: AT,
  reason: outcome,
});
const undo = (undoes: string, outcome: Attempt['outcome'] = 'verified'): Attempt => ({
  ...fix(`u-${undoes}`, outcome),
  kind: 'undo',
  undoes,
});
const neverRan = ({ executionId: _, ...attempt }: Attempt): Attempt => attempt;

const key = (id: string) => ({ PreviousKey1: [id] });
const tokens = (attempts: readonly Attempt[]) => undoable(attempts).map(({ token }) => token);

describe('a rollback reverts', () => {
  it.each<[string, readonly Attempt[], readonly string[]]>([
    ['nothing if nothing ran', [], []],
    ['nothing if SSM refused the start', [neverRan(fix('a', 'failed'))], []],
    ['the last fix', [fix('a', 'verified', key('k1'))], ['a']],
    ['not a fix of an earlier failure', [fix('a', 'verified', key('k1')), fix('b', 'verified', key('k2'))], ['b']],
    [
      'what a failed attempt changed before the one that found nothing left to do',
      [fix('a', 'failed', key('k1')), fix('b', 'verified', key('none'))],
      ['b', 'a'],
    ],
    ['each of several failed attempts, newest first', [fix('a', 'failed', key('k1')), fix('b', 'failed', key('k2'))], ['b', 'a']],
    [
      'the remaining attempts after the newest was rolled back',
      [fix('a', 'failed', key('k1')), fix('b', 'verified', key('k2')), undo('b')],
      ['a'],
    ],
    ['the same attempt again if its rollback failed', [fix('a', 'verified', key('k1')), undo('a', 'failed')], ['a']],
    ['no attempt twice', [fix('a', 'verified', key('k1')), undo('a')], []],
    ['the attempts since the last rollback', [fix('a', 'verified', key('k1')), undo('a'), fix('c', 'verified', key('k1'))], ['c']],
    ['one of two attempts with the same outputs', [fix('a', 'failed', key('k1')), fix('b', 'failed', key('k1'))], ['b']],
    ['no attempt without outputs', [fix('a', 'failed'), fix('b', 'verified', key('k1'))], ['b']],
  ])('%s', (_, attempts, expected) => {
    expect(tokens(attempts)).toEqual(expected);
  });
});

describe('the kept attempts', () => {
  const long = key('k'.repeat(5000));

  it('have the values of those that can be rolled back, even after a failed rollback', () => {
    const attempts = [fix('a', 'failed', { PreviousKey1: [`1${long.PreviousKey1[0]}`] }), fix('b', 'verified', long), undo('b', 'failed')];
    expect(undoable(kept(attempts))).toEqual(undoable(attempts));
  });

  it('have no long values of the others, and are at most twenty', () => {
    const attempts = Array.from({ length: 30 }, (_, index) => fix(String(index), 'verified', long));
    const some = kept(attempts);
    expect(some).toHaveLength(MAX_ATTEMPTS_KEPT);
    expect(some.filter(({ outputs }) => outputs !== undefined)).toHaveLength(1);
    expect(JSON.stringify(some).length).toBeLessThan(20_000);
  });
});
