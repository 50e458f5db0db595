import { createHash } from 'node:crypto';
import {
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  DeletePolicyVersionCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListPolicyVersionsCommand,
  NoSuchEntityException,
  PutRolePolicyCommand,
  SetDefaultPolicyVersionCommand,
  TagPolicyCommand,
  TagRoleCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { describe, expect, it } from 'vitest';
import { clientsOf } from '../../adapters/aws/clients.ts';
import { iamPolicies } from '../../adapters/aws/iam-policies.ts';
import { tagsOf } from '../../adapters/aws/resource-tags.ts';
import { memoryRemediationStore } from '../../adapters/memory/remediation-store.ts';
import { memoryStateStore } from '../../adapters/memory/state-store.ts';
import { REMEDIES } from '../../controls/remedies.ts';
import { rollBack } from '../../core/remediation/commands/requests.ts';
import { minutesAfter } from '../../core/remediation/decide/decision.ts';
import {
  approvePolicy,
  DRIFT_CONTROL,
  type DriftDependencies,
  noteChange,
  reEvaluatePolicy,
} from '../../core/remediation/policy-drift/drift.ts';
import { readPolicyEvent } from '../../core/remediation/policy-drift/policy-change.ts';
import { chunksOf, isSameDocument, type PolicyRef, policyNamed } from '../../core/remediation/policy-drift/policy-document.ts';
import type { Automation, RemediationDependencies } from '../../core/remediation/ports.ts';
import { advance } from '../../core/remediation/run/advance.ts';
import { beat } from '../../core/remediation/run/heartbeat.ts';
import type { SettingsDocument } from '../../core/settings/document.ts';
import { type AutomationRun, runAutomation } from '../support/automation.ts';
import { changesOf } from '../support/closed-loop.ts';
import { freshAccount, useMoto } from '../support/moto.ts';
import { motoCaller } from '../support/moto-caller.ts';
import { readRunbook } from '../support/runbook-document.ts';
import { runbookText } from '../support/runbooks.ts';
import { asOperator, SEALS } from '../support/seals.ts';

const REGION = 'us-east-1';
const text = (action: string | string[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: action, Resource: '*' }] });
const trust = (principal: object): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole' }] });
const APPROVED = text('s3:GetObject');
const DRIFTED = text('*');
const TRUSTED = trust({ Service: 'lambda.amazonaws.com' });

