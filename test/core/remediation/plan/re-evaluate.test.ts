import { describe, expect, it } from 'vitest';
import { memoryStateStore } from '../../../../adapters/memory/state-store.ts';
import {
  across,
  type ControlDefinition,
  compliant,
  nonCompliant,
  notApplicable,
  on,
  type ResourceType,
  verdictOn,
  verdictOnAccount,
} from '../../../../core/control.ts';
import { indexRules } from '../../../../core/evaluation/evaluate.ts';
import { inventoryOf } from '../../../../core/facts/inventory.ts';
import { GLOBAL, type ResourceRef } from '../../../../core/model.ts';
import { collectFacts, type ResourceEvidence } from '../../../../core/pipeline/collect.ts';
import { cannotRun, type Remedies, remedyOfAccount, remedyOn, runWith } from '../../../../core/remediation/model/remedy.ts';
import { type LookDependencies, reEvaluate } from '../../../../core/remediation/plan/re-evaluate.ts';

const ACCOUNT = '111111111111';
const [BEFORE, NOW] = ['2026-11-18T11:00:00.000Z', '2026-11-18T12:00:00.000Z'];
const [BUCKETS, NETWORKS, WHOLE, BY_HAND] = ['STR-L2-01', 'NET-L2-01', 'MON-L2-02', 'STR-L2-02'] as const;

const defined = (id: string, ...rules: ControlDefinition['rules']): ControlDefinition => ({
  id,
  title: id,
  pillar: 'storage',
  level: 2,
  severity: 'high',
  rules,
});
const versioned = on('AWS::S3::Bucket', ['versioning'], ({ versioning }) =>
  versioning === 'Enabled' ? compliant('versioning is Enabled') : nonCompliant('versioning-is', `versioning is ${versioning}`),
);
const CONTROLS = [
  defined(BUCKETS, versioned),
  defined(
    BY_HAND,
    on('AWS::S3::Bucket', [], () => nonCompliant('a-person-has', 'a person has to look')),
  ),
  defined(
    NETWORKS,
    across(['AWS::EC2::VPC', 'AWS::EC2::FlowLog'], (inventory) =>
      inventory.all('AWS::EC2::VPC').map((vpc) => {
        const logs = inventory.all('AWS::EC2::FlowLog').some(({ resource }) => resource.resourceId === `log of ${vpc.resource.resourceId}`);
        return verdictOn(vpc, logs ? compliant('it logs') : nonCompliant('no-log', 'no log'));
      }),
    ),
    on('AWS::EC2::VPC', [], (_, { resource }) =>
      resource.resourceId === 'vpc-odd' ? nonCompliant('it-is-odd', 'it is odd') : notApplicable('it is even'),
    ),
  ),
  defined(
    WHOLE,
    across(['AWS::CloudWatch::MetricAlarm'], (inventory) => [
      verdictOnAccount(
        inventory,
        inventory.all('AWS::CloudWatch::MetricAlarm').length > 0 ? compliant('there is an alarm') : nonCompliant('no-alarm', 'no alarm'),
      ),
    ]),
  ),
];
const rules = indexRules(CONTROLS);

const TERMS = { runbook: 'CSMM-Test', risk: 'safe', reversible: true, impact: '' } as const;
const REMEDIES: Remedies = {
  [BUCKETS]: [
    remedyOn('AWS::S3::Bucket', { ...TERMS, reads: ['AWS::EC2::Volume'] }, ({ facts }, { declared, inventory }) =>
      runWith({
        Previous: String(facts.versioning),
        Topic: String(declared.alarmTopicName),
        Volumes: String(inventory.all('AWS::EC2::Volume').length),
      }),
    ),
  ],
  [NETWORKS]: [remedyOn('AWS::EC2::VPC', TERMS, () => cannotRun('only a person knows'))],
  [WHOLE]: [remedyOfAccount(TERMS, () => runWith({}))],
};

const ref = (resourceType: string, resourceId: string, region = 'eu-west-1'): ResourceRef => ({
  accountId: ACCOUNT,
  region,
  resourceType,
  resourceId,
});
const BUCKET = ref('AWS::S3::Bucket', 'orders');
const VPC = ref('AWS::EC2::VPC', 'vpc-1');
const ACCOUNT_REF = ref('AWS::::Account', ACCOUNT, GLOBAL);

