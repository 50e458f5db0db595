import type { Command } from 'commander';
import type { CliIo } from '../io.ts';

/** The streams of a command, and the receiver of its exit code. */
export interface Context {
  readonly io: CliIo;
  /** Takes the exit code of the action. */
  readonly finish: (code: number) => void;
}

/** Returns the definition of a command: its options, its help and its action. */
export type CommandFor = (context: Context) => Command;
