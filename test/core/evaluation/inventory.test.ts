import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inProcessPipeline } from '../../../cli/in-process.ts';
import { across, type ControlDefinition, compliant, type Listing, nonCompliant, on, verdictOn } from '../../../core/control.ts';
import { evaluateJoins, indexRules } from '../../../core/evaluation/evaluate.ts';
import { recordOf } from '../../../core/events/record.ts';
import { inventoryOf as listOf } from '../../../core/facts/inventory.ts';
import type { ResourceEvidence } from '../../../core/pipeline/collect.ts';
import { inventoryOf } from '../../support/control.ts';

const ACCOUNT = '111111111111';
const AT = '2026-01-01T00:00:00.000Z';

const control = (id: string, rules: ControlDefinition['rules']): ControlDefinition => ({
  id,
  title: id,
  pillar: 'storage',
  level: 1,
  severity: 'high',
  rules,
});

/** A volume is to be encrypted. */
const ALONE = control('ALONE', [
  on('AWS::EC2::Volume', ['encrypted'], ({ encrypted }) =>
    encrypted ? compliant('encrypted') : nonCompliant('not-encrypted', 'not encrypted'),
  ),
]);
/** A VPC is to have a flow log somewhere. */
const flowLogs = across(['AWS::EC2::VPC', 'AWS::EC2::FlowLog'], function* (inventory) {
  for (const vpc of inventory.all('AWS::EC2::VPC')) {
    yield verdictOn(vpc, inventory.all('AWS::EC2::FlowLog').length > 0 ? compliant('has one') : nonCompliant('has-none', 'has none'));
  }
});
const JOINED = control('JOINED', [flowLogs]);
const controls = [ALONE, JOINED];
const CATALOGUE = { version: 'test', controls, rules: indexRules(controls) };

const list = (type: string, read: number | string, region = 'eu-west-1', accountId = ACCOUNT): ResourceEvidence => ({
  resource: listOf(accountId, region, type),
  capturedAt: AT,
  parsed: typeof read === 'number' ? { facts: { resources: read }, missing: {} } : { facts: {}, missing: { resources: read } },
});
const resource = (resourceType: string, resourceId: string, facts: object, missing = {}, region = 'eu-west-1', accountId = ACCOUNT) => ({
  resource: { accountId, region, resourceType, resourceId },
  capturedAt: AT,
  parsed: { facts, missing },
});
const volume = (id: string, encrypted: boolean | string, region?: string): ResourceEvidence =>
  typeof encrypted === 'string'
    ? resource('AWS::EC2::Volume', id, {}, { encrypted, attached: encrypted }, region)
    : resource('AWS::EC2::Volume', id, { encrypted, attached: true }, {}, region);
const vpc = (id = 'vpc-1') => resource('AWS::EC2::VPC', id, {}, {});
const flowLog = resource('AWS::EC2::FlowLog', 'fl-1', {}, {});

const DENIED = 'ec2:DescribeVolumes was denied (UnauthorizedOperation)';

async function statusOf(id: string, evidence: readonly ResourceEvidence[]): Promise<string | undefined> {
  const pipeline = inProcessPipeline(CATALOGUE);
  for (const piece of evidence) await pipeline.take(piece);
  await pipeline.settle();
  return (await pipeline.result()).accounts[ACCOUNT]?.controls[id]?.status;
}

describe('a control on single resources', () => {
  it.each<[string, string, ResourceEvidence[]]>([
    ['does not apply where the only list is complete and empty', 'NOT_APPLICABLE', [list('AWS::EC2::Volume', 0)]],
    ['knows nothing where the only list could not be read', 'NO_DATA', [list('AWS::EC2::Volume', DENIED)]],
    [
      'knows nothing where one Region is empty and another could not be read',
      'NO_DATA',
      [list('AWS::EC2::Volume', 0), list('AWS::EC2::Volume', DENIED, 'us-east-1')],
    ],
    [
      'does not pass on the volumes of one Region while those of another are unseen',
      'NO_DATA',
      [volume('vol-1', true), list('AWS::EC2::Volume', 1), list('AWS::EC2::Volume', DENIED, 'us-east-1')],
    ],
    ['does not pass on the pages that came before the denied one', 'NO_DATA', [volume('vol-1', true), list('AWS::EC2::Volume', DENIED)]],
    ['fails on what was found before a list broke off', 'FAILED', [volume('vol-1', false), list('AWS::EC2::Volume', DENIED)]],
    ['does not pass where a fact is missing', 'NO_DATA', [volume('vol-1', DENIED), volume('vol-2', true), list('AWS::EC2::Volume', 2)]],
    ['passes where all is read and right', 'PASSED', [volume('vol-1', true), list('AWS::EC2::Volume', 1)]],
    ['passes in one Region where another is empty', 'PASSED', [volume('vol-1', true), list('AWS::EC2::Volume', 0, 'us-east-1')]],
    [
      'is not moved by the list of a type that it does not read',
      'NOT_APPLICABLE',
      [list('AWS::EC2::Volume', 0), list('AWS::EC2::VPC', DENIED)],
    ],
  ])('%s', async (_, status, evidence) => {
    expect(await statusOf('ALONE', evidence)).toBe(status);
  });
});

