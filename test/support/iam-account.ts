import type { IAMClient } from '@aws-sdk/client-iam';
import type { Clients } from '../../adapters/aws/clients.ts';

/** A user as it really is. Times are in milliseconds since 1970. */
export interface RealUser {
  readonly createdAt: number;
  readonly password?: { readonly createdAt: number; readonly changedAt: number; readonly usedAt?: number };
  readonly mfa: boolean;
  readonly keys: readonly { readonly active: boolean; readonly createdAt: number; readonly usedAt?: number }[];
}

const COLUMNS =
  'user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,' +
  'access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,' +
  'access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,' +
  'cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated';
const REPEATED_MS = 4 * 3_600_000;

const error = (name: string): Error => Object.assign(new Error(name), { name });
const time = (at: number | undefined, without = 'N/A'): string => (at === undefined ? without : new Date(at).toISOString());

type Input = Readonly<Record<string, string | number | undefined>>;

/** An account in memory that answers the calls of IAM, with a clock. IAM repeats a report for four hours, as in AWS. */
export class IamAccount {
  /** Milliseconds since 1970. */
  now: number;
  readonly users = new Map<string, RealUser>();
  /** Calls by action, such as `GetLoginProfile`. */
  readonly calls = new Map<string, number>();
  /** Actions that fail, with the name of the error. */
  readonly failing = new Map<string, string>();
  private report: { readonly at: number; readonly csv: string } | undefined;

  constructor(now: string) {
    this.now = Date.parse(now);
  }

  get startedAt(): string {
    return new Date(this.now).toISOString();
  }

  /** Time of the newest report. */
  get reportedAt(): string {
    return new Date(this.report?.at ?? Number.NaN).toISOString();
  }

  pass(minutes: number): void {
    this.now += minutes * 60_000;
  }

  set(name: string, changes: Partial<RealUser> = {}): void {
    const known = this.users.get(name) ?? { createdAt: this.now, mfa: false, keys: [] };
    this.users.set(name, { ...known, ...changes });
  }

  /** Gives the user a console password. */
  allowConsole(name: string): void {
    this.set(name, { password: { createdAt: this.now, changedAt: this.now } });
  }

  /** Requests a report, as other programs do too. */
  generateReport(): void {
    if (this.report && this.now - this.report.at < REPEATED_MS) return;
    this.report = { at: this.now, csv: [COLUMNS, rootLine(), ...[...this.users].map(([name, user]) => lineOf(name, user))].join('\n') };
  }

  readonly clients = (() => this.client) as unknown as Clients;
  private readonly client = {
    send: (command: { constructor: { name: string }; input: Input }) => this.answer(command),
  } as unknown as IAMClient;

  private async answer(command: { constructor: { name: string }; input: Input }): Promise<unknown> {
    const { input } = command;
    const action = command.constructor.name.replace(/Command$/, '');
    this.calls.set(action, (this.calls.get(action) ?? 0) + 1);
    const failure = this.failing.get(action);
    if (failure !== undefined) throw error(failure);
    if (action === 'GenerateCredentialReport') {
      this.generateReport();
      return { State: 'COMPLETE' };
    }
    if (action === 'GetCredentialReport')
      return { Content: new TextEncoder().encode(this.report?.csv), GeneratedTime: new Date(this.report?.at ?? Number.NaN) };
    if (action === 'ListUsers') return this.listUsers(Number(input.Marker ?? 0), Number(input.MaxItems));
    if (action === 'GetAccessKeyLastUsed') return this.lastUsed(String(input.AccessKeyId));
    const user = this.users.get(String(input.UserName));
    if (!user) throw error('NoSuchEntityException');
    if (action === 'ListMFADevices') return { MFADevices: user.mfa ? [{ SerialNumber: 'phone' }] : [], IsTruncated: false };
    if (action === 'ListAccessKeys') return { AccessKeyMetadata: user.keys.map((key, index) => keyOf(String(input.UserName), key, index)) };
    if (action !== 'GetLoginProfile') throw error(`UnknownAction ${action}`);
    if (!user.password) throw error('NoSuchEntityException');
    return { LoginProfile: { UserName: input.UserName, CreateDate: new Date(user.password.createdAt) } };
  }

  private listUsers(from: number, count: number): object {
    const page = [...this.users].slice(from, from + count).map(([UserName, { createdAt, password }]) => ({
      UserName,
      Arn: arnOf(UserName),
      CreateDate: new Date(Math.floor(createdAt / 1000) * 1000),
      ...(password?.usedAt !== undefined && { PasswordLastUsed: new Date(password.usedAt) }),
    }));
    const IsTruncated = from + count < this.users.size;
    return { Users: page, IsTruncated, ...(IsTruncated && { Marker: String(from + count) }) };
  }

  private lastUsed(id: string): object {
    const [name = '', index] = id.split('#');
    const usedAt = this.users.get(name)?.keys[Number(index)]?.usedAt;
    return {
      UserName: name,
      AccessKeyLastUsed: { ServiceName: 'N/A', Region: 'N/A', ...(usedAt !== undefined && { LastUsedDate: new Date(usedAt) }) },
    };
  }
}

const arnOf = (name: string): string => `arn:aws:iam::111111111111:user/${name}`;

const keyOf = (name: string, { active, createdAt }: RealUser['keys'][number], index: number) => ({
  AccessKeyId: `${name}#${index}`,
  Status: active ? 'Active' : 'Inactive',
  CreateDate: new Date(createdAt),
});

const NO_KEY = 'false,N/A,N/A,N/A,N/A';

function lineOf(name: string, { createdAt, password, mfa, keys }: RealUser): string {
  const columns = [0, 1].map((index) => {
    const key = keys[index];
    return key ? `${key.active},${time(key.createdAt)},${time(key.usedAt)},N/A,N/A` : NO_KEY;
  });
  const used = time(password?.usedAt, password ? 'no_information' : 'N/A');
  return `${name},${arnOf(name)},${time(createdAt)},${password !== undefined},${used},${time(password?.changedAt)},N/A,${mfa},${columns.join()},false,N/A,false,N/A`;
}

const rootLine = (): string =>
  `<root_account>,arn:aws:iam::111111111111:root,2020-01-01T00:00:00+00:00,not_supported,no_information,not_supported,not_supported,true,${NO_KEY},${NO_KEY},false,N/A,false,N/A`;