/** An emulated account in which the remediation loop runs runbooks. */
async function newWorld() {
  const { accountId, credentials } = await freshAccount();
  const iam = new IAMClient({ region: REGION, credentials, maxAttempts: 1 });
  let time = new Date(Date.now()).toISOString();
  const now = (): string => time;
  const settings: SettingsDocument = {
    version: 1,
    pipelinePrincipals: [`arn:aws:iam::*:role/deploy-*`],
    remediation: { rules: [{ mode: 'auto', controls: [DRIFT_CONTROL], maxRisk: 'disruptive', withoutPlan: 'a test of the loop' }] },
  };
  const store = memoryRemediationStore();
  const call = motoCaller({ credentials, region: REGION });
  const place = {
    clientsFor: async () => clientsOf({ credentials, maxAttempts: 1 }),
    globalRegion: REGION,
  };
  const policies = iamPolicies(place);
  const runs: AutomationRun[] = [];
  const automation: Automation = {
    describe: async (_, runbook) => ({ parameters: Object.keys(readRunbook(runbookText(runbook)).parameters) }),
    start: async (_, { runbook, parameters }) => {
      const given = { ...parameters, AutomationAssumeRole: [`arn:aws:iam::${accountId}:role/csmm-Test`] };
      runs.push(await runAutomation(runbookText(runbook), given, { call, region: REGION, accountId }));
      return `execution-${runs.length}`;
    },
    find: async () => undefined,
    state: async (_, executionId) => {
      const { status, outputs, failure = 'the execution succeeded' } = runs[Number(executionId.split('-')[1]) - 1]!;
      return { ended: true, status, succeeded: status === 'Success', reason: failure, outputs };
    },
    stop: async () => undefined,
  };
  const state = memoryStateStore();
  const dependencies: RemediationDependencies & DriftDependencies = {
    store,
    settings: {
      readSettings: async () => ({ document: settings, appliedAt: time, appliedBy: 'ops', revision: 1, expiredUntil: time }),
    },
    estate: {
      look: (_, resource, declared) =>
        reEvaluatePolicy(resource as PolicyRef, declared, { store, policies, remedies: REMEDIES, state, now }),
      tagsOf: async (resource) => tagsOf(resource, { clients: await place.clientsFor(), partition: 'aws', globalRegion: REGION }),
      unitsOf: async () => [],
      whoChanged: async () => undefined,
    },
    readCalendars: async () => ({ open: true }),
    automation,
    seals: SEALS,
    own: { stackIds: [], roleNames: [] },
    globalRegion: REGION,
    hash: (given) => createHash('sha256').update(given).digest('hex'),
    now,
    policies,
  };
  await store.writeSwitch(undefined, { running: true, since: minutesAfter(time, -60), by: 'ops', reason: 'a test', revision: 1 });
  const pass = (minutes: number): string => {
    time = minutesAfter(time, minutes);
    return time;
  };
  return {
    accountId,
    iam,
    runs,
    store,
    dependencies,
    pass,
    named: (name: string): PolicyRef => policyNamed(accountId, name)!,
    /** The EventBridge event of a call by a role. */
    tell: (eventName: string, requestParameters: object, role: string, responseElements: object = {}) => {
      pass(1);
      const event = readPolicyEvent(
        {
          source: 'aws.iam',
          'detail-type': 'AWS API Call via CloudTrail',
          account: accountId,
          detail: {
            eventSource: 'iam.amazonaws.com',
            eventName,
            eventTime: time,
            recipientAccountId: accountId,
            userIdentity: {
              type: 'AssumedRole',
              arn: `arn:aws:sts::${accountId}:assumed-role/${role}/session`,
              sessionContext: { sessionIssuer: { type: 'Role', arn: `arn:aws:iam::${accountId}:role/${role}` } },
            },
            requestParameters,
            responseElements,
          },
        },
        time,
      );
      if (event.kind !== 'change') throw new Error(`${eventName} is ${event.kind}`);
      return noteChange(event.change, dependencies);
    },
    /** Runs due steps until no step is due or nothing changes. */
    settle: async () => {
      for (let steps = 0; steps < 12; steps++) {
        pass(3);
        await beat({ store, now: () => time });
        for (const { id } of await store.listDue(time, 10)) await advance(id, dependencies);
      }
      const [remediation, ...others] = await store.listRemediations({});
      expect(others).toEqual([]);
      return remediation!;
    },
  };
}

type World = Awaited<ReturnType<typeof newWorld>>;

interface Kind {
  readonly name: (world: World) => string;
  readonly seed: (world: World) => Promise<unknown>;
  /** Changes the policy in the account, and returns the call with its request. */
  readonly change: (world: World) => Promise<readonly [call: string, request: object]>;
  /** Returns the document of the policy. Returns `undefined` if the policy does not exist. */
  readonly says: (world: World) => Promise<string | undefined>;
  readonly approved: string;
  readonly drifted: string | undefined;
}

const arnOf = ({ accountId }: World): string => `arn:aws:iam::${accountId}:policy/team/orders`;
const ROLE = { RoleName: 'orders' };
const INLINE = { ...ROLE, PolicyName: 'access' };

const seedManaged = ({ iam }: World) =>
  iam.send(new CreatePolicyCommand({ PolicyName: 'orders', Path: '/team/', PolicyDocument: APPROVED }));
