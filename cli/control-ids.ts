import { DOCUMENTED_CONTROLS } from '../controls/documented.ts';
import { UsageError } from './exit.ts';
import { didYouMean, nearest } from './suggest.ts';

const BY_NAME: ReadonlyMap<string, string> = new Map(
  DOCUMENTED_CONTROLS.flatMap(({ id, slug }) => [[id, id] as const, [slug.toUpperCase(), id] as const]),
);

/** Returns the id of the control that `name` names by its id or its slug, in any case. Returns `undefined` for an unknown name. */
export const controlId = (name: string): string | undefined => BY_NAME.get(name.trim().toUpperCase());

/**
 * Returns the id of the control that an option or argument names.
 *
 * @throws UsageError if there is no such control.
 */
export function requiredControlId(name: string): string {
  const id = controlId(name);
  if (id !== undefined) return id;
  throw new UsageError(`unknown control ${JSON.stringify(name.slice(0, 80))}${controlHint(name)}`);
}

/** Returns `; did you mean …?` with similar ids or slugs, or how to list all controls. */
export function controlHint(name: string): string {
  const ids = DOCUMENTED_CONTROLS.map(({ id }) => id);
  const slugs = DOCUMENTED_CONTROLS.map(({ slug }) => slug);
  const hint = nearest(name, ids).length > 0 ? didYouMean(name, ids) : didYouMean(name, slugs);
  return hint || '; csmm controls lists all of them';
}
