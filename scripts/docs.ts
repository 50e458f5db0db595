/** Writes the generated files: the indexes of the controls, the API reads of the controls, docs/controls/, docs/cli.md, docs/permissions.md, and the scorecard and counts in other pages. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { renderIndexes } from './controls/indexes.ts';

const root = new URL('../', import.meta.url);
const write = (files: ReadonlyMap<string, string>): void => {
  for (const [path, text] of files) writeFileSync(new URL(path, root), text);
};

write(renderIndexes(root));
// The pages import the indexes.
const { CONTROL_PAGES, renderPages } = await import('./docs/pages.ts');
const pages = await renderPages(root);

mkdirSync(new URL(CONTROL_PAGES, root), { recursive: true });
for (const file of readdirSync(new URL(CONTROL_PAGES, root))) {
  if (!pages.has(CONTROL_PAGES + file)) rmSync(new URL(CONTROL_PAGES + file, root));
}
write(pages);
