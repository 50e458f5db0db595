import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isInConfig } from '../../../core/facts/index.ts';
import { Unread } from '../../../core/facts/view.ts';
import { factsOf } from '../../support/facts.ts';

const ADMINISTRATOR = { AccountId: '222222222222', RelationshipStatus: 'Enabled' };
const DETECTOR = {
  Status: 'ENABLED',
  Features: [
    { Name: 'CLOUD_TRAIL', Status: 'ENABLED' },
    { Name: 'S3_DATA_EVENTS', Status: 'DISABLED' },
    { Name: 'AI_ANALYST', Status: 'ENABLED' },
  ],
};

describe('facts of GuardDuty in a Region', () => {
  const TYPE = 'AWS::GuardDuty::RegionSettings';
  const WHOLE = { detector: DETECTOR, administrator: ADMINISTRATOR, organization: null };

  it('are the detector, its features that a control evaluates, and its administrator', () => {
    expect(factsOf(TYPE, WHOLE)).toEqual({
      facts: {
        enabled: true,
        features: { CLOUD_TRAIL: true, S3_DATA_EVENTS: false },
        administrator: { accountId: '222222222222', relationship: 'ENABLED' },
        autoEnable: null,
      },
      missing: {},
    });
  });

  it('are null for no administrator, and the accounts that a delegated administrator enables', () => {
    const { facts } = factsOf(TYPE, { ...WHOLE, administrator: null, organization: { AutoEnableOrganizationMembers: 'NEW' } });
    expect(facts).toMatchObject({ administrator: null, autoEnable: 'NEW' });
  });

  it.each([
    ['the status of the detector', { detector: { ...DETECTOR, Status: undefined } }, ['enabled']],
    ['the list of features', { detector: { Status: 'ENABLED' } }, ['features']],
    ['the name of a feature', { detector: { ...DETECTOR, Features: [{ Status: 'ENABLED' }] } }, ['features']],
    ['the administrator', { administrator: undefined }, ['administrator']],
    ['the id of the administrator', { administrator: { RelationshipStatus: 'Enabled' } }, ['administrator']],
    ['an id that is one', { administrator: { ...ADMINISTRATOR, AccountId: '*' } }, ['administrator']],
    ['the relationship', { administrator: { AccountId: '222222222222' } }, ['administrator']],
    ['the organization', { organization: undefined }, ['autoEnable']],
    ['the setting of the organization', { organization: {} }, ['autoEnable']],
  ])('are missing without %s', (_, change, missing) => {
    expect(Object.keys(factsOf(TYPE, { ...WHOLE, ...change }).missing)).toEqual(missing);
  });

  it.each([
    ['ENABLED', true],
    ['DISABLED', false],
    ['SUSPENDED', null],
    [undefined, null],
    [5, null],
  ])('contain a feature of status %o as %o', (status, expected) => {
    const features = [
      { name: 'S3_DATA_EVENTS', status },
      { name: 'DNS_LOGS', status: 'ENABLED' },
      { name: 'NEWER_THAN_THIS', status: 'MAYBE' },
    ];
    const detector = { status: 'ENABLED', features };
    expect(factsOf(TYPE, { ...WHOLE, detector }).facts.features).toEqual({ S3_DATA_EVENTS: expected, DNS_LOGS: true });
  });

  it('do not contain whether a detector of an unknown status is enabled', () => {
    expect(factsOf(TYPE, { ...WHOLE, detector: { status: 'SUSPENDED', features: [] } }).facts).not.toHaveProperty('enabled');
  });

  it('are missing with the reason if a call failed', () => {
    expect(factsOf(TYPE, { ...WHOLE, detector: new Unread('denied'), organization: new Unread('failed') })).toMatchObject({
      missing: { enabled: 'denied', features: 'denied', autoEnable: 'failed' },
    });
  });
});

describe('facts of Security Hub in a Region', () => {
  const TYPE = 'AWS::SecurityHub::RegionSettings';
  const standard = (StandardsArn: string, StandardsStatus = 'READY') => ({ StandardsArn, StandardsStatus });
  const FSBP = 'arn:aws:securityhub:eu-west-1::standards/aws-foundational-security-best-practices/v/1.0.0';
  const CIS = 'arn:aws:securityhub:::ruleset/cis-aws-foundations-benchmark/v/1.2.0';
  const WHOLE = {
    enabled: true,
    standards: [],
    administrator: { AccountId: '222222222222', MemberStatus: 'ENABLED' },
    isAdministrator: false,
  };

  it('are its standards by name, from both forms of their ARN, and the receiver of the findings', () => {
    expect(factsOf(TYPE, { ...WHOLE, standards: [standard(FSBP), standard(CIS, 'INCOMPLETE')] })).toEqual({
      facts: {
        enabled: true,
        standards: [
          { name: 'aws-foundational-security-best-practices', status: 'READY' },
          { name: 'cis-aws-foundations-benchmark', status: 'INCOMPLETE' },
        ],
        administrator: { accountId: '222222222222', relationship: 'ENABLED' },
        isAdministrator: false,
      },
      missing: {},
    });
  });

  it.each([
    ['whether it is enabled', { enabled: undefined }, ['enabled']],
    ['the list of standards', { standards: undefined }, ['standards']],
    ['the ARN of a standard', { standards: [standard(FSBP), { StandardsStatus: 'READY' }] }, ['standards']],
    ['an ARN that names a standard', { standards: [standard('arn:aws:securityhub:eu-west-1::hub')] }, ['standards']],
    ['the status of a standard', { standards: [{ StandardsArn: FSBP }] }, ['standards']],
    ['the status of the membership', { administrator: { AccountId: '222222222222' } }, ['administrator']],
    ['whether the account is the administrator', { isAdministrator: undefined }, ['isAdministrator']],
  ])('are missing without %s', (_, change, missing) => {
    expect(Object.keys(factsOf(TYPE, { ...WHOLE, ...change }).missing)).toEqual(missing);
  });

  it('are all missing if nothing could be read', () => {
    expect(factsOf(TYPE, new Unread('denied'))).toEqual({
      facts: {},
      missing: { enabled: 'denied', standards: 'denied', administrator: 'denied', isAdministrator: 'denied' },
    });
  });
});

describe.each(['AWS::GuardDuty::RegionSettings', 'AWS::SecurityHub::RegionSettings'])('%s', (type) => {
  it('is not a type of AWS Config', () => {
    expect(isInConfig(type)).toBe(false);
  });

  it('has a value or a reason for each fact, from any input', () => {
    const anything = fc.oneof(
      fc.jsonValue(),
      fc.record({ detector: fc.jsonValue(), standards: fc.jsonValue(), administrator: fc.jsonValue(), organization: fc.jsonValue() }),
    );
    fc.assert(
      fc.property(anything, (configuration) => {
        const { facts, missing } = factsOf(type, configuration);
        expect([...Object.keys(facts), ...Object.keys(missing)]).toHaveLength(4);
      }),
    );
  });
});
