import { describe, expect, it } from 'vitest';
import control from '../../../controls/networking/net-l2-04-guardduty-protection-plans.ts';
import type { Inventory, JoinRule, Listing } from '../../../core/control.ts';
import type { GuardDutyFeature, GuardDutyRegionFacts } from '../../../core/facts/guardduty-region-settings.ts';
import { EMPTY_SETTINGS } from '../../../core/settings/account-settings.ts';
import { CAPTURED_AT, type Estate, inventoryOf, joinCodes } from '../../support/control.ts';

const TYPE = 'AWS::GuardDuty::RegionSettings';
const REGION = 'eu-west-1';
const ADMINISTRATOR = '222222222222';
const [MANAGEMENT, PLANS] = control.rules as readonly JoinRule[];
const only = (rule: JoinRule | undefined) => ({ ...control, rules: rule ? [rule] : [] });

const estateOf = (facts: GuardDutyRegionFacts, resources: Estate = {}): Estate => ({ ...resources, [TYPE]: { [REGION]: facts } });

describe('NET-L2-04 on the management of GuardDuty', () => {
  const MEMBER: GuardDutyRegionFacts = {
    enabled: true,
    administrator: { accountId: ADMINISTRATOR, relationship: 'ENABLED' },
    autoEnable: null,
  };
  const DELEGATE: GuardDutyRegionFacts = { enabled: true, administrator: null, autoEnable: 'ALL' };

  const verdict = (facts: GuardDutyRegionFacts, there?: Inventory) =>
    joinCodes(only(MANAGEMENT), estateOf(facts), {}, { in: (id) => (id === ADMINISTRATOR ? there : undefined) })[REGION];
  const theirs = (facts: GuardDutyRegionFacts, region = REGION) => inventoryOf(estateOf(facts), { [REGION]: region });

  it.each<[string, string, GuardDutyRegionFacts, Inventory?]>([
    ['COMPLIANT', 'its administrator enables all accounts', MEMBER, theirs(DELEGATE)],
    ['COMPLIANT', 'it is the administrator and enables all accounts', DELEGATE],
    ['NON_COMPLIANT detector-not-enabled', 'it has no enabled detector', { enabled: false }],
    ['NON_COMPLIANT no-delegated-administrator', 'it has no administrator', { ...DELEGATE, autoEnable: null }],
    ['NON_COMPLIANT auto-enable-incomplete', 'it is the administrator and enables only new accounts', { ...DELEGATE, autoEnable: 'NEW' }],
    [
      'NON_COMPLIANT auto-enable-incomplete',
      'its administrator enables no account automatically',
      MEMBER,
      theirs({ ...DELEGATE, autoEnable: 'NONE' }),
    ],
    [
      'NON_COMPLIANT no-delegated-administrator',
      'its administrator is not the delegated one',
      MEMBER,
      theirs({ ...DELEGATE, autoEnable: null }),
    ],
    [
      'NON_COMPLIANT administrator-not-enabled',
      'it left its administrator',
      { ...MEMBER, administrator: { accountId: ADMINISTRATOR, relationship: 'RESIGNED' } },
      theirs(DELEGATE),
    ],
    ['INSUFFICIENT_DATA administrator-not-evaluated', 'its administrator is not evaluated', MEMBER],
    [
      'INSUFFICIENT_DATA administrator-not-evaluated',
      'its administrator was read only in another Region',
      MEMBER,
      theirs(DELEGATE, 'us-east-1'),
    ],
    [
      'INSUFFICIENT_DATA not-read',
      'the auto-enable setting of its administrator was not read',
      MEMBER,
      theirs({ enabled: true, administrator: null }),
    ],
    ['INSUFFICIENT_DATA not-read', 'its administrator was not read', { enabled: true, autoEnable: null }, theirs(DELEGATE)],
    ['INSUFFICIENT_DATA not-read', 'whether it is the administrator was not read', { enabled: true, administrator: null }],
    ['INSUFFICIENT_DATA not-read', 'its detector was not read', { administrator: null, autoEnable: 'ALL' }],
    ['INSUFFICIENT_DATA auto-enable-unknown', 'it enables unknown accounts', { ...DELEGATE, autoEnable: 'SOME' }],
  ])('is %s when %s', (compliance, _, facts, there) => {
    expect(verdict(facts, there)).toBe(compliance);
  });

  it('reads only the accounts that manage it', () => {
    const inventory = inventoryOf({ [TYPE]: { a: MEMBER, b: DELEGATE, c: {} } });
    expect(MANAGEMENT?.elsewhere?.(inventory)).toEqual([ADMINISTRATOR]);
    expect(PLANS?.elsewhere).toBeUndefined();
  });
});

