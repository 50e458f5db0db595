import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { inProcessPipeline } from '../../../../cli/in-process.ts';
import { CATALOGUE } from '../../../../controls/catalogue.ts';
import { REMEDIES } from '../../../../controls/remedies.ts';
import type { ControlStatus } from '../../../../core/model.ts';
import type { ResultDocument } from '../../../../core/pipeline/result.ts';
import { remedyFor, remedyOn, runWith } from '../../../../core/remediation/model/remedy.ts';
import { type ControlFixes, type PlanDocument, planFixes } from '../../../../core/remediation/plan/plan-document.ts';
import { scoreOrganization } from '../../../../core/scoring/scorecard.ts';
import type { RemediationDocument, RemediationMode, RemediationRule } from '../../../../core/settings/document.ts';

const [ACCOUNT, OTHER] = ['111111111111', '222222222222'];
const VERSIONING = 'STR-L2-01';
const ENCRYPTION = 'STR-L1-06';
const VOLUMES = 'CMP-L1-02';

const item = (resourceType: string, resourceId: string, rest: object, awsAccountId = ACCOUNT) => ({
  awsAccountId,
  awsRegion: 'eu-west-1',
  resourceType,
  resourceId,
  configurationItemCaptureTime: '2026-11-18T12:00:00.000Z',
  configurationItemStatus: 'OK',
  ...rest,
});
const bucket = (id: string, status: 'Enabled' | 'Off' | 'Suspended', account?: string) =>
  item('AWS::S3::Bucket', id, { configuration: {}, supplementaryConfiguration: { BucketVersioningConfiguration: { status } } }, account);
const encrypted = (id: string, rules: readonly object[]) =>
  item('AWS::S3::Bucket', id, { configuration: {}, supplementaryConfiguration: { ServerSideEncryptionConfiguration: { rules } } });
const volume = (id: string, encrypted: boolean) =>
  item('AWS::EC2::Volume', id, { configuration: { encrypted, attachments: [{ state: 'attached' }] } });

/** A record of a complete list without resources. */
const emptyList = (resourceType: string) => ({
  csmm: 'facts',
  version: 1,
  accountId: ACCOUNT,
  awsRegion: 'eu-west-1',
  resourceType: 'CSMM::Inventory',
  resourceId: resourceType,
  capturedAt: '2026-11-18T12:00:00.000Z',
  facts: { resources: 0 },
  missing: {},
});
const NO_FILE_SYSTEMS = ['AWS::EFS::FileSystem', 'AWS::FSx::FileSystem'].map(emptyList);

async function pipelineOf(documents: readonly unknown[]) {
  const pipeline = inProcessPipeline(CATALOGUE);
  for (const document of documents) await pipeline.feed(document);
  await pipeline.settle();
  return { store: pipeline.store, result: await pipeline.result() };
}

async function planOf(
  documents: readonly unknown[],
  remediation?: RemediationDocument,
): Promise<PlanDocument & { result: ResultDocument }> {
  const { store, result } = await pipelineOf(documents);
  return { ...(await planFixes(result, { store, catalogue: CATALOGUE, remedies: REMEDIES, ...(remediation && { remediation }) })), result };
}

const fixesOf = ({ controls }: PlanDocument, controlId: string, accountId = ACCOUNT): ControlFixes => {
  const found = controls.find((control) => control.controlId === controlId && control.accountId === accountId);
  if (!found) throw new Error(`${controlId} is not in the plan`);
  return found;
};

const score = async (...documents: readonly unknown[]): Promise<number> => (await pipelineOf(documents)).result.organization.overall!;

