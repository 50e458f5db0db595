/** Event patterns as EventBridge and Lambda's event filters match them, as far as the templates use them. Anything else throws: a test must not guess. */
export function matches(pattern: unknown, event: unknown): boolean {
  if (!isObject(pattern)) throw new Error(`not a pattern: ${JSON.stringify(pattern)}`);
  return Object.entries(pattern).every(([key, expected]) => {
    if (key === '$or') return (expected as unknown[]).some((alternative) => matches(alternative, event));
    const actual = isObject(event) ? event[key] : undefined;
    if (Array.isArray(expected)) return expected.some((condition) => matchesValue(condition, actual));
    return isObject(actual) && matches(expected, actual);
  });
}

function matchesValue(condition: unknown, actual: unknown): boolean {
  if (!isObject(condition)) return condition === actual;
  const [[operator, operand] = [], ...others] = Object.entries(condition);
  if (operator === 'prefix' && typeof operand === 'string' && others.length === 0)
    return typeof actual === 'string' && actual.startsWith(operand);
  if (operator === 'exists' && typeof operand === 'boolean' && others.length === 0) return (actual !== undefined) === operand;
  // An absent field matches only `exists: false`.
  if (operator === 'anything-but' && Array.isArray(operand) && others.length === 0)
    return actual !== undefined && !operand.includes(actual);
  throw new Error(`the pattern operator ${JSON.stringify(condition)} is not known here`);
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
