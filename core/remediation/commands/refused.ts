/** The request is not allowed in the current state. The message says why and what is allowed. */
export class RequestRefusedError extends Error {
  override readonly name = 'RequestRefusedError';
}
