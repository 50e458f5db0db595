import { DescribeRuleCommand, EventBridgeClient, ListTargetsByRuleCommand } from '@aws-sdk/client-eventbridge';
import {
  GetEventSourceMappingCommand,
  GetFunctionConcurrencyCommand,
  GetFunctionConfigurationCommand,
  LambdaClient,
} from '@aws-sdk/client-lambda';
import type { Known } from '../../../core/doctor/check.ts';
import type { EventSourceState, FunctionState, RuleState } from '../../../core/doctor/processing.ts';
import type { Deployed, StackFacts } from '../../../core/doctor/stacks.ts';
import { attempt } from '../failures.ts';
import { type DoctorPlace, known, needed } from './place.ts';
import { type Placed, readEach, resourcesOf } from './stacks.ts';

const ABSENT = ['ResourceNotFoundException'];

export const readRules = ({ clients }: DoctorPlace, stacks: readonly StackFacts[]): Promise<Deployed<RuleState>[]> =>
  readEach(resourcesOf(stacks, 'AWS::Events::Rule'), (resource) => {
    const client = clients(EventBridgeClient, resource.region);
    const { bus, rule } = ruleOf(resource.name);
    return known(async () => {
      const { State = '' } = await client.send(new DescribeRuleCommand({ Name: rule, EventBusName: bus }));
      const targets = await needed(async () => {
        const { Targets = [] } = await client.send(new ListTargetsByRuleCommand({ Rule: rule, EventBusName: bus }));
        return Targets.length;
      });
      return { state: State, bus, rule, targets };
    }, ABSENT);
  });

/** Returns the names in the physical ID of a rule: `<rule>`, `<bus>|<rule>`, or an ARN that ends with `rule/<rule>` or `rule/<bus>/<rule>`. */
export function ruleOf(physicalId: string): { readonly bus: string; readonly rule: string } {
  const path = physicalId.startsWith('arn:') ? physicalId.slice(physicalId.indexOf(':rule/') + 6).replace(/\/(?=[^/]*$)/, '|') : physicalId;
  const at = path.lastIndexOf('|');
  return { bus: at < 0 ? 'default' : path.slice(0, at), rule: path.slice(at + 1) };
}

export const readFunctions = (place: DoctorPlace, stacks: readonly StackFacts[]): Promise<Deployed<FunctionState>[]> =>
  readEach(resourcesOf(stacks, 'AWS::Lambda::Function'), (resource) => readFunction(place, resource));

function readFunction({ clients }: DoctorPlace, { name: FunctionName, region }: Placed): Promise<Known<FunctionState | undefined>> {
  const client = clients(LambdaClient, region);
  return known(async () => {
    const {
      State = '',
      StateReason,
      LastUpdateStatus = '',
      LastUpdateStatusReason,
    } = await client.send(new GetFunctionConfigurationCommand({ FunctionName }));
    const reserved = await attempt(
      async () => (await client.send(new GetFunctionConcurrencyCommand({ FunctionName }))).ReservedConcurrentExecutions,
    );
    return {
      state: State,
      ...(StateReason && { reason: StateReason }),
      lastUpdate: LastUpdateStatus,
      ...(LastUpdateStatusReason && { lastUpdateReason: LastUpdateStatusReason }),
      reserved: reserved ?? null,
    };
  }, ABSENT);
}

export const readEventSources = ({ clients }: DoctorPlace, stacks: readonly StackFacts[]): Promise<Deployed<EventSourceState>[]> =>
  readEach(resourcesOf(stacks, 'AWS::Lambda::EventSourceMapping'), ({ name: UUID, region }) =>
    known(async () => {
      const found = await clients(LambdaClient, region).send(new GetEventSourceMappingCommand({ UUID }));
      const limit = found.ScalingConfig?.MaximumConcurrency;
      return {
        state: found.State ?? '',
        ...(found.StateTransitionReason && { transitionReason: found.StateTransitionReason }),
        ...(found.LastProcessingResult && { lastResult: found.LastProcessingResult }),
        functionName: functionOf(found.FunctionArn ?? ''),
        sourceArn: found.EventSourceArn ?? '',
        ...(limit !== undefined && { maximumConcurrency: limit }),
      };
    }, ABSENT),
  );

/** Returns the name in the ARN of a function: `arn:aws:lambda:<region>:<account>:function:<name>`, also with a version. */
const functionOf = (arn: string): string => arn.split(':')[6] ?? '';
