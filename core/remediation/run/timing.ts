/** How long a remediation waits in each situation. Times are in minutes unless the name gives another unit. */

/** Lease of an intended start. During the lease no other process starts or replaces it; its owner may start it only in the first half. */
export const LEASE_MINUTES = 20;
/** Interval between two queries of the status of an execution. */
export const POLL_MINUTES = 1;
/** Maximum run time of an execution. csmm stops one that runs longer. */
export const MAX_RUN_MINUTES = 120;
/** Maximum time without an answer from SSM, in hours. After that only an operator can continue. */
export const MAX_SILENCE_HOURS = 24;
/**
 * Waits before the next read that verifies an attempt, if the control does not pass yet. The attempt fails after the last one. The reads
 * are repeated because AWS APIs are eventually consistent.
 */
export const VERIFY_AGAIN_MINUTES = [1, 2, 5, 10];
/** Wait before the next read that verifies an attempt, if the last read failed. IAM writes a credential report only every four hours. */
export const VERIFY_UNREAD_MINUTES = 15;
/** Waits after the first and the second failed attempt. After the third and last one, csmm decides at once. */
export const BACKOFF_MINUTES = [5, 20];
/** Wait for another remediation of the same resource. */
export const LOCKED_MINUTES = 2;
/** Maximum number of consecutive failed reads of a guard. After that csmm refuses the remediation. */
export const MAX_RETRIES = 12;

/** Time during which only one worker reads a resource, so that other workers do not read it too. */
export const CLAIM_MINUTES = 15;
/** Maximum number of consecutive claims that end without a result. After that only an operator can continue. */
export const MAX_CLAIMS = 5;

/** Shortest and longest wait after SSM deferred a start, in minutes. The wait is half of the time since the first deferral. */
export const DEFERRED_MINUTES = { shortest: 0.5, longest: 5 } as const;

/** Longest wait after a step that threw an error, in minutes. The first wait is one minute, and each further one is twice as long. */
export const FAULT_MINUTES = 60;
/** Number of consecutive steps that throw an error after which only an operator can continue. */
export const MAX_FAULTS = 12;
