import { type FactReaders, factParser, type ItemView } from './parser.ts';

export interface AccessKey {
  readonly active: boolean;
  /** When it was made or last changed, ISO-8601 UTC; absent where the report does not say. */
  readonly lastRotatedAt?: string;
  /** ISO-8601 UTC; absent where no use is recorded. */
  readonly lastUsedAt?: string;
}

/** What the credential report says of one user or of the root user. Times are ISO-8601 UTC. */
interface CredentialsFacts {
  /** When IAM wrote the report, which may be four hours before anybody asked for it. */
  reportGeneratedAt?: string;
  arn?: string;
  mfaActive?: boolean;
  /** `never` where no use is recorded. */
  passwordLastUsedAt?: string;
  /** `never` where no change is recorded. */
  passwordLastChangedAt?: string;
  /** The two that a user may have, whether or not there are any. */
  accessKeys?: readonly AccessKey[];
}

/** The root user's row, which the report of a member account may lack. */
export interface RootCredentialsFacts extends CredentialsFacts {}

/** An IAM user's row. */
export interface UserCredentialsFacts extends CredentialsFacts {
  createdAt?: string;
  passwordEnabled?: boolean;
}

/** Reads a row of the report as text by column, with the report's own time. */
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

export const rootCredentialsParser = factParser<RootCredentialsFacts>(SHARED);

export const userCredentialsParser = factParser<UserCredentialsFacts>({
  ...SHARED,
  createdAt: (item) => isoOf(column(item, 'user_creation_time')),
  passwordEnabled: (item) => readFlag(item, 'password_enabled'),
});

const column = ({ configuration }: ItemView, name: string): string | undefined => configuration.at('row').at(name).text();

/** `TRUE` or `FALSE`, in either case. Anything else is unknown. */
function readFlag(item: ItemView, name: string): boolean | undefined {
  const text = column(item, name)?.toLowerCase();
  return text === 'true' ? true : text === 'false' ? false : undefined;
}

/** What stands in the report where there is no time. https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html */
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
