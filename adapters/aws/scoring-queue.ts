import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { RetryQueue } from '../../core/pipeline/scoring-run.ts';
import type { ScoringQueue } from '../../core/ports.ts';
import { isScope } from './keys.ts';

/**
 * Returns a queue of scoring runs in an SQS FIFO queue: one message group for each scope. SQS drops a repeat within five minutes. It
 * may: the version of the turn is in the id, and every run raises it. The minute keeps a scope alive that cannot be scored.
 * docs/adr/0027-one-scoring-at-a-time.md
 */
export function sqsScoringQueue(client: SQSClient, queueUrl: string): ScoringQueue & RetryQueue {
  const send = async (scope: string, deduplicationId: string): Promise<void> => {
    await client.send(
      new SendMessageCommand({
        QueueUrl: queueUrl,
        MessageBody: JSON.stringify({ scope }),
        MessageGroupId: scope,
        MessageDeduplicationId: deduplicationId,
      }),
    );
  };
  return {
    send: (scope, version) => send(scope, `${scope}-${version}-${Math.floor(Date.now() / 60_000)}`),
    retry: ({ scope, attempts, nextAt }) => send(scope, `${scope}-behind-${attempts}-${nextAt.replaceAll(/[^\dTZ]/g, '')}`),
  };
}

/** Returns the scope in the body of a message; `undefined` if it is not a message of {@link sqsScoringQueue}. */
export function scopeIn(body: string): string | undefined {
  try {
    const { scope } = JSON.parse(body) as { readonly scope?: unknown };
    return typeof scope === 'string' && isScope(scope) ? scope : undefined;
  } catch {
    return undefined;
  }
}
