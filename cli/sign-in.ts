import { failureKind, nameOf } from '../adapters/aws/failures.ts';
import { messageOf, UsageError } from './exit.ts';
import { misspelledRegion } from './known-regions.ts';

/** Checks of the environment before the first call to AWS, and the words for a first call that failed. */

type Environment = Readonly<Record<string, string | undefined>>;

/** Form of a Region's name. The text is for error messages. */
export const REGION = { pattern: /^[a-z]{2,8}(-[a-z]{2,16}){1,3}-\d{1,2}$/, allowed: 'Regions such as eu-west-1,us-east-1' } as const;

/** Returns the Region for calls that need no particular one. */
export const homeRegion = (env: Environment): string => env.AWS_REGION || env.AWS_DEFAULT_REGION || 'us-east-1';

/** @throws UsageError if variables of the AWS SDKs hold a Region or an endpoint that cannot be one. */
export function assertEnvironment(env: Environment): void {
  const name = env.AWS_REGION ? 'AWS_REGION' : 'AWS_DEFAULT_REGION';
  const region = env[name];
  if (region) assertRegion(region, name);
  for (const [variable, value] of Object.entries(env)) {
    if (!/^AWS_ENDPOINT_URL(_|$)/.test(variable) || !value) continue;
    if (!URL.canParse(value) || !['http:', 'https:'].includes(new URL(value).protocol)) {
      throw new UsageError(
        `${variable} is not the URL of an endpoint: given ${JSON.stringify(value)}. Fix: set a URL such as http://localhost:5000, or unset the variable`,
      );
    }
  }
}

/** @throws UsageError if a name cannot be a Region. AWS opens new Regions, so an unknown name is not always wrong. */
export function assertRegion(name: string, source: string): void {
  const meant = misspelledRegion(name);
  if (REGION.pattern.test(name) && meant === undefined) return;
  const hint = meant === undefined ? `; allowed ${REGION.allowed}` : `; did you mean ${meant}?`;
  throw new UsageError(`${source} is not a Region: given ${JSON.stringify(name)}${hint}`);
}

export interface SignIn {
  readonly profile?: string | undefined;
  readonly region: string;
  readonly env: Environment;
}

/** Returns what failed when csmm asked AWS who it is, and what the user can do. */
export function signInProblem(error: unknown, { profile, region, env }: SignIn): string {
  const [code, message] = [codeOf(error), oneLine(error)];
  const unreachable =
    UNREACHABLE[code] ?? (error instanceof Error && error.name === 'TimeoutError' ? 'it did not answer in time' : undefined);
  if (unreachable !== undefined) {
    const endpoint = endpointOf(env);
    const fix = endpoint === undefined ? `check the network connection and the Region${proxyHint(env)}` : `check ${endpoint.variable}`;
    const place = endpoint === undefined ? `AWS STS in ${region}` : `${endpoint.url}, the endpoint of ${endpoint.variable}`;
    return `cannot reach ${place}: ${unreachable} (${message === '' ? code : message}). Fix: ${fix}`;
  }
  if (TLS.test(code)) {
    return `cannot trust the certificate of AWS STS in ${region}: ${message} (${code}). Fix: if a proxy of your network inspects TLS, set NODE_EXTRA_CA_CERTS to the file of its CA certificate. Also check the clock of this machine`;
  }
  const where = profile === undefined ? 'the default credential chain' : `the profile ${profile}`;
  if (isClockWrong(error)) {
    return `AWS rejected the time of the request: ${message}. Fix: set the clock of this machine`;
  }
  const name = nameOf(error);
  if (failureKind(error) === 'expired' && name !== 'CredentialsProviderError') {
    return `the AWS credentials of ${where} have expired: ${message}. Fix: sign in again`;
  }
  if (UNKNOWN_KEY.has(name)) {
    return `AWS does not know the access key of ${where}: ${message}. Fix: sign in, or pass --profile. Outside the aws partition, set AWS_REGION to a Region of your partition`;
  }
  if (name === 'SignatureDoesNotMatch') {
    return `AWS rejected the signature of ${where}: ${message}. Fix: check the secret access key`;
  }
  if (name === 'CredentialsProviderError' || name === 'TokenProviderError') {
    return `${where} has no valid AWS credentials: ${message}. Fix: sign in, or pass --profile`;
  }
  return `cannot find out who calls AWS: sts:GetCallerIdentity in ${region} failed (${name}): ${message}`;
}

const UNREACHABLE: Readonly<Record<string, string>> = {
  EAI_AGAIN: 'the name server did not answer',
  ECONNREFUSED: 'it refused the connection',
  ECONNRESET: 'it closed the connection',
  EHOSTUNREACH: 'no route leads there',
  ENETUNREACH: 'no network leads there',
  ENOTFOUND: 'the host name is unknown',
  EPIPE: 'it closed the connection',
  EPROTO: 'it does not speak TLS',
  ETIMEDOUT: 'it did not answer in time',
};

/** Codes of https://nodejs.org/api/tls.html#x509-certificate-error-codes and of TLS itself. */
const TLS = /CERT|UNABLE_TO_(GET|VERIFY)|SELF_SIGNED|^ERR_(TLS|SSL)/;

const UNKNOWN_KEY: ReadonlySet<string> = new Set(['InvalidAccessKeyId', 'InvalidClientTokenId', 'UnrecognizedClientException']);

const CLOCK: ReadonlySet<string> = new Set(['RequestExpired', 'RequestInTheFuture', 'RequestTimeTooSkewed']);

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html */
const isClockWrong = (error: unknown): boolean =>
  CLOCK.has(nameOf(error)) ||
  (/^(SignatureDoesNotMatch|InvalidSignatureException)$/.test(nameOf(error)) &&
    /Signature (expired|not yet current)/.test(messageOf(error)));

/** Returns the code of the system error behind an error; of the first one, if a host has several addresses. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  if ('code' in error && typeof error.code === 'string') return error.code;
  return error instanceof AggregateError ? codeOf(error.errors[0]) : codeOf(error.cause);
}

function endpointOf(env: Environment): { readonly variable: string; readonly url: string } | undefined {
  const variable = ['AWS_ENDPOINT_URL_STS', 'AWS_ENDPOINT_URL'].find((name) => env[name]);
  return variable === undefined ? undefined : { variable, url: env[variable] ?? '' };
}

/** The SDK for JavaScript connects directly. The AWS CLI uses these variables, so the user expects the same of csmm. */
function proxyHint(env: Environment): string {
  const proxy = ['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy'].find((name) => env[name]);
  return proxy === undefined
    ? ''
    : `. csmm does not use the proxy of ${proxy}: it needs a direct connection to AWS, or an AWS_ENDPOINT_URL`;
}

/** Returns the message of an error on one line, without a period at its end. */
export const oneLine = (error: unknown): string => messageOf(error).replaceAll(/\s+/g, ' ').slice(0, 300).replace(/\.$/, '');
