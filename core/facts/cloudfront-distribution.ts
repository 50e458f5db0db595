import { factParser } from './parser.ts';
import { flag, listOf, type Shapes, text } from './shape.ts';
import type { View } from './view.ts';

export interface DistributionFacts {
  enabled?: boolean;
  /** Distinct viewer protocol policies of all cache behaviors: `allow-all`, `https-only`, `redirect-to-https`. */
  viewerPolicies?: readonly string[];
  /** Security policy (minimum protocol version) for viewers, such as `TLSv1.2_2021`. */
  viewerTls?: string;
  /** Distinct protocols that CloudFront may use with custom origins over HTTPS. Empty if no origin has such a list. */
  originTls?: readonly string[];
}

const SHAPES: Shapes<DistributionFacts> = { enabled: flag, viewerPolicies: listOf(text), viewerTls: text, originTls: listOf(text) };

export const distributionParser = factParser<DistributionFacts>(SHAPES, {
  enabled: ({ configuration }) => configuration.at('distributionConfig').at('enabled').flag(),
  viewerPolicies: ({ configuration }) => readViewerPolicies(configuration.at('distributionConfig')),
  viewerTls: ({ configuration }) => readViewerTls(configuration.at('distributionConfig').at('viewerCertificate')),
  originTls: ({ configuration }) => readOriginTls(configuration.at('distributionConfig').at('origins')),
});

/**
 * Returns the elements of a CloudFront list, `{ quantity, items }`, or `undefined` if the list is incomplete. An empty list has no
 * `items`.
 */
function itemsOf(list: View): View[] | undefined {
  const items = list.at('items').exists ? list.at('items').list() : [];
  const quantity = list.at('quantity');
  const isWhole = quantity.exists ? quantity.number() === items?.length : list.at('items').exists;
  return isWhole ? items : undefined;
}

function readViewerPolicies(config: View): string[] | undefined {
  const others = itemsOf(config.at('cacheBehaviors'));
  if (!others) return undefined;
  const policies = [config.at('defaultCacheBehavior'), ...others].map((behaviour) => behaviour.at('viewerProtocolPolicy').text());
  return policies.every((policy) => policy !== undefined) ? [...new Set(policies)] : undefined;
}

/**
 * Returns the minimum protocol version for viewers. With the default certificate it is always TLSv1:
 * https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_ViewerCertificate.html
 */
function readViewerTls(certificate: View): string | undefined {
  return certificate.at('cloudFrontDefaultCertificate').flag() ? 'TLSv1' : certificate.at('minimumProtocolVersion').text();
}

function readOriginTls(origins: View): string[] | undefined {
  const list = itemsOf(origins);
  const protocols = new Set<string>();
  for (const origin of list ?? []) {
    const offered = offeredTo(origin);
    if (!offered) return undefined;
    for (const protocol of offered) protocols.add(protocol);
  }
  return list && [...protocols];
}

/**
 * Returns the protocols of an origin: none for S3 and VPC origins, which have no custom configuration, and for HTTP-only origins,
 * which use no TLS.
 */
function offeredTo(origin: View): string[] | undefined {
  const customOrigin = origin.at('customOriginConfig');
  if (!customOrigin.exists) return origin.at('s3OriginConfig').exists || origin.at('vpcOriginConfig').exists ? [] : undefined;
  const policy = customOrigin.at('originProtocolPolicy').text();
  if (policy === 'http-only') return [];
  const protocols = itemsOf(customOrigin.at('originSslProtocols'))?.map((protocol) => protocol.text());
  if (policy === undefined || !protocols || protocols.length === 0) return undefined;
  return protocols.every((protocol) => protocol !== undefined) ? protocols : undefined;
}
