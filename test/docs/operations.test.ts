import { readFileSync } from 'node:fs';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { resourcesOf, synthesize } from '../lib/synth.ts';

const page = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');

/** The text below a heading, up to the next of the same or a higher rank. */
function section(heading: string): string {
  const [rank = ''] = /^#+/.exec(heading) ?? [];
  const [, after] = page.split(`\n${heading}\n`);
  if (after === undefined) throw new Error(`no heading ${heading}`);
  return after.split(new RegExp(`^#{1,${rank.length}} `, 'm'))[0] ?? '';
}

/** The first cells of the rows of a table that begin with code. */
const firstCells = (text: string): string[] => [...text.matchAll(/^\| `([^`]+)` \|/gm)].map((row) => row[1] ?? '');

const ONE = {
  homeRegion: 'eu-west-1',
  regions: 'us-east-1',
  remediation: 'true',
  alarmTopicArn: 'arn:aws:sns:eu-west-1:111111111111:alarms',
};
const ORGANIZATION = { ...ONE, organizationId: 'o-a1b2c3d4e5', organizationalUnits: 'r-ab12' };
const syntheses = [ONE, ORGANIZATION, { ...ORGANIZATION, stackSetCallAs: 'SELF' }, { ...ORGANIZATION, policyRestore: 'true' }].map(
  synthesize,
);

/** The logical ids of a type in a stack in all modes, without the hash, and without the names of the constructs around it. */
function idsOf(stack: string, type: string, around: RegExp = /^$/): string[] {
  const ids = syntheses.flatMap(({ app, template }) =>
    app.node.tryFindChild(stack) ? Object.keys(resourcesOf(template(stack), type)) : [],
  );
  return [...new Set(ids.map((id) => id.replace(/[0-9A-F]{8}$/, '').replace(around, '')))].sort();
}

describe('the page of operations', () => {
  it.each([
    ['Csmm', '### Alarms of `Csmm`'],
    ['Csmm-Forward-us-east-1', '### Alarms of `Csmm-Forward-<region>`'],
    ['Csmm-Remediation', '### Alarms of `Csmm-Remediation`'],
    ['Csmm-Runbooks-us-east-1', '### Alarms of `Csmm-Runbooks-<region>`'],
  ])('says of each alarm of %s when it fires and what to do, and of no other', (stack, heading) => {
    const alarms = idsOf(stack, 'AWS::CloudWatch::Alarm', /^(Observability|Members)/);
    expect(alarms.length).toBeGreaterThan(0);
    expect(firstCells(section(heading)).sort()).toEqual(alarms);
    for (const row of section(heading).matchAll(/^\| `.*$/gm)) expect(row[0].split(' | ')).toHaveLength(3);
  });

  it('has no alarm in member accounts', () => {
    const [stackSet] = Object.values(resourcesOf(syntheses[1]!.template('Csmm'), 'AWS::CloudFormation::StackSet'));
    const member = Template.fromJSON(JSON.parse(String(stackSet?.Properties.TemplateBody)));
    expect(resourcesOf(member, 'AWS::CloudWatch::Alarm')).toEqual({});
  });

  it('names each dead-letter queue, with the label of its alarm', () => {
    const rows = [...section('## Dead-letter queues').matchAll(/^\| `(\w+)` \| (?:`(\w+)`|–) \|/gm)].map(([, queue, label]) => [
      queue,
      label,
    ]);
    const isWork = /^(IngestionChanges|SweepReadings|SweepUnits|ScoringRuns|ScoringRejudge|RemediationExecutions)$/;
    const stacks = ['Csmm', 'Csmm-Forward-us-east-1', 'Csmm-Remediation', 'Csmm-Runbooks-us-east-1'];
    const queues = [...new Set(stacks.flatMap((stack) => idsOf(stack, 'AWS::SQS::Queue')))].filter((id) => !isWork.test(id));
    expect(rows.map(([queue]) => queue).sort()).toEqual(queues.sort());
    const alarms = new Set(stacks.flatMap((stack) => firstCells(section(`### Alarms of \`${stack.replace('us-east-1', '<region>')}\``))));
    for (const [, label] of rows) if (label) expect(alarms).toContain(`${label}Waiting`);
  });

  it('moves with SQS only from queues that SQS itself fills', () => {
    const moved = [...(/SQS itself moves the messages of (.+?) back/.exec(page)?.[1] ?? '').matchAll(/`(\w+)`/g)].map((name) => name[1]);
    const filled = ['Csmm', 'Csmm-Remediation'].flatMap((stack) =>
      Object.values(resourcesOf(syntheses[0]!.template(stack), 'AWS::SQS::Queue')).flatMap(({ Properties }) => {
        const redrive = Properties.RedrivePolicy as { deadLetterTargetArn: { 'Fn::GetAtt': [string, string] } } | undefined;
        return redrive ? [redrive.deadLetterTargetArn['Fn::GetAtt'][0].replace(/[0-9A-F]{8}$/, '')] : [];
      }),
    );
    expect(moved.sort()).toEqual([...new Set(filled)].sort());
  });

  it.each([
    ['SweepPlan', 'AWS::Lambda::Function'],
    ['IngestionFailures', 'AWS::SQS::Queue'],
    ['IngestionChanges', 'AWS::SQS::Queue'],
  ])('finds one resource whose logical id begins with %s', (prefix, type) => {
    expect(page).toContain(prefix);
    const ids = Object.keys(resourcesOf(syntheses[0]!.template('Csmm'), type)).filter((id) => id.startsWith(prefix));
    expect(ids).toHaveLength(1);
  });
});
