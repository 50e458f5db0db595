/**
 * Returns how many examples a property tries: `usual`, times the environment variable `CSMM_RUNS_FACTOR` if that is set. The nightly
 * workflow sets it to 10.
 *
 * @throws RangeError if the variable is not a positive number.
 */
export function runs(usual: number): number {
  const given = process.env.CSMM_RUNS_FACTOR ?? '1';
  const factor = Number(given);
  if (!(factor > 0)) throw new RangeError(`CSMM_RUNS_FACTOR is ${JSON.stringify(given)}, but must be a positive number`);
  return Math.max(1, Math.round(usual * factor));
}
