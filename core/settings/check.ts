import { isWholeInternet } from '../facts/network.ts';
import { MAX_EXCEPTIONS, MAX_SETTINGS_BYTES, type SettingsSize, settingsSizes } from './account-settings.ts';
import { remediationIssues } from './check-remediation.ts';
import type { ExceptionEntry, SettingsDocument } from './document.ts';
import { exceptionsOf, isLive } from './exception.ts';
import type { SettingsIssue, SettingsPath } from './issue.ts';

/**
 * Checks a document that fits the schema. `at` (ISO-8601) is the time at which exceptions are asked whether they hold;
 * `hasRemedy` tells whether csmm can put right what fails a control, and left out, that is not asked.
 */
export function checkSettings(
  document: SettingsDocument,
  at: string,
  hasRemedy: (controlId: string) => boolean = () => true,
): SettingsIssue[] {
  return [
    ...repetitions(document),
    ...networks(document),
    ...windows(document),
    ...expired(document, at),
    ...twice(document, at),
    ...(document.remediation ? remediationIssues(document.remediation, hasRemedy) : []),
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

/** Words that a list names more than once. */
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
      all ? 'is the whole Internet; name the networks that are expected' : 'is not a CIDR block such as 10.0.0.0/8',
    );
  });
}

/** Longer than a task takes: more likely a slip in a date, which would hide that somebody else was root. */
const LONG_WINDOW_DAYS = 7;
const DAY_MS = 24 * 60 * 60 * 1000;

function windows({ rootTasks = [] }: SettingsDocument): SettingsIssue[] {
  return rootTasks.flatMap(({ from, to }, index): SettingsIssue[] => {
    const days = (Date.parse(to) - Date.parse(from)) / DAY_MS;
    if (days <= 0) return [problem(['rootTasks', index, 'to'], `is not after from, ${from}`)];
    if (days <= LONG_WINDOW_DAYS) return [];
    return [
      {
        kind: 'warning',
        path: ['rootTasks', index],
        text: `lasts ${Math.floor(days)} days, in which no use of the root user is found; is that meant?`,
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
          text: `has passed (${entry.expires}): the exception no longer takes anything out of the score; renew or remove it`,
        },
  );
}

const holds = (entry: ExceptionEntry, at: string): boolean => exceptionsOf(entry).some((exception) => isLive(exception, at));

/** Exceptions of the same control, account, Region and resource of which both hold: whose owner and expiry count is not known. */
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
  return [...found].map(([later, earlier]) => problem(['exceptions', later], 'takes out the same as', ['exceptions', earlier]));
}

/** Pairs, later and earlier, of those among `indices` that name the same account, or both name none. */
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
  // What is too much for every account is too much for each that is named.
  return (everywhere ? [everywhere] : named).flatMap((issue) => issue ?? []);
}

function tooLarge({ accountId, exceptions, bytes }: SettingsSize): SettingsIssue | undefined {
  const account = accountId === undefined ? 'for every account' : `for account ${accountId}`;
  if (exceptions > MAX_EXCEPTIONS) {
    const advice = 'remove what has expired, or except a Region or a whole control instead of many resources';
    return problem(['exceptions'], `are ${exceptions} ${account}, counted once for each control; ${MAX_EXCEPTIONS} are allowed: ${advice}`);
  }
  if (bytes <= MAX_SETTINGS_BYTES) return undefined;
  return problem([], `holds ${bytes} bytes ${account}; ${MAX_SETTINGS_BYTES} are allowed: shorten the reasons, or except less`);
}
