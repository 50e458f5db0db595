import { describe, expect, it } from 'vitest';
import { assertEnvironment, signInProblem } from '../../cli/sign-in.ts';

const failure = (name: string, message: string, parts: object = {}): Error => Object.assign(new Error(message), { name, ...parts });
const told = (error: unknown, env: Readonly<Record<string, string>> = {}, profile?: string): string =>
  signInProblem(error, { region: 'eu-west-1', env, profile });

describe('a first call that failed', () => {
  it.each([
    [
      'has no host',
      failure('Error', 'getaddrinfo ENOTFOUND sts.eu-west-1.amazonaws.com', { code: 'ENOTFOUND' }),
      'the host name is unknown',
    ],
    ['has no network', failure('Error', 'getaddrinfo EAI_AGAIN sts', { code: 'EAI_AGAIN' }), 'the name server did not answer'],
    ['is refused', failure('Error', 'connect ECONNREFUSED 192.0.2.1:443', { code: 'ECONNREFUSED' }), 'it refused the connection'],
    ['is refused at each address', new AggregateError([failure('Error', '', { code: 'ECONNREFUSED' })]), 'it refused the connection'],
    ['is cut', failure('TimeoutError', 'socket hang up', { code: 'ECONNRESET' }), 'it closed the connection'],
    ['has no answer', failure('TimeoutError', 'a request has exceeded 10000 ms'), 'it did not answer in time'],
    ['is a wrapped failure', failure('Error', 'no', { cause: failure('Error', '', { code: 'ENETUNREACH' }) }), 'no network leads there'],
  ])('is not blamed on the credentials where it %s', (_, error, why) => {
    expect(told(error)).toMatch(`cannot reach AWS STS in eu-west-1: ${why} (`);
    expect(told(error)).toContain('Fix: check the network connection and the Region');
    expect(told(error)).not.toContain('credential');
    expect(told(error, { HTTPS_PROXY: 'http://proxy.example:3128' })).toContain('csmm does not use the proxy of HTTPS_PROXY');
    expect(told(error, { AWS_ENDPOINT_URL: 'http://localhost:5000' })).toMatch(
      /^cannot reach http:\/\/localhost:5000, the endpoint of AWS_ENDPOINT_URL: .*Fix: check AWS_ENDPOINT_URL$/,
    );
  });

  it.each([
    ['SELF_SIGNED_CERT_IN_CHAIN', 'self-signed certificate in certificate chain'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed certificate'],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'unable to get local issuer certificate'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'unable to verify the first certificate'],
    ['CERT_HAS_EXPIRED', 'certificate has expired'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', "Hostname/IP does not match certificate's altnames"],
  ])('names the variable for certificates where TLS says %s', (code, message) => {
    expect(told(failure('Error', message, { code }))).toMatch(/cannot trust the certificate of AWS STS.*NODE_EXTRA_CA_CERTS/);
  });

  it.each([
    ['RequestTimeTooSkewed', 'The difference between the request time and the current time is too large.'],
    ['SignatureDoesNotMatch', 'Signature expired: 20260101T000000Z is now earlier than 20260101T010000Z'],
    ['InvalidSignatureException', 'Signature not yet current: 20260101T020000Z is still later than 20260101T010000Z'],
    ['RequestExpired', 'Request has expired.'],
  ])('is blamed on the clock where AWS says %s', (name, message) => {
    expect(told(failure(name, message))).toMatch(/^AWS rejected the time of the request: .*Fix: set the clock of this machine$/);
  });

  it.each([
    ['ExpiredToken', 'have expired', 'Fix: sign in again'],
    ['InvalidClientTokenId', 'does not know the access key', 'set AWS_REGION'],
    ['UnrecognizedClientException', 'does not know the access key', 'Fix: sign in'],
    ['SignatureDoesNotMatch', 'rejected the signature', 'check the secret access key'],
    ['CredentialsProviderError', 'has no valid AWS credentials', 'Fix: sign in, or pass --profile'],
    ['Teapot', 'sts:GetCallerIdentity in eu-west-1 failed (Teapot)', 'short and stout'],
  ])('says what AWS means by %s, and what to do', (name, what, fix) => {
    const text = told(failure(name, 'short and\n stout.'));
    expect(text).toContain(what);
    expect(text).toContain(fix);
    expect(text).not.toContain('\n');
  });

  it('names the profile', () => {
    expect(told(failure('CredentialsProviderError', 'no'), {}, 'audit')).toContain('the profile audit has no valid AWS credentials');
  });
});

describe('the environment of a scan', () => {
  it.each([
    [{}],
    [{ AWS_REGION: '', AWS_ENDPOINT_URL: '' }],
    [{ AWS_REGION: 'eu-west-1', AWS_DEFAULT_REGION: 'nonsense' }],
    [{ AWS_REGION: 'us-gov-west-1' }],
    [{ AWS_REGION: 'eusc-de-east-1' }],
    [{ AWS_REGION: 'xx-north-9' }],
    [{ AWS_ENDPOINT_URL: 'http://localhost:5000', AWS_ENDPOINT_URL_S3: 'https://s3.example:9000/' }],
    [{ AWS_ENDPOINT_URLS: 'another variable' }],
  ])('may be %j', (env) => {
    expect(() => assertEnvironment(env)).not.toThrow();
  });

  it.each([
    [{ AWS_REGION: 'nonsense' }, 'AWS_REGION is not a Region'],
    [{ AWS_DEFAULT_REGION: 'eu-west1' }, 'AWS_DEFAULT_REGION is not a Region'],
    [{ AWS_REGION: 'eu_west_1' }, 'AWS_REGION is not a Region'],
    [{ AWS_ENDPOINT_URL: 'foo' }, 'AWS_ENDPOINT_URL is not the URL'],
    [{ AWS_ENDPOINT_URL: '//localhost' }, 'AWS_ENDPOINT_URL is not the URL'],
    [{ AWS_ENDPOINT_URL_STS: 'ftp://localhost' }, 'AWS_ENDPOINT_URL_STS is not the URL'],
  ])('may not be %j', (env, problem) => {
    expect(() => assertEnvironment(env)).toThrow(problem);
  });
});
