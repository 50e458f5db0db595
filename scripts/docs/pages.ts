import { readFileSync } from 'node:fs';
import { DOCUMENTED_CONTROLS } from '../../controls/documented.ts';
import { fileNameOf, renderControl, renderIndex } from './control-pages.ts';
import { renderPermissions } from './permissions.ts';

/** The folder in which every page is generated. */
export const CONTROL_PAGES = 'docs/controls/';

const BEGIN = '<!-- permissions: made by scripts/docs.ts from the synthesized templates -->';
const END = '<!-- end of permissions -->';

/** Text of every generated page, by its path from the root of the repository. */
export function renderPages(root: URL): Map<string, string> {
  return new Map([
    [`${CONTROL_PAGES}README.md`, renderIndex(DOCUMENTED_CONTROLS)],
    ...DOCUMENTED_CONTROLS.map((control): [string, string] => [`${CONTROL_PAGES}${fileNameOf(control)}.md`, renderControl(control)]),
    ['SECURITY.md', between(readFileSync(new URL('SECURITY.md', root), 'utf8'), renderPermissions())],
  ]);
}

function between(page: string, generated: string): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new RangeError(`SECURITY.md must hold the lines ${BEGIN} and ${END}`);
  return `${page.slice(0, begin + BEGIN.length)}\n\n${generated}\n\n${page.slice(end)}`;
}
