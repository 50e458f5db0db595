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
  it('does not read facts of another form, and reads the rest', async () => {
    const { code, stdout, stderr } = await replayOf(
      record('AWS::IAM::UserCredentials', { accessKeys: 7 }, { resourceId: 'alice' }),
      record('AWS::IAM::UserCredentials', { accessKeys: [] }, { resourceId: 'bob' }),
    );
    expect(stderr).toContain(':1: the fact accessKeys must be a list of');
    expect(stdout).toContain('1 applied');
    expect(code).toBe(3);
  });

  it.each([
    ['of a join', record('AWS::IAM::RootCredentials', { passwordLastUsedAt: 'never', accessKeys: 7 }), 'the fact accessKeys must be'],
    [
      'of the settings',
      record('CSMM::Settings', { settings: { exceptions: 7, breakGlassPrincipals: 7 } }, { resourceId: 'csmm.yaml' }),
      'the fact settings must be',
    ],
  ])('does not read facts %s that have another form', async (_, tampered, reason) => {
    const { code, stderr } = await replayOf(tampered);
    expect(stderr).toContain(`:1: ${reason}`);
    expect(code).toBe(3);
  });
});
