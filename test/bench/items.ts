import { readFileSync } from 'node:fs';

/** Many Config events in the mix of types, sizes and changes of the bundled week: copies of it, each with resources of its own. */
export function manyEvents(total: number, groupsOfAccounts = 9): string[] {
  const week = readFileSync('examples/week.ndjson', 'utf8')
    .split('\n')
    .filter((line) => line.includes('"configurationItem"') && isJson(line));
  const lines: string[] = [];
  for (let copy = 0; lines.length < total; copy++) {
    const group = copy % groupsOfAccounts;
    for (const line of week) {
      if (lines.length === total) break;
      lines.push(rename(line, copy, group));
    }
  }
  return lines;
}

function isJson(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}

/** The same event for another account and resource. Ids keep their length, so that lines keep theirs. */
function rename(line: string, copy: number, group: number): string {
  const mark = copy.toString(36).padStart(3, '0');
  return line
    .replaceAll(/(\d)\1{11}/g, (account) => account.slice(0, 9) + String(group).padStart(3, '0'))
    .replaceAll(/"resourceId":"([^"]*)"/g, (_, id: string) => `"resourceId":"${id.slice(0, -3)}${mark}"`)
    .replaceAll(/\b(vpc|subnet|fl|sg|i|vol|eni|lt)-[0-9a-z]{14}[0-9a-z]{3}\b/g, (id) => `${id.slice(0, -3)}${mark}`);
}
