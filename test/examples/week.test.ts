import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { READERS } from '../../adapters/aws/readers/index.ts';
import { inProcessPipeline } from '../../cli/in-process.ts';
import { readRecords } from '../../cli/records.ts';
import { readSettingsFile } from '../../cli/settings-file.ts';
import { CATALOGUE } from '../../controls/catalogue.ts';
import { factTypes, isEvaluated } from '../../core/control.ts';
import { type FactsRecord as AnyRecord, isRecord } from '../../core/events/record.ts';
import { SETTINGS, type SettingsFacts } from '../../core/facts/csmm-settings.ts';
import { isInConfig } from '../../core/facts/index.ts';
import { INVENTORY, type InventoryFacts } from '../../core/facts/inventory.ts';
import type { Pillar } from '../../core/model.ts';
import type { ResultDocument } from '../../core/pipeline/result.ts';
import { ORGANIZATION, type ScoreChange } from '../../core/ports.ts';
import { settingsFor } from '../../core/settings/account-settings.ts';
import { tellWeek } from '../../scripts/week/story.ts';

const FILE = fileURLToPath(new URL('../../examples/week.ndjson', import.meta.url));
const PRODUCTION = '111111111111';
const STAGING = '222222222222';
const LAB = '333333333333';

/** A record as the tests here look at it. */
type FactsRecord = AnyRecord & { readonly facts?: InventoryFacts & SettingsFacts };

/** The types that the controls of levels 1 and 2 read, and those of csmm itself. */
const NEEDED_TYPES = new Set<string>([...CATALOGUE.controls.filter(({ level }) => level <= 2).flatMap(factTypes), INVENTORY, SETTINGS]);

describe('the file examples/week.ndjson', () => {
  const text = readFileSync(FILE, 'utf8');
  const lines = text.trimEnd().split('\n');
  const documents = lines.filter(isJson).map((line) => JSON.parse(line));
  const records = documents.filter(isRecord) as unknown as FactsRecord[];

  it('is what its generator makes', () => {
    expect(lines).toEqual(tellWeek());
  });

  it('stays small enough to be read whole', () => {
    expect(text.length).toBeLessThan(1_500_000);
    expect(lines.length).toBeGreaterThan(900);
    expect(lines.length).toBeLessThan(1200);
  });

  it('has one line that is not valid JSON', () => {
    expect(lines.filter((line) => !isJson(line))).toHaveLength(1);
  });

  it('has an item or a record of every resource type that levels 1 and 2 read', () => {
    const types = new Set(documents.map((document) => document.resourceType ?? document.detail.configurationItem?.resourceType));
    expect(NEEDED_TYPES.size).toBeGreaterThan(50);
    expect([...NEEDED_TYPES].filter((type) => !types.has(type))).toEqual([]);
  });

  it('has a record of facts, beside what AWS Config delivers, of what it has no items of alone', () => {
    const recorded = new Set(records.map(({ resourceType }) => resourceType));
    expect([...recorded].filter((type) => isInConfig(type)).sort()).toEqual([
      'AWS::EC2::SnapshotBlockPublicAccess',
      'AWS::EKS::Cluster',
      'AWS::Lambda::Function',
      'AWS::RDS::DBClusterSnapshot',
      'AWS::RDS::DBSnapshot',
      'AWS::S3::AccessPoint',
      'AWS::S3::MultiRegionAccessPoint',
    ]);
  });

  it('says of every type that a reader lists, in both Regions of each account, that the list is complete', () => {
    const listed = new Set(
      records.flatMap(({ resourceType, accountId, awsRegion, resourceId, facts }) =>
        resourceType === INVENTORY && facts?.resources !== undefined ? `${accountId} ${awsRegion} ${resourceId}` : [],
      ),
    );
    const wanted = READERS.flatMap(({ scope, lists }) =>
      lists.flatMap((type) =>
        (scope === 'region' ? ['eu-west-1', 'us-east-1'] : ['global']).flatMap((region) =>
          [PRODUCTION, STAGING, LAB].map((account) => `${account} ${region} ${type}`),
        ),
      ),
    );
    expect([...listed].sort()).toEqual(wanted.sort());
  });

  it('declares of each account what examples/csmm.yaml says, which is read without a warning', async () => {
    const path = fileURLToPath(new URL('../../examples/csmm.yaml', import.meta.url));
    const { document, warnings } = await readSettingsFile(path, '2026-11-02T06:00:00.000Z');
    expect(warnings).toEqual([]);
    const declared = records.filter(({ resourceType }) => resourceType === SETTINGS);
    expect(declared.map(({ accountId }) => accountId)).toEqual([PRODUCTION, STAGING, LAB]);
    for (const { accountId, facts } of declared) expect(facts?.settings).toEqual(settingsFor(document, accountId));
  });

  it('speaks of nothing outside its week', () => {
    const times = documents.map(({ time, capturedAt }) => capturedAt ?? time);
    expect(times.filter((time) => !(time >= '2026-11-02T06:00:00Z' && time <= '2026-11-08T23:59:59Z'))).toEqual([]);
  });
});

