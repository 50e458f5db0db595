import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';

/** Keeps what could not be understood, with the reason, where somebody can look at it and send it again. */
export interface Rejects {
  /** @throws the SDK's error where the message could not be kept; the caller must then not let go of it. */
  keep(body: string, reason: string): Promise<void>;
}

/** Rejects in an SQS queue; the reason is the message attribute `reason`. */
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
