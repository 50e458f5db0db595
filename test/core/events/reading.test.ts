import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventBridgeSource, readRequest } from '../../../core/events/reading.ts';
import type { ReaderOutline } from '../../../core/pipeline/sweep.ts';

const OWN = '111111111111';
const MEMBER = '222222222222';
const READERS: readonly ReaderOutline[] = [
  {
    id: 'ec2-defaults',
    scope: 'region',
    lists: [],
    refreshedBy: [{ source: 'ec2.amazonaws.com', names: ['EnableDefault', 'DisableDefault'] }],
  },
  { id: 'iam-users', scope: 'account', lists: [], refreshedBy: [{ source: 'iam.amazonaws.com', names: ['CreateUser'] }] },
  { id: 'iam-report', scope: 'account', lists: [], refreshedBy: [{ source: 'iam.amazonaws.com', names: ['CreateUser', 'DeleteUser'] }] },
  { id: 'policies', scope: 'organization', lists: [], refreshedBy: [{ source: 'organizations.amazonaws.com', names: ['CreatePolicy'] }] },
];
const request = (document: unknown) => readRequest(document, READERS, OWN);

const task = (changes: object = {}) => ({ task: 'read', accountId: MEMBER, region: 'eu-west-1', reader: 'ec2-defaults', ...changes });
const event = (eventSource: string, eventName: string, changes: object = {}) => ({
  'detail-type': 'AWS API Call via CloudTrail',
  source: eventBridgeSource(eventSource),
  account: MEMBER,
  region: 'eu-west-1',
  detail: { eventSource, eventName, recipientAccountId: OWN, userIdentity: { accountId: OWN }, awsRegion: 'us-west-2' },
  ...changes,
});

describe('a message on the queue of readings', () => {
  it.each([
    ['one reader in a Region', task(), MEMBER, 'eu-west-1', 'ec2-defaults'],
    ['one reader in an account', task({ region: 'global', reader: 'iam-users' }), MEMBER, 'global', 'iam-users'],
    ['the organization', task({ accountId: OWN, region: 'global', reader: 'policies' }), OWN, 'global', 'policies'],
  ])('of the sweep asks for %s', (_, document, accountId, region, reader) => {
    expect(request(document)).toEqual({ kind: 'read', readings: [{ accountId, region, reader }] });
  });

  it.each([
    ['the readers of a Region where it happened', event('ec2.amazonaws.com', 'EnableDefault'), [[MEMBER, 'eu-west-1', 'ec2-defaults']]],
    [
      'every reader of the account that it touches',
      event('iam.amazonaws.com', 'CreateUser', { region: 'us-east-1' }),
      [
        [MEMBER, 'global', 'iam-users'],
        [MEMBER, 'global', 'iam-report'],
      ],
    ],
    ['no reader that it does not touch', event('iam.amazonaws.com', 'DeleteUser'), [[MEMBER, 'global', 'iam-report']]],
    ['the organization, by whoever reads it', event('organizations.amazonaws.com', 'CreatePolicy'), [[OWN, 'global', 'policies']]],
  ])('of CloudTrail asks for %s', (_, document, expected) => {
    const readings = expected.map(([accountId, region, reader]) => ({ accountId, region, reader }));
    expect(request(document)).toEqual({ kind: 'read', readings });
    expect(request({ ...document, 'detail-type': 'AWS Console Sign In via CloudTrail' })).toEqual({ kind: 'read', readings });
  });

  it.each([
    ['touches no reader', event('ec2.amazonaws.com', 'RunInstances')],
    ['has a name that another service knows', event('ec2.amazonaws.com', 'CreateUser')],
    ['names a method of every object', event('constructor', '__proto__')],
  ])('is ignored when it %s', (_, document) => {
    expect(request(document)).toEqual({ kind: 'ignored' });
  });

  it.each([
    ['is no object', [task()], 'a message must be a JSON object'],
    ['is a configuration item', { resourceType: 'AWS::S3::Bucket' }, 'neither a task nor'],
    ['asks for something else', task({ task: 'sweep' }), 'the task "sweep" is not known'],
    ['asks for an unknown reader', task({ reader: 'toString' }), 'the reader "toString" is not known'],
    ['names no account', task({ accountId: '1' }), 'account id "1" is not valid'],
    ['has another account read the organization', task({ reader: 'policies', region: 'global' }), `only with the credentials of ${OWN}`],
    ['names no Region for a reader of Regions', task({ region: 'global' }), 'does not read the Region "global"'],
    ['names a Region for a reader of accounts', task({ reader: 'iam-users' }), 'does not read the Region "eu-west-1"'],
    ['names what is no Region', task({ region: '../eu-west-1' }), 'does not read the Region'],
    ['was put by a partner', event('ec2.amazonaws.com', 'EnableDefault', { source: 'aws.partner/ec2' }), "is not AWS's"],
    ['was put by a partner, of no call that is read', event('ec2.amazonaws.com', 'X', { source: 'aws.partner/a.b/c' }), "is not AWS's"],
    ['has the source of another service', event('ec2.amazonaws.com', 'EnableDefault', { source: 'aws.iam' }), 'cannot tell of a call of'],
    ['was put by somebody else', event('ec2.amazonaws.com', 'EnableDefault', { source: 'custom.ec2' }), "is not AWS's"],
    [
      'is of another kind',
      event('ec2.amazonaws.com', 'EnableDefault', { 'detail-type': 'Object Created' }),
      '"Object Created" is not read',
    ],
    ['has no account', event('ec2.amazonaws.com', 'EnableDefault', { account: 1 }), 'no valid account'],
    ['has no Region', event('ec2.amazonaws.com', 'EnableDefault', { region: 'Europe' }), 'no valid Region'],
    ['has no detail', event('ec2.amazonaws.com', 'EnableDefault', { detail: 'x' }), 'no detail object'],
    ['names no call', event('ec2.amazonaws.com', 'EnableDefault', { detail: { eventSource: 'ec2.amazonaws.com' } }), 'names no call'],
  ])('is rejected when it %s', (_, document, reason) => {
    expect(request(document)).toEqual({ kind: 'rejected', reason: expect.stringContaining(reason) });
  });

  it('is rejected in one short line, whatever it says', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.anything(),
          fc.dictionary(
            fc.constantFrom('task', 'accountId', 'region', 'reader', 'detail-type', 'source', 'account', 'detail'),
            fc.oneof(fc.string({ maxLength: 300 }), fc.anything()),
          ),
        ),
        (document) => {
          const answer = request(document);
          if (answer.kind === 'rejected') expect(answer.reason).toMatch(/^.{1,200}$/u);
        },
      ),
    );
  });
});
