import {
  type AccessKeyMetadata,
  GetAccessKeyLastUsedCommand,
  GetLoginProfileCommand,
  type IAMClient,
  ListAccessKeysCommand,
  ListMFADevicesCommand,
  ListUsersCommand,
  type LoginProfile,
  type MFADevice,
  type User,
} from '@aws-sdk/client-iam';
import { Unread } from '../../core/facts/view.ts';
import type { ReportRow } from './credential-report.ts';
import { attempt, factIn } from './failures.ts';

/** The IAM actions of the functions in this file. */
export const USER_PERMISSIONS = [
  'iam:GetAccessKeyLastUsed',
  'iam:GetLoginProfile',
  'iam:ListAccessKeys',
  'iam:ListMFADevices',
  'iam:ListUsers',
] as const;

/** Maximum number of users or devices in an answer. An account has at most 5,000 users: five pages. */
const PAGE_SIZE = 1000;

interface Page {
  readonly IsTruncated?: boolean | undefined;
  readonly Marker?: string | undefined;
}

/**
 * Returns the elements of all pages of a list.
 * @throws TypeError if an answer has no list: such an answer does not mean an empty list.
 */
async function elementsOf<P extends Page, T>(
  action: string,
  request: (Marker: string | undefined) => Promise<P>,
  elements: (page: P) => readonly T[] | undefined,
): Promise<T[]> {
  const all: T[] = [];
  let marker: string | undefined;
  do {
    const page = await request(marker);
    const found = elements(page);
    if (!Array.isArray(found)) throw new TypeError(`${action} returned no list`);
    all.push(...found);
    marker = page.IsTruncated ? page.Marker : undefined;
  } while (marker !== undefined);
  return all;
}

/** Returns the IAM users of the account, by name. */
export async function listUsers(client: IAMClient): Promise<ReadonlyMap<string, User>> {
  const users = await elementsOf(
    'iam:ListUsers',
    (Marker) => client.send(new ListUsersCommand({ Marker, MaxItems: PAGE_SIZE })),
    ({ Users }) => Users,
  );
  return new Map(users.flatMap((user) => (user.UserName === undefined ? [] : [[user.UserName, user] as const])));
}

/** Names of the error by which IAM says that a user, or its password, does not exist: of the SDK, and of the API. */
const NOT_THERE = ['NoSuchEntityException', 'NoSuchEntity'];

/** A user to read by calls of its own, and what csmm knows of it. */
export interface UserToRead {
  readonly name: string;
  /** The user in the list of users; absent if the list does not contain it. */
  readonly user?: User | undefined;
  /** The user's line in the newest credential report, if it has one. */
  readonly row?: ReportRow | undefined;
  /** Time of that report, ISO-8601 UTC. */
  readonly reportedAt: string;
  /** Whether an event says that the user changed after the report. */
  readonly hasChanged: boolean;
}

/** A line of the credential report in which a column can be unread. */
export type LiveRow = Readonly<Record<string, unknown>>;

/**
 * Reads the credentials of one IAM user, in the form of a line of the credential report. Makes three calls, and one for each active
 * key. Returns `null` if the user does not exist.
 */
export async function readUser(client: IAMClient, known: UserToRead): Promise<LiveRow | null> {
  const UserName = known.name;
  const [profile, devices, keys] = await Promise.all([
    attempt(async () => profileIn(await client.send(new GetLoginProfileCommand({ UserName }))), NOT_THERE),
    attempt(() => listDevices(client, UserName), NOT_THERE),
    attempt(() => listKeys(client, UserName), NOT_THERE),
  ]);
  if (devices === null || keys === null) return null;
  return {
    user: UserName,
    arn: known.user?.Arn ?? known.row?.arn ?? new Unread('iam:ListUsers does not return the user yet'),
    user_creation_time: textOf(known.user?.CreateDate) ?? known.row?.user_creation_time,
    password_enabled: factIn(profile, () => 'true', 'false'),
    password_last_used: profile === null ? NO_TIME : lastUsed(known.user),
    password_last_changed: factIn(profile, ({ CreateDate }) => lastChanged(CreateDate, known), NO_TIME),
    mfa_active: factIn(devices, (list) => String(list.length > 0)),
    ...(keys instanceof Unread ? unreadKeys(keys) : await keyColumns(client, keys)),
  };
}

