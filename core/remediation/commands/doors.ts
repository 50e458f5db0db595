/**
 * Doors of the command function: aliases, each with a URL of its own. IAM decides who may use a door, and the door decides what may be
 * asked. The function reads it from the ARN that was invoked, which the caller does not write.
 */
export const DOORS = ['approve', 'operate', 'administer'] as const;
export type Door = (typeof DOORS)[number];

/** Requests, each with its door. Stops are not among them: an operator writes them into the table, also while this function is down. */
export const VERBS = {
  approve: 'approve',
  reject: 'approve',
  exempt: 'approve',
  rollback: 'operate',
  'rollback-between': 'operate',
  'stop-runs': 'operate',
  release: 'operate',
  resume: 'administer',
  'record-policy': 'administer',
} as const satisfies Readonly<Record<string, Door>>;
export type Verb = keyof typeof VERBS;

export const isDoor = (text: string | undefined): text is Door => (DOORS as readonly (string | undefined)[]).includes(text);

const isVerb = (text: unknown): text is Verb => typeof text === 'string' && Object.hasOwn(VERBS, text);

/** Returns the verb of a request. Returns `undefined` if this door does not have it. */
export const verbAt = (door: Door, verb: unknown): Verb | undefined => (isVerb(verb) && VERBS[verb] === door ? verb : undefined);
