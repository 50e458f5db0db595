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

/** Waits before the report is asked for again; `attempt` counts from 0. */
export type ReportWait = (attempt: number) => Promise<unknown>;

/** One, two, four … seconds, and never more than half a minute. */
const growingWait: ReportWait = (attempt) => setTimeout(Math.min(30_000, 1000 * 2 ** attempt));

/** IAM takes seconds for a small account, and minutes for one of many thousand users: with {@link growingWait} three minutes. */
const MAX_ATTEMPTS = 10;

/** IAM did not write the report in the time allowed, or not as documented. */
export class CredentialReportError extends Error {
  override readonly name = 'CredentialReportError';
}

/**
 * The credentials of IAM users and the root user, by IAM's credential report. IAM writes one in four hours at most and
 * gives the last one until then: a change shows in the report after that.
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
    if (unreadable > 0) throw new CredentialReportError(`${unreadable} lines of the report are not of its columns`);
  },
});

export const iamCredentialReport: Reader = credentialReportReader(growingWait);

/** In place of the root user's name. */
const ROOT = '<root_account>';

const resourceOf = ({ user = '' }: ReportRow, accountId: string) =>
  user === ROOT
    ? ({ resourceType: 'AWS::IAM::RootCredentials', resourceId: accountId } as const)
    : ({ resourceType: 'AWS::IAM::UserCredentials', resourceId: user } as const);

/** Errors after which the report is worth asking for again: too many ask for it, or it is not there yet or no longer. */
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