describe('the week of the shop', () => {
  const changes: ScoreChange[] = [];
  let result: ResultDocument;

  beforeAll(async () => {
    const pipeline = inProcessPipeline(CATALOGUE);
    for await (const record of readRecords(FILE)) {
      if ('error' in record) pipeline.reject();
      else await pipeline.feed(record.document);
      changes.push(...(await pipeline.settle()).changes);
    }
    result = await pipeline.result();
  });

  it('brings two events that are rejected, one that is ignored, two that come late and four that come twice', () => {
    expect(result.input).toMatchObject({ rejected: 2, ignored: 1, stale: 2, duplicate: 4 });
    expect(result.input.applied).toBe(result.input.read - 9);
  });

  it('has as many events as the READMEs say', () => {
    const [own, projects] = ['examples/README.md', 'README.md'].map((path) =>
      readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'),
    );
    const [read, applied] = [result.input.read, result.input.applied].map((count) => count.toLocaleString('en'));
    const events = readFileSync(FILE, 'utf8')
      .split('\n')
      .filter((line) => line.includes('"source":"aws.config"'));
    expect(own).toContain(`${read} events, one a line. ${events.length} of them are EventBridge events`);
    expect(own).toContain(`Of the ${read} events ${applied} are applied, 4 are duplicates`);
    expect(projects).toContain(`(three accounts, ${read} events)`);
    expect(projects).toContain(`Two of the ${read} events are malformed`);
  });

  it('ends with level 1 achieved everywhere in production and staging, and in storage of the lab', () => {
    const achieved = (account: string, level: number) =>
      PILLARS.filter((pillar) => levelOf(result.accounts[account]!, pillar, level).achieved && (level > 1 || pillar !== 'monitoring'));
    expect(achieved(PRODUCTION, 1)).toEqual(['iam', 'networking', 'storage', 'compute']);
    expect(achieved(PRODUCTION, 2)).toEqual(['iam', 'storage', 'compute', 'monitoring']);
    expect(achieved(STAGING, 1)).toEqual(['iam', 'networking', 'storage', 'compute']);
    expect(achieved(STAGING, 2)).toEqual(['iam', 'compute', 'monitoring']);
    expect(achieved(LAB, 1)).toEqual(['storage']);
    expect(achieved(LAB, 2)).toEqual([]);
  });

  it('unlocks level 2 of networking in production for good on Wednesday, after losing it twice', () => {
    expect(turns(changes, PRODUCTION, 'networking')).toEqual([
      '2026-11-03T10:50 achieved',
      '2026-11-03T14:02 lost',
      '2026-11-03T14:47 achieved',
      '2026-11-04T08:05 lost',
      '2026-11-04T09:20 achieved',
    ]);
  });

  it('achieves level 1 of storage on Monday in staging, on Thursday in production, on Saturday in the lab', () => {
    expect(turns(changes, STAGING, 'storage')).toEqual(['2026-11-02T16:40 achieved']);
    expect(turns(changes, PRODUCTION, 'storage')).toEqual(['2026-11-05T10:40 achieved']);
    expect(turns(changes, LAB, 'storage')).toEqual(['2026-11-07T18:05 achieved']);
  });

  it('achieves level 2 of monitoring in production on Monday, and loses it while the trail is stopped', () => {
    expect(turns(changes, PRODUCTION, 'monitoring', 2)).toEqual([
      '2026-11-02T17:10 achieved',
      '2026-11-05T16:34 lost',
      '2026-11-05T16:52 achieved',
    ]);
  });

  it('achieves level 1 of IAM in staging on Wednesday, in production on Friday', () => {
    expect(turns(changes, STAGING, 'iam')).toEqual(['2026-11-04T14:10 achieved']);
    expect(turns(changes, PRODUCTION, 'iam')).toEqual(['2026-11-06T12:00 achieved']);
  });

  it.each([
    ['someone opens SSH to the world', PRODUCTION, 'NET-L1-01', ['FAILED', 'PASSED', 'FAILED', 'PASSED']],
    ['the storefront is too large to be delivered', PRODUCTION, 'NET-L1-04', ['FAILED', 'PASSED', 'NO_DATA', 'PASSED']],
    ['a database is restored open to the internet', PRODUCTION, 'STR-L1-03', ['PASSED', 'FAILED', 'PASSED']],
    ['the plain database is deleted', PRODUCTION, 'STR-L1-05', ['FAILED', 'PASSED']],
    ['versioning is suspended', PRODUCTION, 'STR-L2-01', ['PASSED', 'FAILED', 'PASSED']],
    ['the flow log is deleted', PRODUCTION, 'NET-L2-01', ['FAILED', 'PASSED', 'FAILED', 'PASSED']],
    ['a data set turns public', LAB, 'STR-L1-02', ['PASSED', 'FAILED', 'PASSED']],
    ['volumes are encrypted', PRODUCTION, 'CMP-L1-02', ['FAILED', 'PASSED']],
    ['a load tester is deleted', STAGING, 'CMP-L1-03', ['FAILED', 'PASSED']],
    ['the root user enrols MFA', PRODUCTION, 'IAM-L1-01', ['FAILED', 'PASSED']],
    ['a console user enrols MFA', PRODUCTION, 'IAM-L1-04', ['FAILED', 'PASSED']],
    ['a root user loses its key', STAGING, 'IAM-L1-02', ['FAILED', 'PASSED']],
    ['keys are deleted and made by hand', PRODUCTION, 'IAM-L2-03', ['FAILED', 'PASSED', 'FAILED', 'PASSED']],
    ['log files are validated and the trail is stopped', PRODUCTION, 'IAM-L2-05', ['FAILED', 'PASSED', 'NOT_APPLICABLE', 'PASSED']],
    ['the trail is stopped', PRODUCTION, 'IAM-L2-04', ['PASSED', 'FAILED', 'PASSED']],
    ['a policy protects the security services', STAGING, 'IAM-L2-01', ['FAILED', 'PASSED']],
    ['GuardDuty is switched on everywhere', LAB, 'NET-L2-03', ['FAILED', 'PASSED']],
    ['a snapshot is made private', PRODUCTION, 'STR-L1-04', ['FAILED', 'PASSED']],
    ['servers are backed up', PRODUCTION, 'STR-L2-02', ['FAILED', 'PASSED']],
    ['new volumes are encrypted', PRODUCTION, 'CMP-L1-01', ['FAILED', 'PASSED']],
    ['Security Hub joins its administrator', STAGING, 'MON-L2-01', ['FAILED', 'PASSED']],
    ['an alarm gets a subscriber', PRODUCTION, 'MON-L2-02', ['FAILED', 'PASSED', 'FAILED', 'PASSED']],
    ['a filter is completed', PRODUCTION, 'MON-L2-10', ['FAILED', 'PASSED', 'FAILED', 'PASSED']],
    ['a rule is added in the other Region', PRODUCTION, 'MON-L2-06', ['FAILED', 'PASSED']],
  ])('moves the controls as told when %s', (_, account, controlId, statuses) => {
    expect(courseOf(changes, account, controlId)).toEqual(statuses);
  });

  it.each([
    ['production', PRODUCTION, ['IAM-L1-07', 'NET-L2-04', 'MON-L2-13']],
    ['staging', STAGING, ['NET-L2-02', 'NET-L2-04', 'STR-L2-02', 'MON-L2-06', 'MON-L2-13']],
    [
      'the lab',
      LAB,
      [
        ...['IAM-L1-01', 'IAM-L1-03', 'IAM-L1-04', 'IAM-L1-05', 'IAM-L1-06', 'IAM-L1-07', 'IAM-L2-01', 'IAM-L2-02', 'IAM-L2-03'],
        ...['NET-L1-04', 'NET-L2-01', 'NET-L2-02', 'NET-L2-04', 'STR-L1-04', 'STR-L2-01', 'STR-L2-02', 'STR-L2-04'],
        ...['CMP-L1-02', 'CMP-L1-03', 'CMP-L2-01', 'MON-L2-01', 'MON-L2-06', 'MON-L2-13'],
      ],
    ],
  ])('leaves %s with what is still open', (_, account, open) => {
    const { controls } = result.accounts[account]!;
    expect(CATALOGUE.controls.filter(({ id }) => controls[id]?.status === 'FAILED').map(({ id }) => id)).toEqual(open);
  });

  it('excepts the one access key that csmm.yaml names', () => {
    expect(result.accounts[PRODUCTION]!.controls['IAM-L2-03']).toMatchObject({ status: 'PASSED' });
    expect(result.organization.controls['IAM-L2-03']?.exceptions).toMatchObject([{ ticket: 'SHOP-412', resource: { id: 'mail-relay' } }]);
  });

  it('evaluates every control of levels 1 and 2, with data in each account', () => {
    const evaluated = CATALOGUE.controls.filter(({ level }) => level <= 2);
    expect(evaluated.filter((control) => !isEvaluated(control))).toEqual([]);
    const unknown = Object.entries(result.accounts).flatMap(([account, { controls }]) =>
      evaluated.flatMap(({ id }) => (controls[id]?.status === 'NO_DATA' || controls[id]?.insufficientData !== 0 ? `${account} ${id}` : [])),
    );
    expect(unknown).toEqual([]);
  });

  it('ends better than it began, by the scores that the README gives', () => {
    const readme = readFileSync(new URL('../../examples/README.md', import.meta.url), 'utf8');
    const monday = (scope: string) => changes.filter(({ after }) => after.scope === scope && after.asOf < '2026-11-02T09:30').at(-1)!.after;
    const rows = [PRODUCTION, STAGING, LAB].map((account) => [account, monday(account), result.accounts[account]!.overall] as const);
    for (const [account, { scorecard }, sunday] of rows) {
      expect(sunday).toBeGreaterThan(scorecard.overall! + 5);
      expect(readme).toMatch(new RegExp(`^\\| ${account} .* \\| ${scorecard.overall} \\| ${sunday} \\|$`, 'm'));
    }
    expect(readme).toContain(`| organization | ${monday(ORGANIZATION).scorecard.overall} | ${result.organization.overall} |`);
  });

  it('moves every pillar of the organization', () => {
    for (const pillar of PILLARS) expect(result.organization.pillars[pillar]!.score).toBeGreaterThan(20);
  });
});

