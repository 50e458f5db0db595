import { Command } from 'commander';
import { DOCTOR_PERMISSIONS } from '../../adapters/aws/doctor/permissions.ts';
import type { DoctorOptions } from '../doctor.ts';
import type { CommandFor } from './context.ts';
import { withHelp } from './help.ts';

const repeated = (value: string, previous: readonly string[] = []): readonly string[] => [...previous, value];

export const doctorCommand: CommandFor = ({ io, finish }) =>
  withHelp(
    new Command('doctor')
      .summary('check the prerequisites and the health of a deployment')
      .description(
        'Check what a deployment needs: the account, the organization, AWS Config, CloudTrail and quotas. If csmm is deployed, check its health too: stacks, rules, functions, queues, alarms, tables, stack sets, and when csmm last read each account. Each problem has a fix. Makes only read-only API calls.',
      )
      .option('-c, --context <name=value>', 'value of the deployment, as for cdk deploy; repeatable (also read: cdk.json)', repeated)
      .option('--profile <name>', 'AWS profile (default: the default credential chain)')
      .option('--region <name>', 'home Region, if no context value names it (default: AWS_REGION)')
      .option('--json', 'print as JSON')
      .option('--quiet', 'print no progress, and no report without a problem')
      .option('--print-policy', 'print the IAM policy that the doctor needs, and exit')
      .action(async (options: DoctorOptions) => finish(await (await import('../doctor.ts')).doctor(options, io))),
    io,
    {
      notes: [
        'Outcomes: ok, warn (csmm works, but not as it should), fail, and ? (csmm could not check it: the line names the failed or denied action). Warnings do not change the exit code.',
        'After a deployment, csmm finds its Regions and its organization itself. Pass its context values to check that it has what you want.',
        `IAM actions: ${DOCTOR_PERMISSIONS.join(', ')}.`,
      ],
      examples: [
        ['csmm doctor --region eu-west-1'],
        ['csmm doctor -c homeRegion=eu-west-1 -c regions=us-east-1', 'before the first deployment'],
        ['csmm doctor --profile audit --region eu-west-1 --json'],
        ['csmm doctor --print-policy', 'the permissions that it needs'],
      ],
      exitCodes: ['ok', 'usage', 'unread', 'gate'],
    },
  );
