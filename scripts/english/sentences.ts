import ts from 'typescript';

/** A sentence that people read, without its code. */
export interface Sentence {
  /** Line of its paragraph, from 1. */
  readonly line: number;
  readonly text: string;
  readonly isHeading: boolean;
}

/** Shorter strings are keys, names and labels. */
const MIN_WORDS = 3;

/** Returns the sentences of a Markdown page: paragraphs, list items, table cells and headings, without code. */
export function sentencesOfMarkdown(source: string): Sentence[] {
  const found: Sentence[] = [];
  let paragraph: { line: number; text: string } | undefined;
  const end = () => {
    if (paragraph) found.push(...split(paragraph.text, paragraph.line));
    paragraph = undefined;
  };
  for (const { line, kind, text } of blocksOf(source.split('\n'))) {
    if (kind === 'more') {
      paragraph = { line: paragraph?.line ?? line, text: `${paragraph?.text ?? ''} ${text}` };
      continue;
    }
    end();
    if (kind === 'item') paragraph = { line, text };
    else if (kind === 'heading') found.push(...split(text, line, true));
    else if (kind === 'row') for (const cell of text.split('|')) found.push(...split(cell, line));
  }
  end();
  return found;
}

interface Block {
  readonly line: number;
  /** `more` continues a paragraph, or begins one. */
  readonly kind: 'heading' | 'row' | 'item' | 'more' | 'blank';
  readonly text: string;
}

const HEADING = /^#+ /;
const ROW = /^\s*\|/;
const ITEM = /^\s*([-*]|\d+\.) /;

/** Yields the lines of a page; those of code are blank. */
function* blocksOf(lines: readonly string[]): Generator<Block> {
  let fence: string | undefined;
  let previous: Block['kind'] = 'blank';
  for (const [index, raw] of lines.entries()) {
    const mark = /^\s*(```|~~~)/.exec(raw)?.[1];
    if (mark) fence = fence === undefined ? mark : fence === mark ? undefined : fence;
    const isParagraph = previous === 'more' || previous === 'item';
    const isCode: boolean = fence !== undefined || mark !== undefined || (/^\s{4,}\S/.test(raw) && !isParagraph);
    const block = blockOf(isCode ? '' : raw, index + 1);
    previous = block.kind;
    yield block;
  }
}

function blockOf(raw: string, line: number): Block {
  if (raw.trim() === '') return { line, kind: 'blank', text: '' };
  if (HEADING.test(raw)) return { line, kind: 'heading', text: raw.replace(HEADING, '') };
  if (ROW.test(raw)) return { line, kind: 'row', text: raw };
  if (ITEM.test(raw)) return { line, kind: 'item', text: raw.replace(ITEM, '') };
  return { line, kind: 'more', text: raw.replace(/^\s*>/, '') };
}

/** Returns the sentences of comments and, in code that ships, of strings. */
export function sentencesOfTypeScript(source: string, path: string): Sentence[] {
  const file = ts.createSourceFile(path, source, ts.ScriptTarget.Latest, true);
  const lineAt = (position: number): number => file.getLineAndCharacterOfPosition(position).line + 1;
  const found: Sentence[] = [];
  const seen = new Set<number>();
  const comments = (position: number) => {
    const ranges = [...(ts.getLeadingCommentRanges(source, position) ?? []), ...(ts.getTrailingCommentRanges(source, position) ?? [])];
    for (const { pos, end } of ranges) {
      if (seen.has(pos)) continue;
      seen.add(pos);
      const text = source.slice(pos, end);
      if (/^\/\/ biome-ignore|@__PURE__/.test(text)) continue;
      found.push(...sentencesOfComment(text, lineAt(pos)));
    }
  };
  const visit = (node: ts.Node): void => {
    comments(node.getFullStart());
    comments(node.getEnd());
    if (!path.startsWith('test/')) {
      const text = textOf(node);
      if (text !== undefined) found.push(...split(text, lineAt(node.getStart())));
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function textOf(node: ts.Node): string | undefined {
  if (ts.isImportDeclaration(node.parent ?? node)) return undefined;
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return node.text;
  if (!ts.isTemplateExpression(node)) return undefined;
  return node.head.text + node.templateSpans.map(({ literal }) => `X${literal.text}`).join('');
}

function sentencesOfComment(comment: string, line: number): Sentence[] {
  const text = comment
    .replace(/^\/\*\*?|\*\/$/g, '')
    .split('\n')
    .map((each) => each.replace(/^\s*(\*|\/\/) ?/, ''))
    .join('\n');
  return sentencesOfMarkdown(text).map((sentence) => ({ ...sentence, line: line + sentence.line - 1 }));
}

/** Returns the sentences of descriptions, messages and comments. */
export function sentencesOfYaml(source: string): Sentence[] {
  return source.split('\n').flatMap((raw, index) => {
    const comment = /(?:^|\s)#\s?(.*)$/.exec(raw)?.[1];
    const value = /^\s*(?:- )?(?:description|Message|message|name): *['"|>-]*(.*?)['"]?$/.exec(raw)?.[1];
    const raised = /raise \w+\(f?['"](.*)['"]/.exec(raw)?.[1];
    const prose = /^\s{2,}[A-Z`][a-z]+ .*[a-z.]$/.test(raw) && !/[:=({]\s*$/.test(raw) ? raw : undefined;
    return [comment ?? raised ?? value ?? prose].flatMap((text) => (text === undefined ? [] : split(text, index + 1)));
  });
}

/** Returns the sentences of the descriptions and titles of a JSON Schema. */
export function sentencesOfSchema(source: string): Sentence[] {
  return source.split('\n').flatMap((raw, index) => {
    const text = /"(?:description|title|\$comment)": *"((?:[^"\\]|\\.)*)"/.exec(raw)?.[1];
    return text === undefined ? [] : split(JSON.parse(`"${text}"`), index + 1);
  });
}

/** Splits a text into sentences: code becomes one word, links their text. */
function split(text: string, line: number, isHeading = false): Sentence[] {
  return text
    .replaceAll(/`[^`]*`/g, 'code')
    .replaceAll(/\{@link [^}]*\}/g, 'code')
    .replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/https?:\/\/\S+/g, 'code')
    .replaceAll(/[*_]{2}/g, '')
    .split(/(?<=[.!?])\s+(?=[A-Z`"(@]|code\b)|\n\s*\n|(?=@(?:throws|returns|param) )/)
    .map((sentence) => sentence.replaceAll(/\s+/g, ' ').trim())
    .filter((sentence) => sentence.split(' ').length >= MIN_WORDS)
    .map((sentence) => ({ line, text: sentence, isHeading }));
}
