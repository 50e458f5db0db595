/** Writes the generated pages: docs/controls/, docs/cli.md, docs/permissions.md, and the scorecard in the README. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { CONTROL_PAGES, renderPages } from './docs/pages.ts';

const root = new URL('../', import.meta.url);
const pages = await renderPages(root);

mkdirSync(new URL(CONTROL_PAGES, root), { recursive: true });
for (const file of readdirSync(new URL(CONTROL_PAGES, root))) {
  if (!pages.has(CONTROL_PAGES + file)) rmSync(new URL(CONTROL_PAGES + file, root));
}
for (const [path, text] of pages) writeFileSync(new URL(path, root), text);
