import { describe, expect, it } from 'vitest';
import { isInConfig } from '../../../core/facts/index.ts';
import { factsOf } from '../../support/facts.ts';

const ABSENT = 'not in the configuration item';

describe('facts of a custom domain name', () => {
  const TYPE = 'AWS::ApiGateway::DomainName';

  it('are its security policy, which AWS Config does not contain', () => {
    expect(factsOf(TYPE, { securityPolicy: 'TLS_1_2' })).toEqual({ facts: { securityPolicy: 'TLS_1_2' }, missing: {} });
    expect(isInConfig(TYPE)).toBe(false);
  });

  it.each([
    [{}, ABSENT],
    [{ securityPolicy: ['TLS_1_2'] }, 'configuration.securityPolicy is not text'],
    ['TLS_1_2', ABSENT],
  ])('are missing for %j', (configuration, securityPolicy) => {
    expect(factsOf(TYPE, configuration)).toEqual({ facts: {}, missing: { securityPolicy } });
  });
});

describe('facts of an EKS cluster', () => {
  it.each([
    [{ Version: '1.33' }, { facts: { version: '1.33' }, missing: {} }],
    [{ Version: 1.33 }, { facts: {}, missing: { version: 'configuration.version is not text' } }],
    [null, { facts: {}, missing: { version: ABSENT } }],
  ])('of %j are its version', (configuration, expected) => {
    expect(factsOf('AWS::EKS::Cluster', configuration)).toEqual(expected);
  });
});

describe('facts of a Lambda function', () => {
  it.each([
    [{ runtime: 'nodejs22.x' }, { runtime: 'nodejs22.x' }],
    [{ Runtime: 'python3.13', PackageType: 'Zip' }, { runtime: 'python3.13' }],
    [{ PackageType: 'Image' }, { runtime: 'image' }],
    [{ PackageType: 'Zip' }, {}],
    [{ runtime: 22 }, {}],
    [{ runtime: 'nodejs22.x', environment: { variables: { KEY: 'x' } } }, { runtime: 'nodejs22.x' }],
  ])('of %j are only its runtime', (configuration, facts) => {
    expect(factsOf('AWS::Lambda::Function', configuration).facts).toEqual(facts);
  });
});
