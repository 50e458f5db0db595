import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inProcessPipeline } from '../../../cli/in-process.ts';
import { CATALOGUE } from '../../../controls/catalogue.ts';
import { EMPTY_TALLY, statusOf, type Tally } from '../../../core/evaluation/tally.ts';
import { SETTINGS, settingsRef } from '../../../core/facts/csmm-settings.ts';
import { settingsEvidence } from '../../../core/pipeline/collect-settings.ts';
import { asksForOpen, describeException, evaluateControl, liveExceptions } from '../../../core/pipeline/exceptions.ts';
import { wantedBy } from '../../../core/pipeline/wanted.ts';
import type { OpenFinding, StoredResource } from '../../../core/ports.ts';
import { EMPTY_SETTINGS } from '../../../core/settings/account-settings.ts';
import type { ExceptionEntry, SettingsDocument } from '../../../core/settings/document.ts';
import type { Exception } from '../../../core/settings/exception.ts';

import { scoreChanged } from '../../support/scoring.ts';

const ACCOUNT = '111111111111';
const CONTROL = 'CMP-L1-02';
const NOW = '2026-01-01T12:00:00.000Z';
const TERMS = { owner: 'web-team@example.com', reason: 'a reason', ticket: 'WEB-12', expires: '2027-01-01T00:00:00.000Z' };

const settings = (exceptions: readonly Exception[], capturedAt = NOW): StoredResource => ({
  resource: settingsRef(ACCOUNT),
  capturedAt,
  parsed: { facts: { settings: { ...EMPTY_SETTINGS, exceptions } }, missing: {} },
  findings: [],
  revision: 1,
});
const exceptOn = (...scopes: Partial<Exception>[]) =>
  liveExceptions(settings(scopes.map((scope) => ({ controlId: CONTROL, ...TERMS, ...scope })))).get(CONTROL);

const finding = (resourceId: string, compliance: OpenFinding['compliance'] = 'NON_COMPLIANT', region = 'eu-west-1'): OpenFinding => ({
  resource: { accountId: ACCOUNT, region, resourceType: 'AWS::EC2::Volume', resourceId },
  compliance,
  reason: 'because',
  capturedAt: NOW,
});
const tally = (counts: Partial<Tally>): Tally => ({ ...EMPTY_TALLY, ...counts });
const volume = (id: string) => ({ resource: { type: 'AWS::EC2::Volume', id } });

describe('the exceptions that hold', () => {
  it('are those that end after the settings were captured', () => {
    const ends = (expires: string) => liveExceptions(settings([{ controlId: CONTROL, ...TERMS, expires }])).size;
    expect(ends('2026-01-01T12:00:00.001Z')).toBe(1);
    expect(ends(NOW)).toBe(0);
  });

  it.each<[string, StoredResource | undefined]>([
    ['without settings', undefined],
    ['with settings that are gone', { ...settings([{ controlId: CONTROL, ...TERMS }]), parsed: undefined }],
    ['with settings that could not be read', { ...settings([]), parsed: { facts: {}, missing: { settings: 'not read' } } }],
  ])('are none %s', (_, stored) => expect(liveExceptions(stored).size).toBe(0));
});

