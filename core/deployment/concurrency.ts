/** Most concurrent executions of the event sources whose limit is not an option. Lambda requires at least 2 for a queue. */
export const CONCURRENCY = {
  /** Scopes that are scored. */
  score: 20,
  /** Scopes that are scored again after a change of the context. They have a queue of their own, so that live changes do not wait. */
  rejudge: 3,
  /** Batches of ended executions of runbooks. Only with remediation. */
  remediate: 5,
} as const;
