import { evaluateResource, type Finding, type RuleIndex } from '../evaluation/evaluate.ts';
import { isOpen } from '../evaluation/open-finding.ts';
import type { OpenFinding, StateStore, StoredResource } from '../ports.ts';

interface Dependencies {
  readonly store: Pick<StateStore, 'listOpenFindings'>;
  readonly rules: RuleIndex;
}

/**
 * Returns a stored resource with the findings that the account's tallies hold of it, so that its replacement leaves them right. If the
 * store cannot read its findings, the failing and unknown ones are stored next to it, and the others follow from its evidence. One that
 * nothing shows stays in the tallies.
 */
export async function withFindings(previous: StoredResource, dependencies: Dependencies): Promise<StoredResource> {
  const { resource, parsed, capturedAt, findings, unreadable } = previous;
  if (unreadable === undefined || findings.length > 0 || !parsed) return previous;
  const known: Finding[] = [];
  for (const finding of evaluateResource(dependencies.rules, parsed, resource, capturedAt)) {
    const open = await openFinding(previous, finding.controlId, dependencies);
    if (open) known.push({ ...finding, compliance: open.compliance });
    else if (!isOpen(finding.compliance)) known.push(finding);
  }
  return { ...previous, findings: known };
}

async function openFinding({ resource }: StoredResource, controlId: string, { store }: Dependencies): Promise<OpenFinding | undefined> {
  const open = await store.listOpenFindings(resource.accountId, controlId);
  return open.find(({ resource: { region, resourceType, resourceId } }) => {
    return region === resource.region && resourceType === resource.resourceType && resourceId === resource.resourceId;
  });
}
