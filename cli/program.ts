import { Command } from 'commander';
import { VERSION } from '../core/version.ts';
import { plainText } from '../reporting/plain-text.ts';
import type { CommandFor } from './commands/context.ts';
import { controlsCommand } from './commands/controls.ts';
import { doctorCommand } from './commands/doctor.ts';
import { NARROW_HELP, withHelp } from './commands/help.ts';
import { playCommand } from './commands/play.ts';
import { remediateCommand } from './commands/remediate.ts';
import { remediationCommand } from './commands/remediation.ts';
import { replayCommand } from './commands/replay.ts';
import { scanCommand } from './commands/scan.ts';
import { scoreCommand } from './commands/score.ts';
import { settingsCommand } from './commands/settings.ts';
import { type CliIo, canvasOf } from './io.ts';

const COMMANDS: readonly CommandFor[] = [
  playCommand,
  scanCommand,
  replayCommand,
  settingsCommand,
  remediateCommand,
  remediationCommand,
  scoreCommand,
  controlsCommand,
  doctorCommand,
];

/** Returns `csmm` with all commands, options and help texts, and runs nothing. `finish` takes the exit code of an action. */
export function programFor(io: CliIo, finish: (code: number) => void = () => undefined): Command {
  const program = withHelp(
    new Command('csmm')
      .description(
        'Score the security maturity of AWS accounts, from recorded AWS Config items or from a read-only scan. Shows why the score is what it is, and what to do next. Only scan, doctor, remediate without a path, remediation and settings diff, apply and show make network calls.',
      )
      .version(VERSION, '-V, --version', 'print the version')
      .helpOption('-h, --help', 'show this help')
      .helpCommand('help [command]', 'show the help of a command')
      .exitOverride()
      .configureHelp(NARROW_HELP)
      .configureOutput({
        writeOut: (text) => io.stdout.write(text),
        writeErr: (text) => io.stderr.write(text),
        getOutHelpWidth: () => canvasOf(io.stdout, io.env).columns,
        getErrHelpWidth: () => canvasOf(io.stderr, io.env).columns,
        outputError: (text, write) => write(`csmm: ${plainText(text.trim().replace(/^error: /, ''))}\n`),
      }),
    io,
    {
      notes: ['Output has colour only on a terminal, and only if NO_COLOR is not set.'],
      examples: [
        ['csmm play', 'a sample week of an organization, live'],
        ['csmm scan', 'your own account, read-only'],
        ['csmm replay examples/week.ndjson', 'the score of that week, and every failing control'],
        ['csmm replay examples/week.ndjson --events', 'the score-change events, one per line'],
        ['cat examples/week.ndjson | csmm replay - --json'],
        [`echo '{"statuses": {"IAM-L1-01": "PASSED"}}' | csmm score --statuses -`],
        ['csmm remediate --plan examples/week.ndjson', 'what a deployment could remediate, and how'],
        ['csmm controls NET-L1-01', 'one control: rule, evidence, remediation'],
      ],
      exitCodes: ['ok', 'fault', 'usage', 'unread', 'gate', 'interrupted'],
    },
  );
  for (const command of COMMANDS) program.addCommand(inheriting(command({ io, finish }), program));
  return program;
}

/** Returns all commands, arguments and options of csmm, for a caller that lists them and runs none. */
export const commandTree = (): Command =>
  programFor({
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: {},
    cwd: process.cwd(),
    onInterrupt: () => () => undefined,
  });

/** Returns a command that writes and ends as its parent does, with all its subcommands. */
function inheriting(command: Command, parent: Command): Command {
  command.copyInheritedSettings(parent);
  for (const child of command.commands) inheriting(child, command);
  return command;
}
