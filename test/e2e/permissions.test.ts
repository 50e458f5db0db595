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
  /** A kind with too many permissions to name. Those that are unused are explained, and there must be some. */
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

/** Permissions of one role on one resource. */
const of = (role: string, resource: string, ...actions: readonly string[]): string[] =>
  actions.map((action) => `${role} ${action} ${resource}`);

const EXPLAINED: readonly Explanation[] = [
  {
    reason: 'Calls about single resources of kinds that the emulated account of the tests does not have. test/moto has them.',
    permissions: of(
      'read',
      '*',
      'backup:ListRecoveryPointsByBackupVault',
      'cloudtrail:GetEventSelectors',
      'cloudtrail:GetTrailStatus',
      'ec2:GetManagedPrefixListEntries',
      'eks:DescribeCluster',
      'elasticfilesystem:DescribeBackupPolicy',
      'elasticloadbalancing:DescribeListeners',
      'elasticloadbalancing:DescribeLoadBalancerPolicies',
      'elasticloadbalancing:DescribeRules',
      'es:DescribeDomains',
      'events:ListTargetsByRule',
      'guardduty:DescribeOrganizationConfiguration',
      'guardduty:GetAdministratorAccount',
      'guardduty:GetDetector',
      'iam:GetAccessKeyLastUsed',
      'iam:GetLoginProfile',
      'iam:GetOpenIDConnectProvider',
      'iam:ListAccessKeys',
      'iam:ListMFADevices',
      'kinesis:DescribeStreamSummary',
      'rds:DescribeDBClusterSnapshotAttributes',
      'rds:DescribeDBSnapshotAttributes',
      's3:GetAccessPoint',
      's3:GetAccessPointPolicy',
      's3:GetAccessPointPolicyStatus',
      's3:GetBucketPolicyStatus',
      's3:GetMultiRegionAccessPointPolicy',
      's3:GetMultiRegionAccessPointPolicyStatus',
      'securityhub:DescribeOrganizationConfiguration',
      'securityhub:GetAdministratorAccount',
      'securityhub:GetEnabledStandards',
      'sns:GetTopicAttributes',
    ),
  },
  {
    reason: 'The emulated account is in no organization of its emulator. test/moto/organizations.test.ts has one.',
    permissions: of(
      'read',
      '*',
      'organizations:DescribePolicy',
      'organizations:ListChildren',
      'organizations:ListParents',
      'organizations:ListPolicies',
      'organizations:ListPoliciesForTarget',
      'organizations:ListRoots',
      'organizations:ListTargetsForPolicy',
    ),
  },
  {
    reason: 'AWS lists them for whoever uses a table with a key of the account. The tests ask for kms:Decrypt.',
    kind: ({ action, resource }) => action.startsWith('kms:') && action !== 'kms:Decrypt' && resource.endsWith('Key'),
  },
  {
    reason: 'The CDK gives it to each function that reads the stream of a table with a key of the account.',
    permissions: ['notify kms:Decrypt StateKey'],
  },
  {
    reason: 'The tests of the upkeep have a table under the key of DynamoDB.',
    permissions: ['upkeep kms:Decrypt StateKey'],
  },
  {
    reason:
      'A run asks for another if something was counted while it ran, which a test cannot time: test/properties/scoring-protocol.test.ts.',
    permissions: ['score sqs:SendMessage ScoringRuns.fifo'],
  },
  {
    reason: 'Tags and last changes of other types than the one that the test remediates: test/adapters/resource-tags.test.ts.',
    permissions: [
      ...of('csmm-remediate', '*', 'cloudtrail:LookupEvents', 'ec2:DescribeTags', 'tag:GetResources'),
      'csmm-remediate iam:ListUserTags user/*',
      'csmm-remediate rds:DescribeDBClusters cluster',
      'csmm-remediate rds:DescribeDBInstances db',
    ],
  },
  {
    reason: 'An execution is stopped only if csmm has lost it: test/core/remediation has the steps.',
    permissions: ['csmm-remediate ssm:StopAutomationExecution automation-execution/*'],
  },
  {
    reason: 'An approval that remains at a rollback is verified too: test/core/remediation/seals.test.ts.',
    permissions: ['command kms:VerifyMac Csmm-Remediation.RemediationPeopleSeal'],
  },
  {
    reason: 'A policy holds 40 documents: these are other runbooks than the one that the test starts.',
    kind: ({ role, action, resource }) =>
      role === 'csmm-remediate' && /^ssm:(GetDocument|StartAutomationExecution)$/.test(action) && / and \d+ more$/.test(resource),
  },
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
