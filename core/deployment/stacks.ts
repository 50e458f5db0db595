/** Names of the stacks of a deployment. */

/** The stack in the home Region. */
export const MAIN_STACK = 'Csmm';

/** The stack of remediation in the home Region. */
export const REMEDIATION_STACK = 'Csmm-Remediation';

/**
 * Returns the name of the stack that forwards from one Region to another. Both are part of it, so that two deployments in one account,
 * each in its own home Region, do not replace each other's.
 */
export const forwardStackName = (region: string, homeRegion: string): string => `${forwardStackId(region)}-to-${homeRegion}`;

/** Returns the ID of the forwarding stack in the CDK. Releases before 0.2 gave it this name. */
export const forwardStackId = (region: string): string => `Csmm-Forward-${region}`;

/** Returns the name of the stack with the runbooks of a Region. Its documents have fixed names, so an account has one. */
export const runbooksStackName = (region: string): string => `Csmm-Runbooks-${region}`;

/** The output of the main stack with the version of csmm. */
export const VERSION_OUTPUT = 'Version';
