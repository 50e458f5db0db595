import { expect, it } from 'vitest';
import { parseFacts } from '../../../core/facts/index.ts';
import { accountPublicAccessBlockParser } from '../../../core/facts/s3-account-public-access-block.ts';
import { factsOf } from '../../support/facts.ts';

const TYPE = 'AWS::S3::AccountPublicAccessBlock';
const ON = { blockPublicAcls: true, ignorePublicAcls: true, blockPublicPolicy: true, restrictPublicBuckets: true };

it("has the four settings as an account's facts", () => {
  expect(factsOf(TYPE, ON)).toEqual({ facts: ON, missing: {} });
});

it('lacks a setting that is not in the item', () => {
  const { ignorePublicAcls: _, ...three } = ON;
  expect(factsOf(TYPE, three)).toEqual({ facts: three, missing: { ignorePublicAcls: 'not in the configuration item' } });
});

it('has every setting off after the block is deleted', () => {
  const item = {
    resource: { accountId: '111111111111', region: 'eu-west-1', resourceType: TYPE, resourceId: '111111111111' },
    capturedAt: '2026-01-01T00:00:00.000Z',
    state: 'deleted',
    configuration: null,
    supplementaryConfiguration: {},
    tags: {},
    relationships: [],
  } as const;
  expect(parseFacts(item, accountPublicAccessBlockParser)?.facts).toEqual({
    blockPublicAcls: false,
    ignorePublicAcls: false,
    blockPublicPolicy: false,
    restrictPublicBuckets: false,
  });
});
