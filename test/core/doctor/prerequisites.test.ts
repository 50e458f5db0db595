import { describe, expect, it } from 'vitest';
import { readSettings } from '../../../core/deployment/options.ts';
import { type AccountFacts, accountChecks, type Placed } from '../../../core/doctor/account.ts';
import type { Check } from '../../../core/doctor/check.ts';
import { type OrganizationFacts, organizationChecks } from '../../../core/doctor/organization.ts';
import { deployedConcurrency, plannedConcurrency, type QuotaFacts, quotaChecks } from '../../../core/doctor/quotas.ts';
import { type RecordingFacts, recordingChecks } from '../../../core/doctor/recording.ts';
import { type TrailFacts, type TrailsFacts, trailChecks } from '../../../core/doctor/trails.ts';
import { Unread } from '../../../core/facts/view.ts';

const ACCOUNT = '222222222222';
const UNREAD = new Unread('the call was denied (AccessDenied)');
const placed = (context: Readonly<Record<string, string>> = {}): Placed => ({
  homeRegion: 'eu-west-1',
  ...readSettings((key) => context[key], 'eu-west-1'),
});
const IN_ORGANIZATION = { organizationId: 'o-a1b2c3d4e5', organizationalUnits: 'ou-ab12-a1b2c3d4' };

/** Returns `outcome id region: message` of each check that is not fine. */
const problems = (checks: readonly Check[]): string[] =>
  checks.filter(({ outcome }) => outcome !== 'ok').map(({ outcome, id, region = '', message }) => `${outcome} ${id} ${region}: ${message}`);

/** Every problem says what to do. */
function expectProblems(checks: readonly Check[], expected: readonly string[]): void {
  const found = problems(checks);
  expect(found.length, found.join('\n')).toBe(expected.length);
  for (const [index, words] of expected.entries()) expect(found[index]).toContain(words);
  for (const { outcome, fix } of checks) if (outcome !== 'ok') expect(fix).toMatch(/^[a-zA-Z].*[^.]$/);
}

describe('the account', () => {
  const fine: AccountFacts = {
    identity: { accountId: ACCOUNT, arn: `arn:aws:iam::${ACCOUNT}:user/ada`, partition: 'aws' },
    regions: [
      { name: 'eu-west-1', optIn: 'opt-in-not-required' },
      { name: 'us-east-1', optIn: 'opted-in' },
      { name: 'af-south-1', optIn: 'not-opted-in' },
    ],
    bootstraps: [{ region: 'eu-west-1', version: '30' }],
  };
  const of = (facts: Partial<AccountFacts>, context: Readonly<Record<string, string>> = {}) =>
    accountChecks({ ...fine, ...facts }, placed(context));

  it('is fine if it is signed in, and its Regions are enabled and bootstrapped', () => {
    expectProblems(of({}), []);
    expect(of({}).map(({ id }) => id)).toEqual(['credentials', 'regions-enabled', 'bootstrap']);
  });

  it.each<[string, Partial<AccountFacts>, Readonly<Record<string, string>>, string[]]>([
    ['is of another partition', { identity: { ...fine.identity, partition: 'aws-us-gov' } }, {}, ['fail credentials : signed in as']],
    [
      'has not enabled a Region',
      {},
      { regions: 'af-south-1' },
      ['fail regions-enabled af-south-1: af-south-1 is not enabled in this account'],
    ],
    [
      'has not enabled a Region that the members need',
      {},
      { ...IN_ORGANIZATION, regions: 'af-south-1' },
      ['warn regions-enabled af-south-1: af-south-1 is not enabled in this account, and each account'],
    ],
    [
      'is asked for a Region that does not exist',
      {},
      { regions: 'eu-west-9' },
      ['fail regions-enabled eu-west-9: eu-west-9 is not a Region'],
    ],
    [
      'has a Region whose status nobody knows',
      {
        regions: [
          { name: 'eu-west-1', optIn: 'opting' },
          { name: 'us-east-1', optIn: 'opted-in' },
        ],
      },
      {},
      ['unread regions-enabled eu-west-1: whether eu-west-1 is enabled could not be checked'],
    ],
    ['does not show its Regions', { regions: UNREAD }, {}, ['unread regions-enabled : whether the Regions are enabled']],
    [
      'is not bootstrapped',
      { bootstraps: [{ region: 'us-east-1', version: undefined }] },
      {},
      ['fail bootstrap us-east-1: the CDK bootstrap is missing'],
    ],
    [
      'is bootstrapped by an old CDK',
      { bootstraps: [{ region: 'us-east-1', version: '5' }] },
      {},
      ['fail bootstrap us-east-1: the CDK bootstrap has version 5'],
    ],
    ['has a strange bootstrap', { bootstraps: [{ region: 'us-east-1', version: 'x' }] }, {}, ['unread bootstrap us-east-1']],
    ['does not show its bootstrap', { bootstraps: [{ region: 'us-east-1', version: UNREAD }] }, {}, ['unread bootstrap us-east-1']],
  ])('has a problem if it %s', (_, facts, context, expected) => expectProblems(of(facts, context), expected));

  it('has commands with its own number', () => {
    const [check] = of({ bootstraps: [{ region: 'us-east-1', version: undefined }] }).filter(({ id }) => id === 'bootstrap');
    expect(check?.command).toBe('npx cdk bootstrap aws://222222222222/us-east-1');
  });
});

