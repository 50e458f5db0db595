import { canonical } from '../../pipeline/collect.ts';
import type { RemediationRule } from '../../settings/document.ts';
import type { Rehearsals } from '../model/record.ts';
import { requiresTags } from './rules.ts';

/** Dry-run period: time in mode `plan` or `approve` that a rule needs in an account before mode `auto` starts runbooks there, in hours. */
export const DRY_RUN_HOURS = 24;

/** Conditions of a rule on resources. Its controls and accounts are not part of them: a dry-run period is of one control in one account. */
type Conditions = Pick<RemediationRule, 'regions' | 'tags'>;

/** Returns the conditions of a rule as canonical JSON. */
export const conditionsOf = ({ regions, tags }: Conditions): string =>
  canonical({ ...(regions && { regions: [...regions].sort() }), ...(tags && { tags }) });

/**
 * Returns the start of the dry-run period that covers a rule in an account: the earliest of a rule with the same or wider conditions.
 * Returns `undefined` if no period covers it.
 */
export function rehearsedSince({ entries }: Rehearsals, controlId: string, rule: Conditions): string | undefined {
  const covering = entries.filter((entry) => entry.controlId === controlId && isWithin(rule, JSON.parse(entry.conditions) as Conditions));
  return covering.map(({ since }) => since).sort()[0];
}

/** Whether the wider conditions match every resource that the narrower ones match. */
const isWithin = (narrow: Conditions, wide: Conditions): boolean =>
  (wide.regions === undefined || (narrow.regions?.every((region) => wide.regions?.includes(region)) ?? false)) &&
  requiresTags(narrow.tags ?? {}, wide.tags ?? {});
