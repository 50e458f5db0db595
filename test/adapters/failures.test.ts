import { describe, expect, it } from 'vitest';
import { reasonOf } from '../../adapters/aws/failures.ts';

describe('the reason of a failed call', () => {
  it('leaves out the hint of the SDK for programmers', () => {
    const hint = 'Deserialization error: to see the raw response, inspect the hidden field {error}.$response on this object.';
    const error = Object.assign(new SyntaxError(`Unexpected token '<'\n  ${hint}`), { iamAction: 'backup:ListProtectedResources' });
    expect(reasonOf(error)).toBe("backup:ListProtectedResources failed (SyntaxError): Unexpected token '<'");
  });
});