describe('a control that joins types', () => {
  const complete = [list('AWS::EC2::VPC', 1), list('AWS::EC2::FlowLog', 0)];

  it.each<[string, string, ResourceEvidence[]]>([
    ['fails on what is absent from a complete list', 'FAILED', [vpc(), ...complete]],
    [
      'does not fail on what may be in a list that could not be read',
      'NO_DATA',
      [vpc(), list('AWS::EC2::VPC', 1), list('AWS::EC2::FlowLog', DENIED)],
    ],
    ['does not fail where the account-wide list could not be read', 'NO_DATA', [vpc(), list('AWS::EC2::FlowLog', DENIED, 'global')]],
    ['does not fail where the list was not read for no reason given', 'NO_DATA', [vpc(), list('AWS::EC2::FlowLog', '')]],
    [
      'fails where only the list of another Region could not be read',
      'FAILED',
      [vpc(), ...complete, list('AWS::EC2::FlowLog', DENIED, 'us-east-1')],
    ],
    [
      'fails on what was found of the list that it judges before that broke off',
      'FAILED',
      [vpc(), list('AWS::EC2::VPC', DENIED), list('AWS::EC2::FlowLog', 0)],
    ],
    [
      'does not pass while there may be more to judge',
      'NO_DATA',
      [vpc(), flowLog, list('AWS::EC2::VPC', DENIED), list('AWS::EC2::FlowLog', 1)],
    ],
    [
      'does not apply where all its lists are complete and empty',
      'NOT_APPLICABLE',
      [list('AWS::EC2::VPC', 0), list('AWS::EC2::FlowLog', 0)],
    ],
  ])('%s', async (_, status, evidence) => {
    expect(await statusOf('JOINED', evidence)).toBe(status);
  });

  it('is asked of nothing where it looks for gaps itself', () => {
    const gap: Listing = { region: 'eu-west-1', capturedAt: AT, gap: DENIED };
    const inventory = inventoryOf(
      { 'AWS::EC2::VPC': { 'vpc-1': {} } },
      {},
      { listings: (type) => (type === 'AWS::EC2::FlowLog' ? [gap] : []) },
    );
    const compliances = (rule: ControlDefinition['rules'][number]) =>
      evaluateJoins(control('X', [rule]), inventory).map(({ compliance }) => compliance);
    expect(compliances(flowLogs)).toEqual(['INSUFFICIENT_DATA']);
    expect(compliances({ ...flowLogs, handlesGaps: true })).toEqual(['NON_COMPLIANT']);
  });
});

/** Volumes and lists of three Regions. Each list is complete, interrupted or absent. */
const anyEvidence = fc
  .array(
    fc.record({
      read: fc.constantFrom('all', 'some', 'none'),
      volumes: fc.array(fc.constantFrom<boolean | string>(true, false, DENIED), { maxLength: 3 }),
    }),
    {
      minLength: 1,
      maxLength: 3,
    },
  )
  .map((regions) =>
    regions.flatMap(({ read, volumes }, at) => {
      const region = `eu-west-${at + 1}`;
      const found = volumes.map((encrypted, n) => volume(`vol-${at}-${n}`, encrypted, region));
      if (read === 'none') return [list('AWS::EC2::Volume', DENIED, region)];
      return [...found, list('AWS::EC2::Volume', read === 'all' ? volumes.length : DENIED, region)];
    }),
  );

const isGap = ({ parsed }: ResourceEvidence): boolean => Object.keys(parsed?.missing ?? {}).length > 0;

it('never passes, and never stops applying, while anything is unread; and fails exactly where something does', async () => {
  await fc.assert(
    fc.asyncProperty(anyEvidence, async (evidence) => {
      const status = await statusOf('ALONE', evidence);
      const fails = evidence.some(({ parsed }) => (parsed?.facts as { encrypted?: boolean } | undefined)?.encrypted === false);
      expect(status === 'FAILED').toBe(fails);
      if (evidence.some(isGap)) expect(['FAILED', 'NO_DATA']).toContain(status);
    }),
  );
});

it('says of a record the same as of what it was written from, whatever the order of its lines', async () => {
  await fc.assert(
    fc.asyncProperty(
      anyEvidence.chain((evidence) => {
        const all = [...evidence, vpc(), list('AWS::EC2::FlowLog', DENIED), list('AWS::EC2::VPC', 1)];
        return fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }), fc.nat(all.length));
      }),
      async ([read, shuffled, settled]) => {
        const scanned = inProcessPipeline(CATALOGUE);
        for (const evidence of read) await scanned.take(evidence);
        await scanned.settle();
        const replayed = inProcessPipeline(CATALOGUE);
        for (const [at, evidence] of shuffled.entries()) {
          expect(await replayed.feed(JSON.parse(JSON.stringify(recordOf(evidence))))).toEqual([]);
          if (at === settled) await replayed.settle();
        }
        await replayed.settle();
        expect(await replayed.result()).toEqual(await scanned.result());
      },
    ),
  );
});
