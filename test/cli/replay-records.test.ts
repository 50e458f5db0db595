import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { csmm, directoryOf, lines, volumeEvent } from './support.ts';

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

describe('csmm replay of hostile lines', () => {
  const DEEP = `${'['.repeat(9000)}${']'.repeat(9000)}`;
  const begin = { csmm: 'scan', version: 1, startedAt: '2026-01-01T00:00:00.000Z', accounts: ['111111111111'], regions: ['eu-west-1'] };
  const deep = (document: object, key: string): string => JSON.stringify({ ...document, [key]: 'DEEP' }).replace('"DEEP"', DEEP);

  it.each([
    [
      'a fact that is too deep to print',
      deep(record('AWS::EC2::VPC', {}), 'facts').replace(DEEP, `{"ownerId":${DEEP}}`),
      'the fact ownerId must be',
    ],
    ['a scan that began at no time', deep(begin, 'startedAt'), 'the first line of a scan needs'],
    ['a scan of no accounts', deep(begin, 'accounts'), 'the first line of a scan needs'],
    ['a scan at an object', JSON.stringify({ ...begin, startedAt: { toString: 1, valueOf: 1 } }), 'the first line of a scan needs'],
  ])('rejects %s', async (_, line, reason) => {
    const file = join(await directoryOf({ 'facts.ndjson': lines(line, record('AWS::IAM::RootCredentials', {})) }), 'facts.ndjson');
    const { code, stdout, stderr } = await csmm(['replay', file]);
    expect(stderr).toContain(`:1: ${reason}`);
    expect(stdout).toContain('1 applied');
    expect(code).toBe(3);
  });

  it('counts the scans that did not end, and lists some', async () => {
    const begins = Array.from({ length: 300 }, (_, index) => ({ ...begin, regions: [`eu-west-${index}`] }));
    const file = join(await directoryOf({ 'facts.ndjson': lines(...begins) }), 'facts.ndjson');
    const { stdout } = await csmm(['replay', file]);
    expect(stdout.match(/the scan of 2026/g)).toHaveLength(5);
    expect(stdout).toContain('295 more scans did not end');
  });
});

describe('csmm replay of records ahead of the clock', () => {
  const inMinutes = (minutes: number): string => new Date(Date.now() + minutes * 60_000).toISOString();
  const event = (capturedAt: string, encrypted: boolean) => {
    const { detail, ...rest } = volumeEvent(1, encrypted);
    return { ...rest, detail: { configurationItem: { ...detail.configurationItem, configurationItemCaptureTime: capturedAt } } };
  };

  it.each([
    ['an item of AWS Config', (at: string) => event(at, true)],
    ['a record of a scan', (at: string) => record('AWS::EC2::VPC', {}, { resourceId: 'vpc-1', capturedAt: at })],
  ])('does not believe %s by more than five minutes, and says why', async (_, made) => {
    const { code, stdout, stderr } = await replayOf(made(inMinutes(4)), made(inMinutes(7)));
    expect(stderr).toMatch(/:2: the capture time .* is more than 5 minutes ahead of the clock\n/);
    expect(stdout).toContain('1 applied');
    expect(stdout).toContain('1 unreadable');
    expect(code).toBe(3);
  });

  it('evaluates the resource by what it believes, in any order', async () => {
    for (const events of [
      [event(inMinutes(60), true), volumeEvent(1, false)],
      [volumeEvent(1, false), event(inMinutes(60), true)],
    ]) {
      const file = join(await directoryOf({ 'a.ndjson': lines(...events) }), 'a.ndjson');
      const { organization } = JSON.parse((await csmm(['replay', file, '--json'])).stdout);
      expect(organization.controls['CMP-L1-02']).toMatchObject({ status: 'FAILED', nonCompliant: 1, compliant: 0 });
    }
  });

  it('rests no control on a list ahead of the clock', async () => {
    const list = (at: string) =>
      record('CSMM::Inventory', { resources: 0 }, { resourceId: 'AWS::EC2::Volume', awsRegion: 'eu-west-1', capturedAt: at });
    const file = join(await directoryOf({ 'a.ndjson': lines(list(inMinutes(60))) }), 'a.ndjson');
    const { organization } = JSON.parse((await csmm(['replay', file, '--json'])).stdout);
    expect(organization.controls['CMP-L1-02']).toMatchObject({ status: 'NO_DATA', insufficientData: 1 });
  });
});
