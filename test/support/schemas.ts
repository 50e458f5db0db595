import { readdirSync, readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { expect } from 'vitest';
import type { CsmmEvent } from '../../core/pipeline/events.ts';

const ajv = new Ajv({ allErrors: true, allowUnionTypes: true });
const folder = new URL('../../schemas/', import.meta.url);
const load = (file: string) => ajv.compile(JSON.parse(readFileSync(new URL(file, folder), 'utf8')));

const events = readdirSync(new URL('events/', folder)).map((file) => load(`events/${file}`));
const result = load('result.schema.json');

/** Checks events as they are published against the published schemas: each fits exactly the one of its detail-type. */
export function expectValidEvents(published: readonly CsmmEvent[]): void {
  for (const { detailType, detail } of published) {
    const event = JSON.parse(JSON.stringify({ source: 'csmm', 'detail-type': detailType, detail }));
    const fitting = events.filter((validate) => validate(event));
    const complaints = events.flatMap((validate) => (validate(event) ? [] : (validate.errors ?? [])));
    expect(fitting.length, `${detailType}: ${JSON.stringify(complaints.slice(0, 5))}`).toBe(1);
  }
}

/** Checks a result document against its published schema. */
export function expectValidResult(document: unknown): void {
  result(JSON.parse(JSON.stringify(document)));
  expect(result.errors ?? []).toEqual([]);
}
