import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventBridgeSource, readRequest } from '../../../core/events/reading.ts';
import { mergeChanged, type ReaderOutline } from '../../../core/pipeline/sweep.ts';

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
const unit = (changes: object = {}) => ({ task: 'unit', accountId: MEMBER, region: 'eu-west-1', generation: 2, ...changes });
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
    expect(request(document)).toEqual({ kind: 'read', readings: [{ accountId, region, reader }], attempt: 0 });
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
    expect(request(document)).toEqual({ kind: 'read', readings, attempt: 0 });
    expect(request({ ...document, 'detail-type': 'AWS Console Sign In via CloudTrail' })).toEqual({ kind: 'read', readings, attempt: 0 });
  });

  describe('of CloudTrail', () => {
    const changed = (detail: object, changes: object = {}) => {
      const base = event('iam.amazonaws.com', 'CreateUser', changes);
      const answer = request({ ...base, detail: { ...base.detail, eventTime: '2026-01-01T00:00:00Z', ...detail } });
      return answer.kind === 'read' ? answer.readings.map((reading) => reading.changed) : answer;
    };
    const change = (...users: string[]) => ({ at: '2026-01-01T00:00:00.000Z', users });

    it.each<[string, object, readonly string[]]>([
      ['whom the call names', { requestParameters: { userName: 'robot,=.@-_1' } }, ['robot,=.@-_1']],
      ['and the new name', { requestParameters: { userName: 'ada', newUserName: 'ada2' } }, ['ada', 'ada2']],
      ['in the answer', { requestParameters: null, responseElements: { accessKey: { userName: 'ada' } } }, ['ada']],
      [
        'who calls for their own key',
        { requestParameters: { accessKeyId: 'x' }, userIdentity: { type: 'IAMUser', userName: 'ada' } },
        ['ada'],
      ],
      ['and not its caller', { requestParameters: { userName: 'bob' }, userIdentity: { type: 'IAMUser', userName: 'ada' } }, ['bob']],
      ['but no role or root user', { userIdentity: { type: 'AssumedRole', userName: 'ada' } }, []],
      ['but no text that cannot be a name', { requestParameters: { userName: '../ada' }, responseElements: 'x' }, []],
      ['but no long text', { requestParameters: { userName: 'a'.repeat(129) } }, []],
      ['but no object', { requestParameters: { userName: { a: 1 } }, userIdentity: [] }, []],
    ])('names the user %s', (_, detail, users) => {
      expect(changed(detail)).toEqual([change(...users), change(...users)]);
    });

    it('of another service names no user', () => {
      const base = event('ec2.amazonaws.com', 'EnableDefault', { time: '2026-01-01T00:00:00Z' });
      const answer = request({ ...base, detail: { ...base.detail, requestParameters: { userName: 'ada' } } });
      expect(answer).toMatchObject({ readings: [{ changed: change() }] });
    });

    it('has the time of the call, or of the envelope, or none', () => {
      expect(changed({ eventTime: 'x' }, { time: '2026-01-02T00:00:00Z' })).toMatchObject([{ at: '2026-01-02T00:00:00.000Z' }, {}]);
      expect(changed({ eventTime: 7 }, { time: null })).toEqual([undefined, undefined]);
    });
  });

  it.each<[string, unknown, unknown]>([
    ['keeps what changed', { at: '2026-01-01T00:00:00Z', users: ['ada'] }, { at: '2026-01-01T00:00:00.000Z', users: ['ada'] }],
    [
      'keeps no text that cannot be a name',
      { at: '2026-01-01T00:00:00Z', users: ['ada', '?'] },
      { at: '2026-01-01T00:00:00.000Z', users: ['ada'] },
    ],
    ['has no change at no time', { at: 'x', users: [] }, undefined],
    ['has no change of no list', { at: '2026-01-01T00:00:00Z', users: 'ada' }, undefined],
    ['has no change of no object', 'ada', undefined],
  ])('of csmm %s', (_, given, expected) => {
    expect(request(task({ changed: given }))).toMatchObject({ readings: [{ reader: 'ec2-defaults' }] });
    const answer = request(task({ changed: given }));
    expect(answer.kind === 'read' && answer.readings[0]?.changed).toEqual(expected);
  });

  it('names a bounded number of users', () => {
    const users = Array.from({ length: 300 }, (_, index) => `user-${index}`);
    const one = { at: '2026-01-01T00:00:00.000Z', users: users.slice(0, 90) };
    expect(request(task({ changed: { ...one, users } }))).toMatchObject({ readings: [{ changed: { users: users.slice(0, 100) } }] });
    const merged = mergeChanged(one, { at: '2026-01-02T00:00:00.000Z', users: ['user-0', 'x', ...users.slice(90)] });
    expect(merged).toEqual({ at: '2026-01-02T00:00:00.000Z', users: [...one.users, 'x', ...users.slice(90, 99)] });
    expect([mergeChanged(undefined, one), mergeChanged(one, undefined), mergeChanged(undefined, undefined)]).toEqual([one, one, undefined]);
  });

  it.each([
    ['a Region', { region: 'eu-west-1' }],
    ['an account', { region: 'global' }],
    ['the organization', { accountId: OWN, region: 'organization' }],
    ['some readers', { region: 'eu-west-1', readers: ['ec2-defaults'], attempt: 6 }],
  ])('of the planner asks for the unit of %s', (_, changes) => {
    const { task: name, ...asked } = unit(changes);
    expect(request(unit(changes))).toEqual({ kind: 'unit', unit: { attempt: 0, ...asked } });
    expect(name).toBe('unit');
  });

  it('of an earlier release may name readers that are gone', () => {
    expect(request(unit({ readers: ['gone', 'ec2-defaults', 'iam-users'] }))).toMatchObject({ unit: { readers: ['ec2-defaults'] } });
  });

  it('says how often a reading was tried before', () => {
    expect(request(task({ attempt: 3 }))).toMatchObject({ kind: 'read', attempt: 3 });
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
    ['asks for a unit of no Region', unit({ region: 'Europe' }), 'a unit does not read the Region "Europe"'],
    ['asks for a unit of no account', unit({ accountId: 'x' }), 'account id "x" is not valid'],
    ['has another account read the whole organization', unit({ region: 'organization' }), `only with the credentials of ${OWN}`],
    ['asks for a unit without a generation', unit({ generation: '2' }), 'the generation "2" is not valid'],
    ['asks for a unit of no readers', unit({ readers: [] }), 'must be a list of names'],
    ['asks for a unit of things', unit({ readers: [{}] }), 'must be a list of names'],
    ['asks for a unit of endless readers', unit({ readers: Array(2000).fill('ec2-defaults') }), 'must be a list of names'],
    ['asks for readers that are gone', unit({ readers: ['gone'] }), 'no reader of the unit is known: "gone"'],
    ['was tried more often than anybody tries', unit({ attempt: 7 }), 'the attempt (number) is not from 0 to 6'],
    ['was tried a negative number of times', task({ attempt: -1 }), 'the attempt (number) is not from 0 to 6'],
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
            fc.constantFrom(
              'task',
              'accountId',
              'region',
              'reader',
              'readers',
              'generation',
              'attempt',
              'detail-type',
              'source',
              'account',
              'detail',
            ),
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
