import { describe, expect, it } from 'vitest';
import { readRecord, recordOf } from '../../../core/events/record.ts';
import { parserOf } from '../../../core/facts/index.ts';
import type { ResourceEvidence } from '../../../core/pipeline/collect.ts';

const PLACE = { accountId: '111111111111', region: 'eu-west-1' };
const CAPTURED_AT = '2026-11-02T06:10:00.000Z';

/** What the parser of a type reads from an answer. */
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

  it('does not take null for a fact that has a value', () => {
    const record = {
      ...written(evidenceOf('AWS::EC2::EBSEncryptionByDefault', { EbsEncryptionByDefault: true })),
      facts: { enabled: null },
    };
    expect(readRecord(record)).toMatchObject({ parsed: { facts: {}, missing: { enabled: 'not in the record' } } });
  });
});
