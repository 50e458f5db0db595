import {
  DescribeHubCommand,
  DescribeOrganizationConfigurationCommand,
  GetAdministratorAccountCommand,
  GetEnabledStandardsCommand,
  SecurityHubClient,
  SecurityHubServiceException,
} from '@aws-sdk/client-securityhub';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { securityHubRegionSettings } from '../../../adapters/aws/readers/securityhub-region-settings.ts';
import { readFacts, readInventory } from '../../support/readers.ts';

const hub = mockClient(SecurityHubClient);
const TYPE = 'AWS::SecurityHub::RegionSettings';
const failure = (name: string, message = name) => new SecurityHubServiceException({ name, $fault: 'client', $metadata: {}, message });
const standard = (StandardsArn: string) => ({
  StandardsArn,
  StandardsStatus: 'READY' as const,
  StandardsSubscriptionArn: 'arn:aws:securityhub:eu-west-1:111111111111:subscription/example',
  StandardsInput: {},
});
const FSBP = standard('arn:aws:securityhub:eu-west-1::standards/aws-foundational-security-best-practices/v/1.0.0');
const CIS = standard('arn:aws:securityhub:eu-west-1::standards/cis-aws-foundations-benchmark/v/3.0.0');
const NAMES = ['aws-foundational-security-best-practices', 'cis-aws-foundations-benchmark'];
const MEMBER = { accountId: '222222222222', relationship: 'ENABLED' };

beforeEach(() => {
  hub.reset();
  hub.on(DescribeHubCommand).resolves({ HubArn: 'arn:aws:securityhub:eu-west-1:111111111111:hub/default' });
  hub
    .on(GetEnabledStandardsCommand)
    .resolvesOnce({ StandardsSubscriptions: [FSBP], NextToken: 'more' })
    .resolves({ StandardsSubscriptions: [CIS] });
  hub.on(GetAdministratorAccountCommand).resolves({ Administrator: { AccountId: '222222222222', MemberStatus: 'Enabled' } });
  hub.on(DescribeOrganizationConfigurationCommand).resolves({ AutoEnable: true });
});

const here = async () => (await readFacts(securityHubRegionSettings))[`${TYPE} eu-west-1 eu-west-1`];

describe('Security Hub in a Region', () => {
  it('of a member has the standards of all pages and an administrator', async () => {
    const standards = NAMES.map((name) => ({ name, status: 'READY' }));
    expect(await here()).toEqual({ facts: { enabled: true, standards, administrator: MEMBER, isAdministrator: false }, missing: {} });
    expect(hub.commandCalls(DescribeOrganizationConfigurationCommand)).toHaveLength(0);
  });

  it.each([
    ['an empty answer', {}],
    ['an empty administrator', { Administrator: {} }],
  ])('of the delegated administrator gets %s', async (_, answer) => {
    hub.on(GetAdministratorAccountCommand).resolves(answer);
    expect((await here())?.facts).toMatchObject({ administrator: null, isAdministrator: true });
  });

  it('of an account of its own has no administrator and is none', async () => {
    hub.on(GetAdministratorAccountCommand).rejects(failure('ResourceNotFoundException'));
    hub
      .on(DescribeOrganizationConfigurationCommand)
      .rejects(failure('InvalidAccessException', 'Account 111111111111 is not an administrator for this organization'));
    expect((await here())?.facts).toMatchObject({ administrator: null, isAdministrator: false });
  });

  it('is off where the account is not subscribed, and still said', async () => {
    hub.on(DescribeHubCommand).rejects(failure('InvalidAccessException', 'Account 111111111111 is not subscribed to AWS Security Hub'));
    expect(await here()).toEqual({ facts: { enabled: false, standards: [], administrator: null, isAdministrator: false }, missing: {} });
    expect(await readInventory(securityHubRegionSettings)).toEqual({ [TYPE]: 1 });
  });

  it.each([
    ['a policy denies the call', failure('AccessDeniedException', 'not subscribed to AWS Security Hub')],
    ['the account may not ask', failure('InvalidAccessException', 'The account has no permission')],
    ['the service fails', failure('InternalException')],
  ])('is not known where %s', async (_, error) => {
    hub.on(DescribeHubCommand).rejects(error);
    expect(await here()).toEqual({
      facts: {},
      missing: Object.fromEntries(
        ['enabled', 'standards', 'administrator', 'isAdministrator'].map((fact) => [fact, expect.stringContaining(error.name)]),
      ),
    });
  });

  it('loses the facts of the calls that were denied, and no other', async () => {
    hub.on(GetEnabledStandardsCommand).rejects(failure('AccessDeniedException'));
    expect(Object.keys((await here())?.missing ?? {})).toEqual(['standards']);
    hub.on(GetAdministratorAccountCommand).rejects(failure('AccessDeniedException'));
    expect(Object.keys((await here())?.missing ?? {})).toEqual(['standards', 'administrator', 'isAdministrator']);
    hub.on(GetAdministratorAccountCommand).resolves({});
    hub.on(DescribeOrganizationConfigurationCommand).rejects(failure('AccessDeniedException'));
    expect(Object.keys((await here())?.missing ?? {})).toEqual(['standards', 'isAdministrator']);
  });
});
