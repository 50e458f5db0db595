import type { OpenFinding, StoredResource } from '../ports.ts';

/** The findings of a resource that somebody should look at, by control id. */
export function openFindings({
  resource,
  capturedAt,
  findings,
}: StoredResource): { readonly controlId: string; readonly open: OpenFinding }[] {
  return findings.flatMap(({ controlId, compliance, code, reason }) =>
    compliance === 'NON_COMPLIANT' || compliance === 'INSUFFICIENT_DATA'
      ? [{ controlId, open: { resource, compliance, ...(code !== undefined && { code }), reason, capturedAt } }]
      : [],
  );
}

/** Failing before unknown, then by account, Region, type and id. */
export function byResource(a: OpenFinding, b: OpenFinding): number {
  const [left, right] = [sortKey(a), sortKey(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

const sortKey = ({ compliance, resource }: OpenFinding): string =>
  [compliance === 'NON_COMPLIANT' ? '0' : '1', resource.accountId, resource.region, resource.resourceType, resource.resourceId].join('\n');
