import { ResourceType } from '@aws-sdk/client-config-service';
import { describe, expect, it } from 'vitest';
import { CONTROLS } from '../../../controls/index.ts';
import { factTypes } from '../../../core/control.ts';
import { isInConfig, parseFacts, parserOf } from '../../../core/facts/index.ts';
import type { ConfigItem } from '../../../core/facts/parser.ts';

const item = (resourceType: string, state: ConfigItem['state'], configuration: unknown = { encrypted: true }): ConfigItem => ({
  resource: { accountId: '111111111111', region: 'eu-west-1', resourceType, resourceId: 'example' },
  capturedAt: '2026-01-01T00:00:00.000Z',
  state,
  configuration,
  supplementaryConfiguration: {},
  tags: {},
  relationships: [],
});
const VOLUME = 'AWS::EC2::Volume';
const read = (resourceType: string, state: ConfigItem['state']) => parseFacts(item(resourceType, state), parserOf(resourceType)!);

describe('the result of an item', () => {
  it('is its facts if the resource is recorded', () => {
    const absent = 'not in the configuration item';
    expect(read(VOLUME, 'recorded')).toEqual({
      facts: { encrypted: true, fleet: null, forClaim: false },
      missing: { attached: absent, instanceIds: absent, deletedWithInstance: absent },
    });
  });

  it('is undefined if the resource is deleted, even if the item contains a configuration', () => {
    expect(read(VOLUME, 'deleted')).toBeUndefined();
  });

  it('has every setting off if the absence of the resource is a setting', () => {
    const off = { blockPublicAcls: false, ignorePublicAcls: false, blockPublicPolicy: false, restrictPublicBuckets: false };
    expect(read('AWS::S3::AccountPublicAccessBlock', 'deleted')).toEqual({ facts: off, missing: {}, deleted: true });
  });

  it.each([
    ['unrecorded', 'AWS Config does not record this resource'],
    ['oversized', 'configuration item was too large to deliver and was not fetched'],
  ] as const)('is a reason for every fact where it is %s', (state, reason) => {
    const names = ['encrypted', 'attached', 'instanceIds', 'deletedWithInstance', 'fleet', 'forClaim'];
    expect(read(VOLUME, state)).toEqual({ facts: {}, missing: Object.fromEntries(names.map((name) => [name, reason])) });
  });

  it.each(['AWS::Example::Unknown', '__proto__', 'constructor', 'toString', ''])('has no parser for the type %j', (resourceType) => {
    expect(parserOf(resourceType)).toBeUndefined();
  });
});

it('takes only types for recorded by AWS Config that its API names', () => {
  const named = new Set<string>(Object.values(ResourceType));
  const types = [...new Set(CONTROLS.flatMap(factTypes))].filter(isInConfig);
  expect(types.filter((type) => !named.has(type))).toEqual([]);
});
