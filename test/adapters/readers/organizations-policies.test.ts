import {
  DescribeOrganizationCommand,
  DescribePolicyCommand,
  ListChildrenCommand,
  ListParentsCommand,
  ListPoliciesCommand,
  ListPoliciesForTargetCommand,
  ListRootsCommand,
  ListTargetsForPolicyCommand,
  OrganizationsClient,
  OrganizationsServiceException,
} from '@aws-sdk/client-organizations';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { organizationsPolicies } from '../../../adapters/aws/readers/organizations-policies.ts';
import { readContext, readFacts, readInventory } from '../../support/readers.ts';

const organizations = mockClient(OrganizationsClient);
const failure = (name: string) => new OrganizationsServiceException({ name, $fault: 'client', $metadata: {}, message: name });

const MANAGEMENT = '111111111111';
const MEMBER = '222222222222';

const FULL_ACCESS = { Effect: 'Allow', Action: '*', Resource: '*' };
const denying = (Action: string, exempt?: string) => ({
  Effect: 'Deny',
  Action,
  Resource: '*',
  ...(exempt && { Condition: { ArnNotLike: { 'aws:PrincipalArn': exempt } } }),
});
const POLICIES: Record<string, object> = {
  'p-full': FULL_ACCESS,
  'p-root': denying('cloudtrail:*', 'arn:aws:iam::*:role/admin'),
  'p-ou': denying('config:StopConfigurationRecorder'),
  'p-account': { ...denying('*'), Condition: { StringNotEquals: { 'aws:RequestedRegion': 'eu-west-1' } } },
};

/** https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_examples.html */
const HTTPS_ONLY = {
  Effect: 'Deny',
  Principal: '*',
  Action: ['sts:*', 's3:*', 'sqs:*'],
  Resource: '*',
  Condition: { BoolIfExists: { 'aws:SecureTransport': 'false' } },
};
POLICIES['p-https'] = HTTPS_ONLY;

/** Three units under the root, one of them in another. */
const PARENTS: Record<string, string> = { 'ou-1': 'r-1', 'ou-2': 'r-1', 'ou-3': 'ou-2', [MEMBER]: 'ou-3' };
const ATTACHED: Record<string, string[]> = { 'r-1': ['p-root'], 'ou-2': ['p-ou'], [MEMBER]: ['p-account'] };

const RESOURCE_POLICIES: Record<string, string[]> = { 'ou-3': ['p-https'] };
const ORIGINAL = { policies: { ...POLICIES }, attached: { ...ATTACHED } };
const BOTH_TYPES = (['SERVICE_CONTROL_POLICY', 'RESOURCE_CONTROL_POLICY'] as const).map((Type) => ({ Type, Status: 'ENABLED' as const }));

const parentOf = (child: string) => PARENTS[child] ?? (child.startsWith('9') ? `ou-${(Number(child) % 3) + 1}` : undefined);

beforeEach(() => {
  organizations.reset();
  Object.assign(POLICIES, ORIGINAL.policies);
  Object.assign(ATTACHED, ORIGINAL.attached);
  organizations.on(DescribeOrganizationCommand).resolves({ Organization: { Id: 'o-1', MasterAccountId: MANAGEMENT } });
  organizations.on(ListRootsCommand).resolves({ Roots: [{ Id: 'r-1', PolicyTypes: BOTH_TYPES }] });
  organizations.on(ListParentsCommand).callsFake(({ ChildId }) => {
    const Id = parentOf(ChildId);
    if (Id === undefined) throw failure('ChildNotFoundException');
    return { Parents: [{ Id, Type: Id === 'r-1' ? 'ROOT' : 'ORGANIZATIONAL_UNIT' }] };
  });
  organizations.on(ListPoliciesForTargetCommand).callsFake(({ TargetId, Filter }) => {
    const attached = Filter === 'RESOURCE_CONTROL_POLICY' ? RESOURCE_POLICIES : ATTACHED;
    return { Policies: ['p-full', ...(attached[TargetId] ?? [])].map((Id) => ({ Id })) };
  });
  organizations.on(DescribePolicyCommand).callsFake(({ PolicyId }) => ({
    Policy: { Content: JSON.stringify({ Version: '2012-10-17', Statement: [POLICIES[PolicyId]] }) },
  }));
});

