import { setTimeout } from 'node:timers/promises';
import {
  GenerateCredentialReportCommand,
  GetCredentialReportCommand,
  type GetCredentialReportResponse,
  IAMClient,
} from '@aws-sdk/client-iam';
import { type ReportRow, readReport } from '../credential-report.ts';
import { nameOf } from '../failures.ts';
import type { Reader } from './reader.ts';

/** Waits before the next request for the report. `attempt` counts from 0. */
export type ReportWait = (attempt: number) => Promise<unknown>;

/** Waits one, two, four … seconds, at most half a minute. */
const growingWait: ReportWait = (attempt) => setTimeout(Math.min(30_000, 1000 * 2 ** attempt));

/**
 * Maximum number of requests. IAM takes seconds for a small account, and minutes for one with many thousand users. With {@link
 * growingWait} they take three minutes.
 */
const MAX_ATTEMPTS = 10;

/** Thrown if IAM did not write the report in time, or not in the documented form. */
export class CredentialReportError extends Error {
  override readonly name = 'CredentialReportError';
}

/**
 * Credentials of IAM users and the root user, from IAM's credential report. IAM writes at most one in four hours and returns the
 * last one until then, so the report shows a change later.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html
 */
export const credentialReportReader = (wait: ReportWait): Reader => ({
  id: 'iam-credential-report',
  scope: 'account',
  lists: ['AWS::IAM::RootCredentials', 'AWS::IAM::UserCredentials'],
  permissions: ['iam:GenerateCredentialReport', 'iam:GetCredentialReport'],
  refreshedBy: [
    {
      source: 'iam.amazonaws.com',
      names: [
        'CreateUser',
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
  read: async function* ({ clients, accountId, region }) {
    const { Content, GeneratedTime } = await fetchReport(clients(IAMClient, region), wait);
    let unreadable = 0;
    for (const row of readReport(new TextDecoder().decode(Content))) {
      if (row === undefined) unreadable++;
      else yield { ...resourceOf(row, accountId), configuration: { generatedTime: GeneratedTime, row } };
    }
    if (unreadable > 0) throw new CredentialReportError(`${unreadable} lines of the report do not match its columns`);
  },
});

export const iamCredentialReport: Reader = credentialReportReader(growingWait);

/** Name of the root user in the report. */
const ROOT = '<root_account>';

const resourceOf = ({ user = '' }: ReportRow, accountId: string) =>
  user === ROOT
    ? ({ resourceType: 'AWS::IAM::RootCredentials', resourceId: accountId } as const)
    : ({ resourceType: 'AWS::IAM::UserCredentials', resourceId: user } as const);

/** Errors after which a new request makes sense: too many requests, or no current report yet. */
const NOT_NOW: ReadonlySet<string> = new Set([
  'CredentialReportExpiredException',
  'CredentialReportNotPresentException',
  'CredentialReportNotReadyException',
  'LimitExceededException',
]);

async function fetchReport(client: IAMClient, wait: ReportWait): Promise<GetCredentialReportResponse> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const report = await tryReport(client).catch((error: unknown) => {
      if (NOT_NOW.has(nameOf(error))) return undefined;
      throw error;
    });
    if (report) return report;
    await wait(attempt);
  }
  throw new CredentialReportError(`IAM has not written the report after ${MAX_ATTEMPTS} attempts`);
}

async function tryReport(client: IAMClient): Promise<GetCredentialReportResponse | undefined> {
  const { State } = await client.send(new GenerateCredentialReportCommand({}));
  return State === 'COMPLETE' ? client.send(new GetCredentialReportCommand({})) : undefined;
}