const PILLARS: readonly Pillar[] = ['iam', 'networking', 'storage', 'compute', 'monitoring'];
type Card = ScoreChange['after']['scorecard'];
const levelOf = (card: Card, pillar: Pillar, level: number) => card.pillars[pillar]!.levels.find((each) => each.level === level)!;

/** When an account achieved and lost a level of a pillar, to the minute of the evidence, once its first items are read. */
function turns(changes: readonly ScoreChange[], account: string, pillar: Pillar, level = 1): string[] {
  let achieved = false;
  return changes.flatMap(({ after }) => {
    if (after.scope !== account || after.asOf < '2026-11-02T09:30') return [];
    const now = levelOf(after.scorecard, pillar, level).achieved;
    if (now === achieved) return [];
    achieved = now;
    return [`${after.asOf.slice(0, 16)} ${now ? 'achieved' : 'lost'}`];
  });
}

/** The statuses that a control went through, without those of the hours in which its first items were read. */
function courseOf(changes: readonly ScoreChange[], account: string, controlId: string): (string | undefined)[] {
  const statuses = changes
    .filter(({ after }) => after.scope === account)
    .map(({ before, after }) => ({ asOf: after.asOf, status: after.statuses.get(controlId), earlier: before?.statuses.get(controlId) }))
    .filter(({ asOf }) => asOf > '2026-11-02T09:30')
    .flatMap(({ status, earlier }, index) => (index === 0 ? [earlier, status] : [status]));
  return statuses.filter((status, index) => index === 0 || status !== statuses[index - 1]);
}

function isJson(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}
