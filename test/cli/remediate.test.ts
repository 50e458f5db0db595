import { describe, expect, it } from 'vitest';
import { csmm, directoryOf } from './support.ts';

const WEEK = 'examples/week.ndjson';

describe('csmm remediate', () => {
  it('says that it changes nothing, and exits with 2, where no plan is asked for', async () => {
    const { code, stdout, stderr } = await csmm(['remediate', WEEK]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('give --plan');
  });

  it('tells what would run on what, whether it can be undone, and what the score would gain', async () => {
    const { code, stdout } = await csmm(['remediate', '--plan', WEEK]);
    expect(code).toBe(3);
    expect(stdout).toMatch(/Score 39\.0 → \d+\.\d once every fix is verified/);
    expect(stdout).toContain('CSMM-EnableVpcFlowLogs  safe, can be undone, mode off');
    expect(stdout).toContain('VpcId=vpc-0d71e4163e6f418c7');
    expect(stdout).toContain('Only a person can put these right');
    expect(stdout).toMatch(/by hand|no runbook does this/);
  });

  it('tells by the settings what would happen to it', async () => {
    const rules = '    - {mode: plan, controls: [NET-L2-01], tags: {stage: test}}\n    - {mode: auto, controls: [CMP-L2-01]}\n';
    const file = await directoryOf({ 'csmm.yaml': `version: 1\nremediation:\n  rules:\n${rules}` });
    const { stdout } = await csmm(['remediate', '--plan', WEEK, '--settings', `${file}/csmm.yaml`, '--json']);
    const modes = new Map<string, string>();
    for (const { controlId, fixes } of JSON.parse(stdout).controls) for (const { mode } of fixes) modes.set(controlId, mode);
    expect(modes.get('NET-L2-01')).toBe('unknown');
    expect(modes.get('CMP-L2-01')).toBe('auto');
    expect(modes.get('NET-L2-02')).toBe('off');
  });

  it('gives the plan as JSON: counts that agree with the list, and a score that never falls', async () => {
    const { stdout } = await csmm(['remediate', '--plan', WEEK, '--json']);
    const { score, planned, byHand, controls } = JSON.parse(stdout);
    const fixes = controls.flatMap((control: { fixes: { plan: { kind: string } }[] }) => control.fixes);
    expect(fixes.filter(({ plan }: { plan: { kind: string } }) => plan.kind === 'run')).toHaveLength(planned);
    expect(fixes.length - planned).toBe(byHand);
    expect(score.after).toBeGreaterThan(score.before);
    expect(controls.every(({ gain }: { gain: number }) => gain >= 0)).toBe(true);
  });

  it('says which file it cannot read', async () => {
    const { code, stderr } = await csmm(['remediate', '--plan', 'nowhere.ndjson']);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('nowhere.ndjson') });
  });

  it('shows names and reasons without the control characters that strangers gave them', async () => {
    const record = {
      csmm: 'facts',
      version: 1,
      accountId: '111111111111',
      awsRegion: 'eu-west-1',
      resourceType: 'AWS::S3::Bucket',
      resourceId: 'a\u202eb',
      capturedAt: '2026-01-01T00:00:00.000Z',
      facts: { versioning: 'Off' },
      missing: {},
    };
    const directory = await directoryOf({ 'facts.ndjson': `${JSON.stringify(record)}\n` });
    const { stdout } = await csmm(['remediate', '--plan', `${directory}/facts.ndjson`]);
    expect(stdout).toContain('CSMM-EnableBucketVersioning');
    expect(stdout).not.toContain('\u202e');
  });
});
