import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { LEVELS, type Level, PILLARS, SEVERITIES } from '../core/model.ts';
import { REMEDIATION_STATUSES } from '../core/remediation/model/record.ts';
import { plainText } from '../reporting/plain-text.ts';
import { type ControlsOptions, controls } from './controls.ts';
import { EXIT, UsageError } from './exit.ts';
import { type CliIo, canvasOf } from './io.ts';
import { type PlayOptions, play } from './play.ts';
import { InputError } from './records.ts';
import type { RemediateOptions } from './remediate.ts';
import type { AskOptions, ListOptions, RecordPolicyOptions, RemediationOptions, StopOptions } from './remediation.ts';
import { type ReplayOptions, replay } from './replay.ts';
import type { ScanOptions } from './scan.ts';
import { type ScoreOptions, score } from './score.ts';
import type { ApplyOptions, DeploymentOptions, ShowOptions } from './settings.ts';
import { VERSION } from './version.ts';

/** Runs `csmm` with the arguments after its name. Returns the exit code; problems go to standard error. */
export async function run(argv: readonly string[], io: CliIo): Promise<number> {
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
  if (thrown instanceof UsageError || thrown instanceof InputError) {
    const problems = thrown instanceof UsageError ? thrown.problems : [thrown.message];
    for (const problem of problems) io.stderr.write(`csmm: ${plainText(problem)}\n`);
    return EXIT.usage;
  }
  const trace = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  io.stderr.write(`csmm: this is a fault of csmm itself, please report it\n${trace}\n`);
  return EXIT.fault;
}

/** Returns `csmm` with all commands, options and help texts, and runs nothing. `finish` takes the exit code of an action. */
export function programFor(io: CliIo, finish: (code: number) => void = () => undefined): Command {
  const program = new Command('csmm')
    .description(DESCRIPTION)
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .addHelpText('after', OVERVIEW)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      getOutHelpWidth: () => canvasOf(io.stdout, io.env).columns,
      getErrHelpWidth: () => canvasOf(io.stderr, io.env).columns,
      outputError: (text, write) => write(`csmm: ${text.replace(/^error: /, '')}`),
    });
  const commands = [
    playCommand,
    scanCommand,
    replayCommand,
    settingsCommand,
    remediateCommand,
    remediationCommand,
    scoreCommand,
    controlsCommand,
  ];
  for (const command of commands) program.addCommand(inheriting(command(io, finish), program));
  return program;
}

/** A command, and all below it, that write and end as its parent does. */
function inheriting(command: Command, parent: Command): Command {
  command.copyInheritedSettings(parent);
  for (const child of command.commands) inheriting(child, command);
  return command;
}

const DESCRIPTION =
  'How mature is the security of your AWS estate, why, and what to do next: a gated maturity score from recorded AWS Config items, or from a read-only scan of your accounts. Only scan, settings, remediate and remediation make network calls.';

const OVERVIEW = `
Examples:
  $ csmm play                                       a week of an invented organization, live
  $ csmm scan                                       your own account, read-only
  $ csmm replay examples/week.ndjson                the same week, at once: the score and what fails
  $ csmm replay examples/week.ndjson --events       … as score-change events, one a line
  $ cat examples/week.ndjson | csmm replay - --json
  $ echo '{"statuses": {"IAM-L1-01": "PASSED"}}' | csmm score --statuses -
  $ csmm remediate --plan examples/week.ndjson      what a deployment could put right, and how
  $ csmm controls NET-L1-01                         one control: rule, evidence, remediation

Exit codes:
  0    done
  1    a fault of csmm itself
  2    the command, or the file it was given, is not right
  3    some of the input, or of the accounts, could not be read (it is listed), or there is nothing to score
  130  stopped by Ctrl-C

Colour is used on a terminal only, and not where NO_COLOR is set.`;

const EXPLAIN_HELP = 'explain the terms of the scorecard (default: only on a terminal)';
const SETTINGS_OPTION = 'a csmm.yaml: approved Regions, exceptions and the like';

type CommandFor = (io: CliIo, finish: (code: number) => void) => Command;

const playCommand: CommandFor = (io, finish) =>
  new Command('play')
    .summary('play a bundled week of an invented organization and watch its score')
    .description(
      'Plays a week of an invented organization (3 accounts, 2 Regions) through collect, score and notify in this process. A terminal shows the scorecard live; without one the end state is printed.',
    )
    .option('--speed <factor>', 'pace: 1 plays the week in about 25 seconds, 10 in a tenth of that, max at once', parseSpeed, 1)
    .option('--file <path>', 'play these events instead of the bundled week')
    .option('--settings <file>', SETTINGS_OPTION)
    .option('--explain', EXPLAIN_HELP)
    .addHelpText('after', '\nExamples:\n  $ csmm play --speed 5\n  $ csmm play --speed max')
    .action(async (options: PlayOptions) => finish(await play(options, io)));

