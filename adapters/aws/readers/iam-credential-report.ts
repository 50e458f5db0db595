import { setTimeout } from 'node:timers/promises';
import { GenerateCredentialReportCommand, GetCredentialReportCommand, IAMClient, type User } from '@aws-sdk/client-iam';
import { Unread } from '../../../core/facts/view.ts';
import { isoTimeOf, millisecondsOf } from '../../../core/instant.ts';
import { LISTING_MARGIN_MINUTES } from '../../../core/pipeline/sweep.ts';
import { type ReportRow, readReport } from '../credential-report.ts';
import { attempt, nameOf } from '../failures.ts';
import { listUsers, readUser, USER_PERMISSIONS } from '../iam-users.ts';
import { IAM_LAG } from './lags.ts';
import { AsOf, describeEach, type Observation, ReadAgain, type ReadContext, type Reader } from './reader.ts';

/** Waits before the next request for the report. `attempt` counts from 0. */
export type ReportWait = (attempt: number) => Promise<unknown>;

/** Waits one, two, four … seconds, at most half a minute. */
const growingWait: ReportWait = (attempt) => setTimeout(Math.min(30_000, 1000 * 2 ** attempt));

/**
 * Maximum number of requests. IAM takes seconds for a small account, and minutes for one with many thousand users. With {@link
 * growingWait} they take three minutes.
 */
const MAX_ATTEMPTS = 10;

/**
 * Time for which IAM returns the same report, in hours.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html
 */
const REPEATED_HOURS = 4;

/**
 * Maximum number of users that a run reads by calls of their own: each takes three to five calls. IAM allows 5,000 users in an
 * account, and throttles all callers of the account together.
 */
const MAX_USERS_READ = 100;

/** Thrown if IAM did not write the report in time, or not in the documented form. */
export class CredentialReportError extends Error {
  override readonly name = 'CredentialReportError';
}

/**
 * Credentials of IAM users and the root user, from IAM's credential report. IAM writes at most one in four hours and returns the last
 * one until then. Evidence from such a report has the time of the report. The reader asks IAM itself about the users who may have changed
 * since, and asks for another run when IAM can write the next report: see ADR 0033.
 */
export const credentialReportReader = (wait: ReportWait): Reader => ({
  id: 'iam-credential-report',
  scope: 'account',
  lists: ['AWS::IAM::RootCredentials', 'AWS::IAM::UserCredentials'],
  permissions: ['iam:GenerateCredentialReport', 'iam:GetCredentialReport', ...USER_PERMISSIONS],
  refreshedBy: [
    {
      source: 'iam.amazonaws.com',
      names: [
        'CreateUser',
        'UpdateUser',
        'DeleteUser',
        'CreateLoginProfile',
        'UpdateLoginProfile',
        'DeleteLoginProfile',
        'EnableMFADevice',
        'DeactivateMFADevice',
        'CreateAccessKey',
        'UpdateAccessKey',
        'DeleteAccessKey',
      ],
    },
  ],
  lag: IAM_LAG,
  read: async function* (context) {
    const client = context.clients(IAMClient, context.region);
    const report = await fetchReport(client, context.startedAt, wait);
    const rows = new Map<string, ReportRow>();
    let unreadable = 0;
    for (const row of readReport(report.csv)) {
      if (row === undefined) unreadable++;
      else if (row.user === ROOT) yield fromReport(row, report, context);
      else if (row.user !== undefined) rows.set(row.user, row);
    }
    if (report.isCurrent) for (const row of rows.values()) yield fromReport(row, report, context);
    else yield* sinceReport(client, rows, report, context);
    if (unreadable > 0) throw new CredentialReportError(`${unreadable} lines of the report do not match its columns`);
  },
});

export const iamCredentialReport: Reader = credentialReportReader(growingWait);

/** Name of the root user in the report. */
const ROOT = '<root_account>';

interface Report {
  readonly csv: string;
  /** ISO-8601 UTC. */
  readonly generatedAt: string;
  /** Whether IAM wrote the report after the run began. */
  readonly isCurrent: boolean;
}

const fromReport = (row: ReportRow, { generatedAt, isCurrent }: Report, { accountId }: ReadContext): Observation => ({
  ...(row.user === ROOT
    ? { resourceType: 'AWS::IAM::RootCredentials', resourceId: accountId }
    : { resourceType: 'AWS::IAM::UserCredentials', resourceId: row.user ?? '' }),
  configuration: { generatedTime: generatedAt, row },
  ...(!isCurrent && { capturedAt: generatedAt }),
});

type Rows = ReadonlyMap<string, ReportRow>;
type Users = ReadonlyMap<string, User>;

