import { Argument, Command } from 'commander';
import type { RemediateOptions } from '../remediate.ts';
import type { CommandFor } from './context.ts';
import { withHelp } from './help.ts';
import { withScope, withSettings } from './options.ts';

export const remediateCommand: CommandFor = ({ io, finish }) =>
  withHelp(
    withSettings(withScope(new Command('remediate')))
      .summary('show how a deployment could remediate failing resources')
      .description(
        'Show for each failing resource which runbook could remediate it, with which parameters, whether csmm can undo it, and how the score would change. Show the reason if only a person can fix it. Reads recorded evidence, or scans your accounts as csmm scan does. Changes nothing.',
      )
      .addArgument(new Argument('[path...]', 'records of csmm scan --record, or AWS Config items (default: scan the account)'))
      .option('--plan', 'print the plan (required: csmm remediate can do nothing else)')
      .option('--json', 'print the plan as JSON')
      .option('--quiet', 'print no progress and no notes')
      .action(async (paths: string[], options: RemediateOptions) =>
        finish(await (await import('../remediate.ts')).remediate(paths, options, io)),
      ),
    io,
    {
      notes: ['To let a deployment run the plan, see docs/remediation.md.'],
      examples: [
        ['csmm remediate --plan examples/week.ndjson'],
        ['csmm remediate --plan --regions eu-west-1 --settings csmm.yaml'],
        ['csmm scan --record facts.ndjson && csmm remediate --plan facts.ndjson --json'],
      ],
      exitCodes: ['ok', 'usage', 'unread', 'interrupted'],
    },
  );
