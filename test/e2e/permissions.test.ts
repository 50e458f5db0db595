import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, inject, it } from 'vitest';
import { WILDCARDS } from '../../lib/least-privilege.ts';

/**
 * Every permission of the deployed functions is used by one of the tests of the deployed system, or explained here. It runs after all of
 * them, and compares what they have noted. A permission is `role action resource`; the role of a function has the name of its service.
 */

const FOLDER = inject('permissionsFolder');
const TESTS = readdirSync(fileURLToPath(new URL('.', import.meta.url))).filter(
  (file) => file.endsWith('.test.ts') && file !== 'permissions.test.ts',
);

interface Noted {
  readonly file: string;
  readonly granted: readonly string[];
  readonly used: readonly string[];
}

const noted = (existsSync(FOLDER) ? readdirSync(FOLDER) : []).map((file): Noted => JSON.parse(readFileSync(join(FOLDER, file), 'utf8')));
const isWhole = TESTS.every((test) => noted.some(({ file }) => basename(file) === test));

/** Permissions that no test uses, and why they are there nevertheless. */
interface Explanation {
  readonly reason: string;
  /** Each of them is unused. */
  readonly permissions?: readonly string[];
  /** Unused permissions of a kind whose members a test cannot name one by one. */
  readonly kind?: (permission: Permission) => boolean;
}

interface Permission {
  readonly role: string;
  readonly action: string;
  readonly resource: string;
}

const parsed = (permission: string): Permission => {
  const [role = '', action = '', ...resource] = permission.split(' ');
  return { role, action, resource: resource.join(' ') };
};

const EVIDENCE: ReadonlySet<string> = new Set(WILDCARDS.evidence.actions);

const EXPLAINED: readonly Explanation[] = [
  {
    reason: 'The CDK gives them to each function that reads a queue. Lambda uses neither.',
    kind: ({ action }) => action === 'sqs:ChangeMessageVisibility' || action === 'sqs:GetQueueUrl',
  },
  {
    reason: 'The CDK gives it to each function that reads a stream, and AWS lists it. Lambda knows the stream.',
    kind: ({ action, resource }) => action === 'dynamodb:ListStreams' && resource.endsWith('/stream/latest'),
  },
  {
    reason: 'The CDK gives it to each function that sends to a dead-letter queue.',
    kind: ({ action, resource }) => action === 'sqs:GetQueueAttributes' && /Failures$/.test(resource),
  },
  {
    reason: 'The roles of runbooks and of flow logs are compared with what the runbooks call in test/lib/runbooks.test.ts.',
    kind: ({ role }) => /^csmm-(?!read$|remediate)/.test(role),
  },
  {
    reason:
      'The evidence that `read` may read in its own account. A test of members reads one type, and a remediation what its control rests on.',
    kind: ({ role, action, resource }) => ['csmm-read', 'remediate'].includes(role) && EVIDENCE.has(action) && resource === '*',
  },
];

describe.skipIf(!isWhole)('the permissions of the deployed functions', () => {
  const used = new Set(noted.flatMap((each) => each.used));
  const unused = [...new Set(noted.flatMap(({ granted }) => granted))].filter((permission) => !used.has(permission)).sort();

  it('are all used, or explained', () => {
    const listed = new Set(EXPLAINED.flatMap(({ permissions = [] }) => permissions));
    const isOfKind = (permission: string) => EXPLAINED.some(({ kind }) => kind?.(parsed(permission)));
    expect(unused.filter((permission) => !isOfKind(permission))).toEqual([...listed].sort());
  });

  it('need all of these explanations', () => {
    for (const { reason, kind } of EXPLAINED)
      if (kind)
        expect
          .soft(
            unused.some((permission) => kind(parsed(permission))),
            reason,
          )
          .toBe(true);
  });

  it('are those of every function', () => {
    const roles = new Set([...used].map((permission) => parsed(permission).role));
    const silent = new Set(
      noted.flatMap(({ granted }) => granted.map((permission) => parsed(permission).role)).filter((role) => !roles.has(role)),
    );
    expect([...silent].filter((role) => !/^csmm-/.test(role))).toEqual([]);
  });
});
