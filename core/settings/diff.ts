import type { ExceptionEntry, RootTaskEntry, SettingsDocument } from './document.ts';

/** One difference between two documents. */
export interface SettingsChange {
  readonly kind: 'added' | 'removed' | 'changed';
  /** Where, such as `approvedRegions` or `backup.minRetentionDays`. */
  readonly key: string;
  /** What was added or removed, or what changed of it, in one line. */
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

/** What applying `after` changes where `before` is applied; `undefined` where nothing is. Order within lists is no difference. */
export function settingsChanges(before: SettingsDocument | undefined, after: SettingsDocument): SettingsChange[] {
  return [
    ...LISTS.flatMap((key) => listChanges(key, before?.[key], after[key])),
    ...entryChanges('rootTasks', before?.rootTasks, after.rootTasks, TASKS),
    ...valueChanges('backup', before?.backup, after.backup),
    ...valueChanges('targets', before?.targets, after.targets),
    ...entryChanges('exceptions', before?.exceptions, after.exceptions, EXCEPTIONS),
  ];
}

/** An empty list is not the same as none: no Region approved is not the same as none declared. */
function listChanges(key: string, before: readonly string[] | undefined, after: readonly string[] | undefined): SettingsChange[] {
  const [old, now] = [new Set(before), new Set(after)];
  const words = [
    ...[...old].filter((word) => !now.has(word)).map((text): SettingsChange => ({ kind: 'removed', key, text })),
    ...[...now].filter((word) => !old.has(word)).map((text): SettingsChange => ({ kind: 'added', key, text })),
  ];
  if (before !== undefined && after === undefined) return [...words, { kind: 'removed', key, text: 'no longer declared' }];
  return before === undefined && after?.length === 0 ? [{ kind: 'added', key, text: 'declared, with nothing in it' }] : words;
}

type Values = Readonly<Record<string, number>>;

function valueChanges(key: string, before: Partial<Values> = {}, after: Partial<Values> = {}): SettingsChange[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((name): SettingsChange[] => {
    const [old, now] = [before[name], after[name]];
    if (old === now) return [];
    const at = `${key}.${name}`;
    if (now === undefined) return [{ kind: 'removed', key: at, text: String(old) }];
    return [old === undefined ? { kind: 'added', key: at, text: String(now) } : { kind: 'changed', key: at, text: `${old} → ${now}` }];
  });
}

/** How entries of one kind are told apart and described. */
interface EntryKind<T> {
  /** Entries with the same scope are one entry that has changed. */
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

/** Entries of one scope: what is the same on both sides is no difference, and the rest is paired in the order of the file. */
function scopeChanges(key: string, scope: string, before: readonly Terms[], after: readonly Terms[]): SettingsChange[] {
  const [old, now] = [less(before, after), less(after, before)];
  return Array.from({ length: Math.max(old.length, now.length) }, (_, index): SettingsChange => {
    const [from, to] = [old[index], now[index]];
    if (from && to) return { kind: 'changed', key, text: `${scope}: ${differing(from, to)}` };
    return { kind: to ? 'added' : 'removed', key, text: `${scope}: ${told(to ?? from ?? {})}` };
  });
}

/** `entries` without those that `others` has too, each as often as it has it. */
function less(entries: readonly Terms[], others: readonly Terms[]): Terms[] {
  const left = new Map<string, number>();
  for (const other of others) left.set(told(other), (left.get(told(other)) ?? 0) + 1);
  return entries.filter((entry) => {
    const count = left.get(told(entry)) ?? 0;
    left.set(told(entry), count - 1);
    return count <= 0;
  });
}

const told = (terms: Terms): string =>
  Object.entries(terms)
    .map(([name, value]) => `${name} ${JSON.stringify(value)}`)
    .join(', ');

const differing = (from: Terms, to: Terms): string =>
  Object.entries(to)
    .filter(([name, value]) => from[name] !== value)
    .map(([name, value]) => `${name} ${JSON.stringify(from[name])} → ${JSON.stringify(value)}`)
    .join(', ');
