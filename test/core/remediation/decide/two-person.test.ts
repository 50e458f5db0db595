import { describe, expect, it } from 'vitest';
import { areTwoPersons, isByTwoPersons, needsTwoPersons, personOf } from '../../../../core/remediation/decide/two-person.ts';
import { signedBy } from '../../../support/seals.ts';

const ACCOUNT = '111111111111';
const user = (name: string) => `arn:aws:iam::${ACCOUNT}:user/${name}`;
const session = (role: string, name: string) => `arn:aws:sts::${ACCOUNT}:assumed-role/${role}/${name}`;
const SSO = 'AWSReservedSSO_Approver_0123456789abcdef';

describe('the person behind an ARN', () => {
  it.each<[string, string, string | undefined]>([
    ['a user', user('team/jo'), user('team/jo')],
    ['a session of Identity Center', session(SSO, 'jo@example.org'), 'sso:jo@example.org'],
    ['a session of any other role', session('Approver', 'jo'), `arn:aws:iam::${ACCOUNT}:role/Approver`],
    [
      'a session of a role that only looks like one of Identity Center',
      session('AWSReservedSSO_x', 'jo'),
      `arn:aws:iam::${ACCOUNT}:role/AWSReservedSSO_x`,
    ],
    ['a session of a role whose trust policy names people', session('Named', 'jo'), `arn:aws:iam::${ACCOUNT}:role/Named/jo`],
    ['the root user', `arn:aws:iam::${ACCOUNT}:root`, undefined],
    ['a federated user, who chooses the name', `arn:aws:sts::${ACCOUNT}:federated-user/jo`, undefined],
    ['an ARN of another service', `arn:aws:s3:::user/jo`, undefined],
    ['no ARN', 'jo', undefined],
  ])('of %s', (_, arn, person) => {
    expect(personOf(arn, ['Named'])).toBe(person);
  });

  it.each<[string, string, string, boolean]>([
    ['two users', user('a'), user('b'), true],
    ['one user', user('a'), user('a'), false],
    ['two sessions of one role', session('Approver', 'a'), session('Approver', 'b'), false],
    ['sessions of two roles', session('Approver', 'a'), session('Operator', 'a'), true],
    ['one person with two permission sets', session(SSO, 'jo'), session('AWSReservedSSO_Admin_aaaaaaaaaaaaaaaa', 'jo'), false],
    ['two people with one permission set', session(SSO, 'jo'), session(SSO, 'al'), true],
    ['two people with one named role', session('Named', 'jo'), session('Named', 'al'), true],
    ['a user and root', user('a'), `arn:aws:iam::${ACCOUNT}:root`, false],
  ])('%s', (_, one, other, areTwo) => {
    const policy = { namedSessions: ['Named'] };
    expect(areTwoPersons(signedBy(one, ''), signedBy(other, ''), policy)).toBe(areTwo);
    expect(isByTwoPersons({ ...signedBy(one, ''), stateHash: 'x', first: signedBy(other, '') }, policy)).toBe(areTwo);
    expect(isByTwoPersons({ ...signedBy(one, ''), stateHash: 'x' }, policy)).toBe(false);
  });
});

describe('two persons are needed', () => {
  const plan = { risk: 'disruptive', accountId: ACCOUNT, controlId: 'NET-L1-01' } as const;
  it.each([
    ['without a policy', undefined, false],
    ['for every plan, without conditions', {}, true],
    ['from a risk on', { risk: 'disruptive' }, true],
    ['only from a higher risk on', { risk: 'destructive' }, false],
    ['in an account', { accounts: [ACCOUNT] }, true],
    ['only in another account', { accounts: ['222222222222'] }, false],
    ['for a control', { controls: ['NET-L1-01'] }, true],
    ['only for another control', { risk: 'safe', controls: ['NET-L1-04'] }, false],
  ] as const)('%s', (_, policy, expected) => {
    expect(needsTwoPersons(policy, plan)).toBe(expected);
  });
});
