/** A line of the credential report: text by column. */
export type ReportRow = Readonly<Record<string, string>>;

/**
 * Yields the lines of a credential report; `undefined` for a line that does not have the columns of the first line. A text whose
 * first columns are not `user` and `arn` is not a report: every line is then `undefined`.
 */
export function* readReport(csv: string): Generator<ReportRow | undefined> {
  const lines = linesOf(csv);
  const first = lines.next();
  const columns = first.done ? [] : splitFields(first.value);
  const isReport = columns[0] === 'user' && columns[1] === 'arn';
  if (!isReport) yield undefined;
  for (const line of lines) yield isReport ? readRow(line, columns) : undefined;
}

/** Yields lines that are not empty, without their line ends. */
function* linesOf(text: string): Generator<string, undefined> {
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    const line = text.slice(start, text[end - 1] === '\r' ? end - 1 : end);
    if (line !== '') yield line;
    start = end + 1;
  }
  return undefined;
}

function readRow(line: string, columns: readonly string[]): ReportRow | undefined {
  const fields = splitFields(line);
  const surplus = fields.length - columns.length;
  if (surplus < 0) return undefined;
  const head = surplus === 0 ? fields.slice(0, 2) : splitNameAndArn(fields.slice(0, 2 + surplus).join(','));
  if (!head?.[0]) return undefined;
  const values = [...head, ...fields.slice(2 + surplus)];
  return Object.fromEntries(columns.map((column, index) => [column, values[index] ?? '']));
}

/**
 * Splits name and ARN. Names and paths of users may contain commas, and no other column does; names contain no colon.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-names
 */
function splitNameAndArn(text: string): [string, string] | undefined {
  const at = text.indexOf(',arn:');
  return at < 0 ? undefined : [text.slice(0, at), text.slice(at + 1)];
}

/** Returns the fields of a line. A field in quotation marks ends at the next mark that is not doubled (RFC 4180). */
function splitFields(line: string): string[] {
  const fields: string[] = [];
  for (let start = 0; start <= line.length; ) {
    const quoted = line[start] === '"' ? quotedFieldAt(line, start) : undefined;
    const end = quoted ? quoted.end : endOfField(line, start);
    fields.push(quoted ? quoted.value : line.slice(start, end));
    start = end + 1;
  }
  return fields;
}

function endOfField(line: string, start: number): number {
  const comma = line.indexOf(',', start);
  return comma < 0 ? line.length : comma;
}

/** Returns the quoted field; `undefined` if the quotation never ends, or ends within the field. The mark is then part of the text. */
function quotedFieldAt(line: string, start: number): { readonly value: string; readonly end: number } | undefined {
  for (let at = line.indexOf('"', start + 1); at >= 0; at = line.indexOf('"', at + 2)) {
    if (line[at + 1] === '"') continue;
    if (at + 1 < line.length && line[at + 1] !== ',') return undefined;
    return { value: line.slice(start + 1, at).replaceAll('""', '"'), end: at + 1 };
  }
  return undefined;
}
