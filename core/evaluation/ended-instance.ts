import { insufficientData, notApplicable, type Verdict } from '../control.ts';

/** States of an instance: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-lifecycle.html */
const LIVE: ReadonlySet<string> = new Set(['pending', 'running', 'stopping', 'stopped']);
const ENDED: ReadonlySet<string> = new Set(['shutting-down', 'terminated']);

/** Whether an instance is terminated or will be. It never runs again. */
export const isEnded = (state: string | undefined): boolean => state !== undefined && ENDED.has(state);

/** Returns the verdict on an instance that has ended or whose state is unknown, or `undefined` if it can run. An absent state counts as live. */
export function evaluateEnded(state: string | undefined): Verdict | undefined {
  if (isEnded(state)) return notApplicable(`instance is ${state}`);
  if (state === undefined || LIVE.has(state)) return undefined;
  return insufficientData('state-unknown', `instance has the unknown state "${state}"`);
}
