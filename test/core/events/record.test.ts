import { describe, expect, it } from 'vitest';
import { readRecord, recordOf } from '../../../core/events/record.ts';
import { FACT_TYPES, parserOf } from '../../../core/facts/index.ts';
import type { ResourceEvidence } from '../../../core/pipeline/collect.ts';

const PLACE = { accountId: '111111111111', region: 'eu-west-1' };
const CAPTURED_AT = '2026-11-02T06:10:00.000Z';

/** Returns the facts that the parser of a type reads from an answer. */
function evidenceOf(resourceType: string, configuration: object): ResourceEvidence {
  const resource = { ...PLACE, resourceType, resourceId: 'eu-west-1' };
  const nothing = { supplementaryConfiguration: {}, tags: {}, relationships: [] };
  const parsed = parserOf(resourceType)!.parse({ resource, capturedAt: CAPTURED_AT, state: 'recorded', configuration, ...nothing });
  return { resource, capturedAt: CAPTURED_AT, parsed };
}

const written = (evidence: ResourceEvidence) => JSON.parse(JSON.stringify(recordOf(evidence)));

describe('a record of facts', () => {
  it.each([
    [
      'GuardDuty without an administrator',
      'AWS::GuardDuty::RegionSettings',
      { detector: { status: 'ENABLED', features: [] }, administrator: null, organization: null },
    ],
    [
      'Security Hub without an administrator',
      'AWS::SecurityHub::RegionSettings',
      { enabled: true, standards: [], administrator: null, isAdministrator: true },
    ],
    ['a Region without encryption by default', 'AWS::EC2::EBSEncryptionByDefault', { EbsEncryptionByDefault: false }],
    ['a setting that could not be read', 'AWS::EC2::EBSEncryptionByDefault', {}],
  ])('gives back all that was read of %s', (_, resourceType, configuration) => {
    const evidence = evidenceOf(resourceType, configuration);
    expect(readRecord(written(evidence))).toEqual(evidence);
  });

  it('gives back the name of a resource', () => {
    const evidence = evidenceOf('AWS::EC2::EBSEncryptionByDefault', { EbsEncryptionByDefault: true });
    const named = { ...evidence, parsed: { ...evidence.parsed!, name: 'orders' } };
    expect(readRecord(written(named))).toEqual(named);
  });

  it.each([[''], [7], ['x'.repeat(257)]])('takes no name of %j', (name) => {
    const record = { ...written(evidenceOf('AWS::EC2::EBSEncryptionByDefault', { EbsEncryptionByDefault: true })), name };
    expect(readRecord(record)).toContain('name is not a text');
  });

  it('does not take null for a fact that has a value', () => {
    const record = {
      ...written(evidenceOf('AWS::EC2::EBSEncryptionByDefault', { EbsEncryptionByDefault: true })),
      facts: { enabled: null },
    };
    expect(readRecord(record)).toMatchObject({ parsed: { facts: {}, missing: { enabled: 'not in the record' } } });
  });

  it('says of a resource that is gone no more than that', () => {
    const { resource } = evidenceOf('AWS::EC2::EBSEncryptionByDefault', {});
    const gone = { resource, capturedAt: CAPTURED_AT, parsed: undefined };
    expect(readRecord(written(gone))).toEqual(gone);
  });
});

