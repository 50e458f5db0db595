import { CommanderError } from 'commander';
import { plainText } from '../reporting/plain-text.ts';
import { EXIT, UsageError } from './exit.ts';
import { type CliIo, safeOutput } from './io.ts';
import { programFor } from './program.ts';

/** Runs `csmm` with the arguments after its name. Returns the exit code. Errors go to standard error. */
export async function run(argv: readonly string[], streams: CliIo): Promise<number> {
  const io = { ...streams, stdout: safeOutput(streams.stdout), stderr: safeOutput(streams.stderr) };
  let code: number = EXIT.ok;
  const program = programFor(io, (result) => {
    code = result;
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return code;
  } catch (thrown) {
    return report(thrown, io);
  }
}

function report(thrown: unknown, io: CliIo): number {
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (thrown instanceof UsageError) {
    for (const problem of thrown.problems) io.stderr.write(`csmm: ${plainText(problem)}\n`);
    return EXIT.usage;
  }
  const trace = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  io.stderr.write(`csmm: this is an internal error of csmm. Fix: report it with this text\n${trace}\n`);
  return EXIT.fault;
}
