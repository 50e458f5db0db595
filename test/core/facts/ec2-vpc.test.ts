import { describe, expect, it } from 'vitest';
import { factsOf } from '../../support/facts.ts';

describe('facts of a VPC', () => {
  it('are its owner', () => {
    expect(factsOf('AWS::EC2::VPC', { vpcId: 'vpc-1', ownerId: '111111111111' }).facts).toEqual({ ownerId: '111111111111' });
    expect(factsOf('AWS::EC2::VPC', { vpcId: 'vpc-1' }).facts).toEqual({});
  });
});