/** Lists an organization of these accounts, in pages of two. */
function listing(ids: readonly string[]): void {
  const all = ['ou-1', 'ou-2', 'ou-3', MEMBER, ...ids];
  const page = <T>(items: readonly T[], token: string | undefined): { items: readonly T[]; NextToken?: string } => {
    const from = Number(token ?? 0);
    return { items: items.slice(from, from + 2), ...(from + 2 < items.length && { NextToken: String(from + 2) }) };
  };
  organizations.on(ListChildrenCommand).callsFake(({ ParentId, ChildType, NextToken: token }) => {
    const isUnit = (id: string) => id.startsWith('ou-');
    const children = all.filter((id) => parentOf(id) === ParentId && isUnit(id) === (ChildType === 'ORGANIZATIONAL_UNIT'));
    const { items, ...next } = page(children, token);
    return { Children: items.map((Id) => ({ Id, Type: ChildType })), ...next };
  });
  organizations.on(ListPoliciesCommand).callsFake(({ Filter, NextToken: token }) => {
    const names = Filter === 'RESOURCE_CONTROL_POLICY' ? ['p-full', 'p-https'] : ['p-root', 'p-ou', 'p-full', 'p-account'];
    const { items, ...next } = page(names, token);
    return { Policies: items.map((Id) => ({ Id })), ...next };
  });
  organizations.on(ListTargetsForPolicyCommand).callsFake(({ PolicyId, NextToken: token }) => {
    const attached = {
      ...ATTACHED,
      ...Object.fromEntries(Object.entries(RESOURCE_POLICIES).map(([id, list]) => [id, [...(ATTACHED[id] ?? []), ...list]])),
    };
    const { items, ...next } = page(
      ['r-1', ...all].filter((id) => PolicyId === 'p-full' || attached[id]?.includes(PolicyId)),
      token,
    );
    return { Targets: items.map((TargetId) => ({ TargetId })), ...next };
  });
}

const read = (accountIds: readonly string[] = [MEMBER], accountId = MANAGEMENT) =>
  readFacts(organizationsPolicies, readContext({ accountId, accountIds }));
const account = async (id = MEMBER, asking = MANAGEMENT) => (await read([id], asking))[`AWS::Organizations::Account global ${id}`];
const sent = (command: Parameters<typeof organizations.commandCalls>[0]) =>
  organizations.commandCalls(command).map(({ args }) => args[0].input);

const targetsOf = (inputs: readonly object[]) =>
  inputs.map((input) => ('TargetId' in input && 'Filter' in input ? `${input.TargetId} ${input.Filter}` : '')).sort();

