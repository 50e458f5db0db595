import { Argument, Command } from 'commander';
import type { ReplayOptions } from '../replay.ts';
import type { CommandFor } from './context.ts';
import { withHelp } from './help.ts';
import { REPORT_NOTES, withReport, withSettings } from './options.ts';

export const replayCommand: CommandFor = ({ io, finish }) =>
  withHelp(
    withReport(
      withSettings(
        new Command('replay')
          .summary('score recorded AWS Config items or scans')
          .description(
            'Score recorded AWS Config items and records of csmm scan, in the given order, without network calls. Input: EventBridge events, notifications, configuration items, history and snapshot files, and outputs of aws configservice, as NDJSON, JSON lists or JSON documents, optionally compressed with gzip. csmm lists unreadable records on standard error, continues, and exits with 3.',
          )
          .addArgument(new Argument('<path...>', 'file, folder, or - for standard input'))
          .option('--events', 'print score-change events instead of a report, one per line; scores each record separately'),
      ),
    ).action(async (paths: string[], options: ReplayOptions) => finish(await (await import('../replay.ts')).replay(paths, options, io))),
    io,
    {
      notes: [...REPORT_NOTES, 'Settings: if a settings file applies, csmm ignores the settings in the input, and says so.'],
      examples: [
        ['csmm replay examples/week.ndjson'],
        ['csmm replay examples/ --json'],
        ['csmm replay examples/week.ndjson --status failed --severity critical,high'],
        ['csmm replay examples/week.ndjson --json --control NET-L1-01'],
        ['csmm replay examples/week.ndjson --fail-under 30'],
        ['gzip -c examples/week.ndjson > week.ndjson.gz && csmm replay week.ndjson.gz --events | head -n 3'],
      ],
      exitCodes: ['ok', 'usage', 'unread', 'gate'],
    },
  );
