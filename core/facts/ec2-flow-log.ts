import { factParser } from './parser.ts';
import { type Shapes, text } from './shape.ts';

/** Facts with the values of DescribeFlowLogs: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_FlowLog.html */
export interface FlowLogFacts {
  /** ID of the VPC, subnet or network interface whose traffic is logged. */
  resourceId?: string;
  /** Status of the flow log; `ACTIVE` if it is on. */
  status?: string;
  /** Status of the delivery: `SUCCESS` or `FAILED`. */
  delivery?: string;
  /** Logged traffic: `ACCEPT`, `REJECT` or `ALL`. */
  trafficType?: string;
}

const SHAPES: Shapes<FlowLogFacts> = { resourceId: text, status: text, delivery: text, trafficType: text };

export const flowLogParser = factParser<FlowLogFacts>(SHAPES, {
  resourceId: ({ configuration }) => configuration.at('resourceId').text(),
  status: ({ configuration }) => configuration.at('flowLogStatus').text(),
  delivery: ({ configuration }) => configuration.at('deliverLogsStatus').text(),
  trafficType: ({ configuration }) => configuration.at('trafficType').text(),
});