describe('the organization', () => {
  const fine: OrganizationFacts = {
    organization: { id: 'o-a1b2c3d4e5', managementAccountId: '999999999999', features: 'ALL' },
    units: [{ id: 'ou-ab12-a1b2c3d4', exists: true }],
    trustedAccess: 'ENABLED',
    administrators: [ACCOUNT],
    members: ['111111111111'],
  };
  const management = { id: 'o-a1b2c3d4e5', managementAccountId: ACCOUNT, features: 'ALL' };
  const of = (facts: Partial<OrganizationFacts>, callAs: 'SELF' | 'DELEGATED_ADMIN' = 'DELEGATED_ADMIN') =>
    organizationChecks(
      { ...fine, ...facts },
      { organizationId: 'o-a1b2c3d4e5', organizationalUnits: ['ou-ab12-a1b2c3d4'], callAs },
      ACCOUNT,
    );

  it('is fine for a delegated administrator, and for the management account itself', () => {
    expectProblems(of({}), []);
    expectProblems(of({ organization: management, administrators: [] }, 'SELF'), []);
  });

  it.each<[string, Partial<OrganizationFacts>, 'SELF' | 'DELEGATED_ADMIN', string[]]>([
    ['there is none', { organization: undefined }, 'DELEGATED_ADMIN', ['fail organization : the account is in no organization']],
    [
      'it is another one',
      { organization: { ...management, managementAccountId: '9', id: 'o-b1b2c3d4e5' } },
      'DELEGATED_ADMIN',
      ['o-b1b2c3d4e5'],
    ],
    [
      'it only pays bills',
      { organization: { ...management, managementAccountId: '9', features: 'CONSOLIDATED_BILLING' } },
      'DELEGATED_ADMIN',
      ['fail all-features'],
    ],
    ['it was not read', { organization: UNREAD }, 'DELEGATED_ADMIN', ['unread organization']],
    [
      'it was not read by an account that says it manages it',
      { organization: UNREAD },
      'SELF',
      ['unread organization', 'unread administrator'],
    ],
    [
      'a unit does not exist',
      { units: [{ id: 'ou-ab12-xxxxxxxx', exists: false }] },
      'DELEGATED_ADMIN',
      ['fail units : ou-ab12-xxxxxxxx does not exist'],
    ],
    ['a unit was not read', { units: [{ id: 'ou-ab12-xxxxxxxx', exists: UNREAD }] }, 'DELEGATED_ADMIN', ['unread units']],
    ['the account is no delegated administrator', { administrators: ['333333333333'] }, 'DELEGATED_ADMIN', ['fail administrator']],
    ['the delegated administrators were not read', { administrators: UNREAD }, 'DELEGATED_ADMIN', ['unread administrator']],
    [
      'the management account calls itself a delegate',
      { organization: management },
      'DELEGATED_ADMIN',
      ['fail administrator : this is the management account'],
    ],
    ['a member calls itself the management account', {}, 'SELF', ['fail administrator : stackSetCallAs is SELF']],
    ['StackSets are not trusted', { trustedAccess: 'DISABLED_PERMANENTLY' }, 'DELEGATED_ADMIN', ['fail trusted-access']],
    ['the trust has an unknown status', { trustedAccess: 'MAYBE' }, 'DELEGATED_ADMIN', ['unread trusted-access']],
    ['the trust was not read', { trustedAccess: UNREAD }, 'DELEGATED_ADMIN', ['unread trusted-access']],
    ['the units are empty', { members: [] }, 'DELEGATED_ADMIN', ['warn members']],
    ['the members were not read', { members: UNREAD }, 'DELEGATED_ADMIN', ['unread members']],
  ])('has a problem if %s', (_, facts, callAs, expected) => expectProblems(of(facts, callAs), expected));
});

