/** What the exit codes of `csmm` say. */
export const EXIT = {
  ok: 0,
  /** A fault of csmm itself. */
  fault: 1,
  /** The command, or the file it was given, is not right. */
  usage: 2,
  /** Some of the input could not be read, or the input left nothing to score. */
  unread: 3,
  /** Stopped by the user: 128 + SIGINT. */
  interrupted: 130,
} as const;

/** What the user has to change; each problem is a line. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly problems: readonly string[];

  constructor(problems: string | readonly string[]) {
    const list = typeof problems === 'string' ? [problems] : problems;
    super(list.join('\n'));
    this.problems = list;
  }
}
