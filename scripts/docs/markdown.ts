/** A table of Markdown; cells may hold Markdown. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Plain text as Markdown shows it: characters with a meaning in Markdown lose it. */
export const prose = (text: string): string => text.replaceAll(/[\\`*<>|[\]]/g, '\\$&');

/** Text that Markdown shows as it is, in a table cell too. */
export const code = (text: string): string => `\`${text.replaceAll('|', '\\|')}\``;

export const codes = (texts: readonly string[]): string => texts.map(code).join(', ');
