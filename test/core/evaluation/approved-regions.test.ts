import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compliant, type Inventory, type InventoryItem, type Listing } from '../../../core/control.ts';
import { evaluateApprovedRegions } from '../../../core/evaluation/approved-regions.ts';
import { EMPTY_SETTINGS } from '../../../core/settings/account-settings.ts';
import { inventoryOf } from '../../support/control.ts';

const TYPE = 'AWS::EC2::EBSEncryptionByDefault';
const EARLIER = '2025-12-31T00:00:00.000Z';
const LATER = '2026-01-02T00:00:00.000Z';
const gap = (region: string, capturedAt = LATER): Listing => ({ region, capturedAt, gap: 'ec2:GetEbsEncryptionByDefault was denied' });

/** `<Region> <verdict>` of an estate where these Regions were read. */
function verdicts(read: readonly string[], approvedRegions?: readonly string[], listings: readonly Listing[] = []): string[] {
  const settings = { ...EMPTY_SETTINGS, ...(approvedRegions && { approvedRegions }) };
  const regions = Object.fromEntries(read.map((region) => [region, region]));
  const facts = Object.fromEntries(read.map((region) => [region, { enabled: true }]));
  const inventory: Inventory = inventoryOf({ [TYPE]: facts }, regions, { settings, listings: () => listings });
  const judged = [...evaluateApprovedRegions(inventory, TYPE, (_: InventoryItem<typeof TYPE>) => compliant('as the rule says'))];
  return judged.map(({ resource, compliance, reason }) => {
    expect(resource).toEqual({ accountId: '111111111111', region: resource.region, resourceType: TYPE, resourceId: resource.region });
    expect(reason).toMatch(/\S/);
    return `${resource.region} ${compliance}`;
  });
}

describe('a rule on approved Regions', () => {
  it('judges every Region that was read where none are declared', () => {
    expect(verdicts(['eu-west-1', 'us-east-1'])).toEqual(['eu-west-1 COMPLIANT', 'us-east-1 COMPLIANT']);
  });

  it('does not apply to a Region that is not approved', () => {
    expect(verdicts(['eu-west-1', 'us-east-1'], ['eu-west-1'])).toEqual(['eu-west-1 COMPLIANT', 'us-east-1 NOT_APPLICABLE']);
  });

  it('does not know of an approved Region that nobody read', () => {
    expect(verdicts(['eu-west-1'], ['eu-west-1', 'eu-north-1'])).toEqual(['eu-west-1 COMPLIANT', 'eu-north-1 INSUFFICIENT_DATA']);
    expect(verdicts([], ['eu-north-1'])).toEqual(['eu-north-1 INSUFFICIENT_DATA']);
  });

  it('does not know of a Region whose reading failed, where none are declared', () => {
    expect(verdicts(['eu-west-1'], undefined, [gap('us-east-1')])).toEqual(['eu-west-1 COMPLIANT', 'us-east-1 INSUFFICIENT_DATA']);
  });

  it('does not mind that the reading of a Region failed that is not approved', () => {
    expect(verdicts(['eu-west-1'], ['eu-west-1'], [gap('us-east-1')])).toEqual(['eu-west-1 COMPLIANT']);
  });

  it('no longer knows of a Region that could not be read again, but of one that was read after it could not', () => {
    expect(verdicts(['eu-west-1'], undefined, [gap('eu-west-1', LATER)])).toEqual(['eu-west-1 INSUFFICIENT_DATA']);
    expect(verdicts(['eu-west-1'], undefined, [gap('eu-west-1', EARLIER)])).toEqual(['eu-west-1 COMPLIANT']);
  });

  it('says nothing where nothing is declared and nothing was tried', () => {
    expect(verdicts([])).toEqual([]);
  });

  const region = fc.constantFrom<string>('eu-west-1', 'eu-north-1', 'us-east-1', 'sa-east-1');
  const regions = fc.uniqueArray(region);
  it('says one thing of each approved Region and of each that was read, and passes none but those that are both', () => {
    fc.assert(
      fc.property(regions, fc.array(region, { minLength: 1 }), fc.array(region.map((name) => gap(name))), (read, approved, gaps) => {
        const said = verdicts(read, approved, gaps);
        expect(said.map((each) => each.split(' ')[0]).sort()).toEqual([...new Set([...read, ...approved])].sort());
        for (const each of said) {
          const [name = '', compliance] = each.split(' ');
          if (compliance === 'COMPLIANT') expect(read.includes(name) && approved.includes(name)).toBe(true);
          expect(compliance === 'NOT_APPLICABLE').toBe(!approved.includes(name));
        }
      }),
    );
  });
});
