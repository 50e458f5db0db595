import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DOCUMENTED_CONTROLS } from '../../controls/documented.ts';
import { WILDCARDS } from '../../lib/least-privilege.ts';
import { actionsOf } from '../../lib/runbooks/permissions.ts';
import { readRunbooks } from '../../lib/runbooks/read.ts';
import { WITHOUT_RESOURCES } from '../../lib/runbooks/resources.ts';
import { fileNameOf, renderControl } from '../../scripts/docs/control-pages.ts';
import { CONTROL_PAGES, renderPages } from '../../scripts/docs/pages.ts';
import { REMEDIATION_HEADING } from '../../scripts/docs/permissions.ts';

const root = new URL('../../', import.meta.url);
const pages = renderPages(root);
const [withoutRemediation = '', withRemediation = ''] = (pages.get('SECURITY.md') ?? '').split(REMEDIATION_HEADING);

describe('the generated pages', () => {
  it.each([...pages.keys()])('%s is what npx tsx scripts/docs.ts writes', (path) => {
    expect(readFileSync(new URL(path, root), 'utf8')).toBe(pages.get(path));
  });

  it('are one for each control and an index, and none besides', () => {
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
      expect(page).toContain(control.rules.length > 0 ? 'its test' : 'Not evaluated yet');
      expect(existsSync(new URL(`controls/${control.pillar}/${fileNameOf(control)}.ts`, root))).toBe(true);
    },
  );

  it('name every wildcard of a policy, with its reason', () => {
    const security = pages.get('SECURITY.md');
    for (const { actions, reason } of Object.values(WILDCARDS)) {
      for (const action of actions) expect(security).toContain(action);
      expect(security).toContain(reason);
    }
    const granted = [...withoutRemediation.matchAll(/^\| `[^`]+` \| (.+?) \| `\*` \|/gm)].flatMap(
      (row) => row[1]?.match(/[a-z0-9]+:\w+/g) ?? [],
    );
    const { tracing, configHistory, evidence, accounts } = WILDCARDS;
    expect(new Set(granted)).toEqual(new Set([tracing, configHistory, evidence, accounts].flatMap(({ actions }) => actions)));
  });

  it('show no action that changes anything but what the deployment owns', () => {
    const rows = [...withoutRemediation.matchAll(/^\| `[^`]+` \| (`.+?) \| (`.+?) \|/gm)];
    expect(rows.length).toBeGreaterThan(25);
    const actions = new Set(rows.flatMap((row) => row[1]?.match(/[a-z0-9-]+:\w+/g) ?? []));
    const reads = new Set<string>([WILDCARDS.configHistory, WILDCARDS.evidence, WILDCARDS.accounts].flatMap(({ actions }) => actions));
    const writing = new Set([...actions].filter((action) => !reads.has(action)).map((action) => action.split(':')[0]));
    expect([...writing].sort()).toEqual(['dynamodb', 'events', 'kms', 'lambda', 'logs', 'sqs', 'sts', 'xray']);
  });

  it('show every role of a runbook with what it may do, and what AWS allows on everything or not at all', () => {
    const runbooks = readRunbooks();
    for (const runbook of runbooks) {
      expect(withRemediation).toContain(`| \`Roles${runbook.name.replaceAll('-', '')}\` |`);
      for (const action of actionsOf(runbook)) expect(withRemediation).toContain(`\`${action}\``);
    }
    const unnameable = runbooks.flatMap(actionsOf).filter((action) => WITHOUT_RESOURCES.has(action));
    const [, list = ''] = withRemediation.split('#### Without resource-level permission');
    for (const action of unnameable) expect(list).toContain(`\`${action}\``);
  });
});
