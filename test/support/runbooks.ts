import { readdirSync, readFileSync } from 'node:fs';

const FOLDER = new URL('../../runbooks/', import.meta.url);

/** The names of all runbooks. */
export const runbookNames = (): string[] => readdirSync(FOLDER).map((file) => file.replace(/\.yaml$/, ''));

/** A runbook as it is written. */
export const runbookText = (name: string): string => readFileSync(new URL(`${name}.yaml`, FOLDER), 'utf8');
