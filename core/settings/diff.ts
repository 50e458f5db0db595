import {
  type ChangeWindow,
  type ExceptionEntry,
  type Freeze,
  type RemediationDocument,
  type RemediationMode,
  type RemediationRule,
  type RootTaskEntry,
  type SettingsDocument,
  WEEKDAYS,
} from './document.ts';

/** One difference between two documents. */
export interface SettingsChange {
  readonly kind: 'added' | 'removed' | 'changed';
  /** Path of the setting, such as `approvedRegions` or `backup.minRetentionDays`. */
  readonly key: string;
  /** Added, removed or changed value, in one line. */
  readonly text: string;
}

const LISTS = [
  'approvedRegions',
  'breakGlassPrincipals',
  'exemptPrincipals',
  'pipelinePrincipals',
  'trustedAccounts',
  'expectedNetworks',
] as const;

/**
 * Returns the differences between the applied document `before` (`undefined` if no document is applied) and `after`. The order within a
 * list does not matter, except for the rules of remediation, because the first matching rule applies.
 */
export function settingsChanges(before: SettingsDocument | undefined, after: SettingsDocument): SettingsChange[] {
  return [
    ...LISTS.flatMap((key) => listChanges(key, before?.[key], after[key])),
    ...entryChanges('rootTasks', before?.rootTasks, after.rootTasks, TASKS),
    ...valueChanges('backup', before?.backup, after.backup),
    ...valueChanges('targets', before?.targets, after.targets),
    ...entryChanges('exceptions', before?.exceptions, after.exceptions, EXCEPTIONS),
    ...remediationChanges(before?.remediation, after.remediation),
  ];
}

/** Returns the differences of a list. An empty list differs from an absent one: it approves no Region, for example. */
function listChanges(key: string, before: readonly string[] | undefined, after: readonly string[] | undefined): SettingsChange[] {
  const [old, now] = [new Set(before), new Set(after)];
  const words = [
    ...[...old].filter((word) => !now.has(word)).map((text): SettingsChange => ({ kind: 'removed', key, text })),
    ...[...now].filter((word) => !old.has(word)).map((text): SettingsChange => ({ kind: 'added', key, text })),
  ];
  if (before !== undefined && after === undefined) return [...words, { kind: 'removed', key, text: 'no longer declared' }];
  return before === undefined && after?.length === 0 ? [{ kind: 'added', key, text: 'declared as an empty list' }] : words;
}

type Values = Readonly<Record<string, number | string>>;

function valueChanges(key: string, before: Partial<Values> = {}, after: Partial<Values> = {}): SettingsChange[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((name): SettingsChange[] => {
    // A key can be any string, such as `constructor`.
    const [old, now] = [before, after].map((values) => (Object.hasOwn(values, name) ? values[name] : undefined));
    if (old === now) return [];
    const at = `${key}.${name}`;
    if (now === undefined) return [{ kind: 'removed', key: at, text: String(old) }];
    return [old === undefined ? { kind: 'added', key: at, text: String(now) } : { kind: 'changed', key: at, text: `${old} → ${now}` }];
  });
}

/** How entries of one kind are distinguished and described. */
interface EntryKind<T> {
  /** Returns the scope. Two entries with the same scope count as one changed entry. */
  readonly scope: (entry: T) => string;
  readonly terms: (entry: T) => Readonly<Record<string, string>>;
}

const accountsOf = ({ accounts }: { readonly accounts?: readonly string[] }): string =>
  accounts === undefined ? 'every account' : [...accounts].sort().join(', ');

const TASKS: EntryKind<RootTaskEntry> = {
  scope: (task) => `in ${accountsOf(task)} from ${task.from}`,
  terms: ({ to, reason, ticket }) => ({ to, reason, ticket }),
};

