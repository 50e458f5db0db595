import { type ControlDefinition, evaluatedTypes, type InventoryItem, type Listing, type ResourceType } from '../../core/control.ts';
import { evaluateJoins, evaluateResource } from '../../core/evaluation/evaluate.ts';
import { SETTINGS, type SettingsFacts } from '../../core/facts/csmm-settings.ts';
import { isInConfig, parseFacts, parserOf } from '../../core/facts/index.ts';
import { INVENTORY, type InventoryFacts } from '../../core/facts/inventory.ts';
import type { ConfigItem } from '../../core/facts/parser.ts';
import type { Compliance, ControlStatus, ResourceRef } from '../../core/model.ts';
import type { Catalogue } from '../../core/pipeline/rescore.ts';
import { type AccountSettings, EMPTY_SETTINGS } from '../../core/settings/account-settings.ts';
import type { Exception } from '../../core/settings/exception.ts';
import { inventoryWith } from './control.ts';

/** Returns the expected state, as a pure function of each resource's newest item: no store, no order, no increments. */
export interface Expected {
  readonly statuses: ReadonlyMap<string, ControlStatus>;
  /** `control|region|type|id|compliance` of all findings, excepted or not, sorted. */
  readonly findings: readonly string[];
}

export function expectedOf(catalogue: Catalogue, newest: readonly ConfigItem[]): Expected {
  const found: { controlId: string; compliance: Compliance; resource: ResourceRef; line: string }[] = [];
  const live: InventoryItem<ResourceType>[] = [];
  const entries: InventoryItem<typeof INVENTORY>[] = [];
  const note = (controlId: string, compliance: Compliance, resource: ResourceRef) => {
    const { region, resourceType, resourceId } = resource;
    found.push({ controlId, compliance, resource, line: [controlId, region, resourceType, resourceId, compliance].join('|') });
  };
  let settings = EMPTY_SETTINGS;
  let exceptions: readonly Exception[] = [];

  for (const item of newest) {
    const parser = parserOf(item.resource.resourceType);
    const parsed = parser && parseFacts(item, parser);
    if (!parsed) continue;
    if (item.resource.resourceType === SETTINGS) {
      settings = (parsed.facts as SettingsFacts).settings ?? EMPTY_SETTINGS;
      exceptions = settings.exceptions.filter(({ expires }) => item.capturedAt < expires);
    }
    const evidence = { resource: item.resource, capturedAt: item.capturedAt, facts: parsed.facts as never, missing: parsed.missing };
    if (item.resource.resourceType === INVENTORY) {
      entries.push(evidence);
      continue;
    }
    live.push(evidence);
    for (const { controlId, compliance } of evaluateResource(catalogue.rules, parsed, item.resource, item.capturedAt))
      note(controlId, compliance, item.resource);
  }
  const counted = entries.filter(({ resource: { region } }) => !isClosed(region, entries, settings));
  for (const entry of counted) {
    for (const controlId of catalogue.rules.restingOn.get(entry.resource.resourceId) ?? [])
      note(controlId, isComplete(entry) ? 'NOT_APPLICABLE' : 'INSUFFICIENT_DATA', entry.resource);
  }
  const listingsOf = (type: string): Listing[] =>
    counted.flatMap((entry) => {
      const { resource, capturedAt, missing } = entry;
      if (resource.resourceId !== type) return [];
      return [{ region: resource.region, capturedAt, ...(!isComplete(entry) && { gap: missing.resources ?? 'not read' }) }];
    });
  const inventory = inventoryWith({
    settings,
    all: (type) => live.filter((item) => item.resource.resourceType === type) as never,
    listings: listingsOf,
  });
  for (const control of catalogue.controls) {
    for (const { resource, compliance } of evaluateJoins(control, inventory)) note(control.id, compliance, resource);
  }
  /** Whether a type that the control evaluates has neither a resource nor a list, although not all evidence is from AWS Config. */
  const isBlind = (control: ControlDefinition): boolean => {
    const types = evaluatedTypes(control);
    const isListed = (type: ResourceType): boolean => listingsOf(type).length > 0;
    const reliesOnConfig = types.every((type) => isInConfig(type) && !isListed(type));
    return types.length > 1 && !reliesOnConfig && types.some((type) => !isListed(type) && inventory.all(type).length === 0);
  };
  const statuses = catalogue.controls.map((control): [string, ControlStatus] => {
    const { id } = control;
    const own = exceptions.filter((exception) => exception.controlId === id);
    if (own.some(({ region, resource }) => !region && !resource)) return [id, 'NOT_APPLICABLE'];
    const all = found.filter((finding) => finding.controlId === id);
    const open = all.filter(
      ({ compliance, resource }) =>
        !['NON_COMPLIANT', 'INSUFFICIENT_DATA'].includes(compliance) || !own.some((exception) => isAbout(exception, resource)),
    );
    const compliances = new Set(open.map((finding) => finding.compliance));
    if (compliances.has('NON_COMPLIANT')) return [id, 'FAILED'];
    if (compliances.has('INSUFFICIENT_DATA') || all.length === 0 || isBlind(control)) return [id, 'NO_DATA'];
    return [id, compliances.has('COMPLIANT') ? 'PASSED' : 'NOT_APPLICABLE'];
  });
  return { statuses: new Map(statuses), findings: found.map((finding) => finding.line).sort() };
}

type Entry = InventoryItem<typeof INVENTORY>;

const isComplete = ({ facts }: Entry): boolean => (facts as InventoryFacts).resources !== undefined;

/** Whether a Region is not approved and every list of it is denied. */
const isClosed = (region: string, entries: readonly Entry[], { approvedRegions }: AccountSettings): boolean =>
  approvedRegions?.includes(region) === false &&
  entries
    .filter(({ resource }) => resource.region === region)
    .every((entry) => !isComplete(entry) && / was denied /.test(entry.missing.resources ?? ''));

const isAbout = ({ region, resource }: Exception, about: ResourceRef): boolean =>
  (!region || region === about.region) && (!resource || (resource.type === about.resourceType && resource.id === about.resourceId));
