import { describe, expect, it } from 'vitest';
import { attempt, isPassing } from '../../../adapters/aws/failures.ts';
import { type Observation, ReadAgain, type Reader } from '../../../adapters/aws/readers/reader.ts';
import { runSettled } from '../../../adapters/aws/readers/run.ts';
import { NotYetRead, type Unread } from '../../../core/facts/view.ts';
import { readContext } from '../../support/readers.ts';

const named = (name: string, parts: object = {}) => Object.assign(new Error(name), { name, iamAction: 'ec2:DescribeVolumes' }, parts);
const throttled = () => named('ThrottlingException');

const reader = (read: () => AsyncIterable<Observation | Unread | ReadAgain>, parts: Partial<Reader> = {}): Reader => ({
  id: 'made-up',
  scope: 'region',
  lists: ['AWS::EC2::Volume'],
  permissions: [],
  refreshedBy: [],
  read,
  ...parts,
});
const volume = (resourceId: string, configuration: unknown = {}): Observation => ({
  resourceType: 'AWS::EC2::Volume',
  resourceId,
  configuration,
});

async function settle(each: Reader, isLast = false) {
  const run = runSettled(each, readContext(), { isLast });
  const ids: string[] = [];
  for await (const item of run.items) ids.push(item instanceof ReadAgain ? `again ${item.at}` : item.resource.resourceId);
  return { ids, end: run.end() };
}

describe('a run that will be repeated if it fails', () => {
  it('yields everything where nothing failed', async () => {
    const { ids, end } = await settle(
      reader(async function* () {
        yield volume('vol-1');
        yield new ReadAgain('2026-01-01T04:00:00.000Z', 'behind');
      }),
    );
    expect(ids).toEqual(['vol-1', 'again 2026-01-01T04:00:00.000Z', 'AWS::EC2::Volume']);
    expect(end).toEqual({ kind: 'read' });
  });

  const breaks = (error: Error) =>
    reader(async function* () {
      yield volume('vol-1');
      throw error;
    });

  it.each([
    ['throttled', throttled()],
    ['failed by the service', named('InternalFailure', { $fault: 'server', $metadata: { httpStatusCode: 503 } })],
    ['not answered', named('TimeoutError')],
    ['cut off', Object.assign(new Error('reset'), { syscall: 'read', code: 'ECONNRESET', iamAction: 'ec2:DescribeVolumes' })],
    ['answered with nothing', named('EmptyAnswerError')],
    ['answered in part', new SyntaxError('Unexpected end\n  Deserialization error: to see the raw response, inspect the hidden field')],
  ])('keeps what it found and no word about the list where a call was %s, until the last attempt', async (_, error) => {
    const first = await settle(breaks(error));
    expect(first.ids).toEqual(['vol-1']);
    expect(first.end.kind).toBe('failed');
    const last = await settle(breaks(error), true);
    expect(last.ids).toEqual(['vol-1', 'AWS::EC2::Volume']);
    expect(last.end).toEqual(first.end);
  });

  it.each([
    ['denied', named('UnauthorizedOperation'), { kind: 'denied', reason: 'ec2:DescribeVolumes was denied (UnauthorizedOperation)' }],
    ['wrong', named('ValidationException'), { kind: 'read' }],
    ['a fault of csmm', new TypeError('undefined is not a function'), { kind: 'read' }],
  ])('says at once where the list is %s', async (_, error, expected) => {
    const { ids, end } = await settle(breaks(error));
    expect(ids).toEqual(['vol-1', 'AWS::EC2::Volume']);
    expect(end).toEqual(expected);
  });

  it.each(['AuthFailure', 'OptInRequired', 'UnrecognizedClientException', 'InvalidClientTokenId'])(
    'says that the Region is not enabled where it answers %s',
    async (name) => {
      const { end } = await settle(breaks(named(name)));
      expect(end).toEqual({
        kind: 'denied',
        reason: `ec2:DescribeVolumes was denied (${name}): the account has not enabled the Region eu-west-1`,
      });
      const ofAccount = { ...breaks(named(name)), scope: 'account' } as const;
      expect((await settle(ofAccount)).end).toEqual({ kind: 'read' });
    },
  );

  it('keeps back a resource whose fact a throttled call did not give, and none with a denied one', async () => {
    const facts = (deniedFirst: boolean) =>
      reader(async function* () {
        const fact = (error: Error) => attempt(() => Promise.reject(error));
        yield volume('vol-denied', { a: { b: [await fact(named('AccessDenied'))] } });
        if (!deniedFirst) yield volume('vol-throttled', { a: { b: [await fact(throttled())] } });
        yield volume('vol-3');
      });
    expect(await settle(facts(true))).toEqual({ ids: ['vol-denied', 'vol-3', 'AWS::EC2::Volume'], end: { kind: 'read' } });
    const first = await settle(facts(false));
    expect(first.ids).toEqual(['vol-denied', 'vol-3']);
    expect(first.end).toMatchObject({ kind: 'failed', reason: expect.stringContaining('ThrottlingException') });
    expect((await settle(facts(false), true)).ids).toEqual(['vol-denied', 'vol-throttled', 'vol-3', 'AWS::EC2::Volume']);
  });

  it('keeps the list back where a resource without a name was throttled', async () => {
    const nameless = reader(async function* () {
      yield new NotYetRead('sns:GetTopicAttributes failed (Throttling): slow down');
      yield volume('vol-1');
    });
    expect((await settle(nameless)).ids).toEqual(['vol-1']);
  });
});

describe('a reason that passes', () => {
  it('is no denial, no expiry and no answer that will be the same', () => {
    for (const name of ['AccessDenied', 'ExpiredToken', 'NoSuchBucket', 'ValidationException']) expect(isPassing(named(name))).toBe(false);
    expect(isPassing('text')).toBe(false);
  });
});
