/** Exit codes of `csmm`. */
export const EXIT = {
  ok: 0,
  /** An internal error, or an output that cannot be written. */
  fault: 1,
  /** An invalid command, option, file, name or permission. */
  usage: 2,
  /** A partial result: some input could not be read, or the input left nothing to score. */
  unread: 3,
  /** A failed gate: `--fail-under`, `--fail-on`, or a check of csmm doctor. It takes precedence over {@link EXIT.unread}. */
  gate: 4,
  /** Stopped by the user: 128 + SIGINT. */
  interrupted: 130,
} as const;

/** Meaning of each exit code, as the help lists it. */
export const EXIT_MEANINGS: Readonly<Record<keyof typeof EXIT, string>> = {
  ok: 'complete',
  fault: 'internal error of csmm, or the output cannot be written',
  usage: 'invalid command, option, file, credentials or answer',
  unread: 'partial result: csmm could not read or use some input, or there is nothing to score',
  gate: 'a gate (--fail-under or --fail-on) or a check of csmm doctor failed, also if the result is partial',
  interrupted: 'stopped by Ctrl-C',
};

/** An error that the user can fix. Each problem is one line. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError';
  readonly problems: readonly string[];

  constructor(problems: string | readonly string[]) {
    const list = typeof problems === 'string' ? [problems] : problems;
    super(list.join('\n'));
    this.problems = list;
  }
}

/** Returns the message of whatever was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
