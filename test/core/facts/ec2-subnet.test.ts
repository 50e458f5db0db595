import { describe, expect, it } from 'vitest';
import { factsOf } from '../../support/facts.ts';

const VPC = { relationships: [{ resourceType: 'AWS::EC2::VPC', resourceId: 'vpc-9' }] };

describe('facts of a subnet', () => {
  it('are its VPC, from the item or from its relationships', () => {
    expect(factsOf('AWS::EC2::Subnet', { vpcId: 'vpc-1' }, VPC).facts).toEqual({ vpcId: 'vpc-1' });
    expect(factsOf('AWS::EC2::Subnet', {}, VPC).facts).toEqual({ vpcId: 'vpc-9' });
    expect(factsOf('AWS::EC2::Subnet', {}).facts).toEqual({});
  });
});
