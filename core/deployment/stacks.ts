/** Names of the stacks of a deployment. */

/** The stack in the home Region. */
export const MAIN_STACK = 'Csmm';

/** The stack of remediation in the home Region. */
export const REMEDIATION_STACK = 'Csmm-Remediation';

/** Returns the name of the stack that forwards changes of another Region. */
export const forwardStack = (region: string): string => `Csmm-Forward-${region}`;

/** Returns the name of the stack that has the runbooks of another Region. */
export const runbooksStack = (region: string): string => `Csmm-Runbooks-${region}`;