function parseSpeed(value: string): number {
  if (value === 'max') return Number.POSITIVE_INFINITY;
  const speed = Number(value);
  if (!Number.isFinite(speed) || speed <= 0 || value.trim() === '')
    throw new InvalidArgumentError('Allowed are numbers greater than 0, and max.');
  return speed;
}

const replayCommand: CommandFor = (io, finish) =>
  new Command('replay')
    .summary('score your own recorded AWS Config items')
    .description(
      'Collects and scores AWS Config items from files, directories or standard input (-), in the order given: EventBridge events, notifications, single items, configuration history and snapshots, as NDJSON, JSON lists or JSON documents, optionally gzipped. What cannot be read is listed on standard error and counted; the rest goes on.',
    )
    .addArgument(new Argument('<path...>', 'file, directory, or - for standard input'))
    .option('--json', 'print the result document: every score, status and failing resource')
    .option('--explain', EXPLAIN_HELP)
    .option('--events', 'print the score-change events, one a line; each record is scored on its own')
    .option('--settings <file>', `${SETTINGS_OPTION}; recorded settings are then ignored`)
    .addHelpText(
      'after',
      '\nExamples:\n  $ csmm replay examples/week.ndjson\n  $ csmm replay examples/ --json\n  $ gzip -c examples/week.ndjson > week.ndjson.gz && csmm replay week.ndjson.gz --events | head -n 3\n\nExit code 0 if all was read, 3 if some was not.',
    )
    .action(async (paths: string[], options: ReplayOptions) => finish(await replay(paths, options, io)));

/** What a scan reads, and how. */
const withScope = (command: Command): Command =>
  command
    .option('--profile <name>', 'profile of the shared AWS files; default: the default credential chain')
    .option('--regions <names>', 'all that are enabled, or such as eu-west-1,us-east-1', 'all')
    .option('--accounts <ids>', 'other accounts, such as 111111111111,222222222222, through --role-name')
    .option('--organization', 'all active accounts of the organization, through --role-name')
    .option('--role-name <name>', 'the role to assume in each of the accounts but your own')
    .option('--external-id <id>', 'what the role asks for, if it does')
    .option('--settings <file>', SETTINGS_OPTION);

const scanCommand: CommandFor = (io, finish) =>
  withScope(new Command('scan'))
    .summary('read your own accounts through the AWS APIs, and show their score')
    .description(
      'Reads one account, several, or an organization with your AWS credentials, and scores what it finds. It makes read-only calls and no other. A call that is denied leaves its controls INSUFFICIENT_DATA, and is listed at the end.',
    )
    .option('--record <file>', 'write the facts that were read, with their times, for csmm replay')
    .option('--resume <file>', 'go on with a scan that broke off, from what it recorded')
    .addOption(new Option('--concurrency <calls>', 'calls under way at once').default(24).argParser(parseConcurrency))
    .option('--print-policy', 'print the IAM policy that the scan needs, and stop')
    .option('--json', 'print the result document: every score, status and failing resource')
    .option('--explain', EXPLAIN_HELP)
    .addHelpText('after', SCAN_HELP)
    .action(async (options: ScanOptions) => finish(await (await import('./scan.ts')).scan(options, io)));

const SCAN_HELP = `
Examples:
  $ csmm scan                                          this account, every enabled Region
  $ csmm scan --profile audit --regions eu-west-1,us-east-1
  $ csmm scan --print-policy > policy.json             what the credentials must be allowed
  $ csmm scan --organization --role-name security-audit --settings csmm.yaml
  $ csmm scan --record facts.ndjson && csmm replay facts.ndjson

Facts, and no secrets, are recorded: \`csmm replay\` of the record gives the same scorecard.
Exit code 0 if all was read, 3 if some was not, 2 if the credentials or an option are not right.`;

function parseConcurrency(value: string): number {
  const calls = Number(value);
  if (!Number.isInteger(calls) || calls < 1 || calls > 200) throw new InvalidArgumentError('Give a whole number from 1 to 200.');
  return calls;
}