describe('the recording of AWS Config', () => {
  const TYPES = ['AWS::EC2::Volume', 'AWS::IAM::User', 'AWS::S3::Bucket'];
  const everything = { name: 'default', allSupported: true, includesGlobal: true, types: [], daily: [] };
  const fine: RecordingFacts = {
    region: 'eu-west-1',
    recorder: everything,
    status: { recording: true, lastStatus: 'SUCCESS' },
    delivery: { lastStatus: 'SUCCESS' },
  };
  const of = (...facts: readonly Partial<RecordingFacts>[]) =>
    recordingChecks(
      facts.map((one) => ({ ...fine, ...one })),
      TYPES,
      ACCOUNT,
    );

  it.each<[string, Partial<RecordingFacts>]>([
    ['all types', {}],
    ['the types by name', { recorder: { ...everything, allSupported: false, types: TYPES } }],
    ['all types except one that csmm does not read', { recorder: { ...everything, allSupported: false, excluded: ['AWS::EC2::Host'] } }],
    ['with a status that only waits', { status: { recording: true, lastStatus: 'PENDING' } }],
  ])('is fine for %s', (_, facts) => expectProblems(of(facts), []));

  it('needs the types of global services in one Region only', () => {
    expectProblems(of({}, { region: 'us-east-1', recorder: { ...everything, includesGlobal: false } }), []);
  });

  it.each<[string, Partial<RecordingFacts>, string[]]>([
    ['there is no recorder', { recorder: undefined, status: undefined }, ['fail config-recorder eu-west-1: AWS Config has no recorder']],
    [
      'the recorder is off',
      { status: { recording: false, lastStatus: '' } },
      ['fail config-recorder eu-west-1: the recorder default of AWS Config is off'],
    ],
    ['the recorder has no status', { status: undefined }, ['fail config-recorder']],
    ['the recorder fails', { status: { recording: true, lastStatus: 'FAILURE', error: 'no role' } }, ['AWS Config fails: no role']],
    [
      'a type is not recorded',
      { recorder: { ...everything, allSupported: false, types: ['AWS::EC2::Volume', 'AWS::IAM::User'] } },
      ['warn config-types eu-west-1: AWS Config does not record 1 type that csmm reads: AWS::S3::Bucket'],
    ],
    ['a type is left out', { recorder: { ...everything, allSupported: false, excluded: ['AWS::S3::Bucket'] } }, ['warn config-types']],
    [
      'no Region records users',
      { recorder: { ...everything, includesGlobal: false } },
      ['warn config-global-types : no recorder in eu-west-1 records AWS::IAM::User'],
    ],
    ['it records once a day', { recorder: { ...everything, daily: 'all' } }, ['warn config-frequency']],
    [
      'it records a type once a day',
      { recorder: { ...everything, daily: ['AWS::S3::Bucket'] } },
      ['warn config-frequency eu-west-1: AWS Config records 1 type that csmm reads once a day: AWS::S3::Bucket'],
    ],
    ['it has no delivery channel', { delivery: undefined }, ['warn config-delivery']],
    [
      'it cannot deliver',
      { delivery: { lastStatus: 'FAILURE', error: 'AccessDenied' } },
      ['warn config-delivery eu-west-1: AWS Config cannot deliver to its bucket: AccessDenied'],
    ],
    ['the recorder was not read', { recorder: UNREAD }, ['unread config-recorder']],
    ['the status was not read', { status: UNREAD }, ['unread config-recorder']],
    ['the delivery was not read', { delivery: UNREAD }, ['unread config-delivery']],
  ])('has a problem if %s', (_, facts, expected) => expectProblems(of(facts), expected));
});