const EXCEPTIONS: EntryKind<ExceptionEntry> = {
  scope: (entry) => {
    const controls = [...(entry.control === undefined ? [] : [entry.control]), ...(entry.controls ?? [])].sort().join(', ');
    const resource = entry.resource ? ` on ${entry.resource.type} ${entry.resource.id}` : '';
    return `${controls}${resource} in ${accountsOf(entry)}${entry.region === undefined ? '' : `, ${entry.region}`}`;
  },
  terms: ({ expires, owner, ticket, reason }) => ({ expires, owner, ticket, reason }),
};

/** Effect of each mode. */
const EFFECTS: Readonly<Record<RemediationMode, string>> = {
  off: 'off: does nothing',
  plan: 'plan: publishes what it would do',
  approve: 'approve: remediates after an approval',
  auto: 'auto: remediates without an approval',
};

const RULES: EntryKind<RemediationRule> = {
  scope: ({ controls, organizationalUnits, regions, tags, ...rule }) =>
    [
      `${sorted(controls)} in ${accountsOf(rule)}`,
      ...(organizationalUnits ? [`below ${sorted(organizationalUnits)}`] : []),
      ...(regions ? [sorted(regions)] : []),
      ...(tags ? [`tagged ${sorted(Object.entries(tags).map(([key, value]) => `${JSON.stringify(key)}=${JSON.stringify(value)}`))}`] : []),
    ].join(', '),
  terms: ({ mode, maxRisk, grace, withoutPlan }) => ({
    mode: EFFECTS[mode],
    ...(maxRisk !== undefined && { maxRisk }),
    ...(grace !== undefined && { grace }),
    ...(withoutPlan !== undefined && { withoutPlan }),
  }),
};

const sorted = (words: readonly string[]): string => [...words].sort().join(', ');

const windowLine = ({ days, from, to, zone = 'UTC' }: ChangeWindow): string =>
  `${WEEKDAYS.filter((day) => days.includes(day)).join(', ')} from ${from} to ${to}${to < from ? ' of the next day' : ''} ${zone}`;

const freezeLine = ({ from, to, zone = 'UTC', reason }: Freeze): string => `${from} to ${to} ${zone}: ${reason}`;

function remediationChanges(before: RemediationDocument | undefined, after: RemediationDocument | undefined): SettingsChange[] {
  const at = 'remediation';
  const single = ({ maxRisk, maxReversals, ownerTag }: Partial<RemediationDocument> = {}) => ({
    ...(maxRisk !== undefined && { maxRisk }),
    ...(maxReversals !== undefined && { maxReversals }),
    ...(ownerTag !== undefined && { ownerTag }),
  });
  return [
    ...entryChanges(`${at}.rules`, before?.rules, after?.rules, RULES),
    ...orderChange(`${at}.rules`, before?.rules ?? [], after?.rules ?? []),
    ...valueChanges(at, single(before), single(after)),
    ...valueChanges(`${at}.budget`, before?.budget, after?.budget),
    ...listChanges(`${at}.changeWindows`, before?.changeWindows?.map(windowLine), after?.changeWindows?.map(windowLine)),
    ...listChanges(`${at}.freezes`, before?.freezes?.map(freezeLine), after?.freezes?.map(freezeLine)),
    ...listChanges(`${at}.changeCalendars`, before?.changeCalendars, after?.changeCalendars),
    ...valueChanges(`${at}.exemptTags`, before?.exemptTags, after?.exemptTags),
    ...valueChanges(`${at}.parameters`, { ...before?.parameters }, { ...after?.parameters }),
    ...valueChanges(`${at}.twoPerson`, twoPersonTerms(before), twoPersonTerms(after)),
  ];
}

/** Returns the conditions of the plans that two persons must approve. Without conditions, it is every plan. */
function twoPersonTerms(document: RemediationDocument | undefined): Readonly<Record<string, string>> {
  const { twoPerson } = document ?? {};
  if (!twoPerson) return {};
  const terms = Object.entries(twoPerson).map(([name, value]) => [name, [value].flat().join(', ')]);
  return { plans: terms.length === 0 ? 'all' : 'some', ...Object.fromEntries(terms) };
}

