/** Simulates the AWS APIs and the readers: it writes records of facts, one a line, as a scan does. */
import { READERS } from '../../adapters/aws/readers/index.ts';
import type { Observation, Reader } from '../../adapters/aws/readers/reader.ts';
import type { ResourceType } from '../../core/control.ts';
import { recordOf } from '../../core/events/record.ts';
import { CONTINUOUS_BACKUPS } from '../../core/facts/dynamodb-continuous-backups.ts';
import { LISTENER_RULES } from '../../core/facts/elbv2-listener-rules.ts';
import { parseFacts, parserOf } from '../../core/facts/index.ts';
import { inventoryOf } from '../../core/facts/inventory.ts';
import type { ConfigItem } from '../../core/facts/parser.ts';
import type { ResourceRef } from '../../core/model.ts';
import type { ResourceEvidence } from '../../core/pipeline/collect.ts';
import { settingsEvidence } from '../../core/pipeline/collect-settings.ts';
import type { SettingsDocument } from '../../core/settings/document.ts';
import type { AwsConfig, Resource } from './aws-config.ts';

/** Regions that are read in every account. */
const REGIONS = ['eu-west-1', 'us-east-1'];

/** Readers in the order of their ids, so that the week does not depend on the order of their list. */
const SORTED = [...READERS].sort((a, b) => (a.id < b.id ? -1 : 1));

/** The API's answer for one resource. The story edits the answer in place, and then runs the readers. */
export interface Finding<C extends object = object, S extends object = object> extends Observation {
  readonly accountId: string;
  readonly region: string;
  readonly configuration: C;
  readonly supplementaryConfiguration: S;
}

/** Returns the answer for a resource that AWS Config does not record, or whose items lack a fact. */
export const finding = <C extends object, S extends object = object>(
  { accountId, region }: { readonly accountId: string; readonly region: string },
  resourceType: ResourceType,
  resourceId: string,
  configuration: C,
  supplementaryConfiguration: S = {} as S,
): Finding<C, S> => ({ accountId, region, resourceType, resourceId, configuration, supplementaryConfiguration });

export interface AwsApis {
  /** Adds resources that no reader has read yet. */
  hold(...findings: readonly Finding[]): void;
  /** Removes resources, so that no reader finds them any more. */
  drop(...findings: readonly Finding[]): void;
  /** Sets the part of `csmm.yaml` for an account. */
  declare(accountId: string, settings: SettingsDocument): void;
  /** Runs every reader in an account, after AWS Config's items. */
  sweep(accountId: string): void;
  /** Runs the readers of some types again, as after a CloudTrail event; in all Regions unless some are given. */
  read(accountId: string, types: readonly ResourceType[], regions?: readonly string[]): void;
}

/** Returns the APIs. For resources that AWS Config records, the missing facts come from `config`. */
export function awsApis(config: AwsConfig): AwsApis {
  const there = new Set<Finding>();
  const told = new Map<string, ResourceRef>();

  const deliver = (evidence: ResourceEvidence) => config.deliver(JSON.stringify(recordOf(evidence)));

  const tell = (resource: ResourceRef, answer: Partial<ConfigItem>) => {
    const item: ConfigItem = { ...EMPTY, resource, capturedAt: config.now(), ...answer };
    const parser = parserOf(resource.resourceType);
    if (!parser) throw new Error(`no control reads ${resource.resourceType}`);
    deliver({ resource, capturedAt: item.capturedAt, parsed: parseFacts(item, parser) });
  };

  /** Records the run of a reader: the resources that it finds, those that are gone, and a complete inventory. */
  const run = ({ scope, lists }: Reader, accountId: string, region: string) => {
    const isHere = (place: { readonly region: string }) => scope !== 'region' || place.region === region;
    const recorded = config.living().filter((resource) => resource.account === accountId && isHere(resource));
    for (const type of lists) {
      const items = recorded.filter((resource) => resource.type === type);
      const findings = [...there, ...recorded.flatMap(completed)].filter(
        (each) => each.accountId === accountId && each.resourceType === type && isHere(each),
      );
      for (const each of findings) {
        const resource = refOf(each);
        told.set(JSON.stringify(resource), resource);
        tell(resource, { configuration: each.configuration, supplementaryConfiguration: each.supplementaryConfiguration });
      }
      const found = new Set(findings.map((each) => JSON.stringify(refOf(each))));
      for (const [key, resource] of told) {
        if (resource.accountId !== accountId || resource.resourceType !== type || !isHere(resource) || found.has(key)) continue;
        told.delete(key);
        tell(resource, { state: 'deleted' });
      }
      const resources = Math.max(items.length, findings.length);
      tell(inventoryOf(accountId, scope === 'region' ? region : 'global', type), { configuration: { resources } });
    }
  };

  const runAll = (readers: readonly Reader[], accountId: string, regions: readonly string[]) => {
    for (const reader of readers) {
      for (const region of reader.scope === 'region' ? regions : ['global']) run(reader, accountId, region);
    }
  };

  return {
    hold: (...findings) => {
      for (const each of findings) there.add(each);
    },
    drop: (...findings) => {
      for (const each of findings) there.delete(each);
    },
    declare: (accountId, settings) => deliver(settingsEvidence(settings, accountId, config.now())),
    sweep: (accountId) => runAll(SORTED, accountId, REGIONS),
    read: (accountId, types, regions = REGIONS) =>
      runAll(
        SORTED.filter(({ lists }) => lists.some((type) => types.includes(type))),
        accountId,
        regions,
      ),
  };
}

const EMPTY = { state: 'recorded', configuration: {}, supplementaryConfiguration: {}, tags: {}, relationships: [] } as const;

const refOf = ({ accountId, region, resourceType, resourceId }: Finding): ResourceRef => ({ accountId, region, resourceType, resourceId });

interface ListenerPart {
  readonly Protocol: string;
  readonly DefaultActions: readonly { readonly Type: string }[];
}

/** Returns the facts that AWS Config's item lacks: for a table, its recovery period, and for an HTTP listener, its rules. */
function completed({ account, region, type, id, configuration, supplementary }: Resource): Finding[] {
  if (type === 'AWS::ElasticLoadBalancingV2::Listener') {
    const { Protocol, DefaultActions } = configuration as ListenerPart;
    return Protocol === 'HTTP' && DefaultActions.every(({ Type }) => Type !== 'forward')
      ? [finding({ accountId: account, region }, LISTENER_RULES, id, { Rules: [{ IsDefault: true, Actions: DefaultActions }] })]
      : [];
  }
  if (type !== 'AWS::DynamoDB::Table') return [];
  const { ContinuousBackupsDescription: backups } = supplementary as {
    readonly ContinuousBackupsDescription: { readonly pointInTimeRecoveryDescription: { readonly pointInTimeRecoveryStatus: string } };
  };
  const recovery = { ...backups.pointInTimeRecoveryDescription, recoveryPeriodInDays: 35 };
  return [finding({ accountId: account, region }, CONTINUOUS_BACKUPS, id, { ...backups, pointInTimeRecoveryDescription: recovery })];
}
