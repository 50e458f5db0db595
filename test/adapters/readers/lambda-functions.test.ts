import { LambdaClient, LambdaServiceException, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { lambdaFunctions } from '../../../adapters/aws/readers/lambda-functions.ts';
import { factsOf } from '../../support/facts.ts';
import { readAll, readFacts, readInventory } from '../../support/readers.ts';

const lambda = mockClient(LambdaClient);
const TYPE = 'AWS::Lambda::Function';
const denied = new LambdaServiceException({ name: 'AccessDeniedException', $fault: 'client', $metadata: {}, message: 'no' });
const FUNCTION = {
  FunctionName: 'orders',
  Runtime: 'nodejs22.x',
  PackageType: 'Zip',
  Environment: { Variables: { DSN: 'made-up' } },
} as const;

beforeEach(() => {
  lambda.reset();
  lambda.on(ListFunctionsCommand).resolves({ Functions: [FUNCTION] });
});

describe('Lambda functions that the API lists', () => {
  it('have the facts of the same functions in AWS Config', async () => {
    const facts = await readFacts(lambdaFunctions);
    expect(facts[`${TYPE} eu-west-1 orders`]).toEqual(factsOf(TYPE, { functionName: 'orders', runtime: 'nodejs22.x' }));
  });

  it('leave their environment variables behind', async () => {
    expect(JSON.stringify(await readAll(lambdaFunctions))).not.toContain('made-up');
  });

  it('are listed page by page', async () => {
    lambda
      .on(ListFunctionsCommand)
      .resolvesOnce({ Functions: [FUNCTION], NextMarker: 'more' })
      .resolvesOnce({ Functions: [{ ...FUNCTION, FunctionName: 'invoices' }] });
    expect(await readInventory(lambdaFunctions)).toEqual({ [TYPE]: 2 });
  });

  it('are not all known where a page was denied', async () => {
    lambda
      .on(ListFunctionsCommand)
      .resolvesOnce({ Functions: [FUNCTION], NextMarker: 'more' })
      .rejectsOnce(denied);
    expect(await readInventory(lambdaFunctions)).toEqual({ [TYPE]: expect.stringContaining('AccessDeniedException') });
  });
});
