import { Command } from 'commander';
import type { PlayOptions } from '../play.ts';
import type { CommandFor } from './context.ts';
import { withHelp } from './help.ts';
import { parseSpeed } from './options.ts';

export const playCommand: CommandFor = ({ io, finish }) =>
  withHelp(
    new Command('play')
      .summary('play a sample week of an organization and watch its score')
      .description(
        'Play a sample week of an organization (3 accounts, 2 Regions) and show how each event changes the score. csmm collects, scores and reports in this process and makes no network calls. Without a terminal, it prints only the final scorecard.',
      )
      .option('--speed <factor>', 'pace: 1 plays the week in 25 seconds, 10 in 2.5 seconds, max at once', parseSpeed, 1)
      .option('--file <path>', 'file with events to play (default: the sample week)')
      .option('--settings <file>', 'settings file, such as csmm.yaml (default: none)')
      .option('--explain', 'explain each term of the scorecard in one line (default: only on a terminal)')
      .action(async (options: PlayOptions) => finish(await (await import('../play.ts')).play(options, io))),
    io,
    {
      examples: [['csmm play --speed 5'], ['csmm play --speed max']],
      exitCodes: ['ok', 'usage', 'unread', 'interrupted'],
    },
  );
