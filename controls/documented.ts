import type { DocumentedControl } from '../core/control.ts';
import { CONTROLS, PAGES } from './index.ts';

/** Thrown if a control has no page. */
export class MissingPageError extends Error {
  override readonly name = 'MissingPageError';
}

/** All controls with their pages, in the order of the catalogue. */
export const DOCUMENTED_CONTROLS: readonly DocumentedControl[] = CONTROLS.map((control) => {
  const page = PAGES[control.id];
  if (!page) throw new MissingPageError(`${control.id} has no page in controls/index.ts. Fix: run npm run docs`);
  return { ...control, ...page };
});
