import { describe, expect, it } from 'vitest';
import { factsOf } from '../../support/facts.ts';

describe('facts of a load balancer', () => {
  it('are its scheme and type', () => {
    const configuration = { scheme: 'internet-facing', type: 'application' };
    expect(factsOf('AWS::ElasticLoadBalancingV2::LoadBalancer', configuration)).toEqual({ facts: configuration, missing: {} });
  });
});
