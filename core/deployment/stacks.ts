/** Names of the stacks of a deployment. */

/** The stack in the home Region. */
export const MAIN_STACK = 'Csmm';

/** The stack of remediation in the home Region. */
export const REMEDIATION_STACK = 'Csmm-Remediation';

/** Returns the stack that forwards changes of another Region, as the CDK names it. In CloudFormation, earlier releases had this name too. */
export const forwardStack = (region: string): string => `Csmm-Forward-${region}`;

/**
 * Returns the name of that stack in CloudFormation. Both Regions are part of it, so that two deployments in one account, each in its own
 * home Region, do not replace each other's stack.
 */
export const forwardStackName = (region: string, homeRegion: string): string => `${forwardStack(region)}-to-${homeRegion}`;

/** Returns the name of the stack with the runbooks of another Region. Its documents have fixed names, so an account has one. */
export const runbooksStack = (region: string): string => `Csmm-Runbooks-${region}`;

/** The output of the main stack with the version of csmm. */
export const VERSION_OUTPUT = 'Version';
