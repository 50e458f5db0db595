import type { Queue } from '../../support/fifo.ts';
import { type Assembly, idsOf, propertiesOf, target } from './assembly.ts';
import type { Authority, Deployed } from './authority.ts';
import type { DeployedFunction } from './lambda.ts';
import { matches } from './pattern.ts';
import type { Values } from './values.ts';

/** The rules of EventBridge in a template: they match events, or are due at times, and call their targets. */
export interface Rules {
  /** Puts an event on a bus, by default the account's own. @returns how many rules took it. */
  put(event: unknown, busId?: string): number;
  /** Does what a rule does when its time has come. @throws Error if there is no such rule */
  due(rulePart: string): void;
  /** The bus with a name; undefined for another one than the template's. */
  busOf(name: string): string | undefined;
  /** Asynchronous calls that have not ended. */
  readonly calls: Set<Promise<void>>;
}

export interface RulesOptions {
  readonly assembly: Assembly;
  readonly values: Values;
  readonly authority: Authority;
  readonly accountId: string;
  readonly region: string;
  readonly queues: ReadonlyMap<string, Queue>;
  readonly functions: ReadonlyMap<string, DeployedFunction>;
}

interface Target {
  readonly Arn: unknown;
  readonly Input?: string;
  readonly InputPath?: string;
  readonly InputTransformer?: unknown;
  readonly DeadLetterConfig?: { readonly Arn: unknown };
  readonly SqsParameters?: { readonly MessageGroupId?: string };
}

interface Rule {
  readonly id: string;
  readonly EventBusName?: unknown;
  readonly EventPattern?: unknown;
  readonly Targets: readonly Target[];
}

/** EventBridge as a principal. */
const EVENTS = 'events.amazonaws.com';

export function rulesOf({ assembly, values, authority, accountId, region, queues, functions }: RulesOptions): Rules {
  const rules = idsOf(assembly, 'AWS::Events::Rule').map((id) => ({ id, ...propertiesOf(assembly, id) })) as unknown as Rule[];
  const calls = new Set<Promise<void>>();

  function deliver(ruleId: string, { Arn, DeadLetterConfig, SqsParameters, ...given }: Target, event: unknown): void {
    const input = inputOf(given, event);
    const id = target(Arn);
    const [queue, service] = [queues.get(id), functions.get(id)];
    const action = queue ? 'sqs:SendMessage' : 'lambda:InvokeFunction';
    const may = (resource: string, asked: string) =>
      authority.mayService(EVENTS, values.arnOf(ruleId), { action: asked, resource, accountId, region });
    if (!queue && !service) throw new Error(`the target ${id} of the rule ${ruleId} is not known here`);
    if (may(values.arnOf(id), action)) {
      const groupId = groupIdOf(SqsParameters?.MessageGroupId, event);
      queue?.send({ body: JSON.stringify(input), ...(groupId !== undefined && { groupId }) });
      if (service) start(id, service, input);
    } else if (DeadLetterConfig && may(values.arnOf(target(DeadLetterConfig.Arn)), 'sqs:SendMessage')) {
      queues.get(target(DeadLetterConfig.Arn))?.send({ body: JSON.stringify(event) });
    }
  }

  function start(id: string, service: DeployedFunction, input: unknown): void {
    const call = invokeLater(id, service, input).finally(() => calls.delete(call));
    calls.add(call);
  }

  /** An asynchronous call: Lambda tries it again, then sends a record of it to the destination. */
  async function invokeLater(id: string, service: DeployedFunction, event: unknown): Promise<void> {
    const { MaximumRetryAttempts = 2, DestinationConfig } = invokeConfigOf(assembly, id);
    let failure = '';
    for (let attempt = 0; attempt <= MaximumRetryAttempts; attempt++) {
      try {
        await service.invoke(event);
        return;
      } catch (error) {
        failure = String(error);
      }
    }
    const destination = DestinationConfig?.OnFailure?.Destination;
    if (!destination) throw new Error(`an asynchronous call of ${id} failed, and nothing tells of it: ${failure}`);
    const queueId = target(destination);
    const role = authority.roleOf(values.text(propertiesOf(assembly, id).Role));
    const asked = { action: 'sqs:SendMessage', resource: values.arnOf(queueId), accountId, region };
    if (authority.mayRole(role, asked))
      queues.get(queueId)?.send({ body: JSON.stringify({ requestPayload: event, responsePayload: failure }) });
  }

  return {
    calls,
    busOf: (name) => idsOf(assembly, 'AWS::Events::EventBus').find((id) => values.nameOf(id) === name),
    put: (event, busId) => {
      const isOnBus = ({ EventBusName }: { EventBusName?: unknown }) =>
        busId === undefined ? EventBusName === undefined : EventBusName !== undefined && target(EventBusName) === busId;
      const matching = rules.filter((rule) => isOnBus(rule) && rule.EventPattern && matches(values.resolve(rule.EventPattern), event));
      for (const { id, Targets } of matching) for (const each of Targets) deliver(id, each, event);
      return matching.length;
    },
    due: (rulePart) => {
      const rule = rules.find(({ id }) => id.includes(rulePart));
      if (!rule) throw new Error(`no rule ${rulePart}`);
      for (const each of rule.Targets) deliver(rule.id, each, {});
    },
  };
}

