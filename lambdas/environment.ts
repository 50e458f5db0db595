/** Thrown if the function was deployed without a variable that it needs. */
export class MissingEnvironmentError extends Error {
  override readonly name = 'MissingEnvironmentError';
}

/** Returns an environment variable. @throws MissingEnvironmentError if the variable is absent or empty. */
export function requireEnv(name: string): string {
  const value = process.env[name];
  if (!value) throw new MissingEnvironmentError(`the environment variable ${name} is not set`);
  return value;
}
