import { Command } from 'commander';
import type { ControlsOptions } from '../controls.ts';
import type { CommandFor } from './context.ts';
import { withHelp } from './help.ts';
import { parseLevel, withControlFilters } from './options.ts';

export const controlsCommand: CommandFor = ({ io, finish }) =>
  withHelp(
    withControlFilters(
      new Command('controls')
        .summary('list the controls, or show one of them')
        .description('List the controls of the catalogue. With an ID or slug, show everything about that control.')
        .argument('[id]', 'control ID or slug in any case, such as NET-L1-01'),
    )
      .option('--level <level>', 'list only this level, 1 to 5', parseLevel)
      .option('--evaluated', 'list only the controls that csmm evaluates')
      .option('--json', 'print as JSON')
      .action(async (id: string | undefined, options: ControlsOptions) =>
        finish(await (await import('../controls.ts')).controls(id, options, io)),
      ),
    io,
    {
      examples: [
        ['csmm controls --pillar networking --level 1'],
        ['csmm controls STR-L1-02', 'one control: rule, evidence, remediation'],
        ['csmm controls --evaluated --json'],
      ],
      exitCodes: ['ok', 'usage'],
    },
  );
