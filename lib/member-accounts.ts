import { CfnStackSet } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { ChangesTaken } from './event-patterns.ts';
import { type MemberParameters, renderMemberTemplate } from './member-stack.ts';
import type { CallAs } from './settings.ts';

export interface MemberAccountsProps {
  /** Units, or the root, whose accounts get the member template, also those that join later. */
  readonly organizationalUnits: readonly string[];
  readonly regions: readonly string[];
  readonly changes: ChangesTaken;
  readonly parameters: MemberParameters;
  readonly callAs: CallAs;
}

/** Deploys the member template to the accounts of an organization, and to every account that joins it. */
export class MemberAccounts extends Construct {
  constructor(scope: Construct, id: string, props: MemberAccountsProps) {
    super(scope, id);
    new CfnStackSet(this, 'StackSet', {
      stackSetName: 'csmm-member',
      description: 'Sends configuration changes to the security account, and lets it read what a change does not carry.',
      permissionModel: 'SERVICE_MANAGED',
      callAs: props.callAs,
      capabilities: ['CAPABILITY_NAMED_IAM'],
      autoDeployment: { enabled: true, retainStacksOnAccountRemoval: false },
      managedExecution: { Active: true },
      operationPreferences: { regionConcurrencyType: 'PARALLEL', maxConcurrentPercentage: 100, failureTolerancePercentage: 100 },
      parameters: Object.entries(props.parameters).map(([parameterKey, parameterValue]) => ({ parameterKey, parameterValue })),
      stackInstancesGroup: [{ deploymentTargets: { organizationalUnitIds: [...props.organizationalUnits] }, regions: [...props.regions] }],
      templateBody: renderMemberTemplate(props.changes),
    });
  }
}
