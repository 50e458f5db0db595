import {
  DescribeOrganizationConfigurationCommand,
  GetAdministratorAccountCommand,
  GetDetectorCommand,
  GuardDutyClient,
  GuardDutyServiceException,
  ListDetectorsCommand,
} from '@aws-sdk/client-guardduty';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { guardDutyRegionSettings } from '../../../adapters/aws/readers/guardduty-region-settings.ts';
import { readFacts, readInventory } from '../../support/readers.ts';

const guardDuty = mockClient(GuardDutyClient);
const TYPE = 'AWS::GuardDuty::RegionSettings';
const failure = (name: string) => new GuardDutyServiceException({ name, $fault: 'client', $metadata: {}, message: name });

beforeEach(() => {
  guardDuty.reset();
  guardDuty.on(ListDetectorsCommand).resolves({ DetectorIds: ['d1'] });
  guardDuty.on(GetDetectorCommand, { DetectorId: 'd1' }).resolves({
    Status: 'ENABLED',
    ServiceRole: 'arn:aws:iam::111111111111:role/example',
    Features: [
      { Name: 'CLOUD_TRAIL', Status: 'ENABLED', UpdatedAt: new Date(0) },
      { Name: 'RUNTIME_MONITORING', Status: 'DISABLED', AdditionalConfiguration: [{ Name: 'EKS_ADDON_MANAGEMENT', Status: 'ENABLED' }] },
    ],
  });
  guardDuty
    .on(GetAdministratorAccountCommand, { DetectorId: 'd1' })
    .resolves({ Administrator: { AccountId: '222222222222', RelationshipStatus: 'Enabled' } });
  guardDuty
    .on(DescribeOrganizationConfigurationCommand, { DetectorId: 'd1' })
    .resolves({ AutoEnableOrganizationMembers: 'ALL', MemberAccountLimitReached: false });
});

const here = async () => (await readFacts(guardDutyRegionSettings))[`${TYPE} eu-west-1 eu-west-1`];
const FEATURES = { CLOUD_TRAIL: true, RUNTIME_MONITORING: false };

describe('GuardDuty in a Region', () => {
  it('of a member has an administrator, and is not asked how the organization is configured', async () => {
    const administrator = { accountId: '222222222222', relationship: 'ENABLED' };
    expect(await here()).toEqual({ facts: { enabled: true, features: FEATURES, administrator, autoEnable: null }, missing: {} });
    expect(guardDuty.commandCalls(DescribeOrganizationConfigurationCommand)).toHaveLength(0);
  });

  it('of the delegated administrator has none, and says whom it is enabled for', async () => {
    guardDuty.on(GetAdministratorAccountCommand).resolves({});
    expect(await here()).toEqual({ facts: { enabled: true, features: FEATURES, administrator: null, autoEnable: 'ALL' }, missing: {} });
  });

  it('of an account of its own has neither', async () => {
    guardDuty.on(GetAdministratorAccountCommand).resolves({});
    guardDuty.on(DescribeOrganizationConfigurationCommand).rejects(failure('BadRequestException'));
    expect((await here())?.facts).toMatchObject({ administrator: null, autoEnable: null });
  });

  it('is off where there is no detector, and still said', async () => {
    guardDuty.on(ListDetectorsCommand).resolves({ DetectorIds: [] });
    expect(await here()).toEqual({ facts: { enabled: false, features: {}, administrator: null, autoEnable: null }, missing: {} });
    expect(await readInventory(guardDutyRegionSettings)).toEqual({ [TYPE]: 1 });
  });

  it('loses the facts of the calls that were denied, and no other', async () => {
    guardDuty.on(GetDetectorCommand).rejects(failure('AccessDeniedException'));
    expect(Object.keys((await here())?.missing ?? {})).toEqual(['enabled', 'features']);
    guardDuty.on(GetAdministratorAccountCommand).resolves({});
    guardDuty.on(DescribeOrganizationConfigurationCommand).rejects(failure('AccessDeniedException'));
    expect(Object.keys((await here())?.missing ?? {})).toEqual(['enabled', 'features', 'autoEnable']);
  });

  it('is not said to be of no administrator, nor of none that is delegated, where that could not be asked', async () => {
    guardDuty.on(GetAdministratorAccountCommand).rejects(failure('AccessDeniedException'));
    expect(await here()).toEqual({
      facts: { enabled: true, features: FEATURES },
      missing: {
        administrator: expect.stringContaining('was denied (AccessDeniedException)'),
        autoEnable: expect.stringContaining('was denied (AccessDeniedException)'),
      },
    });
  });

  it('is not known where detectors could not be listed', async () => {
    guardDuty.on(ListDetectorsCommand).rejects(failure('AccessDeniedException'));
    expect(await readInventory(guardDutyRegionSettings)).toEqual({ [TYPE]: expect.stringContaining('was denied (AccessDeniedException)') });
    expect(await here()).toBeUndefined();
  });
});
