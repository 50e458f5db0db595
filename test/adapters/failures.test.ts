import { describe, expect, it } from 'vitest';
import { reasonOf } from '../../adapters/aws/failures.ts';
import { failureIn, isDeniedByScp } from '../../core/failure.ts';

describe('the reason of a failed call', () => {
  it('leaves out the hint of the SDK for programmers', () => {
    const hint = 'Deserialization error: to see the raw response, inspect the hidden field {error}.$response on this object.';
    const error = Object.assign(new SyntaxError(`Unexpected token '<'\n  ${hint}`), { iamAction: 'backup:ListProtectedResources' });
    expect(reasonOf(error)).toBe("backup:ListProtectedResources failed (SyntaxError): Unexpected token '<'");
  });

  it('says whether a service control policy denies the call, and leaves out the rest of the message', () => {
    const denied = (message: string) => Object.assign(new Error(message), { name: 'UnauthorizedOperation', iamAction: 'ec2:DescribeVpcs' });
    const user = 'You are not authorized to perform this operation. User: arn:aws:sts::111111111111:assumed-role/csmm-read/csmm';
    const reason = reasonOf(
      denied(`${user} is not authorized to perform: ec2:DescribeVpcs with an explicit deny in a service control policy`),
    );
    expect(reason).toBe('ec2:DescribeVpcs was denied (UnauthorizedOperation): explicit deny in a service control policy');
    expect([failureIn(reason), isDeniedByScp(reason)]).toEqual([
      { kind: 'denied', action: 'ec2:DescribeVpcs', name: 'UnauthorizedOperation' },
      true,
    ]);
    const other = reasonOf(denied(`${user} is not authorized: no identity-based policy allows the ec2:DescribeVpcs action`));
    expect(other).toBe('ec2:DescribeVpcs was denied (UnauthorizedOperation)');
    expect(isDeniedByScp(other)).toBe(false);
    expect(isDeniedByScp('x failed: explicit deny in a service control policy')).toBe(false);
  });
});