async function seedInline({ iam }: World): Promise<void> {
  await iam.send(new CreateRoleCommand({ ...ROLE, AssumeRolePolicyDocument: TRUSTED }));
  await iam.send(new PutRolePolicyCommand({ ...INLINE, PolicyDocument: APPROVED }));
}
async function versionsOf(world: World) {
  const { Versions = [] } = await world.iam.send(new ListPolicyVersionsCommand({ PolicyArn: arnOf(world) }));
  return Versions;
}
const saysManaged = async (world: World) => (await world.dependencies.policies.read(world.named(arnOf(world))))?.document;
async function saysInline({ iam }: World): Promise<string | undefined> {
  try {
    return decodeURIComponent((await iam.send(new GetRolePolicyCommand(INLINE))).PolicyDocument!);
  } catch (error) {
    if (error instanceof NoSuchEntityException) return undefined;
    throw error;
  }
}
const inLatin = text(['s3:PutObject', 's3:Get\u00ff{{ Document }}']);

const KINDS: Record<string, Kind> = {
  'a managed policy with a new version': {
    name: arnOf,
    seed: seedManaged,
    change: async (world) => {
      const request = { PolicyArn: arnOf(world), PolicyDocument: DRIFTED, SetAsDefault: true };
      await world.iam.send(new CreatePolicyVersionCommand(request));
      return ['CreatePolicyVersion', { policyArn: arnOf(world), policyDocument: DRIFTED, setAsDefault: true }];
    },
    says: saysManaged,
    approved: APPROVED,
    drifted: DRIFTED,
  },
  'a managed policy whose approved version is gone': {
    name: arnOf,
    seed: seedManaged,
    change: async (world) => {
      const PolicyArn = arnOf(world);
      await world.iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: DRIFTED, SetAsDefault: true }));
      await world.iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId: 'v1' }));
      return ['CreatePolicyVersion', { policyArn: PolicyArn, policyDocument: DRIFTED, setAsDefault: true }];
    },
    says: saysManaged,
    approved: APPROVED,
    drifted: DRIFTED,
  },
  'a managed policy set to another version': {
    name: arnOf,
    seed: async (world) => {
      await seedManaged(world);
      await world.iam.send(new CreatePolicyVersionCommand({ PolicyArn: arnOf(world), PolicyDocument: DRIFTED, SetAsDefault: false }));
    },
    change: async (world) => {
      await world.iam.send(new SetDefaultPolicyVersionCommand({ PolicyArn: arnOf(world), VersionId: 'v2' }));
      return ['SetDefaultPolicyVersion', { policyArn: arnOf(world), versionId: 'v2' }];
    },
    says: saysManaged,
    approved: APPROVED,
    drifted: DRIFTED,
  },
  'an inline policy': {
    name: () => 'orders/access',
    seed: seedInline,
    change: async ({ iam }) => {
      await iam.send(new PutRolePolicyCommand({ ...INLINE, PolicyDocument: inLatin }));
      return ['PutRolePolicy', { roleName: 'orders', policyName: 'access', policyDocument: inLatin }];
    },
    says: saysInline,
    approved: APPROVED,
    drifted: inLatin,
  },
  'an inline policy that was deleted': {
    name: () => 'orders/access',
    seed: seedInline,
    change: async ({ iam }) => {
      await iam.send(new DeleteRolePolicyCommand(INLINE));
      return ['DeleteRolePolicy', { roleName: 'orders', policyName: 'access' }];
    },
    says: saysInline,
    approved: APPROVED,
    drifted: undefined,
  },
  'a trust policy': {
    name: () => 'orders',
    seed: seedInline,
    change: async ({ iam }) => {
      const PolicyDocument = trust({ AWS: 'arn:aws:iam::222222222222:root' });
      await iam.send(new UpdateAssumeRolePolicyCommand({ ...ROLE, PolicyDocument }));
      return ['UpdateAssumeRolePolicy', { roleName: 'orders', policyDocument: PolicyDocument }];
    },
    says: async ({ iam }) => decodeURIComponent((await iam.send(new GetRoleCommand(ROLE))).Role!.AssumeRolePolicyDocument!),
    approved: TRUSTED,
    drifted: trust({ AWS: '222222222222' }),
  },
};

