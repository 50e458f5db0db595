/** The alarms that a composite alarm depends on, by name. */
export interface AlarmRule {
  /** Alarms that make the composite alarm fire, each by itself. Empty if the rule is more than a choice of alarms. */
  readonly anyOf: readonly string[];
  /** Alarms of a rule that is more than that. */
  readonly others: readonly string[];
}

/** Maximum length of a rule, in characters. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html */
const MAX_RULE = 10_240;
const MAX_DEPTH = 100;

interface Cursor {
  readonly text: string;
  at: number;
}

/** Part of a rule: alarms joined by OR, or anything else. */
interface Part {
  readonly names: readonly string[];
  readonly simple: boolean;
}

/**
 * Parses the rule of a composite alarm, such as `ALARM(a) OR ALARM("b")`. Returns `undefined` if it is not a text, is too long, or if its
 * syntax is unknown.
 */
export function parseAlarmRule(rule: unknown): AlarmRule | undefined {
  if (typeof rule !== 'string' || rule.length > MAX_RULE) return undefined;
  const cursor: Cursor = { text: rule, at: 0 };
  const part = parseChoice(cursor, 0);
  if (part === undefined || !take(cursor, /\s*$/y)) return undefined;
  const names = [...new Set(part.names)];
  return part.simple ? { anyOf: names, others: [] } : { anyOf: [], others: names };
}

function parseChoice(cursor: Cursor, depth: number): Part | undefined {
  return parseChain(cursor, /\s*OR\b/iy, true, () => parseChain(cursor, /\s*AND\b/iy, false, () => parseTerm(cursor, depth)));
}

/** @param simple whether several parts, joined by this operator, are a choice of alarms if each of them is one */
function parseChain(cursor: Cursor, joiner: RegExp, simple: boolean, parsePart: () => Part | undefined): Part | undefined {
  const parts: Part[] = [];
  do {
    const part = parsePart();
    if (part === undefined) return undefined;
    parts.push(part);
  } while (take(cursor, joiner));
  return {
    names: parts.flatMap(({ names }) => names),
    simple: parts.every((part) => part.simple) && (simple || parts.length === 1),
  };
}

function parseTerm(cursor: Cursor, depth: number): Part | undefined {
  if (depth > MAX_DEPTH) return undefined;
  if (take(cursor, /\s*NOT\b/iy)) {
    const part = parseTerm(cursor, depth + 1);
    return part && { ...part, simple: false };
  }
  if (take(cursor, /\s*\(/y)) {
    const part = parseChoice(cursor, depth + 1);
    return part && take(cursor, /\s*\)/y) ? part : undefined;
  }
  const constant = take(cursor, /\s*(TRUE|FALSE)\b/iy)?.[1];
  if (constant !== undefined) return { names: [], simple: constant.toUpperCase() === 'FALSE' };
  const [, state, quoted, bare] = take(cursor, /\s*(ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?:"([^"]*)"\s*|([^"()]+))\)/iy) ?? [];
  const name = quoted ?? bare;
  if (state === undefined || name === undefined) return undefined;
  return { names: [nameOf(name.trim())], simple: state.toUpperCase() === 'ALARM' };
}

/** Returns the name in the ARN of an alarm, or the name itself. A name can contain colons. */
const nameOf = (reference: string): string => /^arn:[^:]*:cloudwatch:[^:]*:\d*:alarm:(.+)$/.exec(reference)?.[1] ?? reference;

/** Returns the match of the sticky expression at the cursor, and advances the cursor. */
function take(cursor: Cursor, expression: RegExp): RegExpExecArray | undefined {
  expression.lastIndex = cursor.at;
  const match = expression.exec(cursor.text);
  if (match === null) return undefined;
  cursor.at = expression.lastIndex;
  return match;
}
