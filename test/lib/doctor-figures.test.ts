import { readFileSync } from 'node:fs';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { describe, expect, it } from 'vitest';
import { RETENTIONS, readSettings } from '../../core/deployment/options.ts';
import { VERSION_OUTPUT } from '../../core/deployment/stacks.ts';
import { MIN_BOOTSTRAP } from '../../core/doctor/account.ts';
import { deployedConcurrency, plannedConcurrency } from '../../core/doctor/quotas.ts';
import { expectedStacks, possibleStacks } from '../../core/doctor/stacks.ts';
import { VERSION } from '../../core/version.ts';
import { resourcesOf, synthesize } from './synth.ts';

const CONTEXT = { homeRegion: 'eu-west-1', regions: 'eu-north-1', remediation: 'true', readConcurrency: '33' };
const synthesized = synthesize(CONTEXT);
const stacks = synthesized.app.synth().stacks;

describe('what the doctor knows of a deployment', () => {
  it('are its stacks, by the names that CloudFormation shows', () => {
    const expected = expectedStacks({ homeRegion: 'eu-west-1', ...readSettings((key) => (CONTEXT as Record<string, string>)[key]) });
    expect(expected.map(({ name }) => name).sort()).toEqual(stacks.map(({ stackName }) => stackName).sort());
    expect(possibleStacks('eu-west-1', ['eu-west-1', 'eu-north-1', 'us-east-1'])).toEqual(expect.arrayContaining(expected));
  });

  it('is the concurrency of its event sources', () => {
    const limits = ['Csmm', 'Csmm-Remediation'].flatMap((stack) =>
      Object.values(resourcesOf(synthesized.template(stack), 'AWS::Lambda::EventSourceMapping')).map(
        ({ Properties }) => (Properties.ScalingConfig as { MaximumConcurrency?: number } | undefined)?.MaximumConcurrency,
      ),
    );
    expect(limits.filter((limit) => limit !== undefined).length).toBeGreaterThan(3);
    expect(plannedConcurrency(readSettings((key) => (CONTEXT as Record<string, string>)[key]))).toBe(deployedConcurrency(limits));
  });

  it('is what the page of the deployment says of the concurrency', () => {
    const page = readFileSync(new URL('../../docs/deploy.md', import.meta.url), 'utf8');
    expect(page).toContain(`csmm uses up to ${plannedConcurrency(readSettings(() => undefined))} with its defaults`);
  });

  it('is the bootstrap that its stacks require', () => {
    expect(Math.max(...stacks.map(({ requiresBootstrapStackVersion = 0 }) => requiresBootstrapStackVersion))).toBe(MIN_BOOTSTRAP);
  });

  it('are its outputs: the version and the tables', () => {
    const { Outputs } = synthesized.template('Csmm').toJSON();
    expect(Outputs[VERSION_OUTPUT].Value).toBe(VERSION);
    expect(Object.keys(Outputs)).toEqual(expect.arrayContaining(['StateTableName', 'ScoresTableName']));
  });

  it('is a dead-letter queue wherever a queue has none of its own', () => {
    const queues = resourcesOf(synthesized.template('Csmm'), 'AWS::SQS::Queue');
    const work = Object.keys(queues).filter((id) => queues[id]?.Properties.RedrivePolicy !== undefined);
    const sources = Object.values(resourcesOf(synthesized.template('Csmm'), 'AWS::Lambda::EventSourceMapping')).map(
      ({ Properties }) => Properties.EventSourceArn,
    );
    expect(work.length).toBeGreaterThan(1);
    for (const id of Object.keys(queues)) expect(JSON.stringify(sources).includes(`"${id}"`), id).toBe(work.includes(id));
  });
});

describe('the retentions', () => {
  it('are those of the CDK', () => {
    const days = Object.values(RetentionDays).filter((value) => typeof value === 'number');
    expect(RETENTIONS).toEqual(days.filter((value) => value <= 3653).sort((a, b) => a - b));
  });
});
