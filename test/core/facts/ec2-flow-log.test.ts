import { describe, expect, it } from 'vitest';
import { factsOf } from '../../support/facts.ts';

describe('facts of a flow log', () => {
  it('are its resource, its traffic type and its status', () => {
    const configuration = { resourceId: 'vpc-1', flowLogStatus: 'ACTIVE', deliverLogsStatus: 'SUCCESS', trafficType: 'ALL' };
    expect(factsOf('AWS::EC2::FlowLog', configuration)).toEqual({
      facts: { resourceId: 'vpc-1', status: 'ACTIVE', delivery: 'SUCCESS', trafficType: 'ALL' },
      missing: {},
    });
  });

  it('do not contain a delivery status that is absent', () => {
    expect(factsOf('AWS::EC2::FlowLog', { resourceId: 'vpc-1' }).facts).toEqual({ resourceId: 'vpc-1' });
  });
});
