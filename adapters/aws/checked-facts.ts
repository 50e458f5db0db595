import { parserOf } from '../../core/facts/index.ts';
import type { StoredResource } from '../../core/ports.ts';

/**
 * Returns a stored resource in which each fact that csmm cannot use is missing, with the reason: all facts of an item that could not be
 * read, and a fact of another form than its type has. A rule that meets such a value can pass by accident.
 */
export function checkedFacts(stored: StoredResource): StoredResource {
  const { resource, parsed, unreadable } = stored;
  const parser = parserOf(resource.resourceType);
  if (!parsed || !parser) return stored;
  const facts = parsed.facts as Readonly<Record<string, unknown>>;
  const odd = parser.names.flatMap((name): [string, string][] => {
    if (!Object.hasOwn(facts, name)) return unreadable === undefined || Object.hasOwn(parsed.missing, name) ? [] : [[name, unreadable]];
    return parser.shapes[name]?.matches(facts[name]) ? [] : [[name, `the stored value is not ${parser.shapes[name]?.expected}`]];
  });
  if (odd.length === 0) return stored;
  const missing = { ...parsed.missing, ...Object.fromEntries(odd) };
  return {
    ...stored,
    parsed: { ...parsed, facts: Object.fromEntries(Object.entries(facts).filter(([name]) => !Object.hasOwn(missing, name))), missing },
  };
}
