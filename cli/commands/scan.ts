import { Command } from 'commander';
import type { ScanOptions } from '../scan.ts';
import type { CommandFor } from './context.ts';
import { withHelp } from './help.ts';
import { REPORT_NOTES, withReport, withScope, withSettings } from './options.ts';

export const scanCommand: CommandFor = ({ io, finish }) =>
  withHelp(
    withReport(
      withSettings(
        withScope(
          new Command('scan')
            .summary('scan AWS accounts and print their maturity score')
            .description(
              'Scan AWS accounts and print their maturity score. The scan makes only read-only API calls. If AWS denies a call, the affected controls get the status NO_DATA, and the scan lists the missing permissions at the end.',
            ),
        ),
      )
        .option('--record <file>', 'save the collected facts for csmm replay; only you can read the file (contains no secrets)')
        .option(
          '--resume <file>',
          'resume an interrupted scan from its --record file; use the same options (asks if the facts are older than a day)',
        )
        .option('--print-policy', 'print the IAM policy that the scan needs, and exit'),
    ).action(async (options: ScanOptions) => finish(await (await import('../scan.ts')).scan(options, io))),
    io,
    {
      notes: REPORT_NOTES,
      examples: [
        ['csmm scan', 'this account, all enabled Regions'],
        ['csmm scan --profile audit --regions eu-west-1,us-east-1'],
        ['csmm scan --print-policy > policy.json', 'the permissions that a scan needs'],
        ['csmm scan --organization --role-name security-audit --settings csmm.yaml'],
        ['csmm scan --record facts.ndjson && csmm replay facts.ndjson'],
        ['csmm scan --quiet --output score.txt --fail-under 50 --fail-on critical'],
      ],
      exitCodes: ['ok', 'usage', 'unread', 'gate', 'interrupted'],
    },
  );
