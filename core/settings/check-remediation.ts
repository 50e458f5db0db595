import { requiresTags } from '../remediation/decide/rules.ts';
import type { RemediationDocument, RemediationRule } from './document.ts';
import type { SettingsIssue } from './issue.ts';

/** Checks a section `remediation` that fits the schema. `hasRemedy` returns whether csmm has a remedy for a control. */
export function remediationIssues(document: RemediationDocument, hasRemedy: (controlId: string) => boolean): SettingsIssue[] {
  return [
    ...withoutRemedy(document, hasRemedy),
    ...neverReached(document),
    ...needlessReasons(document),
    ...destructive(document),
    ...emptyWindows(document),
    ...alikeKeys(document),
  ];
}

function withoutRemedy({ rules }: RemediationDocument, hasRemedy: (controlId: string) => boolean): SettingsIssue[] {
  return rules.flatMap(({ mode, controls }, index) =>
    mode === 'off'
      ? []
      : controls.flatMap((controlId, position): SettingsIssue[] => {
          if (hasRemedy(controlId)) return [];
          const text = `is ${controlId}, which has no runbook. Fix: remove it or set mode off`;
          return [{ kind: 'problem', path: ['remediation', 'rules', index, 'controls', position], text }];
        }),
  );
}

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
          kind: 'warning',
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
  return rules.flatMap(({ mode, withoutPlan }, index): SettingsIssue[] =>
    mode === 'auto' || withoutPlan === undefined
      ? []
      : [
          {
            kind: 'warning',
            path: ['remediation', 'rules', index, 'withoutPlan'],
            text: `has no effect in mode ${mode} (allowed: auto)`,
          },
        ],
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
