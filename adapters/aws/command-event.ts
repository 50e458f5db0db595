import type { Caller, CommandRequest } from '../../core/remediation/commands/answer.ts';

/** The part of an event of a function URL that csmm reads. https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html */
export interface FunctionUrlEvent {
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
  readonly requestContext?: {
    readonly requestId?: string;
    readonly authorizer?: { readonly iam?: unknown } | null;
  } | null;
}

/** Returns the request in an event of a function URL. `invokedArn` is the ARN that was invoked, with the alias at its end. */
export function commandRequestOf(event: FunctionUrlEvent, invokedArn: string): CommandRequest {
  const [, , , , accountId = '', , , door] = invokedArn.split(':');
  const { body = '', isBase64Encoded, requestContext } = event;
  return {
    door,
    caller: callerIn(requestContext?.authorizer?.iam),
    accountId,
    requestId: requestContext?.requestId ?? '',
    body: isBase64Encoded ? Buffer.from(body, 'base64').toString('utf8') : body,
  };
}

/** Returns the caller that Lambda verified. `undefined` if one of its properties is missing, as in an event without a signature. */
function callerIn(iam: unknown): Caller | undefined {
  const { userArn, userId, accountId } = (iam ?? {}) as Readonly<Record<string, unknown>>;
  const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
  if (!isText(userArn) || !isText(userId) || !isText(accountId)) return undefined;
  return /^arn:[\w-]+:(iam|sts)::\d{12}:/.test(userArn) && userArn.split(':')[4] === accountId ? { userArn, userId, accountId } : undefined;
}
