import type { InventoryItem, ResourceType } from '../../core/control.ts';
import { evaluateJoins, evaluateResource } from '../../core/evaluation/evaluate.ts';
import { parseFacts, parserOf } from '../../core/facts/index.ts';
import type { ConfigItem } from '../../core/facts/parser.ts';
import type { Compliance, ControlStatus } from '../../core/model.ts';
import type { Catalogue } from '../../core/pipeline/rescore.ts';
import { inventoryWith } from './control.ts';

/** What the state must be, as a pure function of each resource's newest item: no store, no order, no increments. */
export interface Expected {
  readonly statuses: ReadonlyMap<string, ControlStatus>;
  /** `control|region|type|id|compliance` of all findings, sorted. */
  readonly findings: readonly string[];
}

export function expectedOf(catalogue: Catalogue, newest: readonly ConfigItem[]): Expected {
  const found: { controlId: string; compliance: Compliance; line: string }[] = [];
  const live: InventoryItem<ResourceType>[] = [];
  const note = (controlId: string, compliance: Compliance, { region, resourceType, resourceId }: ConfigItem['resource']) =>
    found.push({ controlId, compliance, line: [controlId, region, resourceType, resourceId, compliance].join('|') });

  for (const item of newest) {
    const parser = parserOf(item.resource.resourceType);
    const parsed = parser && parseFacts(item, parser);
    if (!parsed) continue;
    live.push({ resource: item.resource, capturedAt: item.capturedAt, facts: parsed.facts as never, missing: parsed.missing });
    for (const { controlId, compliance } of evaluateResource(catalogue.rules, parsed, item.resource, item.capturedAt))
      note(controlId, compliance, item.resource);
  }
  const inventory = inventoryWith({ all: (type) => live.filter((item) => item.resource.resourceType === type) as never });
  for (const control of catalogue.controls) {
    for (const { resource, compliance } of evaluateJoins(control, inventory)) note(control.id, compliance, resource);
  }
  const statuses = catalogue.controls.map(({ id }): [string, ControlStatus] => {
    const compliances = new Set(found.filter((finding) => finding.controlId === id).map((finding) => finding.compliance));
    if (compliances.has('NON_COMPLIANT')) return [id, 'FAILED'];
    if (compliances.has('INSUFFICIENT_DATA') || compliances.size === 0) return [id, 'NO_DATA'];
    return [id, compliances.has('COMPLIANT') ? 'PASSED' : 'NOT_APPLICABLE'];
  });
  return { statuses: new Map(statuses), findings: found.map((finding) => finding.line).sort() };
}
