import { describe, expect, it } from 'vitest';
import { factsOf } from '../../support/facts.ts';

describe('facts of a flow log', () => {
  it('are what it logs and how it fares', () => {
    const configuration = { resourceId: 'vpc-1', flowLogStatus: 'ACTIVE', deliverLogsStatus: 'SUCCESS', trafficType: 'ALL' };
    expect(factsOf('AWS::EC2::FlowLog', configuration)).toEqual({
      facts: { resourceId: 'vpc-1', status: 'ACTIVE', delivery: 'SUCCESS', trafficType: 'ALL' },
      missing: {},
    });
  });

  it('do not take an absent delivery status for a good one', () => {
    expect(factsOf('AWS::EC2::FlowLog', { resourceId: 'vpc-1' }).facts).toEqual({ resourceId: 'vpc-1' });
  });
});