interface Seen {
  readonly resource: ResourceRef;
  readonly facts?: object;
  readonly missing?: Record<string, string>;
}

/** The accounts that a read returns: the resources, the types with a complete inventory, and the types that it cannot list. */
class Cloud {
  readonly state = memoryStateStore();
  readonly asked: [account: string, region: string, types: readonly ResourceType[]][] = [];
  seen: readonly Seen[] = [];
  gaps: Readonly<Record<string, string>> = {};
  /** Types that the read skips. */
  unread: readonly string[] = [];
  failure: Error | undefined;

  collect = (evidence: ResourceEvidence) => collectFacts(evidence, { store: this.state, rules });

  /** The known resources before the read. */
  async knew(...seen: readonly Seen[]): Promise<void> {
    for (const { resource, facts = {} } of seen) await this.collect({ resource, capturedAt: BEFORE, parsed: { facts, missing: {} } });
    for (const { resource } of seen) await this.list(resource.resourceType as ResourceType, resource.region, BEFORE);
  }

  private async list(type: ResourceType, region: string, capturedAt: string): Promise<void> {
    const gap = this.gaps[type];
    const parsed = gap === undefined ? { facts: { resources: 1 }, missing: {} } : { facts: {}, missing: { resources: gap } };
    await this.collect({ resource: inventoryOf(ACCOUNT, region, type), capturedAt, parsed });
  }

  get dependencies(): LookDependencies {
    return {
      state: this.state,
      rules,
      remedies: REMEDIES,
      read: async (accountId, region, types) => {
        this.asked.push([accountId, region, types]);
        if (this.failure) throw this.failure;
        const read = types.filter((type) => !this.unread.includes(type));
        for (const { resource, facts = {}, missing = {} } of this.seen) {
          if (read.some((type) => type === resource.resourceType))
            await this.collect({ resource, capturedAt: NOW, parsed: { facts, missing } });
        }
        for (const type of read) await this.list(type, region, NOW);
        return NOW;
      },
    };
  }

  look = (controlId: string, resource: ResourceRef) => reEvaluate(controlId, resource, { alarmTopicName: 'alarms' }, this.dependencies);
}

const cloudOf = (...seen: readonly Seen[]): Cloud => Object.assign(new Cloud(), { seen });
const OFF = { resource: BUCKET, facts: { versioning: 'Off' } };

describe('the re-evaluation of a failing resource', () => {
  it('reads the types of the control and the remedy, and returns the finding with the plan', async () => {
    const cloud = cloudOf(OFF, { resource: ref('AWS::EC2::Volume', 'vol-1') });
    expect(await cloud.look(BUCKETS, BUCKET)).toMatchObject({
      known: true,
      value: {
        finding: { kind: 'failing', reason: 'versioning is Off', capturedAt: NOW },
        remedy: { runbook: 'CSMM-Test' },
        plan: { kind: 'run', parameters: { Previous: ['Off'], Topic: ['alarms'] } },
      },
    });
    expect(cloud.asked).toEqual([[ACCOUNT, 'eu-west-1', ['AWS::S3::Bucket', 'AWS::EC2::Volume']]]);
  });

  it('plans with the new evidence, not with the old', async () => {
    const cloud = cloudOf({ resource: BUCKET, facts: { versioning: 'Suspended' } });
    await cloud.knew(OFF);
    expect(await cloud.look(BUCKETS, BUCKET)).toMatchObject({ value: { plan: { parameters: { Previous: ['Suspended'] } } } });
  });

  it('has no remedy without a runbook, and a reason if the remedy cannot run', async () => {
    const looked = await cloudOf(OFF).look(BY_HAND, BUCKET);
    expect(looked).toEqual({ known: true, value: { finding: { kind: 'failing', reason: 'a person has to look', capturedAt: NOW } } });
    expect(await cloudOf({ resource: VPC }).look(NETWORKS, VPC)).toMatchObject({
      value: { finding: { kind: 'failing', reason: 'no log' }, plan: { kind: 'cannot', reason: 'only a person knows' } },
    });
  });
});

