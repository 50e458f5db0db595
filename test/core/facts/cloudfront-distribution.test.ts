import { describe, expect, it } from 'vitest';
import { factsOf } from '../../support/facts.ts';

const TYPE = 'AWS::CloudFront::Distribution';
const EMPTY = { quantity: 0 };
const items = (...elements: unknown[]) => ({ quantity: elements.length, items: elements });
const custom = (originProtocolPolicy?: string, ...protocols: string[]) => ({
  customOriginConfig: { originProtocolPolicy, originSslProtocols: items(...protocols) },
});

const distributionConfig = {
  enabled: true,
  defaultCacheBehavior: { viewerProtocolPolicy: 'redirect-to-https' },
  cacheBehaviors: EMPTY,
  viewerCertificate: { cloudFrontDefaultCertificate: false, minimumProtocolVersion: 'TLSv1.2_2021' },
  origins: items({ s3OriginConfig: { originAccessIdentity: '' } }),
};
const factsWith = (change: object) => factsOf(TYPE, { distributionConfig: { ...distributionConfig, ...change } }).facts;

describe('facts of a distribution', () => {
  it('are its requirements for viewers and origins', () => {
    expect(factsOf(TYPE, { distributionConfig })).toEqual({
      facts: { enabled: true, viewerPolicies: ['redirect-to-https'], viewerTls: 'TLSv1.2_2021', originTls: [] },
      missing: {},
    });
  });

  it('contain each viewer protocol policy of the cache behaviors once', () => {
    const cacheBehaviors = items({ viewerProtocolPolicy: 'allow-all' }, { viewerProtocolPolicy: 'redirect-to-https' });
    expect(factsWith({ cacheBehaviors }).viewerPolicies).toEqual(['redirect-to-https', 'allow-all']);
  });

  it.each([
    ['the other behaviours are absent', { cacheBehaviors: undefined }],
    ['the other behaviours are counted but not listed', { cacheBehaviors: { quantity: 2 } }],
    ['a behaviour does not say', { cacheBehaviors: items({}) }],
    ['the default behaviour is absent', { defaultCacheBehavior: undefined }],
  ])('do not contain the viewer protocol policies if %s', (_, change) => {
    expect(factsWith(change)).not.toHaveProperty('viewerPolicies');
  });

  it('contain a behavior that allows HTTP, even if another one cannot be read', () => {
    const lax = { viewerProtocolPolicy: 'allow-all' };
    expect(factsWith({ cacheBehaviors: items({}, lax) }).viewerPolicies).toEqual(['allow-all']);
    expect(factsWith({ defaultCacheBehavior: lax, cacheBehaviors: { quantity: 2 } }).viewerPolicies).toEqual(['allow-all']);
  });

  it('contain TLSv1 for the default certificate, even if the item has another version', () => {
    const viewerCertificate = { cloudFrontDefaultCertificate: true, minimumProtocolVersion: 'TLSv1.2_2021' };
    expect(factsWith({ viewerCertificate }).viewerTls).toBe('TLSv1');
  });

  it('do not contain the security policy for viewers without a certificate', () => {
    expect(factsWith({ viewerCertificate: undefined })).not.toHaveProperty('viewerTls');
  });

  it('contain the protocols of custom origins that use HTTPS', () => {
    const origins = items(custom('https-only', 'TLSv1.2'), custom('match-viewer', 'TLSv1.1', 'TLSv1.2'), custom('http-only', 'SSLv3'));
    expect(factsWith({ origins }).originTls).toEqual(['TLSv1.2', 'TLSv1.1']);
  });

  it('contain an old protocol of an origin, even if another one cannot be read', () => {
    expect(factsWith({ origins: items(custom('https-only', 'TLSv1', 'TLSv1.2'), {}) }).originTls).toEqual(['TLSv1']);
    expect(factsWith({ origins: items(custom('https-only', 'TLSv1.2'), {}) })).not.toHaveProperty('originTls');
  });

  it.each([
    ['the origins are absent', undefined],
    ['an origin does not say how it is asked', items(custom(undefined, 'TLSv1.2'))],
    ['an origin lists no protocol', items(custom('https-only'))],
  ])('do not contain the protocols for origins if %s', (_, origins) => {
    expect(factsWith({ origins })).not.toHaveProperty('originTls');
  });
});
