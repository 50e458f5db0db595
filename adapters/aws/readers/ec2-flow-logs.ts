import { EC2Client, paginateDescribeFlowLogs } from '@aws-sdk/client-ec2';
import type { Reader } from './reader.ts';

/** Flow logs of VPCs, subnets and network interfaces. */
export const ec2FlowLogs: Reader = {
  id: 'ec2-flow-logs',
  scope: 'region',
  lists: ['AWS::EC2::FlowLog'],
  permissions: ['ec2:DescribeFlowLogs'],
  refreshedBy: [],
  read: async function* ({ clients, region }) {
    const client = clients(EC2Client, region);
    for await (const { FlowLogs = [] } of paginateDescribeFlowLogs({ client }, { MaxResults: 1000 })) {
      for (const log of FlowLogs) {
        yield { resourceType: 'AWS::EC2::FlowLog', resourceId: log.FlowLogId ?? '', configuration: log, tags: log.Tags };
      }
    }
  },
};