describe('an account of an organization', () => {
  it('has what the policies of the root, its units and itself say', async () => {
    const found = await account();
    expect(found?.missing).toEqual({});
    expect(found?.facts).toMatchObject({
      inOrganization: true,
      isManagementAccount: false,
      scpsEnabled: true,
      protectedActions: {
        'cloudtrail:StopLogging': { kind: 'denied', exempt: ['arn:aws:iam::*:role/admin'] },
        'config:StopConfigurationRecorder': { kind: 'denied', exempt: [] },
        'guardduty:DeleteDetector': { kind: 'open' },
      },
      regionRestriction: { kind: 'restricted', regions: ['eu-west-1'], exemptActions: [], exemptPrincipals: [] },
      plainHttpToS3: { kind: 'denied' },
    });
    const asked = ['r-1', 'ou-2', 'ou-3', MEMBER].flatMap((TargetId) => [
      `${TargetId} RESOURCE_CONTROL_POLICY`,
      `${TargetId} SERVICE_CONTROL_POLICY`,
    ]);
    expect(targetsOf(sent(ListPoliciesForTargetCommand))).toEqual(asked.sort());
  });

  it('is no service control policy’s when it manages the organization, whatever is attached', async () => {
    expect((await account(MANAGEMENT))?.facts).toMatchObject({
      inOrganization: true,
      isManagementAccount: true,
      protectedActions: { 'cloudtrail:StopLogging': { kind: 'open' } },
      plainHttpToS3: { kind: 'open', reason: 'resource control policies do not apply to the management account' },
    });
    expect(sent(ListPoliciesForTargetCommand)).toEqual([]);
  });

  it.each([
    ['aws-cn', 'open'],
    ['aws-us-gov', 'denied'],
  ])('is protected in %s by the ARNs of its partition alone', async (partition, kind) => {
    POLICIES['p-ou'] = { ...denying('cloudtrail:StopLogging'), Resource: 'arn:aws-us-gov:cloudtrail:*:*:trail/*' };
    POLICIES['p-root'] = denying('s3:*');
    const found = await readFacts(organizationsPolicies, readContext({ accountId: MANAGEMENT, accountIds: [MEMBER], partition }));
    expect(found[`AWS::Organizations::Account global ${MEMBER}`]?.facts).toMatchObject({
      protectedActions: { 'cloudtrail:StopLogging': { kind } },
    });
  });

  it('has the Regions that the only Allow of a level names', async () => {
    POLICIES['p-full'] = { ...FULL_ACCESS, Condition: { StringEquals: { 'aws:RequestedRegion': ['eu-west-1', 'eu-west-3'] } } };
    delete ATTACHED[MEMBER];
    expect((await account())?.facts).toMatchObject({ regionRestriction: { kind: 'restricted', regions: ['eu-west-1', 'eu-west-3'] } });
  });

  it('may send plain HTTP to Amazon S3 where RCPs are not enabled', async () => {
    organizations.on(ListRootsCommand).resolves({ Roots: [{ Id: 'r-1', PolicyTypes: BOTH_TYPES.slice(0, 1) }] });
    expect((await account())?.facts).toMatchObject({
      scpsEnabled: true,
      plainHttpToS3: { kind: 'open', reason: 'organization has not enabled resource control policies' },
    });
    expect(targetsOf(sent(ListPoliciesForTargetCommand)).filter((target) => target.includes('RESOURCE'))).toEqual([]);
  });

  it.each([
    ['the root has no policy types', []],
    ['the root has others', [{ Type: 'RESOURCE_CONTROL_POLICY', Status: 'ENABLED' } as const]],
    ['they are being disabled', [{ Type: 'SERVICE_CONTROL_POLICY', Status: 'PENDING_DISABLE' } as const]],
  ])('has no policies in force when %s', async (_, PolicyTypes) => {
    organizations.on(ListRootsCommand).resolves({ Roots: [{ Id: 'r-1', PolicyTypes }] });
    expect((await account())?.facts).toMatchObject({ scpsEnabled: false, regionRestriction: { kind: 'open' } });
  });

  it('does not know the policies in force if the root has no list of policy types', async () => {
    organizations.on(ListRootsCommand).resolves({ Roots: [{ Id: 'r-1' }] });
    const { facts, missing } = (await account()) ?? {};
    expect(Object.keys(facts ?? {}).sort()).toEqual(['inOrganization', 'isManagementAccount']);
    expect(missing).toMatchObject({ scpsEnabled: expect.stringContaining('no policy types') });
  });

  it('is read to the last page, empty ones among them', async () => {
    organizations
      .on(ListRootsCommand, { NextToken: undefined })
      .resolves({ Roots: [], NextToken: 'more' })
      .on(ListRootsCommand, { NextToken: 'more' })
      .resolves({ Roots: [{ Id: 'r-1', PolicyTypes: [{ Type: 'SERVICE_CONTROL_POLICY', Status: 'ENABLED' }] }] });
    organizations.on(ListParentsCommand, { ChildId: MEMBER, NextToken: undefined }).resolves({ Parents: [], NextToken: 'more' });
    organizations.on(ListParentsCommand, { ChildId: MEMBER, NextToken: 'more' }).resolves({ Parents: [{ Id: 'r-1', Type: 'ROOT' }] });
    organizations
      .on(ListPoliciesForTargetCommand, { TargetId: 'r-1', NextToken: undefined })
      .resolves({ Policies: [{ Id: 'p-full' }], NextToken: 'more' });
    organizations.on(ListPoliciesForTargetCommand, { TargetId: 'r-1', NextToken: 'more' }).resolves({ Policies: [{ Id: 'p-root' }] });
    expect((await account())?.facts).toMatchObject({ protectedActions: { 'cloudtrail:StopLogging': { kind: 'denied' } } });
  });
});

