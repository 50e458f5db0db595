import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { csmm, directoryOf, lines } from './support.ts';

const record = (resourceType: string, facts: object, parts: object = {}) => ({
  csmm: 'facts',
  version: 1,
  accountId: '111111111111',
  awsRegion: 'global',
  resourceType,
  resourceId: '111111111111',
  capturedAt: '2026-01-01T00:00:00.000Z',
  facts,
  missing: {},
  ...parts,
});

const replayOf = async (...records: object[]) => {
  const file = join(await directoryOf({ 'facts.ndjson': lines(...records) }), 'facts.ndjson');
  return csmm(['replay', file]);
};

describe('csmm replay of a record that was tampered with', () => {
  it('does not read facts of a type that a rule cannot judge, and reads the rest', async () => {
    const { code, stdout, stderr } = await replayOf(
      record('AWS::IAM::UserCredentials', { accessKeys: 7 }, { resourceId: 'alice' }),
      record('AWS::IAM::UserCredentials', { accessKeys: [] }, { resourceId: 'bob' }),
    );
    expect(stderr).toContain(':1: its facts do not have the form of AWS::IAM::UserCredentials');
    expect(stdout).toContain('1 applied');
    expect(code).toBe(3);
  });

  it.each([
    ['a join cannot judge them', record('AWS::IAM::RootCredentials', { passwordLastUsedAt: 'never', accessKeys: 7 })],
    [
      'its settings are none',
      record('CSMM::Settings', { settings: { exceptions: 7, breakGlassPrincipals: 7 } }, { resourceId: 'csmm.yaml' }),
    ],
  ])('says what to do where %s, instead of calling it a fault', async (_, tampered) => {
    const { code, stderr } = await replayOf(tampered);
    expect(stderr).toMatch(/^csmm: cannot evaluate the recorded facts: .*Fix: run csmm scan --record again\n$/);
    expect(code).toBe(2);
  });
});
