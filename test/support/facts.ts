import { parserOf } from '../../core/facts/index.ts';
import type { ParsedFacts } from '../../core/facts/parser.ts';

/** What an item of AWS Config with these parts says of its resource. */
export function factsOf(
  resourceType: string,
  configuration: unknown,
  rest: { readonly supplementaryConfiguration?: unknown; readonly tags?: unknown; readonly relationships?: unknown } = {},
): ParsedFacts {
  const parser = parserOf(resourceType);
  if (!parser) throw new Error(`no parser reads ${resourceType}`);
  return parser.parse({
    resource: { accountId: '111111111111', region: 'eu-west-1', resourceType, resourceId: 'example' },
    capturedAt: '2026-01-01T00:00:00.000Z',
    state: 'recorded',
    configuration,
    supplementaryConfiguration: {},
    tags: {},
    relationships: [],
    ...rest,
  }) as ParsedFacts;
}
