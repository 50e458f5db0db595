import type { Verdict } from '../control.ts';
import type { Compliance, ResourceRef } from '../model.ts';
import type { JoinFinding, OpenFinding, StoredResource } from '../ports.ts';

/** Whether a finding is failing or unknown. */
export const isOpen = (compliance: Compliance | undefined): compliance is OpenFinding['compliance'] =>
  compliance === 'NON_COMPLIANT' || compliance === 'INSUFFICIENT_DATA';

/** Returns a failing or unknown verdict on a resource as a finding; `undefined` for another verdict. */
export const openFinding = ({ compliance, code, reason }: Verdict, resource: ResourceRef, capturedAt: string): OpenFinding | undefined =>
  isOpen(compliance) ? { resource, compliance, ...(code !== undefined && { code }), reason, capturedAt } : undefined;

/** Returns the failing and unknown findings of a resource, by control id. */
export function openFindings({
  resource,
  capturedAt,
  findings,
}: StoredResource): { readonly controlId: string; readonly open: OpenFinding }[] {
  return findings.flatMap((finding) => {
    const open = openFinding(finding, resource, capturedAt);
    return open ? [{ controlId: finding.controlId, open }] : [];
  });
}

/** Orders failing before unknown, then by account, Region, type and id. */
export function byResource(a: JoinFinding, b: JoinFinding): number {
  if (a.compliance !== b.compliance) return a.compliance === 'NON_COMPLIANT' ? -1 : 1;
  return (
    compare(a.resource.accountId, b.resource.accountId) ||
    compare(a.resource.region, b.resource.region) ||
    compare(a.resource.resourceType, b.resource.resourceType) ||
    compare(a.resource.resourceId, b.resource.resourceId)
  );
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
