import { factParser } from './parser.ts';

/** Values as EC2's DescribeFlowLogs gives them: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_FlowLog.html */
export interface FlowLogFacts {
  /** Id of the VPC, subnet or network interface whose traffic is logged. */
  resourceId?: string;
  /** `ACTIVE` while the log is on. */
  status?: string;
  /** `SUCCESS` or `FAILED`. */
  delivery?: string;
  /** `ACCEPT`, `REJECT` or `ALL`. */
  trafficType?: string;
}

export const flowLogParser = factParser<FlowLogFacts>({
  resourceId: ({ configuration }) => configuration.at('resourceId').text(),
  status: ({ configuration }) => configuration.at('flowLogStatus').text(),
  delivery: ({ configuration }) => configuration.at('deliverLogsStatus').text(),
  trafficType: ({ configuration }) => configuration.at('trafficType').text(),
});