/** Yields the users of a report that IAM wrote before the run: as in the report, or as IAM describes them now. */
async function* sinceReport(
  client: IAMClient,
  rows: Rows,
  report: Report,
  { startedAt, changed }: ReadContext,
): AsyncGenerator<Observation | Unread | ReadAgain | AsOf> {
  const { generatedAt } = report;
  yield new AsOf(generatedAt);
  const users = await attempt(() => listUsers(client), []);
  if (users instanceof Unread) yield users;
  const listed = users instanceof Unread || users === null ? undefined : users;
  const named = new Set(changed && isSince(changed.at, generatedAt) ? changed.users : []);
  const [toRead, tooMany] = usersToRead(rows, listed, named);
  const place = { resourceType: 'AWS::IAM::UserCredentials' } as const;
  let isAnswered = listed !== undefined && named.size === 0 && tooMany.length === 0;
  for (const [name, row] of rows) {
    if (toRead.has(name)) continue;
    if (listed && !listed.has(name)) yield { ...place, resourceId: name, gone: true, configuration: null };
    else yield { ...place, resourceId: name, configuration: { generatedTime: generatedAt, row }, capturedAt: generatedAt };
  }
  for await (const observation of describeEach(toRead, async (name): Promise<Observation> => {
    const known = { name, user: listed?.get(name), row: rows.get(name), reportedAt: generatedAt, hasChanged: named.has(name) };
    const row = await readUser(client, known);
    if (row === null) return { ...place, resourceId: name, gone: true, configuration: null };
    if (Object.values(row).some((value) => value instanceof Unread)) isAnswered = false;
    return { ...place, resourceId: name, configuration: { generatedTime: null, row } };
  })) {
    yield observation;
  }
  const reason = `more than ${MAX_USERS_READ} users changed after the credential report of ${generatedAt}`;
  for (const name of tooMany) yield { ...place, resourceId: name, configuration: new Unread(reason) };
  yield* readAgain(generatedAt, startedAt, isAnswered);
}

/** Whether a report may not show a change: another program may have requested one that does. */
const isSince = (changedAt: string, generatedAt: string): boolean =>
  millisecondsOf(changedAt) + IAM_LAG.minutes * 60_000 > millisecondsOf(generatedAt);

/**
 * Returns the users to read by calls of their own, and those that exceed {@link MAX_USERS_READ}. A user who changed after the report
 * is in the event that requested the run, or in only one of report and list, or has another creation time. Without an event, each user
 * can have changed: csmm reads all of them if the account has few, and otherwise returns the lines of the report, with its time.
 */
function usersToRead(rows: Rows, listed: Users | undefined, named: ReadonlySet<string>): readonly [ReadonlySet<string>, readonly string[]] {
  const fresh = [...(listed ?? [])].flatMap(([name, user]) => (isSame(user, rows.get(name)) ? [] : [name]));
  const changed = [...new Set([...named, ...fresh])];
  const all = new Set([...changed, ...(listed ?? rows).keys()]);
  if (named.size === 0 && all.size <= MAX_USERS_READ) return [all, []];
  return [new Set(changed.slice(0, MAX_USERS_READ)), changed.slice(MAX_USERS_READ)];
}

/** Whether a user in the list is the one in the report, and not a new one with its name. The report has no milliseconds. */
const isSame = ({ CreateDate }: User, row: ReportRow | undefined): boolean =>
  row !== undefined && (CreateDate === undefined || Math.abs(CreateDate.getTime() - millisecondsOf(row.user_creation_time ?? '')) < 1000);

/**
 * Yields a request to run again when IAM can write a new report. A report of the last minutes that nothing contradicts is good enough:
 * otherwise two programs that both request reports would keep each other busy for ever. A much older one is not IAM's.
 */
function* readAgain(generatedAt: string, startedAt: string, isAnswered: boolean): Generator<ReadAgain> {
  const [generated, started] = [millisecondsOf(generatedAt), millisecondsOf(startedAt)];
  const margin = LISTING_MARGIN_MINUTES * 60_000;
  if (isAnswered && started - generated <= margin) return;
  const next = generated + REPEATED_HOURS * 3_600_000;
  if (next < started - margin) return;
  const at = new Date(Math.max(next, started + 60_000)).toISOString();
  yield new ReadAgain(at, `the credential report is of ${generatedAt}, and IAM writes the next one after ${REPEATED_HOURS} hours`);
}

/** Errors after which a new request makes sense: too many requests, or no current report yet. */
const NOT_NOW: ReadonlySet<string> = new Set([
  'CredentialReportExpiredException',
  'CredentialReportNotPresentException',
  'CredentialReportNotReadyException',
  'LimitExceededException',
]);

async function fetchReport(client: IAMClient, startedAt: string, wait: ReportWait): Promise<Report> {
  let isNew = false;
  for (let tries = 0; tries < MAX_ATTEMPTS; tries++) {
    try {
      const { State } = await client.send(new GenerateCredentialReportCommand({}));
      // The clocks of IAM and of this computer can differ: a report that IAM began because of this request is new whatever they say.
      isNew ||= State === 'STARTED';
      if (State === 'COMPLETE') {
        const { Content, GeneratedTime } = await client.send(new GetCredentialReportCommand({}));
        const generatedAt = isoTimeOf(GeneratedTime?.toISOString());
        if (generatedAt === undefined) throw new CredentialReportError('IAM did not return when it wrote the report');
        return { csv: new TextDecoder().decode(Content), generatedAt, isCurrent: isNew || generatedAt >= startedAt };
      }
    } catch (error) {
      if (!NOT_NOW.has(nameOf(error))) throw error;
    }
    await wait(tries);
  }
  throw new CredentialReportError(`IAM has not written the report after ${MAX_ATTEMPTS} attempts`);
}
