import { isoTimeOf, millisecondsOf } from '../instant.ts';
import { type FactReaders, factParser, type ItemView } from './parser.ts';
import { either, flag, instant, listOf, nullable, objectOf, oneOf, type Shape, type Shapes, text } from './shape.ts';

/** One of the two access keys that a user can have. */
export interface AccessKey {
  /** `false` for a key that does not exist. Absent if it could not be read. */
  readonly active?: boolean;
  /** Time at which the key was created or last changed, ISO-8601 UTC. Absent if the report has none. */
  readonly lastRotatedAt?: string;
  /** Time of the last use, ISO-8601 UTC. Absent if the report has none. */
  readonly lastUsedAt?: string;
  /** Unreadable parts of the key. Absent if csmm read all of them. */
  readonly unread?: readonly KeyPart[];
}

export type KeyPart = 'active' | 'lastRotatedAt' | 'lastUsedAt';

/**
 * Facts about one user or the root user, from the credential report. For a user who may have changed after the report, from other calls
 * of IAM. Times are ISO-8601 UTC.
 */
interface CredentialsFacts {
  /** Time at which IAM generated the report, or `null` if the facts are not from a report. */
  reportGeneratedAt?: string | null;
  arn?: string;
  mfaActive?: boolean;
  /** Time of the last use of the password, or `never` if the report has none. */
  passwordLastUsedAt?: string;
  /** Time of the last change of the password, or `never` if the report has none. */
  passwordLastChangedAt?: string;
  /** Both access keys that a user can have. */
  accessKeys?: readonly AccessKey[];
}

/** Facts of the root user. The report of a member account can lack its row. */
export interface RootCredentialsFacts extends CredentialsFacts {}

/** Facts of an IAM user. */
export interface UserCredentialsFacts extends CredentialsFacts {
  createdAt?: string;
  passwordEnabled?: boolean;
}

const TIME = either(instant, oneOf('never'));
const UNREAD = listOf(oneOf('active', 'lastRotatedAt', 'lastUsedAt'));
const TIMES = { lastRotatedAt: instant, lastUsedAt: instant };
const ACCESS_KEY: Shape<AccessKey> = either(
  objectOf<{ active: boolean }, Required<Omit<AccessKey, 'active'>>>({ active: flag }, { ...TIMES, unread: UNREAD }),
  objectOf<{ unread: readonly KeyPart[] }, Required<Omit<AccessKey, 'active' | 'unread'>>>({ unread: UNREAD }, TIMES),
);

const SHAPES: Shapes<CredentialsFacts> = {
  reportGeneratedAt: nullable(instant),
  arn: text,
  mfaActive: flag,
  passwordLastUsedAt: TIME,
  passwordLastChangedAt: TIME,
  accessKeys: listOf(ACCESS_KEY),
};

/** Readers of a row of the report, as text by column, and of the time of the report. A reader writes what other calls say as a row too. */
const SHARED: FactReaders<CredentialsFacts> = {
  reportGeneratedAt: ({ configuration }) => {
    const time = configuration.at('generatedTime');
    return time.raw() === null ? null : isoTimeOf(time.text());
  },
  arn: (item) => column(item, 'arn'),
  mfaActive: (item) => readFlag(item, 'mfa_active'),
  passwordLastUsedAt: (item) => readTime(item, 'password_last_used'),
  passwordLastChangedAt: (item) => readTime(item, 'password_last_changed'),
  accessKeys: (item) =>
    item.configuration.at('row').isObject ? [readKey(item, 'access_key_1'), readKey(item, 'access_key_2')] : undefined,
};

export const rootCredentialsParser = factParser<RootCredentialsFacts>(SHAPES, SHARED);

export const userCredentialsParser = factParser<UserCredentialsFacts>(
  { ...SHAPES, createdAt: instant, passwordEnabled: flag },
  {
    ...SHARED,
    createdAt: (item) => isoTimeOf(column(item, 'user_creation_time')),
    passwordEnabled: (item) => readFlag(item, 'password_enabled'),
  },
);

const column = ({ configuration }: ItemView, name: string): string | undefined => configuration.at('row').at(name).text();

/** Returns a boolean for `TRUE` or `FALSE` in upper or lower case, and `undefined` for any other value. */
function readFlag(item: ItemView, name: string): boolean | undefined {
  const text = column(item, name)?.toLowerCase();
  return text === 'true' ? true : text === 'false' ? false : undefined;
}

/** Values in the report instead of a time. https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html */
const NO_TIME: ReadonlySet<string> = new Set(['n/a', 'no_information', 'not_supported']);

/** Earliest time that AWS can report: its first service, Amazon S3, started in 2006. */
const EARLIEST_MS = Date.UTC(2006, 0);

/** Returns a time of the report, or `never`. Returns `undefined` for any other text, and for a time before AWS, such as one of 1970. */
function readTime(item: ItemView, name: string): string | undefined {
  const text = column(item, name);
  if (text === undefined) return undefined;
  if (NO_TIME.has(text.toLowerCase())) return 'never';
  return millisecondsOf(text) >= EARLIEST_MS ? isoTimeOf(text) : undefined;
}

function readKey(item: ItemView, name: string): AccessKey {
  const active = readFlag(item, `${name}_active`);
  const [lastRotatedAt, lastUsedAt] = [readTime(item, `${name}_last_rotated`), readTime(item, `${name}_last_used_date`)];
  const unread = Object.entries({ active, lastRotatedAt, lastUsedAt }).flatMap(([part, value]) => (value === undefined ? part : []));
  return {
    ...(active !== undefined && { active }),
    ...(lastRotatedAt !== undefined && lastRotatedAt !== 'never' && { lastRotatedAt }),
    ...(lastUsedAt !== undefined && lastUsedAt !== 'never' && { lastUsedAt }),
    ...(unread.length > 0 && { unread: unread as KeyPart[] }),
  };
}