const same = (a: string | undefined, b: string | undefined): boolean =>
  a === undefined || b === undefined ? a === b : isSameDocument(a, b);

describe.skipIf(!useMoto())('a policy that is changed outside of the pipelines', () => {
  it.each(Object.entries(KINDS))('comes back, and goes again when a person has it rolled back: %s', async (_, kind) => {
    const world = await newWorld();
    await kind.seed(world);
    const resource = world.named(kind.name(world));
    await approvePolicy({ resource, document: kind.approved, approvedAt: world.pass(1), approvedBy: 'ops' }, world.store);
    const [call, request] = await kind.change(world);
    expect(same(await kind.says(world), kind.drifted), 'it has drifted').toBe(true);

    expect(await world.tell(call, request, 'admin')).toMatchObject({ kind: 'drift', remediation: { status: 'NEW', resource } });
    const done = await world.settle();
    expect(done, done.reason).toMatchObject({ status: 'SUCCEEDED', resource });
    expect(same(await kind.says(world), kind.approved), 'what is approved holds').toBe(true);
    expect(changesOf(world.runs[0]!)).toHaveLength(1);

    const { runbook, parameters } = done.attempts[0]!;
    await world.dependencies.automation.start({ accountId: world.accountId, region: REGION }, { runbook, parameters, token: '' });
    expect(world.runs[1], world.runs[1]?.failure).toMatchObject({ status: 'Success' });
    expect(changesOf(world.runs[1]!), 'run again, it changes nothing').toEqual([]);

    await rollBack(done.id, asOperator({ store: world.store, by: 'ops', now: world.dependencies.now }));
    const back = await world.settle();
    expect(back, back.reason).toMatchObject({ status: 'ROLLED_BACK' });
    expect(same(await kind.says(world), kind.drifted), 'the previous document is back').toBe(true);
    expect(await world.tell(call, request, 'admin'), 'what a person has had rolled back stays').toMatchObject({ kind: 'nothing' });
  });

  it('is refused where nothing is approved, and comes back once a person has recorded what is', async () => {
    const world = await newWorld();
    await seedInline(world);
    const { change, says } = KINDS['an inline policy']!;
    const [call, request] = await change(world);
    await world.tell(call, request, 'admin');
    const refused = await world.settle();
    expect(refused).toMatchObject({ status: 'REFUSED', reason: expect.stringContaining('csmm remediation record-policy') });
    expect([world.runs, await says(world)]).toEqual([[], inLatin]);
    const resource = world.named('orders/access');
    await approvePolicy({ resource, document: APPROVED, approvedAt: minutesAfter(world.pass(1), -30), approvedBy: 'ops' }, world.store);
    await world.tell(call, request, 'admin');
    expect(await world.settle()).toMatchObject({ status: 'SUCCEEDED' });
    expect(await says(world)).toBe(APPROVED);
  });

  it('is what a pipeline has set last, also where somebody has changed it before that was told', async () => {
    const world = await newWorld();
    await seedInline(world);
    const request = { roleName: 'orders', policyName: 'access', policyDocument: APPROVED };
    await world.iam.send(new PutRolePolicyCommand({ ...INLINE, PolicyDocument: DRIFTED }));
    expect(await world.tell('PutRolePolicy', request, 'deploy-orders')).toMatchObject({ kind: 'approved' });
    await world.tell('PutRolePolicy', { ...request, policyDocument: DRIFTED }, 'admin');
    expect(await world.settle()).toMatchObject({ status: 'SUCCEEDED' });
    expect(await saysInline(world)).toBe(APPROVED);
    expect(await world.tell('PutRolePolicy', request, 'csmm-RestoreRolePolicy')).toEqual({
      kind: 'nothing',
      reason: 'csmm made the change',
    });
    const versioned = await newWorld();
    await KINDS['a managed policy set to another version']!.seed(versioned);
    const set = { policyArn: arnOf(versioned), versionId: 'v2' };
    expect(await versioned.tell('SetDefaultPolicyVersion', set, 'deploy-orders')).toMatchObject({ baseline: { document: DRIFTED } });
  });

  it('stays where the role is one of csmm', async () => {
    const world = await newWorld();
    await seedInline(world);
    const { change } = KINDS['a trust policy']!;
    await approvePolicy({ resource: world.named('orders'), document: TRUSTED, approvedAt: world.pass(1), approvedBy: 'ops' }, world.store);
    await world.iam.send(new TagRoleCommand({ ...ROLE, Tags: [{ Key: 'csmm:deployment', Value: 'Csmm' }] }));
    const [call, request] = await change(world);
    await world.tell(call, request, 'admin');
    Object.assign(world.dependencies, { own: { stackIds: [], roleNames: ['orders'] } });
    expect(await world.settle()).toMatchObject({ status: 'REFUSED', reason: expect.stringContaining('belongs to csmm') });
    await seedManaged(world);
    await world.iam.send(new TagPolicyCommand({ PolicyArn: arnOf(world), Tags: [{ Key: 'team', Value: 'orders' }] }));
    expect(await world.dependencies.estate.tagsOf(world.named(arnOf(world)))).toEqual({ team: 'orders' });
    expect(await world.dependencies.estate.tagsOf(world.named('orders/access'))).toEqual({ 'csmm:deployment': 'Csmm' });
  });

  it('is left to a person where its five versions are other ones, and closed where it is gone', async () => {
    const world = await newWorld();
    await seedManaged(world);
    const PolicyArn = arnOf(world);
    for (let version = 2; version <= 5; version++) {
      const PolicyDocument = text(`s3:Version${version}`);
      await world.iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument, SetAsDefault: true }));
    }
    const approval = { resource: world.named(PolicyArn), document: text('s3:Other'), approvedAt: world.pass(1), approvedBy: 'ops' };
    await approvePolicy(approval, world.store);
    const request = { policyArn: PolicyArn, policyDocument: text('s3:Version5'), setAsDefault: true };
    await world.tell('CreatePolicyVersion', request, 'admin');
    expect(await world.settle()).toMatchObject({ status: 'REFUSED', reason: expect.stringContaining('5 versions') });
    expect(await versionsOf(world)).toHaveLength(5);

    const gone = await newWorld();
    await gone.iam.send(new CreateRoleCommand({ ...ROLE, AssumeRolePolicyDocument: TRUSTED }));
    await approvePolicy(
      { resource: gone.named('orders/access'), document: APPROVED, approvedAt: gone.pass(1), approvedBy: 'ops' },
      gone.store,
    );
    await gone.iam.send(new DeleteRoleCommand(ROLE));
    await gone.tell('DeleteRolePolicy', { roleName: 'orders', policyName: 'access' }, 'admin');
    expect(await gone.settle()).toMatchObject({ status: 'CLOSED', reason: 'the policy is gone' });
  });
});

