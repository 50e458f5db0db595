import { GLOBAL } from '../model.ts';
import { isZone } from '../remediation/decide/calendar.ts';
import { maxRiskOf, requiresTags } from '../remediation/decide/rules.ts';
import { RISKS, type Risk } from '../remediation/model/risk.ts';
import type { RemediationDocument, RemediationRule } from './document.ts';
import type { SettingsIssue } from './issue.ts';

/** The properties of a remedy that decide whether a rule can use it. */
export interface RemedyTerms {
  readonly resourceType: string;
  readonly risk: Risk;
}

/** Returns the remedies of a control: none if csmm has no runbook for it, `undefined` if the control is unknown. */
export type RemediesOf = (controlId: string) => readonly RemedyTerms[] | undefined;

/** Checks a section `remediation` that fits the schema. */
export function remediationIssues(document: RemediationDocument, remediesOf: RemediesOf): SettingsIssue[] {
  return [
    ...withoutEffect(document, remediesOf),
    ...neverReached(document),
    ...needlessReasons(document),
    ...destructive(document),
    ...emptyWindows(document),
    ...calendarIssues(document),
    ...alikeKeys(document),
  ];
}

/** Returns the controls of rules for which csmm can never do what the mode says. */
function withoutEffect(document: RemediationDocument, remediesOf: RemediesOf): SettingsIssue[] {
  return document.rules.flatMap((rule, index) =>
    rule.controls.flatMap((controlId, position): SettingsIssue[] => {
      const remedies = remediesOf(controlId);
      const text = rule.mode === 'off' || !remedies ? undefined : whyWithoutEffect(document, rule, controlId, remedies);
      return text === undefined ? [] : [{ kind: 'problem', path: ['remediation', 'rules', index, 'controls', position], text }];
    }),
  );
}

function whyWithoutEffect(
  document: RemediationDocument,
  rule: RemediationRule,
  controlId: string,
  remedies: readonly RemedyTerms[],
): string | undefined {
  if (remedies.length === 0) return `is ${controlId}, which has no runbook. Fix: remove it or set mode off`;
  const inRegions = remedies.filter(({ resourceType }) => isIn(rule.regions, resourceType));
  if (inRegions.length === 0) {
    return isGlobal(remedies[0]?.resourceType ?? '')
      ? `is ${controlId}, whose resources are global, so no finding matches regions. Fix: add global to regions`
      : `is ${controlId}, whose resources are in Regions, so no finding matches regions. Fix: add Regions to regions`;
  }
  const ceiling = maxRiskOf(document, rule);
  const isAbove = inRegions.every(({ risk }) => RISKS.indexOf(risk) > RISKS.indexOf(ceiling));
  if (rule.mode === 'plan' || !isAbove) return undefined;
  const risk = inRegions.map((each) => each.risk).sort((a, b) => RISKS.indexOf(a) - RISKS.indexOf(b))[0];
  return `is ${controlId}, whose runbooks have the risk ${risk} (allowed: ${ceiling}), so mode ${rule.mode} never starts one. Fix: set maxRisk ${risk} in the rule, or mode plan`;
}

/** Whether a rule with these Regions can match findings on resources of a type. */
const isIn = (regions: readonly string[] | undefined, resourceType: string): boolean =>
  regions === undefined || (isGlobal(resourceType) ? regions.includes(GLOBAL) : regions.some((region) => region !== GLOBAL));

/** Whether findings on a type have the Region `global`: those of IAM, and those on the account as a whole. */
const isGlobal = (resourceType: string): boolean => resourceType.startsWith('AWS::IAM::') || resourceType === 'AWS::::Account';

/** Returns the controls of rules that never apply, because an earlier rule matches the same findings. */
function neverReached({ rules }: RemediationDocument): SettingsIssue[] {
  const scopes = rules.map(scopeOf);
  return scopes.flatMap((later, index) => {
    const decidedBy = new Map<string, number>();
    for (const [position, earlier] of scopes.slice(0, index).entries()) {
      const both = later.rule.controls.filter((controlId) => earlier.controls.has(controlId) && !decidedBy.has(controlId));
      if (both.length > 0 && covers(earlier, later.rule)) for (const controlId of both) decidedBy.set(controlId, position);
    }
    return later.rule.controls.flatMap((controlId, position): SettingsIssue[] => {
      const earlier = decidedBy.get(controlId);
      if (earlier === undefined) return [];
      const path = ['remediation', 'rules', index, 'controls', position];
      return [
        {
          kind: 'problem',
          path,
          text: 'never applies: all findings that it matches are already matched by',
          earlier: ['remediation', 'rules', earlier],
        },
      ];
    });
  });
}

