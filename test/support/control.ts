import { describe, expect, it } from 'vitest';
import type {
  ControlDefinition,
  Inventory,
  InventoryItem,
  JoinedVerdict,
  ResourceRule,
  ResourceType,
  Verdict,
} from '../../core/control.ts';
import { evaluateJoins, evaluateRule } from '../../core/evaluation/evaluate.ts';
import { type FactsByType, parserOf } from '../../core/facts/index.ts';
import type { Shape } from '../../core/facts/shape.ts';
import type { Compliance } from '../../core/model.ts';
import { EMPTY_SETTINGS } from '../../core/settings/account-settings.ts';

/** When all evidence in these tests was captured: the present for a rule that asks for an age. */
export const CAPTURED_AT = '2026-01-01T00:00:00.000Z';

const resourceOf = (resourceType: string, resourceId = 'example') => ({
  accountId: '111111111111',
  region: 'eu-west-1',
  resourceType,
  resourceId,
});

/** Verdict, then the code of its reason or, for a verdict without a code, words that its reason contains; then the cases. */
type ReasonTable<T extends ResourceType> = {
  readonly [C in Compliance]?: Readonly<Record<string, Readonly<Record<string, FactsByType[T]>>>>;
};

const evaluateFacts = (rule: ResourceRule, facts: object): Verdict =>
  evaluateRule(rule, { facts, missing: {} }, resourceOf(rule.resourceType), CAPTURED_AT);

/** A value that AWS does not have for any setting. */
const UNKNOWN_TEXT = 'nonsense';

/** Returns copies of facts, each with another text replaced by {@link UNKNOWN_TEXT}. Leaves out those that csmm rejects in a record. */
export function withUnknownTexts(resourceType: string, facts: object): object[] {
  const shapes = parserOf(resourceType)?.shapes as Readonly<Record<string, Shape<unknown>>> | undefined;
  return Object.entries(facts).flatMap(([name, value]) =>
    replaceTexts(value)
      .filter((changed) => shapes?.[name]?.matches(changed))
      .map((changed) => ({ ...facts, [name]: changed })),
  );
}

/** Returns copies of a value, each with one of its texts replaced. */
function replaceTexts(value: unknown): unknown[] {
  if (typeof value === 'string') return [UNKNOWN_TEXT];
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((element, index) => replaceTexts(element).map((changed) => value.with(index, changed)));
  return Object.entries(value).flatMap(([key, member]) => replaceTexts(member).map((changed) => ({ ...value, [key]: changed })));
}

/** Checks the rule of a control on one resource type against a table of verdict, code or words, sentence and facts. A fact left out was not read. */
export function testControl<T extends ResourceType>(control: ControlDefinition, resourceType: T, table: ReasonTable<T>): void {
  const rule = control.rules.find((candidate) => candidate.kind === 'resource' && candidate.resourceType === resourceType);
  const rows = Object.entries(table).flatMap(([compliance, reasons]) =>
    Object.entries(reasons).flatMap(([expected, cases]) =>
      Object.entries(cases).map(([when, facts]) => ({ compliance, expected, when, facts })),
    ),
  );
  describe(`${control.id} on ${resourceType}`, () => {
    it.each(rows)('is $compliance ($expected) when $when', ({ compliance, expected, facts }) => {
      if (rule?.kind !== 'resource') throw new Error(`${control.id} has no rule on ${resourceType}`);
      const verdict = evaluateFacts(rule, facts);
      expect(verdict.compliance).toBe(compliance);
      if (verdict.code === undefined) expect(verdict.reason).toContain(expected);
      else expect(verdict.code).toBe(expected);
    });

    it('never passes because of a text that it does not know', () => {
      if (rule?.kind !== 'resource') throw new Error(`${control.id} has no rule on ${resourceType}`);
      const passes = (facts: object) => /^(COMPLIANT|NOT_APPLICABLE)$/.test(evaluateFacts(rule, facts).compliance);
      const passing = rows
        .filter(({ facts }) => !passes(facts))
        .flatMap(({ facts }) => withUnknownTexts(resourceType, facts))
        .filter(passes);
      expect(passing).toEqual([]);
    });
  });
}

/** Live resources for a join: type → id → facts. A fact left out was not read. */
export type Estate = { readonly [T in ResourceType]?: Readonly<Record<string, FactsByType[T]>> };

/** An inventory of nothing, but for what is given. */
export const inventoryWith = (parts: Partial<Inventory>): Inventory => ({
  accountId: '111111111111',
  capturedAt: CAPTURED_AT,
  settings: EMPTY_SETTINGS,
  all: () => [],
  listings: () => [],
  closedRegions: new Set(),
  in: () => undefined,
  ...parts,
});

/** An inventory of resources in one region; `regions` puts single resources elsewhere, `parts` replaces the rest. */
export function inventoryOf(estate: Estate, regions: Readonly<Record<string, string>> = {}, parts: Partial<Inventory> = {}): Inventory {
  return inventoryWith({
    all<T extends ResourceType>(type: T): readonly InventoryItem<T>[] {
      return Object.entries((estate[type] ?? {}) as Record<string, FactsByType[T]>).map(([id, facts]) => ({
        resource: { ...resourceOf(type, id), ...(regions[id] && { region: regions[id] }) },
        capturedAt: CAPTURED_AT,
        facts,
        missing: {},
      }));
    },
    ...parts,
  });
}

/** Returns the verdicts of a control's joins on an estate by resource id: the compliance, followed by the code if the finding is open. */
export function joinCodes(
  control: ControlDefinition,
  estate: Estate,
  regions: Readonly<Record<string, string>> = {},
  parts: Partial<Inventory> = {},
): Record<string, string> {
  return codesOf(evaluateJoins(control, inventoryOf(estate, regions, parts)));
}

/** Returns verdicts as `joinCodes` does. Throws if an open one has no code or any has no reason. */
export function codesOf(verdicts: readonly JoinedVerdict[]): Record<string, string> {
  for (const { reason } of verdicts) expect(reason).toMatch(/\S/);
  return Object.fromEntries(verdicts.map((verdict) => [verdict.resource.resourceId, codeOf(verdict)]));
}

/** Returns `COMPLIANT` and `NOT_APPLICABLE` as they are, and an open verdict with its code: `NON_COMPLIANT port-open`. */
export function codeOf({ compliance, code }: Pick<Verdict, 'compliance' | 'code'>): string {
  if (compliance === 'COMPLIANT' || compliance === 'NOT_APPLICABLE') return compliance;
  expect(code, `the code of a verdict of ${compliance}`).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
  return `${compliance} ${code}`;
}