describe('a plan', () => {
  it('has the runbook and the parameters for each failing resource', async () => {
    const plan = await planOf([bucket('orders', 'Off'), bucket('logs', 'Suspended'), bucket('fine', 'Enabled')]);
    const { fixes, ...control } = fixesOf(plan, VERSIONING);
    expect(control).toMatchObject({ accountId: ACCOUNT, unlisted: 0, statusAfter: 'PASSED' });
    expect(
      fixes.map(({ resource, finding, mode, plan: { runbook, kind } }) => [resource.resourceId, finding, mode, kind, runbook]),
    ).toEqual([
      ['logs', 'bucket versioning is Suspended (required: Enabled)', 'off', 'run', 'CSMM-EnableBucketVersioning'],
      ['orders', 'bucket versioning is Off (required: Enabled)', 'off', 'run', 'CSMM-EnableBucketVersioning'],
    ]);
    expect(fixes[1]?.plan).toMatchObject({
      parameters: { BucketName: ['orders'] },
      risk: 'safe',
      reversible: true,
      impact: expect.any(String),
      changes: [{ what: 'versioning', before: 'Off', after: 'Enabled' }],
      concerns: 'resource',
      cost: expect.stringContaining('old versions'),
      notRestored: expect.stringContaining('Suspended, not Off'),
    });
    expect(plan.accounts).toEqual([{ accountId: ACCOUNT, planned: plan.planned, byHand: plan.byHand }]);
    expect(plan.notChecked.join(' ')).toContain('owners are unknown');
  });

  it('has the score of the same accounts after all fixes', async () => {
    const rules = [{ applyServerSideEncryptionByDefault: { sseAlgorithm: 'AES256' } }];
    const others = [encrypted('fine', rules), volume('vol-1', true), ...NO_FILE_SYSTEMS];
    const after = [encrypted('orders', rules), ...others];
    const { store, result } = await pipelineOf([encrypted('orders', []), ...others]);
    const terms = { runbook: 'CSMM-Test', risk: 'safe', reversible: false, impact: '' } as const;
    const remedies = { [ENCRYPTION]: [remedyOn('AWS::S3::Bucket', terms, ({ resource }) => runWith({ BucketName: resource.resourceId }))] };
    const plan = await planFixes(result, { store, catalogue: CATALOGUE, remedies });
    expect(plan.score).toEqual({ before: result.organization.overall, after: await score(...after) });
    expect(plan.score.after).toBeGreaterThan(plan.score.before!);
    expect(fixesOf(plan, ENCRYPTION)).toMatchObject({
      statusAfter: 'PASSED',
      gain: expect.closeTo(plan.score.after! - plan.score.before!, 5),
    });
  });

  it('leaves a resource without a runbook to an operator, without a gain', async () => {
    const plan = await planOf([volume('vol-1', false), volume('vol-2', false)]);
    expect(remedyFor(REMEDIES, VOLUMES, { resourceType: 'AWS::EC2::Volume' })).toBeUndefined();
    expect(fixesOf(plan, VOLUMES)).toMatchObject({
      statusAfter: 'FAILED',
      gain: 0,
      fixes: [
        { plan: { kind: 'cannot', reason: 'csmm has no runbook for this resource. Fix: see the page of the control' } },
        { plan: { kind: 'cannot' } },
      ],
    });
    expect([plan.planned, plan.byHand, plan.score.after]).toEqual([0, 2, plan.score.before]);
  });

  it('with one resource without a runbook leaves the control failing', async () => {
    const { store, result } = await pipelineOf([bucket('orders', 'Off'), bucket('odd', 'Off')]);
    const [remedy] = REMEDIES[VERSIONING] ?? [];
    if (!remedy) throw new Error(`${VERSIONING} has no remedy`);
    const remedies = {
      [VERSIONING]: [
        {
          ...remedy,
          plan: (context: Parameters<typeof remedy.plan>[0]) =>
            context.resource.resourceId === 'odd' ? ({ kind: 'cannot', reason: 'it is odd' } as const) : remedy.plan(context),
        },
      ],
    };
    const plan = await planFixes(result, { store, catalogue: CATALOGUE, remedies });
    expect(fixesOf(plan, VERSIONING)).toMatchObject({ statusAfter: 'FAILED', gain: 0 });
    expect(fixesOf(plan, VERSIONING).fixes.map(({ plan: { kind, runbook } }) => [kind, runbook])).toEqual([
      ['cannot', 'CSMM-EnableBucketVersioning'],
      ['run', 'CSMM-EnableBucketVersioning'],
    ]);
    expect(plan.planned).toBe(1);
  });

  it('counts resources that the result does not list, and expects no fix of them', async () => {
    const { store, result } = await pipelineOf([bucket('orders', 'Off')]);
    const account = result.accounts[ACCOUNT];
    const control = account?.controls[VERSIONING];
    if (!account || !control) throw new Error('nothing was scored');
    const cut = { ...account, controls: { ...account.controls, [VERSIONING]: { ...control, nonCompliant: 5 } } };
    const plan = await planFixes({ ...result, accounts: { [ACCOUNT]: cut } }, { store, catalogue: CATALOGUE, remedies: REMEDIES });
    expect(fixesOf(plan, VERSIONING)).toMatchObject({ unlisted: 4, statusAfter: 'FAILED', gain: 0 });
    expect(plan.byHand).toBeGreaterThanOrEqual(4);
  });

  it('of a control with unknown findings ends in NO_DATA', async () => {
    const unread = item('AWS::S3::Bucket', 'dark', { configuration: {} });
    expect(fixesOf(await planOf([bucket('orders', 'Off'), unread]), VERSIONING)).toMatchObject({ statusAfter: 'NO_DATA', unlisted: 0 });
  });

  it('is empty if nothing fails', async () => {
    const plan = await planOf([]);
    expect(plan).toMatchObject({ planned: 0, byHand: 0, controls: [], score: { before: null, after: null } });
  });
});

