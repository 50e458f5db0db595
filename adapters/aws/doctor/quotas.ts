import { CloudFormationClient, paginateListStackSets } from '@aws-sdk/client-cloudformation';
import { GetAccountSettingsCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { paginateListServiceQuotas, ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import type { CallAs } from '../../../core/deployment/options.ts';
import type { QuotaFacts } from '../../../core/doctor/quotas.ts';
import { type DoctorPlace, everyPage, needed } from './place.ts';

/** Reads the quotas. @param callAs how the account manages stack sets. `undefined`: a deployment without stack sets */
export async function readQuotas({ clients, options: { homeRegion } }: DoctorPlace, callAs: CallAs | undefined): Promise<QuotaFacts> {
  const [concurrency, cloudformation, stackSets] = await Promise.all([
    needed(
      async () =>
        (await clients(LambdaClient, homeRegion).send(new GetAccountSettingsCommand({}))).AccountLimit?.UnreservedConcurrentExecutions,
    ),
    callAs === undefined
      ? []
      : needed(() =>
          everyPage(
            paginateListServiceQuotas({ client: clients(ServiceQuotasClient, homeRegion) }, { ServiceCode: 'cloudformation' }),
            ({ Quotas }) =>
              Quotas?.flatMap(({ QuotaName = '', QuotaCode = '', Value }) =>
                Value === undefined ? [] : { name: QuotaName, code: QuotaCode, value: Value },
              ),
          ),
        ),
    callAs === undefined
      ? 0
      : needed(async () => {
          const pages = paginateListStackSets({ client: clients(CloudFormationClient, homeRegion) }, { Status: 'ACTIVE', CallAs: callAs });
          return (await everyPage(pages, ({ Summaries }) => Summaries)).length;
        }),
  ]);
  return { concurrency, cloudformation, stackSets };
}
