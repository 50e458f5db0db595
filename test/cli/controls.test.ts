import { describe, expect, it } from 'vitest';
import { DOCUMENTED_CONTROLS } from '../../controls/documented.ts';
import { REMEDIES } from '../../controls/remedies.ts';
import { isEvaluated } from '../../core/control.ts';
import { csmm } from './support.ts';

const evaluated = DOCUMENTED_CONTROLS.find(isEvaluated)!;
const notEvaluated = DOCUMENTED_CONTROLS.find((control) => !isEvaluated(control))!;

describe('csmm controls', () => {
  it('lists every control once, by pillar', async () => {
    const { code, stdout } = await csmm(['controls']);
    expect(code).toBe(0);
    for (const { id } of DOCUMENTED_CONTROLS) expect(stdout.split(id)).toHaveLength(2);
  });

  it('prints plain data with --json: every field but the rules, and whether it is evaluated', async () => {
    const list = JSON.parse((await csmm(['controls', '--json'])).stdout);
    expect(list).toHaveLength(DOCUMENTED_CONTROLS.length);
    const { rules, ...metadata } = evaluated;
    expect(list.find(({ id }: { id: string }) => id === evaluated.id)).toEqual({
      ...JSON.parse(JSON.stringify(metadata)),
      evaluated: true,
      reads: expect.arrayContaining([expect.stringMatching(/^AWS::/)]),
    });
    expect(list.find(({ id }: { id: string }) => id === notEvaluated.id)).toMatchObject({ evaluated: false, reads: [] });
  });

  it.each([
    [['--pillar', 'iam'], (control: (typeof DOCUMENTED_CONTROLS)[number]) => control.pillar === 'iam'],
    [['--level', '3'], (control: (typeof DOCUMENTED_CONTROLS)[number]) => control.level === 3],
    [['--severity', 'critical'], (control: (typeof DOCUMENTED_CONTROLS)[number]) => control.severity === 'critical'],
    [['--evaluated'], isEvaluated],
    [
      ['--pillar', 'storage', '--level', '1'],
      (control: (typeof DOCUMENTED_CONTROLS)[number]) => control.pillar === 'storage' && control.level === 1,
    ],
  ])('filters by %s', async (options, matches) => {
    const list = JSON.parse((await csmm(['controls', '--json', ...options])).stdout);
    expect(list.map(({ id }: { id: string }) => id)).toEqual(DOCUMENTED_CONTROLS.filter(matches).map(({ id }) => id));
  });

  it.each(DOCUMENTED_CONTROLS.map((control) => [control.id, control] as const))('shows the whole page of %s', async (id, control) => {
    const { code, stdout } = await csmm(['controls', id]);
    const page = stdout.replaceAll(/\s+/g, ' ');
    expect(code).toBe(0);
    for (const part of [control.title, control.rule, control.evidence, 'NIST CSF 2.0']) expect(page).toContain(part);
    const remedies = (REMEDIES[id] ?? []).map(({ runbook, risk, impact }) => [runbook, risk, impact]);
    for (const part of remedies.length > 0 ? remedies.flat() : [control.remediation.kind]) expect(page).toContain(part);
    expect(page).toContain(
      isEvaluated(control) ? 'yes, from the configuration of' : 'not yet: csmm does not read its evidence, so its status is NO_DATA',
    );
  });

  it('finds a control by id in any case, and by slug', async () => {
    const { stdout } = await csmm(['controls', evaluated.id]);
    expect((await csmm(['controls', evaluated.id.toLowerCase()])).stdout).toBe(stdout);
    expect((await csmm(['controls', evaluated.slug])).stdout).toBe(stdout);
    expect(JSON.parse((await csmm(['controls', evaluated.id, '--json'])).stdout).id).toBe(evaluated.id);
  });

  it.each([
    [['NET-L1-10'], /unknown control "NET-L1-10"; did you mean .*NET-L1-0/],
    [['no-open-admin-port'], /did you mean no-open-admin-ports/],
    [['quite something else'], /csmm controls lists all of them/],
    [['--pillar', 'network'], /Allowed choices are iam, networking/],
    [['--level', '6'], /Allowed choices are 1, 2, 3, 4, 5/],
    [['--severity', 'grave'], /Allowed choices are critical/],
    [['IAM-L1-01', 'IAM-L1-02'], /too many arguments/],
  ])('refuses %s', async (argv, problem) => {
    const { code, stdout, stderr } = await csmm(['controls', ...argv]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(problem);
  });
});
