/** How long remediations wait, and for what. Times are in minutes unless they say otherwise. */

/** For so long nobody else touches a start that was intended; who intended it starts nothing after half of it. */
export const LEASE_MINUTES = 20;
/** How often SSM is asked how an execution goes. */
export const POLL_MINUTES = 1;
/** An execution that runs for longer is stopped. */
export const MAX_RUN_MINUTES = 120;
/** After so long without an answer of SSM only a person can go on. */
export const MAX_SILENCE_HOURS = 24;
/** After which minutes a fresh reading that does not pass yet is made again, before the attempt counts as failed: APIs settle late. */
export const VERIFY_AGAIN_MINUTES = [1, 2, 5, 10];
/** After which it is made again where it could not be made: IAM writes a credential report every four hours. */
export const VERIFY_UNREAD_MINUTES = 15;
/** How long the next attempt waits after the first and the second that failed. The third is the last: it is decided on at once. */
export const BACKOFF_MINUTES = [5, 20];
/** How long a remediation waits for another one of the same resource. */
export const LOCKED_MINUTES = 2;
/** So often in a row a guard is not read before the resource is left to a person. */
export const MAX_RETRIES = 12;

/** For so long whoever reads the resource has it for itself, so that those who come meanwhile do not read it too. */
export const CLAIM_MINUTES = 15;
/** So often in a row that may come to no end, before a person has to look. */
export const MAX_CLAIMS = 5;
