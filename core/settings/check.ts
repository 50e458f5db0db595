import { isWholeInternet } from '../facts/network.ts';
import { millisecondsOf } from '../instant.ts';
import { MAX_EXCEPTIONS, MAX_SETTINGS_BYTES, type SettingsSize, settingsSizes } from './account-settings.ts';
import { type RemediesOf, remediationIssues } from './check-remediation.ts';
import type { ExceptionEntry, SettingsDocument } from './document.ts';
import { exceptionsOf, isLive } from './exception.ts';
import type { SettingsIssue, SettingsPath } from './issue.ts';

/**
 * Checks a document that fits the schema. `at` (ISO-8601) is the time for the check of expired exceptions. Without
 * `remediesOf`, remedies are not checked.
 */
export function checkSettings(document: SettingsDocument, at: string, remediesOf: RemediesOf = () => undefined): SettingsIssue[] {
  return [
    ...repetitions(document),
    ...networks(document),
    ...windows(document),
    ...expired(document, at),
    ...twice(document, at),
    ...(document.remediation ? remediationIssues(document.remediation, remediesOf) : []),
    ...sizes(document),
  ];
}

const problem = (path: SettingsPath, text: string, earlier?: SettingsPath): SettingsIssue => ({
  kind: 'problem',
  path,
  text,
  ...(earlier && { earlier }),
});

const LISTS = [
  'approvedRegions',
  'breakGlassPrincipals',
  'pipelinePrincipals',
  'exemptPrincipals',
  'trustedAccounts',
  'expectedNetworks',
] as const;

const RULE_LISTS = ['controls', 'accounts', 'organizationalUnits', 'regions'] as const;

/** Returns the values that a list contains more than once. */
function repetitions(document: SettingsDocument): SettingsIssue[] {
  const { rules = [], changeWindows = [] } = document.remediation ?? {};
  return [
    ...LISTS.flatMap((key) => repeated(document[key], [key])),
    ...(document.rootTasks ?? []).flatMap(({ accounts }, index) => repeated(accounts, ['rootTasks', index, 'accounts'])),
    ...(document.exceptions ?? []).flatMap(({ accounts, controls }, index) => [
      ...repeated(controls, ['exceptions', index, 'controls']),
      ...repeated(accounts, ['exceptions', index, 'accounts']),
    ]),
    ...rules.flatMap((rule, index) => RULE_LISTS.flatMap((key) => repeated(rule[key], ['remediation', 'rules', index, key]))),
    ...changeWindows.flatMap(({ days }, index) => repeated(days, ['remediation', 'changeWindows', index, 'days'])),
  ];
}

function repeated(words: readonly string[] | undefined, path: SettingsPath): SettingsIssue[] {
  const first = new Map<string, number>();
  return (words ?? []).flatMap((word, index) => {
    const earlier = first.get(word);
    if (earlier !== undefined) return problem([...path, index], 'repeats', [...path, earlier]);
    first.set(word, index);
    return [];
  });
}

function networks({ expectedNetworks = [] }: SettingsDocument): SettingsIssue[] {
  return expectedNetworks.flatMap((network, index) => {
    if (network.startsWith('vpc-')) return [];
    const all = isWholeInternet(network);
    if (all === false) return [];
    return problem(
      ['expectedNetworks', index],
      all ? 'is the whole internet. Fix: list only the expected networks' : 'is not a CIDR block such as 10.0.0.0/8',
    );
  });
}

/**
 * Maximum length of the window of a root task without a warning, in days. A longer one is probably a typing error, and would hide other
 * uses of the root user.
 */
const LONG_WINDOW_DAYS = 7;
const DAY_MS = 24 * 60 * 60 * 1000;

function windows({ rootTasks = [] }: SettingsDocument): SettingsIssue[] {
  return rootTasks.flatMap(({ from, to }, index): SettingsIssue[] => {
    const days = (millisecondsOf(to) - millisecondsOf(from)) / DAY_MS;
    if (days <= 0) return [problem(['rootTasks', index, 'to'], `is not after from, ${from}`)];
    if (days <= LONG_WINDOW_DAYS) return [];
    return [
      {
        kind: 'warning',
        path: ['rootTasks', index],
        text: `lasts ${Math.floor(days)} days. csmm ignores every use of the root user in this time. Is this intended?`,
      },
    ];
  });
}

function expired({ exceptions = [] }: SettingsDocument, at: string): SettingsIssue[] {
  return exceptions.flatMap((entry, index) =>
    holds(entry, at)
      ? []
      : {
          kind: 'warning',
          path: ['exceptions', index, 'expires'],
          text: `is in the past (${entry.expires}): the exception has expired. Fix: renew or remove it`,
        },
  );
}

const holds = (entry: ExceptionEntry, at: string): boolean => exceptionsOf(entry).some((exception) => isLive(exception, at));

/** Returns live exceptions with the same control, account, Region and resource, because their owners and expiry times conflict. */
function twice({ exceptions = [] }: SettingsDocument, at: string): SettingsIssue[] {
  const alike = new Map<string, number[]>();
  for (const [index, entry] of exceptions.entries()) {
    if (!holds(entry, at)) continue;
    for (const { controlId, region, resource } of exceptionsOf(entry)) {
      const scope = JSON.stringify([controlId, region, resource?.type, resource?.id]);
      const indices = alike.get(scope);
      if (indices) indices.push(index);
      else alike.set(scope, [index]);
    }
  }
  const found = new Map<number, number>();
  for (const indices of alike.values()) {
    for (const [later, earlier] of inOneAccount(indices, exceptions)) if (!found.has(later)) found.set(later, earlier);
  }
  return [...found].map(([later, earlier]) => problem(['exceptions', later], 'has the same scope as', ['exceptions', earlier]));
}

/** Yields pairs (later, earlier) of `indices` of exceptions that name the same account, or that both name no account. */
function* inOneAccount(indices: readonly number[], exceptions: readonly ExceptionEntry[]): Generator<[number, number]> {
  const first = new Map<string | undefined, number>();
  for (const index of indices) {
    for (const account of exceptions[index]?.accounts ?? [undefined]) {
      const earlier = first.get(account) ?? index;
      if (earlier !== index) yield [index, earlier];
      first.set(account, earlier);
    }
  }
}

function sizes(document: SettingsDocument): SettingsIssue[] {
  const [everywhere, ...named] = settingsSizes(document).map(tooLarge);
  // Settings that are too large for every account are also too large for each named one.
  return (everywhere ? [everywhere] : named).flatMap((issue) => issue ?? []);
}

function tooLarge({ accountId, exceptions, bytes }: SettingsSize): SettingsIssue | undefined {
  const account = accountId === undefined ? 'for every account' : `for account ${accountId}`;
  if (exceptions > MAX_EXCEPTIONS) {
    const fix = 'remove expired exceptions, or cover a Region or a whole control instead of many resources';
    const given = `given ${exceptions} ${account}, counted once for each control`;
    return problem(['exceptions'], `are too many: ${given}; allowed ${MAX_EXCEPTIONS}. Fix: ${fix}`);
  }
  if (bytes <= MAX_SETTINGS_BYTES) return undefined;
  const fix = 'shorten reasons or remove exceptions';
  return problem([], `is too large: given ${bytes} bytes ${account}; allowed ${MAX_SETTINGS_BYTES}. Fix: ${fix}`);
}
