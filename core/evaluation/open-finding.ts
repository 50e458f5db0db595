import type { Compliance } from '../model.ts';
import type { OpenFinding, StoredResource } from '../ports.ts';

/** Whether a finding is failing or unknown. */
export const isOpen = (compliance: Compliance): compliance is OpenFinding['compliance'] =>
  compliance === 'NON_COMPLIANT' || compliance === 'INSUFFICIENT_DATA';

/** Returns the failing and unknown findings of a resource, by control id. */
export function openFindings({
  resource,
  capturedAt,
  findings,
}: StoredResource): { readonly controlId: string; readonly open: OpenFinding }[] {
  return findings.flatMap(({ controlId, compliance, code, reason }) =>
    isOpen(compliance) ? [{ controlId, open: { resource, compliance, ...(code !== undefined && { code }), reason, capturedAt } }] : [],
  );
}

/** Orders failing before unknown, then by account, Region, type and id. */
export function byResource(a: OpenFinding, b: OpenFinding): number {
  if (a.compliance !== b.compliance) return a.compliance === 'NON_COMPLIANT' ? -1 : 1;
  return (
    compare(a.resource.accountId, b.resource.accountId) ||
    compare(a.resource.region, b.resource.region) ||
    compare(a.resource.resourceType, b.resource.resourceType) ||
    compare(a.resource.resourceId, b.resource.resourceId)
  );
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
