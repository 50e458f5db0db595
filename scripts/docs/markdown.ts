/** Returns a table. Cells may hold Markdown. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

export const list = (items: readonly string[]): string => items.map((item) => `- ${item}`).join('\n');

/** Returns a page of these paragraphs. */
export const page = (parts: readonly string[]): string => `${parts.join('\n\n')}\n`;

/** Returns plain text as Markdown, with its special characters escaped. */
export const prose = (text: string): string => text.replaceAll(/[\\`*<>|[\]]/g, '\\$&');

/** Returns text as inline code that also fits a table cell. */
export const code = (text: string): string => `\`${text.replaceAll('|', '\\|')}\``;

export const codes = (texts: readonly string[]): string => texts.map(code).join(', ');

/** Returns a code block. */
export const block = (language: string, text: string): string => `\`\`\`${language}\n${text.trimEnd()}\n\`\`\``;