/** The text of a report for no time. */
const NO_TIME = 'N/A';

const textOf = (time: Date | undefined): string | undefined => time?.toISOString();

function profileIn({ LoginProfile }: { readonly LoginProfile?: LoginProfile | undefined }): LoginProfile {
  if (!LoginProfile) throw new TypeError('iam:GetLoginProfile returned no login profile');
  return LoginProfile;
}

const listDevices = (client: IAMClient, UserName: string): Promise<MFADevice[]> =>
  elementsOf(
    'iam:ListMFADevices',
    (Marker) => client.send(new ListMFADevicesCommand({ UserName, Marker })),
    ({ MFADevices }) => MFADevices,
  );

const listKeys = (client: IAMClient, UserName: string): Promise<AccessKeyMetadata[]> =>
  elementsOf(
    'iam:ListAccessKeys',
    (Marker) => client.send(new ListAccessKeysCommand({ UserName, Marker })),
    ({ AccessKeyMetadata }) => AccessKeyMetadata,
  );

/** Of the calls for users, only the list shows when a password was used: https://docs.aws.amazon.com/IAM/latest/APIReference/API_User.html */
const lastUsed = (user: User | undefined): unknown =>
  user ? (textOf(user.PasswordLastUsed) ?? NO_TIME) : new Unread('iam:ListUsers does not return the user');

/**
 * Returns when the password was last changed. IAM returns the time of its creation; later changes are only in a report. The newest one
 * decides, unless an event says that the user changed after it.
 */
function lastChanged(created: Date | undefined, { row, reportedAt, hasChanged }: UserToRead): unknown {
  const createdAt = textOf(created);
  if (createdAt !== undefined && createdAt >= reportedAt) return createdAt;
  const isInReport = row?.password_enabled?.toLowerCase() === 'true';
  return isInReport && !hasChanged
    ? row.password_last_changed
    : new Unread(`only a credential report after ${reportedAt} can show when the password was last changed`);
}

const KEY_NUMBERS = [1, 2] as const;
const ABSENT_KEY = { active: 'false', last_rotated: NO_TIME, last_used_date: NO_TIME };

const keyColumn = (number: number, values: Readonly<Record<string, unknown>>): LiveRow =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [`access_key_${number}_${name}`, value]));

const unreadKeys = (why: Unread): LiveRow => Object.assign({}, ...KEY_NUMBERS.map((number) => keyColumn(number, { active: why })));

/** Returns the columns of both keys. The first key is the older one. */
async function keyColumns(client: IAMClient, keys: readonly AccessKeyMetadata[]): Promise<LiveRow> {
  if (keys.length > KEY_NUMBERS.length) return unreadKeys(new Unread(`iam:ListAccessKeys returned ${keys.length} keys of a user`));
  const sorted = keys.toSorted((a, b) => (a.CreateDate?.getTime() ?? 0) - (b.CreateDate?.getTime() ?? 0));
  const columns = KEY_NUMBERS.map(async (number) => {
    const key = sorted[number - 1];
    return keyColumn(number, key ? await describeKey(client, key) : ABSENT_KEY);
  });
  return Object.assign({}, ...(await Promise.all(columns)));
}

/** `StatusType` of the SDK: a key that is not active cannot sign a request. Another status is unknown. */
const IS_ACTIVE: Readonly<Record<string, string>> = { Active: 'true', Inactive: 'false', Expired: 'false' };

async function describeKey(client: IAMClient, { AccessKeyId, Status, CreateDate }: AccessKeyMetadata): Promise<LiveRow> {
  const active =
    Status !== undefined && Object.hasOwn(IS_ACTIVE, Status)
      ? IS_ACTIVE[Status]
      : new Unread(`iam:ListAccessKeys returned the status ${Status}`);
  const last_rotated = textOf(CreateDate) ?? new Unread('iam:ListAccessKeys returned no creation time');
  if (active === 'false') return { active, last_rotated, last_used_date: NO_TIME };
  const use = await attempt(() => client.send(new GetAccessKeyLastUsedCommand({ AccessKeyId })));
  const last_used_date = factIn(use, ({ AccessKeyLastUsed }) => AccessKeyLastUsed && (textOf(AccessKeyLastUsed.LastUsedDate) ?? NO_TIME));
  return { active, last_rotated, last_used_date };
}