describe('the re-evaluation of a resource', () => {
  it('that passes returns that, with the time of the read', async () => {
    const cloud = cloudOf({ resource: BUCKET, facts: { versioning: 'Enabled' } });
    await cloud.knew(OFF);
    const looked = await cloud.look(BUCKETS, BUCKET);
    expect(looked).toEqual({ known: true, value: { finding: { kind: 'passing', reason: 'versioning is Enabled', capturedAt: NOW } } });
  });

  it.each([
    [
      'unknown before IAM has written a new report',
      BEFORE,
      { known: false, reason: `the newest IAM credential report is from ${BEFORE}, before this read` },
    ],
    ['evaluated with a newer report', '2026-11-18T12:00:01.000Z', { known: true, value: { finding: { kind: 'passing' } } }],
    ['evaluated with what IAM says of the user itself', null, { known: true, value: { finding: { kind: 'passing' } } }],
  ])('that depends on a credential report is %s', async (_, reportGeneratedAt, expected) => {
    const cloud = cloudOf({ resource: BUCKET, facts: { versioning: 'Enabled', reportGeneratedAt } });
    await cloud.knew(OFF);
    expect(await cloud.look(BUCKETS, BUCKET)).toMatchObject(expected);
  });

  it('that a new list has, and only an old report describes, is unknown and not gone', async () => {
    const cloud = cloudOf();
    await cloud.knew({ resource: BUCKET, facts: { versioning: 'Off', reportGeneratedAt: BEFORE } });
    expect(await cloud.look(BUCKETS, BUCKET)).toMatchObject({ known: false, reason: expect.stringContaining(`report is from ${BEFORE}`) });
  });

  it('that is missing from the complete inventory returns that it is gone', async () => {
    const cloud = cloudOf();
    await cloud.knew(OFF);
    expect(await cloud.look(BUCKETS, BUCKET)).toEqual({
      known: true,
      value: { finding: { kind: 'gone', reason: 'the resource is gone', capturedAt: NOW } },
    });
  });

  it('of a global service is found in the inventory of the account', async () => {
    const cloud = cloudOf();
    const resource = { ...BUCKET, region: GLOBAL };
    await cloud.knew({ ...OFF, resource });
    expect(await cloud.look(BUCKETS, resource)).toMatchObject({ value: { finding: { kind: 'gone' } } });
    expect(cloud.asked[0]?.[1]).toBe(GLOBAL);
  });

  it.each<[string, (cloud: Cloud) => void, string]>([
    [
      'that is missing from an incomplete inventory',
      (cloud) => {
        cloud.gaps = { 'AWS::S3::Bucket': 's3:ListBuckets was denied' };
      },
      'could not read AWS::S3::Bucket: s3:ListBuckets was denied',
    ],
    [
      'whose type was not read',
      (cloud) => {
        cloud.unread = ['AWS::S3::Bucket'];
      },
      `no inventory of AWS::S3::Bucket since ${NOW}`,
    ],
    [
      'of which a fact could not be read',
      (cloud) => {
        cloud.seen = [{ resource: BUCKET, missing: { versioning: 'denied' } }];
      },
      'versioning is unknown: denied',
    ],
  ])('%s is unknown', async (_, happens, reason) => {
    const cloud = cloudOf();
    await cloud.knew(OFF);
    happens(cloud);
    expect(await cloud.look(BUCKETS, BUCKET)).toEqual({ known: false, reason });
  });

  it('that is in an incomplete inventory is evaluated', async () => {
    const cloud = cloudOf(OFF);
    cloud.gaps = { 'AWS::S3::Bucket': 'denied' };
    expect(await cloud.look(BUCKETS, BUCKET)).toMatchObject({ value: { finding: { kind: 'failing' } } });
  });

  it('throws if the read throws', async () => {
    const cloud = Object.assign(cloudOf(OFF), { failure: new Error('no such role') });
    await expect(cloud.look(BUCKETS, BUCKET)).rejects.toThrow('no such role');
  });

  it('of an unknown control is unknown, and nothing is read', async () => {
    const cloud = cloudOf(OFF);
    expect(await cloud.look('STR-L9-99', BUCKET)).toEqual({ known: false, reason: 'control STR-L9-99 does not exist' });
    expect(cloud.asked).toEqual([]);
  });
});