const settingsCommand: CommandFor = (io, finish) => {
  const load = () => import('./settings.ts');
  const settings = new Command('settings')
    .summary('check settings, and apply them to a deployment')
    .description(
      'Exceptions, approved Regions and whatever else no API tells are declared in a csmm.yaml. Here it is checked, compared with what is applied to a deployment, and applied. scan, replay and play read the file themselves.',
    )
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .addHelpText('after', SETTINGS_HELP);
  const add = (name: string, summary: string): Command => {
    const command = new Command(name).description(summary);
    settings.addCommand(command);
    return command;
  };
  const withDeployment = (command: Command): Command =>
    command
      .option('--table <name>', 'STATE table of the deployment, output StateTableName of its stack; default: CSMM_STATE_TABLE')
      .option('--profile <name>', 'profile of the shared AWS files; default: the default credential chain')
      .option('--region <name>', 'Region of the deployment; default: AWS_REGION');
  add('validate', 'check a file: everything that is wrong is listed with its line')
    .argument('<file>', 'such as csmm.yaml')
    .action(async (file: string) => finish(await (await load()).validateSettings(file, io)));
  withDeployment(add('diff', 'show what applying a file would change'))
    .argument('<file>', 'such as csmm.yaml')
    .action(async (file: string, options: DeploymentOptions) => finish(await (await load()).diffSettings(file, options, io)));
  withDeployment(add('apply', 'show what changes, ask, and apply the file to the deployment and all its accounts'))
    .argument('<file>', 'such as csmm.yaml')
    .option('--scores-table <name>', 'SCORES table of the deployment, output ScoresTableName; default: CSMM_SCORES_TABLE')
    .option('--yes', 'do not ask')
    .action(async (file: string, options: ApplyOptions) => finish(await (await load()).applySettings(file, options, io)));
  withDeployment(add('show', 'show the settings that are applied, since when and by whom'))
    .option('--json', 'print them as JSON')
    .action(async (options: ShowOptions) => finish(await (await load()).showSettings(options, io)));
  return settings;
};

const SETTINGS_HELP = `
Examples:
  $ csmm settings validate csmm.yaml
  $ csmm settings diff csmm.yaml --table Csmm-StateTable
  $ csmm settings apply csmm.yaml --table Csmm-StateTable --scores-table Csmm-ScoresTable
  $ csmm settings show --json

What apply needs to be allowed stands in docs/settings.md. Exit code 2 if the file, a name or a permission is not right.`;

const remediateCommand: CommandFor = (io, finish) =>
  withScope(new Command('remediate'))
    .summary('show what a deployment could put right, how, and what the score would gain')
    .description(
      'Tells of each failing resource which runbook would put it right, with which parameters, whether that can be undone, and what the score would gain; or why only a person can. Reads recorded evidence, or scans your account as csmm scan does. Changes nothing.',
    )
    .addArgument(new Argument('[path...]', 'records of csmm scan --record, or AWS Config items; default: a scan is made'))
    .option('--plan', 'say that a plan is wanted: nothing else is offered')
    .addOption(new Option('--concurrency <calls>', 'calls under way at once').default(24).argParser(parseConcurrency))
    .option('--json', 'print the plan as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  $ csmm remediate --plan examples/week.ndjson\n  $ csmm remediate --plan --regions eu-west-1 --settings csmm.yaml\n  $ csmm scan --record facts.ndjson && csmm remediate --plan facts.ndjson --json\n\nWhat is put right for you, and how to allow it: docs/remediation.md. Exit code 0 if all was read, 3 if some was not.',
    )
    .action(async (paths: string[], options: RemediateOptions) =>
      finish(await (await import('./remediate.ts')).remediate(paths, options, io)),
    );

