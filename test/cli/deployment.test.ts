import { describe, expect, it } from 'vitest';
import { usingAws } from '../../cli/deployment.ts';
import { UsageError } from '../../cli/exit.ts';

const failing = (name: string, message: string) => () => Promise.reject(Object.assign(new Error(message), { name }));

describe('usingAws', () => {
  it.each(['CredentialsProviderError', 'TokenProviderError'])('says once what is missing after a %s, and what to do', async (name) => {
    await expect(usingAws(failing(name, 'Could not load credentials\n from any providers.'))).rejects.toEqual(
      new UsageError('no valid AWS credentials: Could not load credentials from any providers. Fix: sign in, or pass --profile'),
    );
  });

  it('gives the message of AWS once, whether the call was denied or failed', async () => {
    await expect(usingAws(failing('ResourceNotFoundException', 'no such table'))).rejects.toEqual(
      new UsageError('the call failed (ResourceNotFoundException): no such table'),
    );
    await expect(usingAws(failing('AccessDeniedException', 'x may not\nread'))).rejects.toEqual(
      new UsageError('the call was denied (AccessDeniedException): x may not read'),
    );
  });

  it('keeps an error that no user can fix', async () => {
    await expect(usingAws(failing('TypeError', 'x is undefined'))).rejects.toThrow(expect.objectContaining({ name: 'TypeError' }));
  });
});
