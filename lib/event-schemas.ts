import { readdirSync, readFileSync } from 'node:fs';

/** A schema as the EventBridge schema registry takes it. */
export interface EventSchema {
  /** The file's name without its ending. */
  readonly name: string;
  readonly content: object;
}

const FOLDER = new URL('../schemas/events/', import.meta.url);
const ENDING = '.schema.json';

/**
 * The schemas of the project's events, from `schemas/events/`, in the order of their names. They keep to the words of
 * draft 4, the only dialect of JSON Schema that the registry knows.
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
