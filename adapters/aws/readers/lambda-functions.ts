import { LambdaClient, paginateListFunctions } from '@aws-sdk/client-lambda';
import type { Reader } from './reader.ts';

/** Lambda functions. The reader drops their environment variables, which the answer also contains. */
export const lambdaFunctions: Reader = {
  id: 'lambda-functions',
  scope: 'region',
  lists: ['AWS::Lambda::Function'],
  permissions: ['lambda:ListFunctions'],
  refreshedBy: [],
  read: async function* ({ clients, region }) {
    const client = clients(LambdaClient, region);
    for await (const { Functions = [] } of paginateListFunctions({ client, pageSize: 50 }, {})) {
      for (const { FunctionName = '', PackageType, Runtime } of Functions) {
        yield { resourceType: 'AWS::Lambda::Function', resourceId: FunctionName, configuration: { PackageType, Runtime } };
      }
    }
  },
};
