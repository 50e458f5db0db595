type JsonObject = Readonly<Record<string, unknown>>;

/** A kind of document that users pass to the wrong command. */
interface Foreign {
  readonly matches: (document: JsonObject) => boolean;
  /** Names the document in a message. */
  readonly name: string;
  /** Input to pass to `csmm replay` instead, as an imperative. */
  readonly replayFix: string;
  /** Input to pass to `csmm score` instead; `undefined` if `csmm score` reads the document. */
  readonly scoreFix?: string;
}

const STATUS_FIX =
  'pass the ID and the status of each check to csmm score --statuses, such as {"statuses": {"iam_root_mfa_enabled": "PASS"}}';

/** Distinct keys identify each kind. A kind with fewer keys comes later. */
const KINDS: readonly Foreign[] = [
  {
    name: 'a result of csmm (--json)',
    matches: (document) => hasResult(document) || hasResult(objectAt(document, 'organization')),
    replayFix: 'pass the records that the result was made from. To compare with the result, pass it to --baseline',
    scoreFix: 'pass only the statuses of its controls. To compare with the result, pass it to --baseline',
  },
  {
    name: 'a plan of csmm remediate',
    matches: (document) => ['schemaVersion', 'score', 'planned', 'byHand'].every((key) => Object.hasOwn(document, key)),
    replayFix: 'pass the records that the plan was made from',
    scoreFix: 'pass the statuses of controls',
  },
  {
    name: 'a finding of Prowler',
    matches: (document) =>
      (Object.hasOwn(document, 'CheckID') && Object.hasOwn(document, 'Status')) ||
      (Object.hasOwn(document, 'status_code') && Object.hasOwn(document, 'metadata')),
    replayFix: STATUS_FIX,
    scoreFix: STATUS_FIX,
  },
  {
    name: 'a finding of AWS Security Hub',
    matches: (document) =>
      (Object.hasOwn(document, 'ProductArn') && Object.hasOwn(document, 'GeneratorId')) || Array.isArray(document.Findings),
    replayFix: STATUS_FIX,
    scoreFix: STATUS_FIX,
  },
  {
    name: 'statuses of controls',
    matches: (document) =>
      objectAt(document, 'statuses') !== undefined ||
      Object.values(objectAt(document, 'accounts') ?? {}).some((account) => objectAt(account, 'statuses') !== undefined),
    replayFix: 'pass the file to csmm score --statuses',
  },
];

/** Returns why `csmm replay` cannot use a document, if it is of a known kind that only other commands or tools use. */
export function foreignToReplay(document: unknown): string | undefined {
  const kind = kindOf(document);
  return kind && `holds ${kind.name}, not a configuration item. Fix: ${kind.replayFix}`;
}

/** Returns why `csmm score` cannot use a document, if it is of a known kind that only other commands or tools use. */
export function foreignToScore(document: unknown): string | undefined {
  const kind = kindOf(Array.isArray(document) ? document[0] : document);
  return kind?.scoreFix && `holds ${kind.name}, not statuses of controls. Fix: ${kind.scoreFix}`;
}

const kindOf = (document: unknown): Foreign | undefined =>
  isObject(document) ? KINDS.find(({ matches }) => matches(document)) : undefined;

const hasResult = (card: JsonObject | undefined): boolean =>
  card !== undefined && ['overall', 'potential', 'level', 'pillars', 'controls'].every((key) => Object.hasOwn(card, key));

const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);

function objectAt(value: unknown, key: string): JsonObject | undefined {
  const member = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  return isObject(member) ? member : undefined;
}
