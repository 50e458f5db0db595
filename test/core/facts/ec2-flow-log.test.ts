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

  it.each([
    ['FAILED', { flowLogStatus: 'ACTIVE', deliverLogsStatus: 'FAILED' }],
    ['NONE', { flowLogStatus: 'ACTIVE', logDestinationType: 's3' }],
    ['NONE', { flowLogStatus: 'ACTIVE', deliverLogsStatus: null, deliverLogsErrorMessage: null }],
    ['FAILED', { flowLogStatus: 'ACTIVE', deliverLogsErrorMessage: 'Access error' }],
    [undefined, { resourceId: 'vpc-1' }],
    [undefined, { flowLogStatus: 'ACTIVE', deliverLogsStatus: 5 }],
  ])('contain the delivery %s of %j', (delivery, configuration) => {
    expect(factsOf('AWS::EC2::FlowLog', configuration).facts.delivery).toBe(delivery);
  });
});