describe('a control with an exception', () => {
  it('names it in words that a table accepts, whatever characters the file has', () => {
    expect(describeException({ controlId: CONTROL, ...TERMS, owner: 'a\ud83d', ticket: 'T\uffff', reason: 'half \udc00, \ufffe' })).toBe(
      'exception until 2027-01-01T00:00:00.000Z by a\ufffd (T\ufffd): half \ufffd, \ufffd',
    );
  });

  const both = tally({ compliant: 3, nonCompliant: 1, insufficientData: 1 });
  const open = [finding('vol-1'), finding('vol-2', 'INSUFFICIENT_DATA', 'us-east-1')];

  it.each([
    ['on the whole control is NOT_APPLICABLE, though it passes', exceptOn({}), tally({ compliant: 3 }), [], 'NOT_APPLICABLE', 0],
    ['on the whole control is NOT_APPLICABLE, though nothing is known', exceptOn({}), EMPTY_TALLY, [], 'NOT_APPLICABLE', 0],
    ['on the whole control takes out all that is open', exceptOn({}), both, open, 'NOT_APPLICABLE', 2],
    ['on the failing resource is judged by the rest', exceptOn(volume('vol-1')), both, open, 'NO_DATA', 1],
    ['on the Region of what is not known still fails', exceptOn({ region: 'us-east-1' }), both, open, 'FAILED', 1],
    ['on both passes by what passes', exceptOn(volume('vol-1'), { region: 'us-east-1' }), both, open, 'PASSED', 2],
    ['on all there is is NOT_APPLICABLE', exceptOn(volume('vol-1')), tally({ nonCompliant: 1 }), [finding('vol-1')], 'NOT_APPLICABLE', 1],
    ['on a resource that passes still counts it', exceptOn(volume('vol-9')), tally({ compliant: 1 }), [], 'PASSED', 0],
    ['on a resource that is not there still knows nothing', exceptOn(volume('vol-9')), EMPTY_TALLY, [], 'NO_DATA', 0],
    ['on the same id of another type still fails', exceptOn({ resource: { type: 'AWS::EC2::VPC', id: 'vol-1' } }), both, open, 'FAILED', 0],
  ] as const)('%s', (_, exceptions, counted, findings, status, excepted) => {
    expect(evaluateControl(counted, findings, exceptions)).toMatchObject({ status, excepted });
  });

  it('lists each finding that it takes out under one exception, and each exception though it takes out none', () => {
    const judged = evaluateControl(both, open, exceptOn(volume('vol-1'), { region: 'eu-west-1' }, { region: 'eu-north-1' }));
    expect(judged.exceptions.map(({ findings }) => findings.map(({ resource }) => resource.resourceId))).toEqual([['vol-1'], [], []]);
    expect(judged.open.map(({ resource }) => resource.resourceId)).toEqual(['vol-2']);
  });

  it('asks for its open findings only where it depends on which they are', () => {
    expect(asksForOpen(both, undefined)).toBe(false);
    expect(asksForOpen(both, exceptOn({}))).toBe(false);
    expect(asksForOpen(tally({ compliant: 1 }), exceptOn(volume('vol-1')))).toBe(false);
    expect(asksForOpen(both, exceptOn(volume('vol-1')))).toBe(true);
  });

  it('loses no finding and invents none, and never passes by an exception alone', () => {
    const ids = fc.constantFrom('vol-1', 'vol-2', 'vol-3');
    const compliance = fc.constantFrom('NON_COMPLIANT' as const, 'INSUFFICIENT_DATA' as const);
    const regions = fc.constantFrom('eu-west-1', 'us-east-1');
    const openOnes = fc.uniqueArray(
      fc.tuple(ids, compliance, regions).map(([id, verdict, region]) => finding(id, verdict, region)),
      { selector: ({ resource }) => `${resource.region} ${resource.resourceId}` },
    );
    const scopes = fc.array(
      fc.oneof(
        ids.map(volume),
        regions.map((region) => ({ region })),
        fc.constant({}),
      ),
      { maxLength: 3 },
    );
    fc.assert(
      fc.property(openOnes, scopes, fc.nat(2), (findings, scope, compliantCount) => {
        const count = (wanted: string) => findings.filter((each) => each.compliance === wanted).length;
        const counted = tally({
          compliant: compliantCount,
          nonCompliant: count('NON_COMPLIANT'),
          insufficientData: count('INSUFFICIENT_DATA'),
        });
        const judged = evaluateControl(counted, findings, exceptOn(...scope));
        const listed = judged.exceptions.flatMap((applied) => applied.findings);
        expect(listed.length).toBe(judged.excepted);
        expect([...listed, ...judged.open].sort(byId)).toEqual([...findings].sort(byId));
        expect(judged.tally.nonCompliant + judged.tally.insufficientData).toBe(judged.open.length);
        if (judged.status === 'PASSED') expect(compliantCount).toBeGreaterThan(0);
        if (scope.length === 0) expect(judged.status).toBe(statusOf(counted));
      }),
    );
  });
});

const byId = (a: OpenFinding, b: OpenFinding): number => JSON.stringify(a.resource).localeCompare(JSON.stringify(b.resource));

const volumeItem = (resourceId: string, encrypted: boolean, second: number) => ({
  awsAccountId: ACCOUNT,
  awsRegion: 'eu-west-1',
  resourceType: 'AWS::EC2::Volume',
  resourceId,
  configurationItemCaptureTime: new Date(Date.UTC(2026, 0, 1) + second * 1000).toISOString(),
  configurationItemStatus: 'OK',
  configuration: { encrypted, attachments: [{ state: 'attached' }] },
});
const document = (...exceptions: ExceptionEntry[]): SettingsDocument => ({ version: 1, exceptions });

