import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readSettings } from '../../core/deployment/options.ts';
import { csmm } from '../cli/support.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const readme = readFileSync(join(root, 'README.md'), 'utf8');

const blocks = (language: string): string[] =>
  [...readme.matchAll(new RegExp(`^( *)\`\`\`${language}\\n([\\s\\S]*?)^ *\`\`\``, 'gm'))].map((block) => block[2] ?? '');

describe('the README', () => {
  it('shows the card as it is printed', async () => {
    const [card = ''] = blocks('text');
    expect(card).toContain('csmm · organization · 3 accounts');
    expect((await csmm(['replay', join(root, 'examples/week.ndjson')])).stdout).toContain(card);
  });
});

describe('the page of the deployment', () => {
  it('names each setting with its default', () => {
    const [, page = ''] = readFileSync(join(root, 'docs/deploy.md'), 'utf8').split(/^## Settings of the deployment$|^## Verify$/m);
    const settings = [...page.matchAll(/^\| `(\w+)` \| (\S+)/gm)].map((row) => [row[1], row[2]]);
    const asked = new Set<string>();
    const defaults = readSettings((key) => {
      asked.add(key);
      return undefined;
    });
    readSettings((key) => {
      asked.add(key);
      return { organizationId: 'o-a1b2c3d4e5', organizationalUnits: 'r-ab12' }[key];
    });
    expect(settings.map(([name]) => name).sort()).toEqual([...asked].sort());
    expect(settings).toContainEqual(['logRetentionDays', `\`${defaults.logRetention}\``]);
    expect(settings).toContainEqual(['collectConcurrency', `\`${defaults.collectConcurrency}\``]);
    expect(settings).toContainEqual(['removeData', `\`${defaults.removeData}\``]);
    expect(settings).toContainEqual(['customerManagedKey', `\`${defaults.customerManagedKey}\``]);
  });
});
