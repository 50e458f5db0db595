import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { inProcessPipeline } from '../../cli/in-process.ts';
import { readRecords } from '../../cli/records.ts';
import { CATALOGUE } from '../../controls/catalogue.ts';
import { isEvaluated } from '../../core/control.ts';
import type { FactsByType } from '../../core/facts/index.ts';
import type { Pillar } from '../../core/model.ts';
import type { ResultDocument } from '../../core/pipeline/result.ts';
import { ORGANIZATION, type ScoreChange } from '../../core/ports.ts';
import { tellWeek } from '../../scripts/week/story.ts';

const FILE = fileURLToPath(new URL('../../examples/week.ndjson', import.meta.url));
const PRODUCTION = '111111111111';
const STAGING = '222222222222';
const LAB = '333333333333';

/** Every type that has a parser; the compiler knows when one is missing. */
const PARSED_TYPES: Record<keyof FactsByType, true> = {
  'AWS::AutoScaling::AutoScalingGroup': true,
  'AWS::AutoScaling::LaunchConfiguration': true,
  'AWS::Backup::RecoveryPoint': true,
  'AWS::CloudFront::Distribution': true,
  'AWS::DynamoDB::Table': true,
  'AWS::EC2::FlowLog': true,
  'AWS::EC2::Instance': true,
  'AWS::EC2::LaunchTemplate': true,
  'AWS::EC2::NetworkAcl': true,
  'AWS::EC2::NetworkInterface': true,
  'AWS::EC2::SecurityGroup': true,
  'AWS::EC2::Subnet': true,
  'AWS::EC2::Volume': true,
  'AWS::EC2::VPC': true,
  'AWS::EFS::FileSystem': true,
  'AWS::Elasticsearch::Domain': true,
  'AWS::ElasticLoadBalancing::LoadBalancer': true,
  'AWS::ElasticLoadBalancingV2::Listener': true,
  'AWS::ElasticLoadBalancingV2::LoadBalancer': true,
  'AWS::Kinesis::Stream': true,
  'AWS::OpenSearch::Domain': true,
  'AWS::RDS::DBCluster': true,
  'AWS::RDS::DBInstance': true,
  'AWS::Redshift::Cluster': true,
  'AWS::S3::AccountPublicAccessBlock': true,
  'AWS::S3::Bucket': true,
  'AWS::SNS::Topic': true,
  'AWS::SQS::Queue': true,
};

describe('the file examples/week.ndjson', () => {
  const text = readFileSync(FILE, 'utf8');
  const lines = text.trimEnd().split('\n');

  it('is what its generator makes', () => {
    expect(lines).toEqual(tellWeek());
  });

  it('stays small enough to be read whole', () => {
    expect(text.length).toBeLessThan(1_500_000);
    expect(lines.length).toBeGreaterThan(350);
    expect(lines.length).toBeLessThan(500);
  });

  it('has one line that is not valid JSON', () => {
    expect(lines.filter((line) => !isJson(line))).toHaveLength(1);
  });

  it('holds an item of every resource type that has a parser', () => {
    const types = new Set(lines.filter(isJson).map((line) => JSON.parse(line).detail.configurationItem?.resourceType));
    expect(Object.keys(PARSED_TYPES).filter((type) => !types.has(type))).toEqual([]);
  });

  it('speaks of nothing outside its week', () => {
    const times = lines.filter(isJson).map((line) => JSON.parse(line).time);
    expect(times.filter((time) => time < '2026-11-02T06:00:00Z' || time > '2026-11-08T23:59:59Z')).toEqual([]);
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

  it('ends with level 1 achieved in networking and storage of production and staging, and in storage of the lab', () => {
    const achieved = (account: string) =>
      (['networking', 'storage', 'compute'] as const).filter((pillar) => levelOf(result.accounts[account]!, pillar, 1).achieved);
    expect(achieved(PRODUCTION)).toEqual(['networking', 'storage']);
    expect(achieved(STAGING)).toEqual(['networking', 'storage']);
    expect(achieved(LAB)).toEqual(['storage']);
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
  ])('moves the controls as told when %s', (_, account, controlId, statuses) => {
    expect(courseOf(changes, account, controlId)).toEqual(statuses);
  });

  it('leaves the lab with an old TLS policy, plain volumes and public addresses', () => {
    const lab = result.accounts[LAB]!.controls;
    const open = ['NET-L1-04', 'CMP-L1-02', 'CMP-L1-03'].map((id) => lab[id]?.status);
    expect(open).toEqual(['FAILED', 'FAILED', 'FAILED']);
  });

  it('leaves no evaluated control without data, and IAM and monitoring without a score', () => {
    const evaluated = CATALOGUE.controls.filter(isEvaluated).filter(({ pillar }) => ['networking', 'storage', 'compute'].includes(pillar));
    const unknown = Object.values(result.accounts).flatMap(({ controls }) =>
      evaluated.filter(({ id }) => controls[id]?.status === 'NO_DATA' || controls[id]?.insufficientData !== 0),
    );
    expect(unknown).toEqual([]);
    expect(result.organization.pillars.iam?.score).toBe(0);
    expect(result.organization.pillars.monitoring?.score).toBe(0);
  });

  it('ends better than it began, by the scores that the README gives', () => {
    const readme = readFileSync(new URL('../../examples/README.md', import.meta.url), 'utf8');
    const monday = (scope: string) => changes.filter(({ after }) => after.scope === scope && after.asOf < '2026-11-02T09:30').at(-1)!.after;
    const rows = [PRODUCTION, STAGING, LAB].map((account) => [account, monday(account), result.accounts[account]!.overall] as const);
    for (const [account, { scorecard }, sunday] of rows) {
      expect(sunday).toBeGreaterThan(scorecard.overall + 5);
      expect(readme).toMatch(new RegExp(`^\\| ${account} .* \\| ${scorecard.overall} \\| ${sunday} \\|$`, 'm'));
    }
    expect(readme).toContain(`| organization | ${monday(ORGANIZATION).scorecard.overall} | ${result.organization.overall} |`);
  });

  it('moves networking, storage and compute of the organization', () => {
    const pillars = result.organization.pillars;
    expect(pillars.networking?.score).toBeGreaterThan(30);
    expect(pillars.storage?.score).toBeGreaterThan(30);
    expect(pillars.compute?.score).toBeGreaterThan(5);
  });
});

type Card = ScoreChange['after']['scorecard'];
const levelOf = (card: Card, pillar: Pillar, level: number) => card.pillars[pillar]!.levels.find((each) => each.level === level)!;

/** When an account achieved and lost level 1 of a pillar, to the minute of the evidence, once its first items are read. */
function turns(changes: readonly ScoreChange[], account: string, pillar: Pillar): string[] {
  let achieved = false;
  return changes.flatMap(({ after }) => {
    if (after.scope !== account || after.asOf < '2026-11-02T09:30') return [];
    const now = levelOf(after.scorecard, pillar, 1).achieved;
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