describe.skipIf(!useMoto())('the runbooks of policies', () => {
  const run = async (world: World, runbook: string, parameters: Record<string, string[]>) => {
    await world.dependencies.automation.start({ accountId: world.accountId, region: REGION }, { runbook, parameters, token: '' });
    return world.runs.at(-1)!;
  };

  it('change nothing where the policy was changed after it was looked at', async () => {
    const world = await newWorld();
    await seedInline(world);
    await seedManaged(world);
    await world.iam.send(new PutRolePolicyCommand({ ...INLINE, PolicyDocument: DRIFTED }));
    const other = chunksOf(text('s3:Other'));
    const inline = { RoleName: ['orders'], PolicyName: ['access'], Document: chunksOf(APPROVED) };
    const kept = { PreviousPolicy: ['kept'], PreviousDocument: other };
    const meanwhile = { status: 'Failed', failure: expect.stringContaining('another actor has changed the policy since') };
    expect(await run(world, 'CSMM-RestoreRolePolicy', { ...inline, ...kept })).toMatchObject(meanwhile);
    const absent = { PreviousPolicy: ['absent'], PreviousDocument: ['none'] };
    expect(await run(world, 'CSMM-RestoreRolePolicy', { ...inline, ...absent })).toMatchObject(meanwhile);
    const trusted = { RoleName: ['orders'], Document: other, ...kept };
    trusted.PreviousDocument = chunksOf(APPROVED);
    expect(await run(world, 'CSMM-RestoreTrustPolicy', trusted)).toMatchObject(meanwhile);
    const managed = { PolicyArn: [arnOf(world)], Document: other, VersionId: ['none'], PreviousVersionId: ['v3'] };
    expect(await run(world, 'CSMM-RestoreManagedPolicy', managed)).toMatchObject(meanwhile);
    const since = { status: 'Failed', failure: expect.stringContaining('another actor has changed the policy since') };
    expect(await run(world, 'CSMM-RestoreRolePolicy-Undo', { ...inline, ...kept })).toMatchObject(since);
    expect(await run(world, 'CSMM-RestoreTrustPolicy-Undo', trusted)).toMatchObject(since);
    const { VersionId: _, ...undone } = managed;
    expect(await run(world, 'CSMM-RestoreManagedPolicy-Undo', undone)).toMatchObject(since);
    expect(world.runs.flatMap(changesOf)).toEqual([]);
  });

  it('restore also where the previous document is too long to be kept, and then have nothing to bring back', async () => {
    const world = await newWorld();
    await seedInline(world);
    await world.iam.send(new PutRolePolicyCommand({ ...INLINE, PolicyDocument: DRIFTED }));
    const given = { Document: chunksOf(APPROVED), PreviousPolicy: ['unkept'], PreviousDocument: ['none'] };
    const inline = { RoleName: ['orders'], PolicyName: ['access'], ...given };
    expect(await run(world, 'CSMM-RestoreRolePolicy', inline)).toMatchObject({ status: 'Success' });
    expect(await saysInline(world)).toBe(APPROVED);
    const unkept = { status: 'Failed', failure: expect.stringContaining('too long to store') };
    expect(await run(world, 'CSMM-RestoreRolePolicy-Undo', inline)).toMatchObject(unkept);
    expect(await run(world, 'CSMM-RestoreTrustPolicy-Undo', { RoleName: ['orders'], ...given })).toMatchObject(unkept);
  });

  it('read documents that are URL-encoded as well as those that are not', async () => {
    const document = trust({ AWS: ['222222222222', '333333333333'], Service: 'a%b\u00ff' });
    const encoded = { Role: { RoleName: 'orders', AssumeRolePolicyDocument: encodeURIComponent(document) } };
    const call = async (): Promise<unknown> => encoded;
    const parameters = {
      AutomationAssumeRole: ['arn:aws:iam::111111111111:role/csmm-Test'],
      RoleName: ['orders'],
      Document: chunksOf(trust({ Service: ['a%b\u00ff'], AWS: ['arn:aws:iam::333333333333:root', 'arn:aws:iam::222222222222:root'] })),
      PreviousPolicy: ['kept'],
      PreviousDocument: chunksOf('{}'),
    };
    const ended = await runAutomation(runbookText('CSMM-RestoreTrustPolicy'), parameters, { call });
    expect(ended, ended.failure).toMatchObject({ status: 'Success', steps: [{}, {}, {}, {}, { name: 'verify' }] });
  });
});