describe('NET-L2-04 on protection plans', () => {
  const OFF: Record<string, boolean> = Object.fromEntries(
    [
      'S3_DATA_EVENTS',
      'EKS_AUDIT_LOGS',
      'RDS_LOGIN_EVENTS',
      'LAMBDA_NETWORK_LOGS',
      'RUNTIME_MONITORING',
      'EKS_RUNTIME_MONITORING',
      'EBS_MALWARE_PROTECTION',
    ].map((feature) => [feature, false]),
  );
  const withOn = (...features: GuardDutyFeature[]): GuardDutyRegionFacts => ({
    enabled: true,
    features: { ...OFF, ...Object.fromEntries(features.map((feature) => [feature, true])) },
  });
  const COMPLETE: Listing[] = [{ region: 'global', capturedAt: CAPTURED_AT }];
  const verdict = (
    facts: GuardDutyRegionFacts,
    resources: Estate = {},
    parts: Partial<Inventory> = {},
    regions: Record<string, string> = {},
  ) => joinCodes(only(PLANS), estateOf(facts, resources), regions, { listings: () => COMPLETE, ...parts })[REGION];

  const BUCKET: Estate = { 'AWS::S3::Bucket': { files: {} } };
  const CLUSTER: Estate = { 'AWS::EKS::Cluster': { prod: {} } };
  const INSTANCE: Estate = { 'AWS::EC2::Instance': { 'i-1': { state: 'running' } } };
  const DATABASE: Estate = { 'AWS::RDS::DBInstance': { orders: {} } };
  const FUNCTION: Estate = { 'AWS::Lambda::Function': { orders: {} } };

  it.each<[string, Estate, GuardDutyFeature[]]>([
    ['buckets', BUCKET, ['S3_DATA_EVENTS']],
    ['database instances', DATABASE, ['RDS_LOGIN_EVENTS']],
    ['database clusters', { 'AWS::RDS::DBCluster': { orders: {} } }, ['RDS_LOGIN_EVENTS']],
    ['functions', FUNCTION, ['LAMBDA_NETWORK_LOGS']],
    ['instances', INSTANCE, ['RUNTIME_MONITORING', 'EBS_MALWARE_PROTECTION']],
    ['instances of unknown state', { 'AWS::EC2::Instance': { 'i-1': {} } }, ['RUNTIME_MONITORING', 'EBS_MALWARE_PROTECTION']],
    ['EKS clusters', CLUSTER, ['EKS_AUDIT_LOGS', 'RUNTIME_MONITORING']],
    ['EKS clusters, in the older way,', CLUSTER, ['EKS_AUDIT_LOGS', 'EKS_RUNTIME_MONITORING']],
  ])('is COMPLIANT when the plans for %s are on, and NON_COMPLIANT without any one of them', (_, resources, needed) => {
    expect(verdict(withOn(...needed), resources)).toBe('COMPLIANT');
    for (const missing of needed)
      expect(verdict(withOn(...needed.filter((feature) => feature !== missing)), resources)).toBe('NON_COMPLIANT plan-off');
    expect(verdict({ enabled: false }, resources)).toBe('NON_COMPLIANT plan-off');
  });

  it('is NON_COMPLIANT when instances have runtime monitoring only for EKS', () => {
    expect(verdict(withOn('EKS_RUNTIME_MONITORING', 'EBS_MALWARE_PROTECTION'), INSTANCE)).toBe('NON_COMPLIANT plan-off');
  });

  it.each<[string, Estate, Record<string, string>]>([
    ['there is nothing to protect', {}, {}],
    ['the resources are in another Region', BUCKET, { files: 'us-east-1' }],
    ['the only instance is terminated', { 'AWS::EC2::Instance': { 'i-1': { state: 'terminated' } } }, {}],
    ['the only instance is shutting down', { 'AWS::EC2::Instance': { 'i-1': { state: 'shutting-down' } } }, {}],
  ])('is NOT_APPLICABLE when %s', (_, resources, regions) => {
    expect(verdict(withOn(), resources, {}, regions)).toBe('NOT_APPLICABLE');
    expect(verdict({ enabled: false }, resources, {}, regions)).toBe('NOT_APPLICABLE');
  });

  it.each<[string, string, GuardDutyRegionFacts, Estate, Partial<Inventory>]>([
    ['resources-unknown', 'the resources of a plan were not listed', withOn(), {}, { listings: () => [] }],
    [
      'resources-unknown',
      'the functions could not be listed',
      withOn(),
      {},
      { listings: (type) => (type === 'AWS::Lambda::Function' ? [{ region: REGION, capturedAt: CAPTURED_AT, gap: 'denied' }] : COMPLETE) },
    ],
    [
      'resources-unknown',
      'only another Region was listed',
      withOn(),
      {},
      { listings: (type) => (type === TYPE ? [] : [{ region: 'us-east-1', capturedAt: CAPTURED_AT }]) },
    ],
    ['plan-unknown', 'the plan is unknown in the Region', { enabled: true, features: {} }, BUCKET, {}],
    ['plan-unknown', 'the plan has an unknown status', { enabled: true, features: { ...OFF, S3_DATA_EVENTS: null } }, BUCKET, {}],
    [
      'plan-unknown',
      'one way of the plan is off and the other has an unknown status',
      { enabled: true, features: { ...OFF, EKS_AUDIT_LOGS: true, RUNTIME_MONITORING: null } },
      CLUSTER,
      {},
    ],
    ['not-read', 'the plans were not read', { enabled: true }, BUCKET, {}],
    ['not-read', 'the detector was not read', { features: OFF }, BUCKET, {}],
  ])('is INSUFFICIENT_DATA (%s) when %s', (code, _, facts, resources, parts) => {
    expect(verdict(facts, resources, parts)).toBe(`INSUFFICIENT_DATA ${code}`);
  });

  it('needs no list of the resources of an enabled plan', () => {
    const all = withOn(
      'S3_DATA_EVENTS',
      'EKS_AUDIT_LOGS',
      'RDS_LOGIN_EVENTS',
      'LAMBDA_NETWORK_LOGS',
      'RUNTIME_MONITORING',
      'EBS_MALWARE_PROTECTION',
    );
    expect(verdict(all, {}, { listings: () => [] })).toBe('COMPLIANT');
  });

  it('fails even if other plans are unknown', () => {
    expect(verdict(withOn(), BUCKET, { listings: () => [] })).toBe('NON_COMPLIANT plan-off');
  });
});

describe('NET-L2-04', () => {
  it('evaluates only approved Regions, and all of them', () => {
    const settings = { ...EMPTY_SETTINGS, approvedRegions: ['eu-north-1'] };
    const verdicts = joinCodes(control, estateOf({ enabled: false }), {}, { settings });
    expect(verdicts).toEqual({ [REGION]: 'NOT_APPLICABLE', 'eu-north-1': 'INSUFFICIENT_DATA not-read' });
  });
});
