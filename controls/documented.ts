import { type ControlDefinition, type ControlPage, type DocumentedControl, factTypes, isEvaluated } from '../core/control.ts';
import { isInConfig } from '../core/facts/index.ts';
import { API_READS } from './api-reads.ts';
import { CONTROLS, PAGES } from './index.ts';

/** Thrown if a control has no page. */
export class MissingPageError extends Error {
  override readonly name = 'MissingPageError';
}

/** All controls with their pages, in the order of the catalogue. */
export const DOCUMENTED_CONTROLS: readonly DocumentedControl[] = CONTROLS.map((control) => {
  const page = PAGES[control.id];
  if (!page) throw new MissingPageError(`${control.id} has no page in controls/index.ts. Fix: run npm run docs`);
  return { ...control, ...page, ...evidenceOf(control, page) };
});

/** Returns the evidence of a control: what its rules read, or what the model plans if it has none. */
function evidenceOf(
  control: ControlDefinition,
  { apiFacts = [], triggers }: ControlPage,
): Pick<DocumentedControl, 'apiFacts' | 'triggers'> {
  const { configTypes = [] } = triggers;
  if (!isEvaluated(control)) return { apiFacts, triggers: { ...triggers, configTypes } };
  return { apiFacts: API_READS[control.id] ?? [], triggers: { ...triggers, configTypes: factTypes(control).filter(isInConfig) } };
}