describe('an organization of many accounts', () => {
  const ids = Array.from({ length: 200 }, (_, index) => String(900_000_000_000 + index));
  const few = ids.slice(0, 30);
  beforeEach(() => listing(ids));

  it('is listed by unit and by policy, and not by account', async () => {
    const found = await read([MEMBER, ...ids]);
    expect(Object.keys(found).filter((key) => key.startsWith('AWS::Organizations::Account'))).toHaveLength(201);
    for (const command of [ListParentsCommand, ListPoliciesForTargetCommand]) expect(sent(command)).toEqual([]);
    expect(sent(DescribePolicyCommand)).toHaveLength(6);
    // Pages of two here; Organizations has pages of twenty.
    expect(organizations.calls().length).toBeLessThan(20 + 3 * (201 / 2 + 10));
  });

  it('has the same facts as each of its accounts alone', async () => {
    const [many, alone] = [await read([MEMBER, MANAGEMENT, ...ids]), await read([MEMBER, MANAGEMENT, ...few])];
    for (const id of [MEMBER, MANAGEMENT, ...few]) {
      const key = `AWS::Organizations::Account global ${id}`;
      expect(many[key]).toEqual(alone[key]);
    }
  });

  it('asks by account for one that came after its unit was listed', async () => {
    listing(ids.slice(1));
    const found = await read(ids);
    expect(found[`AWS::Organizations::Account global ${ids[0]}`]?.missing).toEqual({});
    expect(sent(ListParentsCommand)).toEqual([{ ChildId: ids[0] }]);
  });

  it.each([
    ['units', ListChildrenCommand],
    ['policies', ListPoliciesCommand],
    ['targets', ListTargetsForPolicyCommand],
  ])('leaves every account unknown where its %s may not be listed', async (_, command) => {
    organizations.on(command as typeof ListChildrenCommand).rejects(failure('AccessDeniedException'));
    const found = await read(ids);
    for (const id of few) {
      expect(Object.values(found[`AWS::Organizations::Account global ${id}`]?.missing ?? {}).join()).toContain('AccessDeniedException');
    }
  });
});

describe('thirty accounts in three units', () => {
  const ids = Array.from({ length: 30 }, (_, index) => String(900_000_000_000 + index));

  it('take each call once, and have all that they share', async () => {
    const found = await read(ids);
    for (const id of ids) {
      expect(found[`AWS::Organizations::Account global ${id}`]?.facts).toMatchObject({
        protectedActions: {
          'cloudtrail:StopLogging': { kind: 'denied' },
          'config:StopConfigurationRecorder': { kind: parentOf(id) === 'ou-1' ? 'open' : 'denied' },
        },
      });
    }
    expect(await readInventoryOf(ids)).toEqual(30);
    organizations.resetHistory();
    await read(ids);
    expect(sent(DescribeOrganizationCommand)).toHaveLength(1);
    expect(sent(ListRootsCommand)).toHaveLength(1);
    expect(inputsOf(ListParentsCommand, 'ChildId')).toEqual([...ids, 'ou-1', 'ou-2', 'ou-3'].sort());
    const targets = [...ids, 'ou-1', 'ou-2', 'ou-3', 'r-1'].flatMap((id) => [
      `${id} SERVICE_CONTROL_POLICY`,
      `${id} RESOURCE_CONTROL_POLICY`,
    ]);
    expect(targetsOf(sent(ListPoliciesForTargetCommand))).toEqual(targets.sort());
    expect(inputsOf(DescribePolicyCommand, 'PolicyId')).toEqual(['p-full', 'p-https', 'p-ou', 'p-root']);
  });

  const inputsOf = (command: Parameters<typeof sent>[0], key: string) =>
    sent(command)
      .map((input) => (input as Record<string, unknown>)[key])
      .sort();

  const readInventoryOf = async (accountIds: readonly string[]) => {
    const facts = await read(accountIds);
    return Object.keys(facts).filter((key) => key.startsWith('AWS::Organizations::Account')).length;
  };

  it('lose nothing when one of them has left', async () => {
    const found = await read([MEMBER, '333333333333', ...ids]);
    const gone = found['AWS::Organizations::Account global 333333333333'];
    expect(gone?.facts).toEqual({});
    expect(gone?.missing.inOrganization).toContain('ChildNotFoundException');
    expect(found[`AWS::Organizations::Account global ${MEMBER}`]?.missing).toEqual({});
  });
});

describe('an account that is in no organization', () => {
  beforeEach(() => {
    organizations.on(DescribeOrganizationCommand).rejects(failure('AWSOrganizationsNotInUseException'));
  });

  it('says so, and asks for nothing else', async () => {
    const found = await account(MEMBER, MEMBER);
    expect(found?.missing).toEqual({});
    expect(found?.facts).toMatchObject({ inOrganization: false, isManagementAccount: false, scpsEnabled: false });
    expect(organizations.calls()).toHaveLength(1);
  });

  it('cannot speak for others, which may be in one', async () => {
    const found = await account('333333333333', MEMBER);
    expect(found?.facts).toEqual({});
    expect(found?.missing.inOrganization).toContain('222222222222, which asked, is in no organization');
  });
});