describe('the mode of a fix', () => {
  const rule = (mode: RemediationMode, rest: object = {}): RemediationDocument => ({ rules: [{ mode, controls: [VERSIONING], ...rest }] });
  it.each<[string, RemediationDocument | undefined, string]>([
    ['is off without settings', undefined, 'off'],
    ['is off if no rule names the control', { rules: [{ mode: 'auto', controls: ['STR-L2-03'] }] }, 'off'],
    ['comes from the rule', rule('approve'), 'approve'],
    ['is off in another account', rule('auto', { accounts: [OTHER] }), 'off'],
    ['comes from the rule for the Region', rule('auto', { regions: ['eu-west-1'] }), 'auto'],
    ['is unknown if it depends on tags', rule('auto', { tags: { stage: 'dev' } }), 'unknown'],
    ['is unknown if it depends on units', rule('auto', { organizationalUnits: ['ou-ab12-a1b2c3d4'] }), 'unknown'],
  ])('%s', async (_, remediation, mode) => {
    expect(fixesOf(await planOf([bucket('orders', 'Off')], remediation), VERSIONING).fixes.map((fix) => fix.mode)).toEqual([mode]);
  });

  it.each<[string, string, Pick<RemediationRule, 'mode' | 'maxRisk'>, string]>([
    ['is plan if the risk is above the maximum', 'NET-L1-01', { mode: 'auto' }, 'plan'],
    ['is plan if no approval can start it', 'NET-L1-01', { mode: 'approve', maxRisk: 'safe' }, 'plan'],
    ['is that of the rule within the maximum', 'NET-L1-01', { mode: 'auto', maxRisk: 'disruptive' }, 'auto'],
  ])('%s', async (_, controlId, given, mode) => {
    const remediation: RemediationDocument = { rules: [{ controls: [controlId], ...given }] };
    const ipPermissions = [{ ipProtocol: 'tcp', fromPort: 22, toPort: 22, ipv4Ranges: [{ cidrIp: '0.0.0.0/0' }] }];
    const failing = item('AWS::EC2::SecurityGroup', 'sg-1', { configuration: { ipPermissions, ipPermissionsEgress: [] } });
    expect(fixesOf(await planOf([failing], remediation), controlId).fixes.map((fix) => fix.mode)).toEqual([mode]);
  });

  it('is approve if the name looks like one of a landing zone', async () => {
    const plan = await planOf([bucket('aws-controltower-logs', 'Off')], rule('auto'));
    expect(fixesOf(plan, VERSIONING).fixes.map((fix) => fix.mode)).toEqual(['approve']);
  });
});

/** A line of the week. One line is malformed. */
function parsed(line: string): unknown[] {
  try {
    return [JSON.parse(line)];
  } catch {
    return [];
  }
}

describe('the plan of the recorded week', async () => {
  const lines = readFileSync(new URL('../../../../examples/week.ndjson', import.meta.url), 'utf8')
    .trim()
    .split('\n');
  const { result, ...plan } = await planOf(lines.flatMap(parsed));

  it('has every failing control of an account with all its resources', () => {
    const failing = Object.entries(result.accounts).flatMap(([accountId, { controls }]) =>
      Object.entries(controls).flatMap(([id, { status, nonCompliant }]) =>
        status === 'FAILED' ? [`${accountId} ${id} ${nonCompliant}`] : [],
      ),
    );
    expect(failing.length).toBeGreaterThan(3);
    expect(
      plan.controls.map(({ accountId, controlId, fixes, unlisted }) => `${accountId} ${controlId} ${fixes.length + unlisted}`).sort(),
    ).toEqual(failing.sort());
    const total = Object.values(result.accounts)
      .flatMap(({ controls }) => Object.values(controls))
      .filter(({ status }) => status === 'FAILED');
    expect(plan.planned + plan.byHand).toBe(total.reduce((sum, { nonCompliant }) => sum + nonCompliant, 0));
    expect(plan.planned).toBeGreaterThan(0);
  });

  it('has only the statuses and gains of the planned fixes', () => {
    const scored = (changed: readonly ControlFixes[]): number =>
      scoreOrganization(
        CATALOGUE.controls,
        Object.entries(result.accounts).map(([accountId, { controls }]) => {
          const statuses = new Map(Object.entries(controls).map(([id, { status }]) => [id, status as ControlStatus]));
          for (const { controlId, statusAfter } of changed.filter((each) => each.accountId === accountId))
            statuses.set(controlId, statusAfter);
          return { statuses, weight: 1 };
        }),
      ).overall!;
    for (const control of plan.controls) {
      const { accountId, controlId, fixes, statusAfter, gain } = control;
      const found = result.accounts[accountId]?.controls[controlId];
      const isRemediated = fixes.length === found?.nonCompliant && fixes.every(({ plan: { kind } }) => kind === 'run');
      expect(statusAfter, controlId).toBe(!isRemediated ? 'FAILED' : found.insufficientData > 0 ? 'NO_DATA' : 'PASSED');
      expect(gain, controlId).toBeCloseTo(scored([control]) - result.organization.overall!, 5);
    }
    expect(plan.score).toEqual({ before: result.organization.overall, after: scored(plan.controls) });
    expect(plan.score.after).toBeGreaterThanOrEqual(plan.score.before!);
  });

  it('is sorted by gain', () => {
    const gains = plan.controls.map(({ gain }) => gain);
    expect(gains).toEqual([...gains].sort((a, b) => b - a));
  });
});
