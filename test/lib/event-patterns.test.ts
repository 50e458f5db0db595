import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CONTROLS } from '../../controls/index.ts';
import { isEvaluated } from '../../core/control.ts';
import { configItemPatterns, MAX_PATTERN_LENGTH, patternLength, readTypes } from '../../lib/event-patterns.ts';

/** The types that a pattern takes in either kind of notice. */
function typesOf({ detail }: ReturnType<typeof configItemPatterns>[number]): string[] {
  const [whole, summary] = (detail as { $or: unknown }).$or as [
    { configurationItem: { resourceType: string[] } },
    { configurationItemSummary: { resourceType: string[] } },
  ];
  expect(summary.configurationItemSummary.resourceType).toEqual(whole.configurationItem.resourceType);
  return whole.configurationItem.resourceType;
}

const resourceType = fc
  .tuple(fc.stringMatching(/^[A-Za-z0-9]{1,64}$/), fc.stringMatching(/^[A-Za-z0-9]{1,64}$/))
  .map(([service, name]) => `AWS::${service}::${name}`);

describe('patterns for configuration items', () => {
  it('match each type in exactly one pattern, and none is too long', () => {
    fc.assert(
      fc.property(fc.uniqueArray(resourceType, { maxLength: 150 }), (types) => {
        const patterns = configItemPatterns(types);
        expect(patterns.flatMap(typesOf)).toEqual(types);
        for (const pattern of patterns) expect(patternLength(pattern)).toBeLessThanOrEqual(MAX_PATTERN_LENGTH);
      }),
    );
  });

  it('fill a pattern before they begin another', () => {
    const types = Array.from({ length: 40 }, (_, index) => `AWS::Service${index}::Resource`);
    const patterns = configItemPatterns(types);
    expect(patterns.length).toBe(Math.ceil(types.join('","').length / (MAX_PATTERN_LENGTH / 2 - 120)));
  });

  it('name a type once, however often it is given', () => {
    expect(configItemPatterns(['AWS::S3::Bucket', 'AWS::S3::Bucket']).flatMap(typesOf)).toEqual(['AWS::S3::Bucket']);
  });

  it('take change notices of AWS Config alone', () => {
    expect(configItemPatterns(['AWS::S3::Bucket'])).toMatchObject([
      { source: ['aws.config'], detailType: ['Config Configuration Item Change'] },
    ]);
  });

  it('refuse a type that fits no pattern', () => {
    expect(() => configItemPatterns([`AWS::S3::${'x'.repeat(1000)}`])).toThrow(RangeError);
  });
});

describe('the types of the catalogue', () => {
  it('are those that evaluated controls read', () => {
    const types = readTypes(CONTROLS);
    expect(types).toContain('AWS::EC2::Volume');
    expect(types).toEqual([...new Set(types)].sort());
  });

  it('leave out what no rule reads', () => {
    expect(readTypes(CONTROLS.filter((control) => !isEvaluated(control)))).toEqual([]);
  });
});