describe('credentials that may not ask', () => {
  it('for the organization leave all unknown', async () => {
    organizations.on(DescribeOrganizationCommand).rejects(failure('AccessDeniedException'));
    const found = await account();
    expect(found?.facts).toEqual({});
    expect(found?.missing.inOrganization).toContain('was denied (AccessDeniedException)');
    expect(found?.missing.protectedActions).toContain('AccessDeniedException');
  });

  it('for more than that, as in a member account, still tell that it is in an organization which it does not manage', async () => {
    for (const command of [ListRootsCommand, ListParentsCommand, ListPoliciesForTargetCommand, DescribePolicyCommand]) {
      organizations.on(command as typeof ListRootsCommand).rejects(failure('AccessDeniedException'));
    }
    const found = await account(MEMBER, MEMBER);
    expect(found?.facts).toEqual({ inOrganization: true, isManagementAccount: false });
    expect(Object.keys(found?.missing ?? {}).sort()).toEqual(['plainHttpToS3', 'protectedActions', 'regionRestriction', 'scpsEnabled']);
    expect(found?.missing.protectedActions).toContain('AccessDeniedException');
  });

  it('for more than that still tell that it manages the organization', async () => {
    organizations.on(ListRootsCommand).rejects(failure('AccessDeniedException'));
    expect((await account(MANAGEMENT))?.facts).toMatchObject({ inOrganization: true, isManagementAccount: true });
  });

  it.each([
    ['the roots', ListRootsCommand, ['plainHttpToS3', 'protectedActions', 'regionRestriction', 'scpsEnabled']],
    ['the policies of a unit', ListPoliciesForTargetCommand, ['plainHttpToS3', 'protectedActions', 'regionRestriction']],
    ['a policy', DescribePolicyCommand, ['plainHttpToS3', 'protectedActions', 'regionRestriction']],
    [
      'the unit that it is in',
      ListParentsCommand,
      ['inOrganization', 'isManagementAccount', 'plainHttpToS3', 'protectedActions', 'regionRestriction', 'scpsEnabled'],
    ],
  ])('for %s lose what rests on it', async (_, command, lost) => {
    organizations.on(command as typeof ListRootsCommand).rejects(failure('AccessDeniedException'));
    const found = await account();
    expect(Object.keys(found?.missing ?? {}).sort()).toEqual(lost);
    for (const fact of lost) expect(found?.missing[fact]).toContain('AccessDeniedException');
    expect(await readInventory(organizationsPolicies, readContext({ accountIds: [MEMBER] }))).toEqual({ 'AWS::Organizations::Account': 1 });
  });

  it('for resource control policies alone lose only what rests on them', async () => {
    organizations.on(ListPoliciesForTargetCommand, { Filter: 'RESOURCE_CONTROL_POLICY' }).rejects(failure('AccessDeniedException'));
    const found = await account();
    expect(Object.keys(found?.missing ?? {})).toEqual(['plainHttpToS3']);
    expect(found?.missing.plainHttpToS3).toContain('AccessDeniedException');
  });

  it('for one policy lose nothing of the accounts that it does not bind', async () => {
    organizations.on(DescribePolicyCommand, { PolicyId: 'p-account' }).rejects(failure('AccessDeniedException'));
    const other = '900000000000';
    const found = await read([MEMBER, other]);
    expect(found[`AWS::Organizations::Account global ${MEMBER}`]?.facts).not.toHaveProperty('protectedActions');
    expect(found[`AWS::Organizations::Account global ${other}`]?.missing).toEqual({});
  });
});

describe('what AWS should not answer', () => {
  it.each([
    [
      'units that hold each other',
      () => organizations.on(ListParentsCommand).resolves({ Parents: [{ Id: 'ou-9', Type: 'ORGANIZATIONAL_UNIT' }] }),
    ],
    ['an account without a parent', () => organizations.on(ListParentsCommand).resolves({})],
    ['no root', () => organizations.on(ListRootsCommand).resolves({})],
    ['a policy without a document', () => organizations.on(DescribePolicyCommand).resolves({})],
    ['a document without statements', () => organizations.on(DescribePolicyCommand).resolves({ Policy: { Content: '{}' } })],
    ['a document that is none', () => organizations.on(DescribePolicyCommand).resolves({ Policy: { Content: '{"Statement":[{' } })],
    ['an organization without a name', () => organizations.on(DescribeOrganizationCommand).resolves({})],
  ])('is unknown: %s', async (_, arrange) => {
    arrange();
    const { facts, missing } = (await account()) ?? { facts: {}, missing: {} };
    expect(Object.keys(missing)).not.toEqual([]);
    for (const reason of Object.values(missing)) expect(reason).toMatch(/\S/);
    expect(Object.keys({ ...facts, ...missing }).sort()).toEqual([
      'inOrganization',
      'isManagementAccount',
      'plainHttpToS3',
      'protectedActions',
      'regionRestriction',
      'scpsEnabled',
    ]);
  });
});