export interface ForwardingOptions extends Deployed {
  readonly authority: Authority;
  readonly region: string;
  /** The values of the template that has the bus. */
  readonly home: Values;
  /** The rules of that template. */
  readonly rules: Rules;
}

/**
 * Forwards an event from the default bus of a member as the rules of its template say: EventBridge assumes their role and puts the event on
 * the bus of another account. @returns how many rules took it.
 */
export function forward(event: unknown, { assembly, values, accountId, authority, region, home, rules }: ForwardingOptions): number {
  const matching = idsOf(assembly, 'AWS::Events::Rule')
    .map((id) => ({ id, ...propertiesOf(assembly, id) }) as unknown as Rule & { Targets: (Target & { RoleArn: unknown })[] })
    .filter(({ EventPattern }) => EventPattern && matches(values.resolve(EventPattern), event));
  for (const { id, Targets } of matching) {
    for (const { Arn, RoleArn } of Targets) {
      const [bus, role] = [values.text(Arn), authority.roleOf(values.text(RoleArn))];
      const assume = { action: 'sts:AssumeRole', resource: role.principal.arn, accountId, region };
      const put = { action: 'events:PutEvents', resource: bus, accountId: bus.split(':')[4] ?? '', region };
      const busId = rules.busOf(bus.split('/').at(-1) ?? '');
      if (busId === undefined || home.arnOf(busId) !== bus) throw new Error(`the rule ${id} leads to ${bus}, which is not there`);
      if (authority.mayService(EVENTS, values.arnOf(id), assume) && authority.mayRole(role, put)) rules.put(event, busId);
    }
  }
  return matching.length;
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html */
function inputOf(
  { Input, InputPath, InputTransformer }: Pick<Target, 'Input' | 'InputPath' | 'InputTransformer'>,
  event: unknown,
): unknown {
  if (InputPath !== undefined || InputTransformer !== undefined) throw new Error('paths and transformers of a target are not known here');
  return Input === undefined ? event : JSON.parse(Input);
}

/** A group id is text, or a path into the event such as `$.account`. */
function groupIdOf(given: string | undefined, event: unknown): string | undefined {
  if (!given?.startsWith('$.')) return given;
  let value = event;
  for (const name of given.slice(2).split('.')) value = (value as Readonly<Record<string, unknown>> | undefined)?.[name];
  if (typeof value !== 'string') throw new Error(`the event has no ${given}`);
  return value;
}

interface InvokeConfig {
  readonly MaximumRetryAttempts?: number;
  readonly DestinationConfig?: { readonly OnFailure?: { readonly Destination: unknown } };
}

const invokeConfigOf = (assembly: Assembly, functionId: string): InvokeConfig =>
  idsOf(assembly, 'AWS::Lambda::EventInvokeConfig')
    .map((id) => propertiesOf(assembly, id))
    .find(({ FunctionName }) => target(FunctionName) === functionId) ?? {};