/** Returns the new order of rules, if a rule has moved or is new before an existing one. Another rule may then match the same finding. */
function orderChange(key: string, before: readonly RemediationRule[], after: readonly RemediationRule[]): SettingsChange[] {
  const former = formerPositions(before, after);
  const isKept = former.every((position, index) => index === 0 || rank(former[index - 1]) < rank(position) || position === undefined);
  if (isKept) return [];
  const order = former.map((position) => (position === undefined ? 'new' : `former ${position + 1}`)).join(', ');
  return [{ kind: 'changed', key, text: `the order of the rules (the first match applies): ${order}` }];
}

const rank = (position: number | undefined): number => position ?? Number.POSITIVE_INFINITY;

/** Returns the former position of each rule. It searches for the same rule first, then for a rule with the same scope. */
function formerPositions(before: readonly RemediationRule[], after: readonly RemediationRule[]): (number | undefined)[] {
  const positions = new Map<number, number>();
  const left = new Set(before.keys());
  const same = (rule: RemediationRule): string => `${RULES.scope(rule)}: ${termsText(RULES.terms(rule))}`;
  for (const nameOf of [same, RULES.scope]) {
    const names = before.map(nameOf);
    for (const [index, rule] of after.entries()) {
      if (positions.has(index)) continue;
      const name = nameOf(rule);
      const position = [...left].find((candidate) => names[candidate] === name);
      if (position === undefined) continue;
      positions.set(index, position);
      left.delete(position);
    }
  }
  return after.map((_, index) => positions.get(index));
}

function entryChanges<T>(key: string, before: readonly T[] = [], after: readonly T[] = [], kind: EntryKind<T>): SettingsChange[] {
  const [old, now] = [byScope(before, kind), byScope(after, kind)];
  return [...new Set([...old.keys(), ...now.keys()])].flatMap((scope) =>
    scopeChanges(key, scope, old.get(scope) ?? [], now.get(scope) ?? []),
  );
}

type Terms = Readonly<Record<string, string>>;

function byScope<T>(entries: readonly T[], { scope, terms }: EntryKind<T>): Map<string, Terms[]> {
  const groups = new Map<string, Terms[]>();
  for (const entry of entries) {
    const group = groups.get(scope(entry));
    if (group) group.push(terms(entry));
    else groups.set(scope(entry), [terms(entry)]);
  }
  return groups;
}

/** Returns the differences of entries with one scope. It drops equal entries and pairs the rest in the order of the file. */
function scopeChanges(key: string, scope: string, before: readonly Terms[], after: readonly Terms[]): SettingsChange[] {
  const [old, now] = [less(before, after), less(after, before)];
  return Array.from({ length: Math.max(old.length, now.length) }, (_, index): SettingsChange => {
    const [from, to] = [old[index], now[index]];
    if (from && to) return { kind: 'changed', key, text: `${scope}: ${differing(from, to)}` };
    return { kind: to ? 'added' : 'removed', key, text: `${scope}: ${termsText(to ?? from ?? {})}` };
  });
}

/** Returns `entries` without those in `others`. An entry that is in `others` n times is dropped n times. */
function less(entries: readonly Terms[], others: readonly Terms[]): Terms[] {
  const left = new Map<string, number>();
  for (const other of others) left.set(termsText(other), (left.get(termsText(other)) ?? 0) + 1);
  return entries.filter((entry) => {
    const count = left.get(termsText(entry)) ?? 0;
    left.set(termsText(entry), count - 1);
    return count <= 0;
  });
}

const termsText = (terms: Terms): string =>
  Object.entries(terms)
    .map(([name, value]) => `${name} ${JSON.stringify(value)}`)
    .join(', ');

const differing = (from: Terms, to: Terms): string =>
  [...new Set([...Object.keys(from), ...Object.keys(to)])]
    .filter((name) => from[name] !== to[name])
    .map((name) => `${name} ${termText(from[name])} → ${termText(to[name])}`)
    .join(', ');

const termText = (value: string | undefined): string => (value === undefined ? 'none' : JSON.stringify(value));
