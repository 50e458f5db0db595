import type { ListedException, ScorecardWithControls } from '../core/pipeline/result.ts';
import { JSON_HINT } from './findings.ts';
import { BLANK, type Line, span } from './lines.ts';
import { cutMiddle, displayWidth, plainText, wrap } from './plain-text.ts';
import { usableColumns } from './terminal.ts';

export interface ExceptionOptions {
  readonly columns: number;
  /** Maximum number of exceptions. The list counts the others. */
  readonly exceptions: number;
  /** Where to find the entries that the list leaves out. */
  readonly hint?: string;
}

/** Returns the live exceptions, the first to expire first. Returns an empty list if no exception is live. */
export function exceptionLines(
  catalogue: readonly { readonly id: string }[],
  { controls }: Pick<ScorecardWithControls, 'controls'>,
  { columns, exceptions: limit, hint = JSON_HINT }: ExceptionOptions,
): Line[] {
  const live = catalogue
    .flatMap(({ id }) => (controls[id]?.exceptions ?? []).map((exception) => ({ id, exception })))
    .sort((a, b) => Number(a.exception.expires > b.exception.expires) - Number(a.exception.expires < b.exception.expires));
  if (live.length === 0) return [];
  const rest = live.length - limit;
  return [
    [span(` ${live.length} ${live.length === 1 ? 'exception' : 'exceptions'}`, 'bold'), span(', out of the score', 'dim')],
    ...live.slice(0, limit).flatMap(({ id, exception }) => oneLines(id, exception, usableColumns(columns))),
    ...(rest > 0 ? [[span(`   and ${rest} more; ${hint}`, 'dim')]] : []),
    BLANK,
  ];
}

/** Minimum width of a name that may lose its middle, in columns. */
const MIN_NAME = 16;

function oneLines(
  id: string,
  { accountId, region, resource, owner, reason, ticket, expires, findings }: ListedException,
  width: number,
): Line[] {
  const what = resource ? resource.id : region === null ? 'the whole control' : 'all';
  const place = `  ${accountId}${region === null ? '' : ` ${region}`}`;
  const left = width - 4 - id.length - 2 - displayWidth(place) - 2;
  const until = `until ${expires.slice(0, 'YYYY-MM-DDTHH:MM'.length).replace('T', ' ')} UTC`;
  const effect = findings.length === 0 ? 'nothing open' : `${findings.length} open`;
  const terms = `${until} · ${effect} · ${plainText(owner)} · ${plainText(ticket)} · ${plainText(reason)}`;
  return [
    [span(`   ${id}`), span(`  ${left < MIN_NAME ? plainText(what) : cutMiddle(plainText(what), left)}`), span(place, 'dim')],
    ...wrap(terms, width - 6).map((text) => [span(`     ${text}`, 'dim')]),
  ];
}
