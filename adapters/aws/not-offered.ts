import dns from 'node:dns/promises';

/** Thrown by a call to a service that AWS does not offer in the Region. */
export class NotOfferedError extends Error {
  override readonly name = 'NotOfferedError';
}

/**
 * Returns a {@link NotOfferedError} for a call that failed because its host name does not exist, if EC2 has a host in the same Region: EC2
 * is in every Region. Returns any other error as it is. Without a network, no name exists, and that says nothing about the service.
 */
export async function notOffered(error: unknown, region: string): Promise<unknown> {
  if (!(error instanceof Error) || !('code' in error) || error.code !== 'ENOTFOUND') return error;
  const host = 'hostname' in error && typeof error.hostname === 'string' ? error.hostname : '';
  const at = host.indexOf(`.${region}.`);
  if (at < 0) return error;
  try {
    await dns.lookup(`ec2${host.slice(at)}`);
  } catch {
    return error;
  }
  return new NotOfferedError(`${host} does not exist`);
}