describe('the re-evaluation of a finding of a join', () => {
  const LOG = { resource: ref('AWS::EC2::FlowLog', 'log of vpc-1') };

  it('evaluates the resource with all types of the join', async () => {
    const cloud = cloudOf({ resource: VPC }, LOG);
    expect(await cloud.look(NETWORKS, VPC)).toMatchObject({ value: { finding: { kind: 'passing', reason: 'it logs' } } });
    expect(cloud.asked[0]?.[2]).toEqual(['AWS::EC2::VPC', 'AWS::EC2::FlowLog']);
  });

  it('returns the worst finding of the join on that resource', async () => {
    const [odd, other] = [ref('AWS::EC2::VPC', 'vpc-odd'), ref('AWS::EC2::VPC', 'vpc-2')];
    const oddLog = { resource: ref('AWS::EC2::FlowLog', 'log of vpc-odd') };
    const cloud = cloudOf({ resource: VPC }, { resource: odd }, { resource: other }, LOG, oddLog);
    expect(await cloud.look(NETWORKS, odd)).toMatchObject({ value: { finding: { kind: 'failing', reason: 'it is odd' } } });
    expect(await cloud.look(NETWORKS, VPC)).toMatchObject({ value: { finding: { kind: 'passing' } } });
    expect(await cloud.look(NETWORKS, other)).toMatchObject({ value: { finding: { kind: 'failing', reason: 'no log' } } });
  });

  it('is unknown if the read skipped another type of the join', async () => {
    const cloud = cloudOf({ resource: VPC });
    await cloud.knew(LOG);
    cloud.unread = ['AWS::EC2::FlowLog'];
    // A sweep of another Region at the same time does not count.
    const resource = inventoryOf(ACCOUNT, 'us-east-1', 'AWS::EC2::FlowLog');
    await cloud.collect({ resource, capturedAt: NOW, parsed: { facts: { resources: 0 }, missing: {} } });
    expect(await cloud.look(NETWORKS, VPC)).toEqual({ known: false, reason: `no inventory of AWS::EC2::FlowLog since ${NOW}` });
  });

  it('does not require inventories of other Regions', async () => {
    const cloud = cloudOf({ resource: VPC }, LOG);
    await cloud.knew({ resource: ref('AWS::EC2::FlowLog', 'fl-2', 'us-east-1') });
    expect(await cloud.look(NETWORKS, VPC)).toMatchObject({ value: { finding: { kind: 'passing' } } });
  });

  it('is unknown if it would fail because of an unlisted type', async () => {
    const cloud = cloudOf({ resource: VPC });
    cloud.gaps = { 'AWS::EC2::FlowLog': 'ec2:DescribeFlowLogs was denied' };
    expect(await cloud.look(NETWORKS, VPC)).toMatchObject({
      known: false,
      reason: expect.stringContaining('ec2:DescribeFlowLogs was denied'),
    });
  });
});

describe('the re-evaluation of a finding on the account', () => {
  it.each<[string, readonly Seen[], string]>([
    ['fails', [], 'failing'],
    ['passes', [{ resource: ref('AWS::CloudWatch::MetricAlarm', 'root') }], 'passing'],
  ])('that %s', async (_, seen, kind) => {
    expect(await cloudOf(...seen).look(WHOLE, ACCOUNT_REF)).toMatchObject({ known: true, value: { finding: { kind, capturedAt: NOW } } });
  });

  it('is unknown if an inventory is incomplete', async () => {
    const cloud = Object.assign(cloudOf(), { gaps: { 'AWS::CloudWatch::MetricAlarm': 'denied' } });
    expect(await cloud.look(WHOLE, ACCOUNT_REF)).toMatchObject({ known: false });
  });

  it('is unknown if the read skipped a type', async () => {
    const cloud = cloudOf();
    await cloud.knew({ resource: ref('AWS::CloudWatch::MetricAlarm', 'root', GLOBAL) });
    cloud.unread = ['AWS::CloudWatch::MetricAlarm'];
    expect(await cloud.look(WHOLE, ACCOUNT_REF)).toMatchObject({ known: false });
  });
});
