import { type FactReaders, factParser, type ItemView } from './parser.ts';
import { either, flag, instant, listOf, objectOf, oneOf, type Shapes, text } from './shape.ts';

export interface AccessKey {
  readonly active: boolean;
  /** Time at which the key was created or last changed, ISO-8601 UTC. Absent if the report does not contain it. */
  readonly lastRotatedAt?: string;
  /** Time of the last use, ISO-8601 UTC. Absent if the report has no use. */
  readonly lastUsedAt?: string;
}

/** Facts from the credential report about one user or the root user. Times are ISO-8601 UTC. */
interface CredentialsFacts {
  /** Time at which IAM generated the report, up to four hours before csmm requested it. */
  reportGeneratedAt?: string;
  arn?: string;
  mfaActive?: boolean;
  /** Time of the last use of the password, or `never` if the report has none. */
  passwordLastUsedAt?: string;
  /** Time of the last change of the password, or `never` if the report has none. */
  passwordLastChangedAt?: string;
  /** Both access keys that a user can have. A key that does not exist is not active. */
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
const ACCESS_KEY = objectOf<Pick<AccessKey, 'active'>, Required<Omit<AccessKey, 'active'>>>(
  { active: flag },
  { lastRotatedAt: instant, lastUsedAt: instant },
);

const SHAPES: Shapes<CredentialsFacts> = {
  reportGeneratedAt: instant,
  arn: text,
  mfaActive: flag,
  passwordLastUsedAt: TIME,
  passwordLastChangedAt: TIME,
  accessKeys: listOf(ACCESS_KEY),
};

/** Readers of a row of the report, as text by column, and of the time of the report. */
const SHARED: FactReaders<CredentialsFacts> = {
  reportGeneratedAt: ({ configuration }) => isoOf(configuration.at('generatedTime').text()),
  arn: (item) => column(item, 'arn'),
  mfaActive: (item) => readFlag(item, 'mfa_active'),
  passwordLastUsedAt: (item) => readTime(item, 'password_last_used'),
  passwordLastChangedAt: (item) => readTime(item, 'password_last_changed'),
  accessKeys: (item) => {
    const [first, second] = [readKey(item, 'access_key_1'), readKey(item, 'access_key_2')];
    return first && second && [first, second];
  },
};

export const rootCredentialsParser = factParser<RootCredentialsFacts>(SHAPES, SHARED);

export const userCredentialsParser = factParser<UserCredentialsFacts>(
  { ...SHAPES, createdAt: instant, passwordEnabled: flag },
  {
    ...SHARED,
    createdAt: (item) => isoOf(column(item, 'user_creation_time')),
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

function readTime(item: ItemView, name: string): string | undefined {
  const text = column(item, name);
  return text !== undefined && NO_TIME.has(text.toLowerCase()) ? 'never' : isoOf(text);
}

function isoOf(text: string | undefined): string | undefined {
  const time = new Date(text ?? Number.NaN);
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}

function readKey(item: ItemView, name: string): AccessKey | undefined {
  const active = readFlag(item, `${name}_active`);
  const lastRotatedAt = readTime(item, `${name}_last_rotated`);
  const lastUsedAt = readTime(item, `${name}_last_used_date`);
  if (active === undefined || lastRotatedAt === undefined || lastUsedAt === undefined) return undefined;
  return { active, ...(lastRotatedAt !== 'never' && { lastRotatedAt }), ...(lastUsedAt !== 'never' && { lastUsedAt }) };
}
