import { type App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { READERS } from '../adapters/aws/readers/index.ts';
import { CONTROLS } from '../controls/index.ts';
import { type Settings, takesOwnChanges } from '../core/deployment/options.ts';
import { readTypes } from '../core/deployment/read-types.ts';
import { forwardStack, forwardStackName, MAIN_STACK, REMEDIATION_STACK, runbooksStack } from '../core/deployment/stacks.ts';
import { CsmmStack } from './csmm-stack.ts';
import { ForwardStack } from './forward-stack.ts';
import { RemediationStack } from './remediation-stack.ts';
import { readRunbooks } from './runbooks/read.ts';
import { RunbooksStack } from './runbooks-stack.ts';

export interface ComposeProps {
  readonly settings: Settings;
  /** Account to deploy to. @default - the account of the credentials in use */
  readonly account?: string;
}

/** Adds the stacks to an app. The synthesis fails if they break a rule of AWS Solutions. */
export function compose(app: App, { settings, account }: ComposeProps): CsmmStack {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  const changes = { resourceTypes: readTypes(CONTROLS), apiCalls: READERS.flatMap(({ refreshedBy }) => refreshedBy) };
  const { homeRegion } = settings;
  const owner = account === undefined ? {} : { account };
  const csmm = new CsmmStack(app, MAIN_STACK, { settings, changes, env: { ...owner, ...(homeRegion && { region: homeRegion }) } });
  if (homeRegion !== undefined && takesOwnChanges(settings)) {
    for (const region of settings.otherRegions) {
      new ForwardStack(app, forwardStack(region), {
        stackName: forwardStackName(region, homeRegion),
        homeRegion,
        changes,
        notifies: settings.alarmTopicArn !== undefined,
        env: { ...owner, region },
      }).addStackDependency(csmm);
    }
  }
  if (settings.remediation) addRemediation(app, { settings, ...(account !== undefined && { account }) }, csmm);
  return csmm;
}

function addRemediation(app: App, { settings, account }: ComposeProps, csmm: CsmmStack): void {
  const { homeRegion, otherRegions } = settings;
  const owner = account === undefined ? {} : { account };
  const runbooks = readRunbooks(settings);
  const env = { ...owner, ...(homeRegion && { region: homeRegion }) };
  const remediation = new RemediationStack(app, REMEDIATION_STACK, { settings, csmm, runbooks, env });
  remediation.addStackDependency(csmm);
  if (homeRegion === undefined || !takesOwnChanges(settings)) return;
  for (const region of otherRegions) {
    new RunbooksStack(app, runbooksStack(region), {
      homeRegion,
      runbooks,
      notifies: settings.alarmTopicArn !== undefined,
      env: { ...owner, region },
    }).addStackDependency(remediation);
  }
}
