import { parseFacts, parserOf } from '../../core/facts/index.ts';
import type { ConfigItem, ParsedFacts } from '../../core/facts/parser.ts';

/** Returns the facts of an item of AWS Config with these parts. */
export function factsOf(
  resourceType: string,
  configuration: unknown,
  rest: Partial<Omit<ConfigItem, 'resource' | 'capturedAt' | 'state' | 'configuration'>> = {},
): ParsedFacts {
  const parser = parserOf(resourceType);
  if (!parser) throw new Error(`no parser reads ${resourceType}`);
  const item: ConfigItem = {
    resource: { accountId: '111111111111', region: 'eu-west-1', resourceType, resourceId: 'example' },
    capturedAt: '2026-01-01T00:00:00.000Z',
    state: 'recorded',
    configuration,
    supplementaryConfiguration: {},
    tags: {},
    relationships: [],
    ...rest,
  };
  return parseFacts(item, parser) as ParsedFacts;
}