describe('the trails', () => {
  const trail: TrailFacts = {
    arn: 'arn:aws:cloudtrail:eu-west-1:222222222222:trail/all',
    homeRegion: 'eu-west-1',
    facts: { multiRegion: true, logging: true, managementEvents: { read: 'all', write: 'all' } },
    missing: {},
  };
  const of = (trails: readonly TrailFacts[], seen: TrailsFacts['seen'] = [{ region: 'us-east-1', arns: trails.map(({ arn }) => arn) }]) =>
    trailChecks({ seen, trails }, ACCOUNT);
  const changed = (facts: Partial<TrailFacts['facts']>, rest: Partial<TrailFacts> = {}): TrailFacts => ({
    ...trail,
    ...rest,
    facts: { ...trail.facts, ...facts },
  });
  const { managementEvents: _, ...withoutSelectors } = trail.facts;

  it.each<[string, readonly TrailFacts[]]>([
    ['a trail of all Regions', [trail]],
    ['a trail of this Region', [changed({ multiRegion: false }, { homeRegion: 'us-east-1' })]],
    ['a trail that records writes only', [changed({ managementEvents: { read: 'none', write: 'all' } })]],
    [
      'one good trail beside a bad one',
      [changed({ logging: false }, { arn: 'arn:aws:cloudtrail:eu-west-1:222222222222:trail/off' }), trail],
    ],
    ['selectors that cannot be read, but are those of a new trail', [{ ...trail, facts: withoutSelectors, customSelectors: false }]],
  ])('are fine with %s', (_name, trails) => expectProblems(of(trails), []));

  it.each<[string, readonly TrailFacts[], string[]]>([
    ['there is none', [], ['fail management-events us-east-1: no trail records this Region']],
    ['the only one is of another Region', [changed({ multiRegion: false })], ['fail management-events us-east-1: no trail']],
    ['it is off', [changed({ logging: false })], ['is not logging']],
    [
      'it records no writes',
      [changed({ managementEvents: { read: 'all', write: 'none' } })],
      ['fail management-events us-east-1: the trail'],
    ],
    ['it leaves a service out', [changed({ managementEvents: { read: 'all', write: 'some' } })], ['warn management-events us-east-1']],
    [
      'its selectors were not read',
      [{ ...trail, facts: withoutSelectors, missing: { managementEvents: 'denied' }, customSelectors: true }],
      ['unread management-events us-east-1'],
    ],
    [
      'its status was not read',
      [{ ...trail, facts: { multiRegion: true, managementEvents: { read: 'all', write: 'all' } }, missing: { logging: 'denied' } }],
      ['unread management-events'],
    ],
  ])('have a problem if %s', (_name, trails, expected) => expectProblems(of(trails), expected));

  it('have a problem in the Region whose trails were not read', () => {
    expectProblems(
      of(
        [trail],
        [
          { region: 'eu-west-1', arns: [trail.arn] },
          { region: 'us-east-1', arns: UNREAD },
        ],
      ),
      ['unread management-events us-east-1'],
    );
  });
});

describe('the quotas', () => {
  const fine: QuotaFacts = {
    concurrency: 1000,
    cloudformation: [
      { name: 'Stack sets per administrator account', code: 'L-1', value: 1000 },
      { name: 'Stack instances per stack set', code: 'L-2', value: 100_000 },
    ],
    stackSets: 4,
  };
  const of = (facts: Partial<QuotaFacts>, accounts = 10) =>
    quotaChecks({ ...fine, ...facts }, { region: 'eu-west-1', concurrency: 40, stackSets: { accounts, regions: 17, more: 1 } });

  it('are those of the options, or of the event sources of a deployment', () => {
    expect(plannedConcurrency(placed())).toBe(62);
    expect(plannedConcurrency(placed({ remediation: 'true', readConcurrency: '20' }))).toBe(83);
    expect(deployedConcurrency([20, undefined, 15])).toBe(45);
  });

  it('are fine if they suffice', () => {
    expectProblems(of({}), []);
    expect(quotaChecks(fine, { region: 'eu-west-1', concurrency: 40 }).map(({ id }) => id)).toEqual(['lambda-concurrency']);
  });

  it.each<[string, Partial<QuotaFacts>, number, string[]]>([
    [
      'the account is new',
      { concurrency: 10 },
      10,
      ['fail lambda-concurrency eu-west-1: Lambda runs 10 executions at the same time, and csmm uses up to 40'],
    ],
    ['little is left for other functions', { concurrency: 139 }, 10, ['warn lambda-concurrency']],
    ['the concurrency was not read', { concurrency: UNREAD }, 10, ['unread lambda-concurrency']],
    [
      'there are too many stack sets',
      { stackSets: 1000 },
      10,
      ['fail stack-sets eu-west-1: CloudFormation allows 1000 stack sets, and csmm needs 1001'],
    ],
    [
      'the organization is too large',
      {},
      10_000,
      ['fail stack-instances eu-west-1: CloudFormation allows 100000 stack instances, and csmm needs 170000'],
    ],
    ['the quotas were not read', { cloudformation: UNREAD }, 10, ['unread stack-sets', 'unread stack-instances']],
    [
      'a quota has another name',
      { cloudformation: fine.cloudformation instanceof Unread ? [] : fine.cloudformation.slice(0, 1) },
      10,
      ['unread stack-instances'],
    ],
    ['the stack sets were not counted', { stackSets: UNREAD }, 10, ['unread stack-sets']],
  ])('have a problem if %s', (_, facts, accounts, expected) => expectProblems(of(facts, accounts), expected));

  it('are asked for by commands that name the service and the code', () => {
    expect(of({ concurrency: 10 })[0]?.command).toContain(
      '--service-code lambda --quota-code L-B99A9384 --desired-value 1000 --region eu-west-1',
    );
    expect(of({}, 10_000)[2]?.command).toContain('--service-code cloudformation --quota-code L-2 --desired-value 170000');
  });
});