describe('a record that is not as this version writes it', () => {
  const good = written(evidenceOf('AWS::EC2::EBSEncryptionByDefault', { EbsEncryptionByDefault: true }));
  const list = { ...good, resourceType: 'CSMM::Inventory', resourceId: 'AWS::EC2::Volume', missing: {} };

  it.each([
    ['is of something else', { ...good, csmm: 'score' }, 'says "csmm": "facts"'],
    ['is of another version', { ...good, version: 2 }, 'another version'],
    ['has no version', { ...good, version: undefined }, 'another version'],
    ['has an account id of the wrong type', { ...good, accountId: 111111111111 }, 'account id'],
    ['has an unknown Region', { ...good, awsRegion: 'eu west' }, 'awsRegion'],
    ['has an id with half a character', { ...good, resourceId: 'a\ud800' }, 'control characters'],
    ['has an id with what is no character', { ...good, resourceId: 'a\ufffe' }, 'control characters'],
    ['has control characters in its id', { ...good, resourceId: '\u001b[31m' }, 'control characters'],
    ['is of a type that nobody reads', { ...good, resourceType: 'AWS::Made::Up' }, 'AWS::Made::Up'],
    ['is of a type named like what every object has', { ...good, resourceType: 'constructor' }, 'resourceType'],
    ['has no time', { ...good, capturedAt: 'today' }, 'capturedAt'],
    ['has facts in a list', { ...good, facts: [] }, 'must be objects'],
    ['has no facts but null', { ...good, facts: null }, 'must be objects'],
    ['has its reasons in a list', { ...good, missing: ['denied'] }, 'must be objects'],
    ['has a fact that nobody knows', { ...good, facts: { colour: 'red' } }, '"colour" is not a fact'],
    ['has a fact named like what every object has', { ...good, facts: JSON.parse('{"__proto__": 1}') }, '"__proto__" is not a fact'],
    ['is of a list whose length is text', { ...list, facts: { resources: 'all' } }, 'must be a whole number'],
    ['is of a list whose length is negative', { ...list, facts: { resources: -1 } }, 'must be a whole number'],
    ['is of a list whose length is a fraction', { ...list, facts: { resources: 0.5 } }, 'must be a whole number'],
  ])('is refused where it %s', (_, record, reason) => {
    expect(readRecord(record)).toContain(reason);
  });

  it('is of a list that is not complete where its length is null', () => {
    expect(readRecord({ ...list, facts: { resources: null } })).toMatchObject({
      parsed: { facts: {}, missing: { resources: 'not in the record' } },
    });
  });

  it('gives a reason of its own where one is no text', () => {
    expect(readRecord({ ...good, facts: {}, missing: { enabled: { toString: 'x' } } })).toMatchObject({
      parsed: { missing: { enabled: 'not in the record' } },
    });
  });
});

describe('a fact of another form than its parser returns', () => {
  const SOME = [7, -1, 0.5, true, 'nonsense', '2026-02-31T00:00:00.000Z', [], [7], [null], ['x', {}], {}, { a: 1 }];

  /** Returns whether a record with this value for a fact is read. */
  const reads = (resourceType: string, name: string, value: unknown): boolean => {
    const evidence = evidenceOf(resourceType, {});
    return typeof readRecord({ ...written(evidence), facts: { [name]: value } }) !== 'string';
  };

  it.each(FACT_TYPES.flatMap((type) => parserOf(type)!.names.map((name) => [type, name] as const)))('is refused: %s %s', (type, name) => {
    const kinds = new Set(SOME.filter((value) => reads(type, name, value)).map((value) => (Array.isArray(value) ? 'list' : typeof value)));
    expect(kinds.size, `accepted kinds: ${[...kinds]}`).toBeLessThanOrEqual(1);
  });

  it.each<[string, object, string]>([
    ['AWS::IAM::UserCredentials', { passwordLastUsedAt: 'nonsense' }, 'the fact passwordLastUsedAt must be a time'],
    ['AWS::IAM::UserCredentials', { createdAt: '2026-02-31T00:00:00.000Z' }, 'the fact createdAt must be a time'],
    ['AWS::IAM::UserCredentials', { mfaActive: 'false' }, 'the fact mfaActive must be true or false: given "false"'],
    ['AWS::IAM::UserCredentials', { accessKeys: [{ active: true, lastUsedAt: 5 }] }, 'the fact accessKeys must be a list of'],
    ['AWS::IAM::UserCredentials', { accessKeys: [{}] }, 'the fact accessKeys must be a list of'],
    ['AWS::IAM::UserCredentials', { accessKeys: [{ active: true, note: 'x' }] }, 'the fact accessKeys must be a list of'],
    ['AWS::GuardDuty::RegionSettings', { features: { S3_DATA_EVENTS: 'on' } }, 'the fact features must be an object'],
    ['CSMM::Settings', { settings: { exceptions: 'all' } }, 'the fact settings must be an object'],
  ])('is refused, with what it must be: %s %j', (type, facts, reason) => {
    expect(readRecord({ ...written(evidenceOf(type, {})), facts })).toContain(reason);
  });
});
