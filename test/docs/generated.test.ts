import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DOCTOR_PERMISSIONS } from '../../adapters/aws/doctor/permissions.ts';
import { DOCUMENTED_CONTROLS } from '../../controls/documented.ts';
import { WILDCARDS } from '../../lib/least-privilege.ts';
import { actionsOf } from '../../lib/runbooks/permissions.ts';
import { readRunbooks } from '../../lib/runbooks/read.ts';
import { WITHOUT_RESOURCES } from '../../lib/runbooks/resources.ts';
import { fileNameOf, renderControl } from '../../scripts/docs/control-pages.ts';
import { CONTROL_PAGES, renderPages } from '../../scripts/docs/pages.ts';
import { REMEDIATION_HEADING, WITHOUT_RESOURCES_HEADING } from '../../scripts/docs/permissions.ts';
import { withFigures } from '../bench/scale/page.ts';
import { type Results, targetsOf } from '../bench/scale/results.ts';

const root = new URL('../../', import.meta.url);
const pages = await renderPages(root);
const [withoutRemediation = '', withRemediation = ''] = (pages.get('docs/permissions.md') ?? '').split(REMEDIATION_HEADING);

describe('the generated pages', () => {
  it.each([...pages.keys()])('%s is the output of npm run docs', (path) => {
    expect(readFileSync(new URL(path, root), 'utf8')).toBe(pages.get(path));
  });

  it('are one for each control and an index, and no others', () => {
    const expected = ['README.md', ...DOCUMENTED_CONTROLS.map((control) => `${fileNameOf(control)}.md`)];
    expect(readdirSync(new URL(CONTROL_PAGES, root)).sort()).toEqual(expected.sort());
  });

  it.each(DOCUMENTED_CONTROLS.map((control) => [control.id, control] as const))(
    '%s is indexed, and its page holds its rule',
    (id, control) => {
      expect(pages.get(`${CONTROL_PAGES}README.md`)).toContain(`[${id}](${fileNameOf(control)}.md)`);
      const page = renderControl(control).replaceAll('\\', '');
      expect(page).toContain(control.title.replaceAll('\\', ''));
      expect(page).toContain(control.rule.replaceAll('\\', ''));
      expect(page).toContain(control.rules.length > 0 ? '[test](' : 'does not evaluate this control yet');
      expect(existsSync(new URL(`controls/${control.pillar}/${fileNameOf(control)}.ts`, root))).toBe(true);
    },
  );

  it('show in docs/cost.md the figures of the last npm run bench:scale, all of which hold', () => {
    const results: Results = JSON.parse(readFileSync(new URL('test/bench/scale-results.json', root), 'utf8'));
    const page = readFileSync(new URL('docs/cost.md', root), 'utf8');
    expect(page).toBe(withFigures(page, results));
    expect(targetsOf(results).filter(({ holds }) => !holds)).toEqual([]);
  });

  it('show the scorecard of the example week in the README', () => {
    expect(pages.get('README.md')).toContain('csmm · organization · 3 accounts');
  });

  it('describe every command, with its options', () => {
    const cli = pages.get('docs/cli.md') ?? '';
    for (const command of ['scan', 'replay', 'score', 'controls', 'settings apply', 'remediate', 'remediation rollback']) {
      expect(cli).toMatch(new RegExp(`^##+ csmm ${command}$`, 'm'));
    }
    expect(cli).toContain('--print-policy');
  });

  it('name every wildcard of a policy, with its reason', () => {
    const permissions = pages.get('docs/permissions.md');
    for (const { actions, reason } of Object.values(WILDCARDS)) {
      for (const action of actions) expect(permissions).toContain(action);
      expect(permissions).toContain(reason);
    }
    const granted = [...withoutRemediation.matchAll(/^\| `[^`]+` \| (.+?) \| `\*` \|/gm)].flatMap(
      (row) => row[1]?.match(/[a-z0-9]+:\w+/g) ?? [],
    );
    const { tracing, configHistory, evidence, accounts, administrators } = WILDCARDS;
    expect(new Set(granted)).toEqual(
      new Set([tracing, configHistory, evidence, accounts, administrators].flatMap(({ actions }) => actions)),
    );
  });

  it('show no action that changes anything but what the deployment owns', () => {
    const rows = [...withoutRemediation.matchAll(/^\| `[^`]+` \| (`.+?) \| (`.+?) \|/gm)];
    expect(rows.length).toBeGreaterThan(25);
    const actions = new Set(rows.flatMap((row) => row[1]?.match(/[a-z0-9-]+:\w+/g) ?? []));
    const { configHistory, evidence, accounts, administrators, memberStacks } = WILDCARDS;
    const reads = new Set<string>([configHistory, evidence, accounts, administrators, memberStacks].flatMap(({ actions }) => actions));
    const writing = new Set([...actions].filter((action) => !reads.has(action)).map((action) => action.split(':')[0]));
    expect([...writing].sort()).toEqual(['dynamodb', 'events', 'kms', 'lambda', 'logs', 'sns', 'sqs', 'sts', 'xray']);
  });

  it('show every action of the doctor', () => {
    const [, section = ''] = (pages.get('docs/permissions.md') ?? '').split(/^## For csmm doctor$|^## Resources by stack$/m);
    for (const action of DOCTOR_PERMISSIONS) expect(section).toContain(`\`${action}\``);
  });

  it('show every role of a runbook with its permissions, and the actions without resource-level permission', () => {
    const runbooks = readRunbooks();
    for (const runbook of runbooks) {
      expect(withRemediation).toContain(`| \`Roles${runbook.name.replaceAll('-', '')}\` |`);
      for (const action of actionsOf(runbook)) expect(withRemediation).toContain(`\`${action}\``);
    }
    const unnameable = runbooks.flatMap(actionsOf).filter((action) => WITHOUT_RESOURCES.has(action));
    const [, list = ''] = withRemediation.split(WITHOUT_RESOURCES_HEADING);
    for (const action of unnameable) expect(list).toContain(`\`${action}\``);
  });
});
