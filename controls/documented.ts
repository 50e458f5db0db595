import type { DocumentedControl } from '../core/control.ts';
import { CONTROLS, PAGES } from './index.ts';

/** A control without its page, or the other way round. */
export class MissingPageError extends Error {
  override readonly name = 'MissingPageError';
}

/** Every control with its page, in the order of the catalogue. */
export const DOCUMENTED_CONTROLS: readonly DocumentedControl[] = CONTROLS.map((control) => {
  const page = PAGES[control.id];
  if (!page) throw new MissingPageError(`${control.id} has no page in controls/index.ts`);
  return { ...control, ...page };
});
