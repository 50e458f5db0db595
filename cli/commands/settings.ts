import { Command } from 'commander';
import type { ApplyOptions, DeploymentOptions, ShowOptions } from '../settings.ts';
import type { CommandFor } from './context.ts';
import { withHelp } from './help.ts';
import { withDeployment } from './options.ts';

const STATE_TABLE = 'STATE table of the deployment: output StateTableName of its stack (default: CSMM_STATE_TABLE)';
const FILE = 'settings file, such as csmm.yaml';

export const settingsCommand: CommandFor = ({ io, finish }) => {
  const load = () => import('../settings.ts');
  const settings = withHelp(
    new Command('settings')
      .summary('check a settings file, and apply it to a deployment')
      .description(
        'Check a settings file such as csmm.yaml, compare it with a deployment, and apply it. A settings file declares facts that no AWS API returns, such as approved Regions and exceptions. The commands scan, replay and remediate read the file themselves.',
      )
      .helpOption('-h, --help', 'show this help')
      .helpCommand(false),
    io,
    {
      notes: ['docs/settings.md describes the format of the file, and the permissions that apply needs.'],
      examples: [
        ['csmm settings validate examples/csmm.yaml'],
        ['csmm settings diff csmm.yaml --table Csmm-StateTable'],
        ['csmm settings apply csmm.yaml --table Csmm-StateTable --scores-table Csmm-ScoresTable'],
        ['csmm settings show --json'],
      ],
      exitCodes: ['ok', 'usage', 'interrupted'],
    },
  );
  const add = (name: string, description: string, example: string): Command => {
    const command = withHelp(new Command(name).description(description), io, {
      examples: [[example]],
      exitCodes: name === 'apply' ? ['ok', 'usage', 'interrupted'] : ['ok', 'usage'],
    });
    settings.addCommand(command);
    return command;
  };
  add('validate', 'check a settings file, and list every problem with its line', 'csmm settings validate examples/csmm.yaml')
    .argument('<file>', FILE)
    .action(async (file: string) => finish(await (await load()).validateSettings(file, io)));
  withDeployment(
    add('diff', 'show what would change if you applied a settings file', 'csmm settings diff csmm.yaml --table Csmm-StateTable'),
    STATE_TABLE,
  )
    .argument('<file>', FILE)
    .action(async (file: string, options: DeploymentOptions) => finish(await (await load()).diffSettings(file, options, io)));
  withDeployment(
    add(
      'apply',
      'show the changes, ask for confirmation, and apply a settings file to all accounts',
      'csmm settings apply csmm.yaml --table Csmm-StateTable --scores-table Csmm-ScoresTable',
    ),
    STATE_TABLE,
  )
    .argument('<file>', FILE)
    .option('--scores-table <name>', 'SCORES table of the deployment: output ScoresTableName of its stack (default: CSMM_SCORES_TABLE)')
    .option('--yes', 'apply without asking for confirmation')
    .action(async (file: string, options: ApplyOptions) => finish(await (await load()).applySettings(file, options, io)));
  withDeployment(
    add('show', 'show the applied settings, with the time and the user', 'csmm settings show --table Csmm-StateTable --json'),
    STATE_TABLE,
  )
    .option('--json', 'print as JSON')
    .action(async (options: ShowOptions) => finish(await (await load()).showSettings(options, io)));
  return settings;
};
