import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { acceptedStart, escapedForQueue } from '../../core/characters.ts';

/** Keeps messages that csmm could not understand, with the reason, so that an operator can inspect and redrive them. */
export interface Rejects {
  /** @throws the SDK's error if the message could not be stored. The caller must then not delete it. */
  keep(body: string, reason: string): Promise<void>;
}

const MAX_REASON = 1024;

/**
 * Maximum size of a stored body, in bytes. SQS accepts 1 MiB for the body and its attributes together. An event source may have sent as
 * much without the reason.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
 */
const MAX_BODY_BYTES = 1_048_576 - 8192;

/**
 * Returns a store of rejects in an SQS queue. The reason is the message attribute `reason`. A character that SQS refuses is stored as
 * its JSON escape. A body that does not fit is cut, and the reason says so.
 */
export function sqsRejects(client: SQSClient, queueUrl: string): Rejects {
  return {
    keep: async (body, reason) => {
      const escaped = escapedForQueue(body);
      const bytes = Buffer.byteLength(escaped);
      const isCut = bytes > MAX_BODY_BYTES;
      const why = isCut ? `cut from ${bytes} bytes: ${reason}` : reason;
      await client.send(
        new SendMessageCommand({
          QueueUrl: queueUrl,
          MessageBody: (isCut ? firstBytes(escaped, MAX_BODY_BYTES) : escaped) || '(empty)',
          MessageAttributes: { reason: { DataType: 'String', StringValue: acceptedStart(why, MAX_REASON) || '(no reason)' } },
        }),
      );
    },
  };
}

/** Returns the characters of a text that fit into a number of bytes. */
const firstBytes = (text: string, bytes: number): string =>
  new TextDecoder().decode(Buffer.from(text).subarray(0, bytes), { stream: true });
