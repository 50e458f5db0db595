import { partition } from '@aws-sdk/core/client';
import { describe, expect, it } from 'vitest';
import { GLOBAL_REGIONS, globalRegionOf, partitionOf, WITHOUT_ROOT_USER } from '../../core/partitions.ts';

describe('the Region of the global services', () => {
  it.each(Object.entries(GLOBAL_REGIONS))('of %s, %s, is the one that the AWS SDK knows', (name, region) => {
    const known = partition(region) as unknown as { readonly name: string; readonly implicitGlobalRegion: string };
    expect(known.name).toBe(name);
    // IAM of China answers in Beijing, CloudFront and others in Ningxia.
    expect(known.implicitGlobalRegion).toBe(name === 'aws-cn' ? 'cn-northwest-1' : region);
    expect(globalRegionOf(name)).toBe(region);
  });

  it('of an unknown partition is that of the first one', () => {
    expect(globalRegionOf('aws-new')).toBe('us-east-1');
  });

  it('is known of the partition without root users', () => {
    expect(GLOBAL_REGIONS).toHaveProperty(WITHOUT_ROOT_USER);
  });
});

describe('the partition of a Region', () => {
  it.each([...Object.values(GLOBAL_REGIONS), 'us-gov-east-1', 'cn-northwest-1', 'us-west-2', 'eu-central-2', 'us-iso-west-1', 'global'])(
    'is the one that the AWS SDK knows: %s',
    (region) => {
      expect(partitionOf(region)).toBe((partition(region) as { readonly name: string }).name);
    },
  );
});
