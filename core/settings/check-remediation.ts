import type { RemediationDocument, RemediationRule } from './document.ts';
import type { SettingsIssue } from './issue.ts';

/** Checks a section `remediation` that fits the schema. `hasRemedy` tells whether csmm can put right what fails a control. */
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
          const text = `is ${controlId}, which csmm has no runbook for: take it out, or turn it off, since only a person can put it right`;
          return [{ kind: 'problem', path: ['remediation', 'rules', index, 'controls', position], text }];
        }),
  );
}

/** Controls of rules that come too late: an earlier rule fits whatever they fit. */
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
      return [{ kind: 'warning', path, text: 'is decided wherever the rule fits by', earlier: ['remediation', 'rules', earlier] }];
    });
  });
}

/** What a rule fits, quick to look up. */
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

/** Whether the earlier rule fits every finding, of a control that both name, that the later one fits. */
const covers = (earlier: Scope, later: RemediationRule): boolean =>
  areWithin(later.accounts, earlier.accounts) &&
  areWithin(later.organizationalUnits, earlier.organizationalUnits) &&
  areWithin(later.regions, earlier.regions) &&
  Object.entries(earlier.rule.tags ?? {}).every(([key, value]) => asks(later.tags ?? {}, key, value));

const areWithin = (words: readonly string[] | undefined, all: ReadonlySet<string> | undefined): boolean =>
  all === undefined || (words?.every((word) => all.has(word)) ?? false);

const asks = (tags: Readonly<Record<string, string>>, key: string, value: string): boolean =>
  Object.hasOwn(tags, key) && (value === '*' || tags[key] === value);

function needlessReasons({ rules }: RemediationDocument): SettingsIssue[] {
  return rules.flatMap(({ mode, withoutPlan }, index): SettingsIssue[] =>
    mode === 'auto' || withoutPlan === undefined
      ? []
      : [
          {
            kind: 'warning',
            path: ['remediation', 'rules', index, 'withoutPlan'],
            text: `counts for nothing in mode ${mode}: it says why auto may begin`,
          },
        ],
  );
}

function destructive({ maxRisk, rules }: RemediationDocument): SettingsIssue[] {
  const text = 'is destructive; what no inverse brings back still needs an approval each time, in mode auto too';
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
            text: `is the same as from, ${from}, so that the window never opens; a whole day is from '00:00' to '24:00'`,
          },
        ]
      : [],
  );
}

/** AWS tells keys of tags apart by case, and so is what is exempt. */
function alikeKeys({ exemptTags = {} }: RemediationDocument): SettingsIssue[] {
  const first = new Map<string, string>();
  return Object.keys(exemptTags).flatMap((key): SettingsIssue[] => {
    const earlier = first.get(key.toLowerCase());
    if (earlier === undefined) {
      first.set(key.toLowerCase(), key);
      return [];
    }
    const text = `has a key that differs only in case from ${JSON.stringify(earlier)}; they are two tags: is that meant?`;
    return [{ kind: 'warning', path: ['remediation', 'exemptTags', key], text }];
  });
}