/** The conditions of a rule as sets. */
interface Scope {
  readonly rule: RemediationRule;
  readonly controls: ReadonlySet<string>;
  readonly accounts: ReadonlySet<string> | undefined;
  readonly organizationalUnits: ReadonlySet<string> | undefined;
  readonly regions: ReadonlySet<string> | undefined;
}

const scopeOf = (rule: RemediationRule): Scope => ({
  rule,
  controls: new Set(rule.controls),
  accounts: rule.accounts && new Set(rule.accounts),
  organizationalUnits: rule.organizationalUnits && new Set(rule.organizationalUnits),
  regions: rule.regions && new Set(rule.regions),
});

/** Whether the earlier rule matches every finding that the later one matches, for the controls that both name. */
const covers = (earlier: Scope, later: RemediationRule): boolean =>
  areWithin(later.accounts, earlier.accounts) &&
  areWithin(later.organizationalUnits, earlier.organizationalUnits) &&
  areWithin(later.regions, earlier.regions) &&
  requiresTags(later.tags ?? {}, earlier.rule.tags ?? {});

const areWithin = (words: readonly string[] | undefined, all: ReadonlySet<string> | undefined): boolean =>
  all === undefined || (words?.every((word) => all.has(word)) ?? false);

function needlessReasons({ rules }: RemediationDocument): SettingsIssue[] {
  return rules.flatMap(({ mode, ...rule }, index) =>
    mode === 'auto'
      ? []
      : (['withoutPlan', 'grace'] as const)
          .filter((key) => rule[key] !== undefined)
          .map(
            (key): SettingsIssue => ({
              kind: 'warning',
              path: ['remediation', 'rules', index, key],
              text: `has no effect in mode ${mode} (allowed: auto)`,
            }),
          ),
  );
}

function destructive({ maxRisk, rules }: RemediationDocument): SettingsIssue[] {
  const text = 'is destructive, but destructive runbooks require approval before each run, even in mode auto';
  return [
    ...(maxRisk === 'destructive' ? [{ kind: 'warning', path: ['remediation', 'maxRisk'], text } as const] : []),
    ...rules.flatMap((rule, index): SettingsIssue[] =>
      rule.maxRisk === 'destructive' ? [{ kind: 'warning', path: ['remediation', 'rules', index, 'maxRisk'], text }] : [],
    ),
  ];
}

function emptyWindows({ changeWindows = [] }: RemediationDocument): SettingsIssue[] {
  return changeWindows.flatMap(({ from, to }, index): SettingsIssue[] =>
    from === to
      ? [
          {
            kind: 'problem',
            path: ['remediation', 'changeWindows', index, 'to'],
            text: `equals from (${from}), so the window never opens. Fix: use '00:00' to '24:00' for a whole day`,
          },
        ]
      : [],
  );
}

/** Returns unknown time zones, and freezes that end before they start. */
function calendarIssues({ changeWindows = [], freezes = [] }: RemediationDocument): SettingsIssue[] {
  const zones = [
    ...changeWindows.map(({ zone }, index) => ({ zone, path: ['remediation', 'changeWindows', index, 'zone'] })),
    ...freezes.map(({ zone }, index) => ({ zone, path: ['remediation', 'freezes', index, 'zone'] })),
  ];
  return [
    ...zones.flatMap(({ zone, path }): SettingsIssue[] =>
      zone === undefined || isZone(zone)
        ? []
        : [{ kind: 'problem', path, text: `is ${JSON.stringify(zone)}, which is not a time zone. Fix: use a name such as Europe/Berlin` }],
    ),
    ...freezes.flatMap(({ from, to }, index): SettingsIssue[] =>
      from <= to
        ? []
        : [{ kind: 'problem', path: ['remediation', 'freezes', index, 'to'], text: `is before from (${from}), so the freeze has no day` }],
    ),
  ];
}

/** Returns tag keys that differ only in case. Tag keys are case-sensitive in AWS and in exemptions. */
function alikeKeys({ exemptTags = {} }: RemediationDocument): SettingsIssue[] {
  const first = new Map<string, string>();
  return Object.keys(exemptTags).flatMap((key): SettingsIssue[] => {
    const earlier = first.get(key.toLowerCase());
    if (earlier === undefined) {
      first.set(key.toLowerCase(), key);
      return [];
    }
    const text = `has a key that differs only in case from ${JSON.stringify(earlier)}. Tag keys are case-sensitive. Is this intended?`;
    return [{ kind: 'warning', path: ['remediation', 'exemptTags', key], text }];
  });
}
