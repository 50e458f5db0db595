import { Command } from 'commander';
import type { ScoreOptions } from '../score.ts';
import type { CommandFor } from './context.ts';
import { withHelp } from './help.ts';
import { REPORT_NOTES, withReport } from './options.ts';

export const scoreCommand: CommandFor = ({ io, finish }) =>
  withHelp(
    withReport(
      new Command('score')
        .summary('score control statuses from any source')
        .description('Score control statuses that another tool or a person found, without evidence. A control without a status is NO_DATA.')
        .requiredOption('--statuses <file>', 'JSON file with the statuses, or - for standard input'),
    ).action(async (options: ScoreOptions) => finish(await (await import('../score.ts')).score(options, io))),
    io,
    {
      notes: [
        'Format for one account: {"statuses": {"IAM-L1-01": "PASSED"}}',
        'Format for an organization: {"accounts": {"111111111111": {"weight": 1, "statuses": {"IAM-L1-01": "PASSED"}}}}. A weight is a number greater than 0 (default: 1).',
        'Statuses: PASSED or PASS, FAILED or FAIL, NOT_APPLICABLE, NO_DATA, in any case.',
        'IDs: a control ID or slug in any case, or the ID of a Prowler check or Security Hub control that decides exactly the same, such as iam_root_mfa_enabled or IAM.5. csmm leaves out checks that are only related to a control, lists them, and exits with 3. If several IDs decide one control, all of them must pass.',
        ...REPORT_NOTES,
      ],
      examples: [
        [`echo '{"statuses": {"IAM-L1-01": "PASSED"}}' | csmm score --statuses -`],
        [`echo '{"statuses": {"iam_root_mfa_enabled": "PASS"}}' | csmm score --statuses - --json`],
        [`echo '{"accounts": {"111111111111": {"statuses": {"S3.1": "PASS"}}}}' | csmm score --statuses -`],
      ],
      exitCodes: ['ok', 'usage', 'unread', 'gate'],
    },
  );