const remediationCommand: CommandFor = (io, finish) => {
  const load = () => import('./remediation.ts');
  const remediation = new Command('remediation')
    .summary('watch, approve, take back and stop what a deployment puts right')
    .description(
      'Shows what a deployment does about failing resources, and lets people agree to it, take it back, and stop all of it at once.',
    )
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .addHelpText('after', REMEDIATION_HELP);
  const add = (name: string, summary: string): Command => {
    const command = new Command(name)
      .description(summary)
      .option('--table <name>', 'table of remediations, output RemediationsTableName of the stack; default: CSMM_REMEDIATIONS_TABLE')
      .option('--profile <name>', 'profile of the shared AWS files; default: the default credential chain')
      .option('--region <name>', 'Region of the deployment; default: AWS_REGION')
      .option('--json', 'print as JSON');
    remediation.addCommand(command);
    return command;
  };
  add('list', 'list remediations, the newest first')
    .option('--control <id>', 'only of this control')
    .option('--account <id>', 'only in this account')
    .addOption(new Option('--status <status...>', 'only in these statuses').choices(REMEDIATION_STATUSES))
    .action(async (options: ListOptions) => finish(await (await load()).listRemediations(options, io)));
  add('show', 'show one: decisions with their reasons, executions, what a fresh reading said')
    .argument('<id>', 'as list gives it')
    .action(async (id: string, options: RemediationOptions) => finish(await (await load()).showRemediation(id, options, io)));
  add('approve', 'agree to what one has planned; every guard is asked once more')
    .argument('<id>', 'as list gives it')
    .option('--yes', 'do not ask')
    .action(async (id: string, options: AskOptions) => finish(await (await load()).approveRemediation(id, options, io)));
  add('rollback', 'have the previous value brought back by the inverse runbook')
    .argument('<id>', 'as list gives it')
    .option('--yes', 'do not ask')
    .action(async (id: string, options: AskOptions) => finish(await (await load()).rollBackRemediation(id, options, io)));
  add('stop', 'start nothing more, in any account, from now on')
    .option('--all', 'cancel what runs too')
    .option('--reason <text>', 'why, for whoever looks')
    .action(async (options: StopOptions) => finish(await (await load()).stopRemediation(options, io)));
  add('resume', 'let runbooks start; with an id, take that one out of quarantine')
    .argument('[id]', 'as list gives it')
    .option('--yes', 'do not ask')
    .action(async (id: string | undefined, options: AskOptions) => finish(await (await load()).resumeRemediation(id, options, io)));
  add('record-policy', 'record what an IAM policy is to say: it comes back when anybody but a declared pipeline changes it')
    .argument('<policy>', 'ARN of a customer managed policy, <role>/<policy> for an inline one, <role> for its trust policy')
    .requiredOption('--account <id>', 'account that the policy is in')
    .requiredOption('--document <file>', 'the policy document, JSON, as the pipeline deploys it')
    .option('--yes', 'do not ask')
    .action(async (name: string, options: RecordPolicyOptions) => finish(await (await load()).recordPolicy(name, options, io)));
  return remediation;
};

const REMEDIATION_HELP = `
Examples:
  $ export CSMM_REMEDIATIONS_TABLE=Csmm-Remediation-Table AWS_REGION=eu-west-1
  $ csmm remediation resume                             switch it on: what failed before is not made up for
  $ csmm remediation list --status WAITING_FOR_APPROVAL
  $ csmm remediation approve 0123456789abcdef01234567
  $ csmm remediation stop --all --reason "incident 42"  nothing starts any more, and what runs is cancelled
  $ csmm remediation record-policy deploy/orders --account 111111111111 --document orders.json

What is put right is declared in csmm.yaml: docs/remediation.md.`;

const scoreCommand: CommandFor = (io, finish) =>
  new Command('score')
    .summary('score control statuses that you have from elsewhere')
    .description(
      'The pure scoring function: control statuses in, scorecard out. A status is PASSED, FAILED, NOT_APPLICABLE or NO_DATA; a control that is not named is NO_DATA.',
    )
    .requiredOption('--statuses <file>', 'JSON file with the statuses, or - for standard input')
    .option('--json', 'print the scorecard as JSON')
    .option('--explain', EXPLAIN_HELP)
    .addHelpText('after', SCORE_HELP)
    .action(async (options: ScoreOptions) => finish(await score(options, io)));

const SCORE_HELP = `
One account:      {"statuses": {"IAM-L1-01": "PASSED", …}}
An organization:  {"accounts": {"111111111111": {"weight": 1, "statuses": {…}}, …}}
A weight is greater than 0 and may be left out: it is then 1.

Examples:
  $ echo '{"statuses": {"IAM-L1-01": "PASSED", "IAM-L1-02": "FAILED"}}' | csmm score --statuses -
  $ echo '{"accounts": {"111111111111": {"statuses": {"NET-L1-01": "PASSED"}}}}' | csmm score --statuses - --json`;

const controlsCommand: CommandFor = (io, finish) =>
  new Command('controls')
    .summary('list the controls, or show one of them')
    .description('The catalogue of controls. With an id (or slug): the whole page of that control.')
    .argument('[id]', 'control, such as NET-L1-01')
    .addOption(new Option('--pillar <pillar>', 'only this pillar').choices(PILLARS))
    .option('--level <level>', 'only this level, 1 to 5', parseLevel)
    .addOption(new Option('--severity <severity>', 'only this severity').choices(SEVERITIES))
    .option('--evaluated', 'only the controls that are evaluated already')
    .option('--json', 'print as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  $ csmm controls --pillar networking --level 1\n  $ csmm controls STR-L1-02\n  $ csmm controls --evaluated --json',
    )
    .action(async (id: string | undefined, options: ControlsOptions) => finish(await controls(id, options, io)));

function parseLevel(value: string): Level {
  const level = LEVELS.find((candidate) => String(candidate) === value);
  if (level === undefined) throw new InvalidArgumentError('Allowed choices are 1, 2, 3, 4, 5.');
  return level;
}
