import { factParser } from './parser.ts';
import { type Shapes, text } from './shape.ts';
import type { View } from './view.ts';

/** Facts with the values of DescribeFlowLogs: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_FlowLog.html */
export interface FlowLogFacts {
  /** ID of the VPC, subnet or network interface whose traffic is logged. */
  resourceId?: string;
  /** Status of the flow log; `ACTIVE` if it is on. */
  status?: string;
  /** Status of the delivery: `SUCCESS`, `FAILED`, or `NONE` if EC2 reports none, as of a flow log that has not delivered yet. */
  delivery?: string;
  /** Logged traffic: `ACCEPT`, `REJECT` or `ALL`. */
  trafficType?: string;
}

const SHAPES: Shapes<FlowLogFacts> = { resourceId: text, status: text, delivery: text, trafficType: text };

export const flowLogParser = factParser<FlowLogFacts>(SHAPES, {
  resourceId: ({ configuration }) => configuration.at('resourceId').text(),
  status: ({ configuration }) => configuration.at('flowLogStatus').text(),
  delivery: ({ configuration }) => readDelivery(configuration),
  trafficType: ({ configuration }) => configuration.at('trafficType').text(),
});

/** Returns the status of the delivery. EC2 has none before the first attempt, and only an attempt has an error message. */
function readDelivery(log: View): string | undefined {
  const status = log.at('deliverLogsStatus');
  if (status.exists) return status.text();
  if (log.at('deliverLogsErrorMessage').exists) return 'FAILED';
  return log.at('flowLogStatus').exists ? 'NONE' : undefined;
}
