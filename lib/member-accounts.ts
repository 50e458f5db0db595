import { CfnStackSet, type CfnStackSetProps } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { CallAs } from '../core/deployment/options.ts';

export interface MemberAccountsProps {
  readonly stackSetName: string;
  readonly description: string;
  /** Organizational units, or the root, whose accounts get the template, including accounts that join later. */
  readonly organizationalUnits: readonly string[];
  readonly regions: readonly string[];
  readonly parameters: Readonly<Record<string, string>>;
  readonly callAs: CallAs;
  readonly template: Pick<CfnStackSetProps, 'templateBody'> | Pick<CfnStackSetProps, 'templateUrl'>;
}

/** Deploys a template to the accounts of an organization, and to every account that joins it. */
export class MemberAccounts extends Construct {
  constructor(scope: Construct, id: string, props: MemberAccountsProps) {
    super(scope, id);
    new CfnStackSet(this, 'StackSet', {
      stackSetName: props.stackSetName,
      description: props.description,
      permissionModel: 'SERVICE_MANAGED',
      callAs: props.callAs,
      capabilities: ['CAPABILITY_NAMED_IAM'],
      autoDeployment: { enabled: true, retainStacksOnAccountRemoval: false },
      managedExecution: { Active: true },
      operationPreferences: { regionConcurrencyType: 'PARALLEL', maxConcurrentPercentage: 100, failureTolerancePercentage: 100 },
      parameters: Object.entries(props.parameters).map(([parameterKey, parameterValue]) => ({ parameterKey, parameterValue })),
      stackInstancesGroup: [{ deploymentTargets: { organizationalUnitIds: [...props.organizationalUnits] }, regions: [...props.regions] }],
      ...props.template,
    });
  }
}
