import { GetAccountSummaryCommand, IAMClient } from '@aws-sdk/client-iam';
import { IAM_LAG } from './lags.ts';
import type { Reader } from './reader.ts';

/** IAM's summary of the account: the credentials of its root user. */
export const iamAccountSummary: Reader = {
  id: 'iam-account-summary',
  scope: 'account',
  lists: ['AWS::IAM::AccountSummary'],
  permissions: ['iam:GetAccountSummary'],
  refreshedBy: [
    {
      source: 'iam.amazonaws.com',
      names: [
        'CreateAccessKey',
        'DeleteAccessKey',
        'UpdateAccessKey',
        'UploadSigningCertificate',
        'DeleteSigningCertificate',
        'EnableMFADevice',
        'DeactivateMFADevice',
        'DeleteVirtualMFADevice',
        'CreateLoginProfile',
        'DeleteLoginProfile',
      ],
    },
  ],
  lag: IAM_LAG,
  read: async function* ({ clients, accountId, partition, region }) {
    const { SummaryMap } = await clients(IAMClient, region).send(new GetAccountSummaryCommand({}));
    yield { resourceType: 'AWS::IAM::AccountSummary', resourceId: accountId, configuration: { partition, summaryMap: SummaryMap } };
  },
};
