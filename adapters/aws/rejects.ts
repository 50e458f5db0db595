import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';

/** Keeps messages that csmm could not understand, with the reason, so that an operator can inspect and redrive them. */
export interface Rejects {
  /** @throws the SDK's error if the message could not be stored. The caller must then not delete it. */
  keep(body: string, reason: string): Promise<void>;
}

/** Returns a store of rejects in an SQS queue. The reason is the message attribute `reason`. */
export function sqsRejects(client: SQSClient, queueUrl: string): Rejects {
  return {
    keep: async (body, reason) => {
      await client.send(
        new SendMessageCommand({
          QueueUrl: queueUrl,
          MessageBody: body === '' ? '(empty)' : body,
          MessageAttributes: { reason: { DataType: 'String', StringValue: reason.slice(0, 1024) } },
        }),
      );
    },
  };
}
