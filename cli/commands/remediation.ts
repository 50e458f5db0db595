import { Command, Option } from 'commander';
import { REMEDIATION_STATUSES } from '../../core/remediation/model/record.ts';
import type {
  AskOptions,
  ListOptions,
  RecordPolicyOptions,
  RemediationOptions,
  ResumeOptions,
  RollbackOptions,
  StopOptions,
} from '../remediation.ts';
import type { CommandFor } from './context.ts';
import { withHelp } from './help.ts';
import { withDeployment, wordsOf } from './options.ts';

const TABLE = 'table of remediations: output RemediationsTableName of the stack (default: CSMM_REMEDIATIONS_TABLE)';
const COMMANDS = 'URLs of the command function: output Commands of the stack (default: CSMM_COMMANDS)';
/** Commands that only read. */
const READS: ReadonlySet<string> = new Set(['list', 'show']);
const EXAMPLE_ID = '0123456789abcdef01234567';
const ID = 'remediation ID, as csmm remediation list shows it';

export const remediationCommand: CommandFor = ({ io, finish }) => {
  const load = () => import('../remediation.ts');
  const remediation = withHelp(
    new Command('remediation')
      .summary('list, approve, roll back and stop the remediations of a deployment')
      .description('List the remediations of a deployment, approve them, roll them back, and stop all of them at once.')
      .helpOption('-h, --help', 'show this help')
      .helpCommand(false),
    io,
    {
      notes: [
        'Set CSMM_REMEDIATIONS_TABLE, CSMM_COMMANDS and AWS_REGION once, or pass --table, --commands and --region to each command.',
        'csmm.yaml declares which controls a deployment remediates: see docs/remediation.md.',
      ],
      examples: [
        ['csmm remediation resume', 'switch remediation on'],
        ['csmm remediation list --status WAITING_FOR_APPROVAL'],
        ['csmm remediation approve 0123456789abcdef01234567'],
        ['csmm remediation stop --runs --reason "incident 42"', 'start nothing, cancel what runs'],
        ['csmm remediation stop --account 111111111111', 'start nothing in one account'],
        ['csmm remediation rollback --between 14:00 15:00', 'undo what csmm did in that hour'],
        ['csmm remediation record-policy deploy/orders --account 111111111111 --document orders.json'],
      ],
      exitCodes: ['ok', 'usage'],
    },
  );
  const add = (name: string, example: string, description: string): Command => {
    const command = withDeployment(new Command(name).description(description), TABLE).option('--json', 'print as JSON');
    if (!READS.has(name)) command.option('--commands <urls>', COMMANDS);
    remediation.addCommand(
      withHelp(command, io, { examples: [[`csmm remediation ${name} ${example}`.trim()]], exitCodes: ['ok', 'usage'] }),
    );
    return command;
  };
  add('list', '--control STR-L2-01 --status PLANNED WAITING_FOR_APPROVAL', 'list remediations, newest first')
    .option('--control <id>', 'list only this control, by ID or slug')
    .option('--account <id>', 'list only this account')
    .addOption(
      new Option('--status <names...>', `list only these statuses: ${REMEDIATION_STATUSES.join(', ')}`).argParser(
        wordsOf(REMEDIATION_STATUSES),
      ),
    )
    .action(async (options: ListOptions) => finish(await (await load()).listRemediations(options, io)));
  add('show', EXAMPLE_ID, 'show one remediation: its decisions with reasons, its executions, and the result of the new read')
    .argument('<id>', ID)
    .action(async (id: string, options: RemediationOptions) => finish(await (await load()).showRemediation(id, options, io)));
  add('approve', EXAMPLE_ID, 'approve the plan of a remediation; every guard must pass again before it starts')
    .argument('<id>', ID)
    .option('--yes', 'approve without asking for confirmation')
    .action(async (id: string, options: AskOptions) => finish(await (await load()).approveRemediation(id, options, io)));
  add('reject', `${EXAMPLE_ID} --reason "not ours"`, 'reject a remediation: csmm starts nothing for this failure')
    .argument('<id>', ID)
    .requiredOption('--reason <text>', 'reason that csmm records and shows')
    .option('--yes', 'reject without asking for confirmation')
    .action(async (id: string, options: AskOptions & { reason: string }) =>
      finish(await (await load()).rejectRemediation(id, options, io)),
    );
  add('exempt', `${EXAMPLE_ID} --until 30d`, 'exempt a resource from the remediation of a control')
    .argument('<id>', ID)
    .requiredOption('--until <time>', 'end of the exemption, at most 90 days from now: a number of days such as 30d, or a time')
    .option('--reason <text>', 'reason that csmm records and shows (default: csmm remediation exempt)')
    .option('--yes', 'exempt without asking for confirmation')
    .action(async (id: string, options: AskOptions & { reason?: string; until: string }) =>
      finish(await (await load()).exemptRemediation(id, options, io)),
    );
  add('rollback', EXAMPLE_ID, 'run the inverse runbook to restore the previous value; also while remediation is stopped')
    .argument('[id]', ID)
    .option('--between <times...>', 'roll back everything that csmm started between two times, such as 14:00 15:00 (UTC)')
    .option('--account <id>', 'with --between: only this account')
    .option('--control <id>', 'with --between: only this control, by ID or slug')
    .option('--yes [hash]', 'roll back without asking for confirmation; with --between, the hash of the list that you saw')
    .action(async (id: string | undefined, options: RollbackOptions) => finish(await (await load()).rollBackRemediation(id, options, io)));
  add('release', EXAMPLE_ID, 'release a remediation, so that csmm decides on it again')
    .argument('<id>', ID)
    .option('--yes', 'release without asking for confirmation')
    .action(async (id: string, options: AskOptions) => finish(await (await load()).releaseRemediation(id, options, io)));
  withScope(
    add('stop', '--account 111111111111 --reason "incident 42"', 'stop remediation: no runbook starts in the scope until you resume it'),
  )
    .option('--runs', 'also cancel the running executions')
    .addOption(new Option('--all', 'earlier name of --runs').hideHelp())
    .option('--reason <text>', 'reason that csmm records and shows (default: csmm remediation stop)')
    .action(async (options: StopOptions) => finish(await (await load()).stopRemediation(options, io)));
  withScope(add('resume', '--account 111111111111', 'remove the stop of exactly this scope; with an ID, the same as release'))
    .argument('[id]', ID)
    .option('--reason <text>', 'reason that csmm records and shows (default: csmm remediation resume)')
    .option('--yes', 'release without asking for confirmation')
    .action(async (id: string | undefined, options: ResumeOptions) => finish(await (await load()).resumeRemediation(id, options, io)));
  add(
    'record-policy',
    'deploy/orders --account 111111111111 --document orders.json',
    'record the approved document of an IAM policy; csmm restores it after a change outside your pipelines',
  )
    .argument('<policy>', 'ARN of a customer managed policy, <role>/<policy> for an inline policy, or <role> for its trust policy')
    .requiredOption('--account <id>', 'account of the policy')
    .requiredOption('--document <file>', 'JSON file with the policy document, as the pipeline deploys it')
    .option('--yes', 'record without asking for confirmation')
    .action(async (name: string, options: RecordPolicyOptions) => finish(await (await load()).recordPolicy(name, options, io)));
  return remediation;
};

const withScope = (command: Command): Command =>
  command
    .option('--account <id>', 'only this account (default: all accounts)')
    .option('--control <id>', 'only this control, by ID or slug (default: all controls)')
    .option('--rollbacks', 'rollbacks in place of fixes');
