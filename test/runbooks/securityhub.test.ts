import { describe, expect, it } from 'vitest';
import { REMEDIES } from '../../controls/remedies.ts';
import type { SecurityHubRegionFacts } from '../../core/facts/securityhub-region-settings.ts';
import { type RemedyPlan, type RunbookParameters, remedyFor } from '../../core/remediation/model/remedy.ts';
import { type CallApi, runAutomation } from '../support/automation.ts';
import { changesOf } from '../support/closed-loop.ts';
import { inventoryOf } from '../support/control.ts';
import { runbookText } from '../support/runbooks.ts';

/** At least one change, as a person reads it. */
const CHANGES = expect.arrayContaining([{ what: expect.any(String), before: expect.any(String), after: expect.any(String) }]);

// The emulator has no standards. The tests simulate Security Hub in memory, with the errors and states of
// https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_DescribeHub.html and API_StandardsSubscription.html.

const ROLE = 'arn:aws:iam::111111111111:role/csmm-remediation';
const RUNBOOK = 'CSMM-EnableSecurityHub';
const FSBP = 'aws-foundational-security-best-practices';
const SUBSCRIPTION = `arn:aws:securityhub:eu-west-1:111111111111:subscription/${FSBP}/v/1.0.0`;

function planOf(here: SecurityHubRegionFacts, elsewhere: SecurityHubRegionFacts = OFF): RemedyPlan | undefined {
  const resource = {
    accountId: '111111111111',
    region: 'eu-west-1',
    resourceType: 'AWS::SecurityHub::RegionSettings',
    resourceId: 'eu-west-1',
  };
  const estate = { 'AWS::SecurityHub::RegionSettings': { 'eu-west-1': here, 'us-east-1': elsewhere } };
  const inventory = inventoryOf(estate, { 'us-east-1': 'us-east-1' });
  return remedyFor(REMEDIES, 'MON-L2-01', resource)?.plan({ resource, inventory, declared: {} });
}

const OFF: SecurityHubRegionFacts = { enabled: false, standards: [], administrator: null, isAdministrator: false };
const MEMBER: SecurityHubRegionFacts = {
  enabled: true,
  standards: [],
  administrator: { accountId: '222222222222', relationship: 'ENABLED' },
};
const ADMINISTRATOR: SecurityHubRegionFacts = { enabled: true, standards: [], administrator: null, isAdministrator: true };

describe('the remedy of MON-L2-01', () => {
  it.each<[string, SecurityHubRegionFacts, SecurityHubRegionFacts, string]>([
    ['is on without any standard', MEMBER, OFF, 'enabled'],
    ['is on in the administrator without any standard', ADMINISTRATOR, OFF, 'enabled'],
    ['is on with another standard', { ...MEMBER, standards: [{ name: 'pci-dss', status: 'READY' }] }, OFF, 'enabled'],
  ])('runs where Security Hub %s', (_, here, elsewhere, before) => {
    expect(planOf(here, elsewhere)).toEqual({ kind: 'run', parameters: { PreviousHub: [before] }, changes: CHANGES });
  });

  it.each([
    ['a member', MEMBER],
    ['the administrator', ADMINISTRATOR],
  ])('cannot help where it is off, also where the account is %s elsewhere', (_, elsewhere) => {
    expect(planOf(OFF, elsewhere)).toEqual({
      kind: 'cannot',
      reason: expect.stringMatching(/in this Region, or .* central configuration/),
    });
  });

  it.each<[string, SecurityHubRegionFacts, RegExp]>([
    ['is off and nobody oversees the account', OFF, /delegated administrator .* add the account as a member/],
    ['is on and nobody receives the findings', { ...MEMBER, administrator: null, isAdministrator: false }, /add the account as a member/],
    ['is on with a standard that is not ready', { ...MEMBER, standards: [{ name: FSBP, status: 'INCOMPLETE' }] }, /is INCOMPLETE/],
    ['could not be read', {}, /enabled is unknown/],
    ['has standards that could not be read', { enabled: true, administrator: null, isAdministrator: true }, /standards is unknown/],
  ])('cannot help where it %s', (_, here, reason) => {
    expect(planOf(here)).toEqual({ kind: 'cannot', reason: expect.stringMatching(reason) });
  });
});

const failure = (name: string) => Object.assign(new Error('made up'), { name });

const standardArn = (name: string) => `arn:aws:securityhub:eu-west-1::standards/${name}`;

/** A Security Hub with standards that are ready on the second read after they are enabled. */
function hubWith({ enabled, standard }: { enabled: boolean; standard: boolean }, recording = true, others: readonly string[] = []) {
  const state = { enabled, standards: standard ? 'READY' : '' };
  const call: CallApi = async (service, api, input) => {
    if (service === 'config') return { ConfigurationRecordersStatus: [{ recording }] };
    if (api === 'EnableSecurityHub') Object.assign(state, { enabled: true, standards: 'PENDING' });
    else if (!state.enabled) throw failure('InvalidAccessException');
    else if (api === 'DisableSecurityHub') Object.assign(state, { enabled: false, standards: '' });
    else if (api === 'BatchEnableStandards') state.standards = 'PENDING';
    else if (api === 'BatchDisableStandards') state.standards = 'DELETING';
    if (api !== 'GetEnabledStandards') return {};
    const StandardsStatus = state.standards;
    if (StandardsStatus === 'PENDING') state.standards = 'READY';
    const own = { StandardsSubscriptionArn: SUBSCRIPTION, StandardsArn: standardArn(`${FSBP}/v/1.0.0`), StandardsStatus };
    const rest = others.map((name) => ({ StandardsArn: standardArn(name), StandardsStatus: 'READY' }));
    return { StandardsSubscriptions: [...(StandardsStatus ? [own] : []), ...(input.StandardsSubscriptionArns ? [] : rest)] };
  };
  const run = (runbook: string, before: string) => {
    const parameters: RunbookParameters = { AutomationAssumeRole: [ROLE], PreviousHub: [before] };
    return runAutomation(runbookText(runbook), parameters, { call });
  };
  return { run, state };
}