describe('an account whose settings change', () => {
  const entry: ExceptionEntry = { control: CONTROL, ...TERMS, ...volume('vol-1') };

  /** The reported changes of the control after each step. */
  async function tellings(...steps: readonly (object | SettingsDocument)[]) {
    const pipeline = inProcessPipeline(CATALOGUE);
    const told = [];
    for (const [index, step] of steps.entries()) {
      const capturedAt = new Date(Date.UTC(2026, 0, 1) + index * 1000).toISOString();
      if ('version' in step) await pipeline.take(settingsEvidence(step as SettingsDocument, ACCOUNT, capturedAt));
      else await pipeline.feed(step);
      const { changes } = await pipeline.settle();
      const change = changes.find(({ after }) => after.scope === ACCOUNT)?.after.changes.find(({ controlId }) => controlId === CONTROL);
      told.push(change && [change.from, change.to, change.resource?.resourceId, change.reason]);
    }
    return { told, result: await pipeline.result() };
  }
  const EXCEPTED = 'exception until 2027-01-01T00:00:00.000Z by web-team@example.com (WEB-12): a reason';

  it('is scored at once, and told why', async () => {
    const { told } = await tellings(volumeItem('vol-1', false, 0), document(entry), document());
    expect(told).toEqual([
      ['NO_DATA', 'FAILED', 'vol-1', 'volume is not encrypted'],
      ['FAILED', 'NOT_APPLICABLE', 'csmm.yaml', EXCEPTED],
      ['NOT_APPLICABLE', 'FAILED', 'vol-1', 'volume is not encrypted'],
    ]);
  });

  it('fails by a resource that is not excepted, and is told that one', async () => {
    const { told, result } = await tellings(document(entry), volumeItem('vol-1', false, 1), volumeItem('vol-2', false, 2));
    expect(told).toEqual([
      undefined,
      ['NO_DATA', 'NOT_APPLICABLE', 'vol-1', EXCEPTED],
      ['NOT_APPLICABLE', 'FAILED', 'vol-2', 'volume is not encrypted'],
    ]);
    expect(result.accounts[ACCOUNT]?.controls[CONTROL]).toMatchObject({
      status: 'FAILED',
      nonCompliant: 1,
      excepted: 1,
      failing: [{ resourceId: 'vol-2' }],
      exceptions: [{ ticket: 'WEB-12', findings: [{ resourceId: 'vol-1', compliance: 'NON_COMPLIANT' }] }],
    });
  });

  it('fails again when settings are captured after the end of an exception', async () => {
    const brief = { ...entry, expires: '2026-01-01T00:00:02.000Z' };
    const { told } = await tellings(volumeItem('vol-1', false, 0), document(brief), document(brief), document(brief));
    expect(told.map((change) => change?.[1])).toEqual(['FAILED', 'NOT_APPLICABLE', 'FAILED', undefined]);
  });

  it('takes a control that nothing evaluates out of the score', async () => {
    const { result } = await tellings(volumeItem('vol-1', true, 0), document({ ...TERMS, control: 'CMP-L5-01' }));
    expect(result.accounts[ACCOUNT]?.controls['CMP-L5-01']).toMatchObject({ status: 'NOT_APPLICABLE', exceptions: [{ findings: [] }] });
  });

  it('is affected though no rule reads settings', () => {
    const after = settings([]);
    expect(wantedBy({ before: after, after }, { ...CATALOGUE.rules, joinsReading: new Map() })).toBe(SETTINGS);
  });

  it('costs one read, and one more for each control of which single resources are excepted', async () => {
    const pipeline = inProcessPipeline(CATALOGUE);
    await pipeline.feed(volumeItem('vol-1', false, 0));
    const calls = async () => {
      const names: string[] = [];
      const counting = new Proxy(pipeline.store, {
        get: (target, name) => {
          const method = Reflect.get(target, name);
          if (typeof method !== 'function') return method;
          return (...parameters: unknown[]) => {
            names.push(String(name));
            return method(...parameters);
          };
        },
      });
      await scoreChanged(ACCOUNT, [], { store: counting, catalogue: CATALOGUE }, ['AWS::Kinesis::Stream']);
      return names;
    };
    await pipeline.settle();
    expect(await calls()).toEqual([
      'want',
      'putCauses',
      'beginScoring',
      'readWanted',
      'readScore',
      'readHeads',
      'readTallies',
      'readResource',
      'readCards',
      'commitScore',
    ]);
    await pipeline.take(settingsEvidence(document(entry), ACCOUNT, NOW));
    await pipeline.settle();
    expect((await calls()).filter((name) => name === 'listOpenFindings')).toHaveLength(1);
  });
});
