import { readdirSync, readFileSync } from 'node:fs';

/** A schema in the form of the EventBridge schema registry. */
export interface EventSchema {
  /** Name of the file, without its extension. */
  readonly name: string;
  readonly content: object;
}

const FOLDER = new URL('../schemas/events/', import.meta.url);
const ENDING = '.schema.json';

/**
 * Returns the schemas of csmm's events from `schemas/events/`, in the order of their names. They only use keywords of draft 4, the
 * only dialect of JSON Schema that the registry supports.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-schema-registry.html
 */
export function readEventSchemas(): EventSchema[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith(ENDING))
    .sort()
    .map((file) => ({
      name: file.slice(0, -ENDING.length),
      content: { $schema: 'http://json-schema.org/draft-04/schema#', ...JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) },
    }));
}