describe(RUNBOOK, () => {
  it.each<[string, { enabled: boolean; standard: boolean }, string, readonly string[], readonly string[]]>([
    ['Security Hub', { enabled: false, standard: false }, 'disabled', ['EnableSecurityHub'], ['DisableSecurityHub']],
    ['the standard', { enabled: true, standard: false }, 'enabled', ['BatchEnableStandards'], ['BatchDisableStandards']],
  ])('turns on %s, changes nothing when run again, and is undone', async (_, given, before, changes, taken) => {
    const { run, state } = hubWith(given);
    const first = await run(RUNBOOK, before);
    expect(first, first.failure).toMatchObject({ status: 'Success' });
    expect([changesOf(first), state]).toEqual([changes.map((api) => `securityhub:${api}`), { enabled: true, standards: 'READY' }]);
    const again = await run(RUNBOOK, before);
    expect([again.status, changesOf(again)]).toEqual(['Success', []]);
    const undo = await run(`${RUNBOOK}-Undo`, before);
    expect(undo, undo.failure).toMatchObject({ status: 'Success' });
    expect([changesOf(undo), state.enabled]).toEqual([taken.map((api) => `securityhub:${api}`), given.enabled]);
    const undone = await run(`${RUNBOOK}-Undo`, before);
    expect([undone.status, changesOf(undone)]).toEqual(['Success', []]);
  });

  it('names the standard and its subscription in the Region where it runs', async () => {
    const { calls } = await hubWith({ enabled: true, standard: false }).run(RUNBOOK, 'enabled');
    const inputs = calls.map(({ input }) => input);
    expect(inputs).toContainEqual({ StandardsSubscriptionArns: [SUBSCRIPTION] });
    expect(inputs).toContainEqual({
      StandardsSubscriptionRequests: [{ StandardsArn: `arn:aws:securityhub:eu-west-1::standards/${FSBP}/v/1.0.0` }],
    });
  });

  it('changes nothing where AWS Config does not record', async () => {
    const { run } = hubWith({ enabled: false, standard: false }, false);
    const made = await run(RUNBOOK, 'disabled');
    expect([made.status, changesOf(made)]).toEqual(['Failed', []]);
  });

  it('fails where Security Hub was turned off in between', async () => {
    const made = await hubWith({ enabled: false, standard: false }).run(RUNBOOK, 'enabled');
    expect(made.status).toBe('Failed');
  });

  it.each([
    ['the standards that it turns on by itself', ['cis-aws-foundations-benchmark/v/1.2.0'], 'Success', ['securityhub:DisableSecurityHub']],
    ['another standard', ['cis-aws-foundations-benchmark/v/3.0.0'], 'Failed', []],
    ['the standard of PCI DSS', ['cis-aws-foundations-benchmark/v/1.2.0', 'pci-dss/v/3.2.1'], 'Failed', []],
  ])('has an inverse that, where Security Hub has %s besides, ends as it should', async (_, others, status, changes) => {
    const ended = await hubWith({ enabled: true, standard: true }, true, others).run(`${RUNBOOK}-Undo`, 'disabled');
    expect([ended.status, changesOf(ended)]).toEqual([status, changes]);
    if (status === 'Failed') expect(ended.failure).toMatch(/checkStandards: .*another standard is enabled/);
  });

  it('waits before it looks at what it has changed', async () => {
    const names = async (runbook: string, before: string, enabled: boolean) =>
      (await hubWith({ enabled, standard: runbook !== RUNBOOK }).run(runbook, before)).steps.map(({ name }) => name).join(' ');
    expect(await names(RUNBOOK, 'disabled', false)).toContain('enable settle verify');
    expect(await names(RUNBOOK, 'enabled', true)).toContain('enableStandard settle verify');
    expect(await names(`${RUNBOOK}-Undo`, 'disabled', true)).toContain('disable settleHub verifyHub isOff');
    expect(await names(`${RUNBOOK}-Undo`, 'enabled', true)).toContain('disableStandard settle readStandardAgain');
  });

  it.each([RUNBOOK, `${RUNBOOK}-Undo`])('says in %s what goes with Security Hub', (runbook) => {
    expect(runbookText(runbook).replaceAll(/\s+/g, ' ')).toMatch(/findings.* 90 days.*|90 days.*findings/);
  });

  it('says of its inverse that it has failed where Security Hub stays on', async () => {
    const call: CallApi = async () => ({ StandardsSubscriptions: [] });
    const parameters = { AutomationAssumeRole: [ROLE], PreviousHub: ['disabled'] };
    const undo = await runAutomation(runbookText(`${RUNBOOK}-Undo`), parameters, { call });
    expect([undo.status, undo.failure]).toEqual(['Failed', expect.stringMatching(/Security Hub is still enabled/)]);
  });
});
