import { describe, expect, it } from 'vitest';
import { examine, UnknownOrganizationError } from '../../../adapters/aws/doctor/index.ts';
import { DOCTOR_PERMISSIONS } from '../../../adapters/aws/doctor/permissions.ts';
import { CredentialsExpiredError } from '../../../adapters/aws/failures.ts';
import { CONTROLS } from '../../../controls/index.ts';
import { readTypes } from '../../../core/deployment/read-types.ts';
import type { Check } from '../../../core/doctor/check.ts';
import { judge } from '../../../core/doctor/judge.ts';
import {
  type Answers,
  awsError,
  DEPLOYED,
  FRESH,
  IN_ORGANIZATION,
  IN_ROOT,
  NOW,
  ORGANIZATION,
  placeIn,
} from '../../support/doctor-world.ts';

const SINGLE = { homeRegion: 'eu-west-1' };
const ROOT = { ...ORGANIZATION, organizationalUnits: 'r-ab12' };

/** Examines a world. Returns the checks, and the IAM actions of all calls. */
async function checksIn(
  answers: Answers,
  context: Readonly<Record<string, string>> = SINGLE,
): Promise<{ checks: Check[]; calls: Set<string> }> {
  const calls: string[] = [];
  const { facts, options } = await examine(placeIn(answers, context, calls), 'hnb659fds', () => {});
  return { checks: judge(facts, { options, types: readTypes(CONTROLS), version: '0.1.0', now: NOW }), calls: new Set(calls) };
}

const problems = (checks: readonly Check[]): string[] =>
  checks.filter(({ outcome }) => outcome !== 'ok').map(({ outcome, id, message }) => `${outcome} ${id}: ${message}`);

const WORLDS: readonly (readonly [name: string, answers: Answers, context: Readonly<Record<string, string>>])[] = [
  ['an account before the first deployment', FRESH, SINGLE],
  ['an organization before the first deployment', FRESH, ORGANIZATION],
  ['a deployment in one account', DEPLOYED, SINGLE],
  ['a deployment in an organization', IN_ORGANIZATION, ORGANIZATION],
  ['a deployment in an organization that has its root as a unit', IN_ROOT, ROOT],
  ['a deployment in an organization, without its options', IN_ORGANIZATION, SINGLE],
];

const DEPLOYMENTS = WORLDS.filter(([name]) => name.startsWith('a deployment') && !name.endsWith('options'));

describe('the doctor', () => {
  it.each(WORLDS)('has nothing to complain about %s', async (_, answers, context) => {
    const { checks } = await checksIn(answers, context);
    expect(problems(checks)).toEqual([]);
    expect(checks.length).toBeGreaterThan(5);
  });

  it('calls what its policy allows, and nothing else', async () => {
    const called = await Promise.all(WORLDS.map(async ([, answers, context]) => (await checksIn(answers, context)).calls));
    expect([...new Set(called.flatMap((calls) => [...calls]))].sort()).toEqual(DOCTOR_PERMISSIONS);
  });

  it('reads only what the deployment has: before it, no rule and no table', async () => {
    const { calls } = await checksIn(FRESH);
    expect([...calls].filter((action) => /^(events|dynamodb|sqs|cloudwatch):/.test(action))).toEqual([]);
  });

  it('stops if the credentials expire', async () => {
    const expired = { ...FRESH, 'lambda:GetAccountSettings': () => Promise.reject(awsError('ExpiredTokenException')) };
    await expect(checksIn(expired)).rejects.toThrow(CredentialsExpiredError);
  });
});

describe.each(DOCTOR_PERMISSIONS)('without an answer to %s', (action) => {
  it.each([
    ['denied', () => awsError('AccessDeniedException'), `${action} was denied (AccessDeniedException)`],
    ['failing', () => awsError('InternalFailure', 'try \u001b[31m later'), `${action} failed (InternalFailure): try`],
    ['answered by an unknown error', () => awsError('Surprise'), `${action} failed (Surprise)`],
  ])('(%s), says what it could not check, and calls nothing good or bad for it', async (_, error, reason) => {
    let said = 0;
    for (const [, answers, context] of DEPLOYMENTS) {
      const fails = () => {
        throw error();
      };
      const { checks, calls } = await checksIn({ ...answers, [action]: fails }, context);
      if (!calls.has(action)) continue;
      const unread = checks.filter(({ outcome }) => outcome === 'unread');
      expect(
        unread.some(({ message }) => message.includes(reason)),
        problems(checks).join('\n'),
      ).toBe(true);
      expect(problems(checks).filter((line) => !line.startsWith('unread'))).toEqual([]);
      for (const { fix } of unread) expect(fix).toBeTruthy();
      said++;
    }
    expect(said).toBeGreaterThan(0);
  });
});

describe('every call that is denied', () => {
  it.each(WORLDS)('leaves nothing that is fine, and nothing that is broken: %s', async (_, answers, context) => {
    const deny = () => {
      throw awsError('AccessDenied');
    };
    const { checks } = await checksIn(Object.fromEntries(Object.keys(answers).map((action) => [action, deny])), context);
    expect(checks.filter(({ outcome, id }) => outcome !== 'unread' && id !== 'credentials')).toEqual([]);
    expect(checks.length).toBeGreaterThan(5);
  });
});

describe('a deployment in an organization, without its options', () => {
  const denied = () => {
    throw awsError('AccessDeniedException');
  };

  it.each(['organizations:DescribeOrganization', 'cloudformation:DescribeStackSet'])('cannot be judged without %s', async (action) => {
    const judged = checksIn({ ...IN_ORGANIZATION, [action]: denied });
    await expect(judged).rejects.toThrow(UnknownOrganizationError);
    await expect(judged).rejects.toThrow(`${action} was denied`);
  });

  it('is judged with them', async () => {
    const { checks } = await checksIn({ ...IN_ORGANIZATION, 'organizations:DescribeOrganization': denied }, ORGANIZATION);
    expect(problems(checks)).toEqual([expect.stringContaining('unread organization: the organization could not be checked')]);
  });
});
