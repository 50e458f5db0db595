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
  viewerPolicies: ({ configuration }) => {
    const config = configuration.at('distributionConfig');
    return readViewerPolicies(config.quietly()) ?? readLaxPolicy(config.quietly()) ?? readViewerPolicies(config);
  },
  viewerTls: ({ configuration }) => readViewerTls(configuration.at('distributionConfig').at('viewerCertificate')),
  originTls: ({ configuration }) => {
    const origins = configuration.at('distributionConfig').at('origins');
    return readOriginTls(origins.quietly()) ?? readOldTls(origins.quietly()) ?? readOriginTls(origins);
  },
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

/** Returns the policy `allow-all` if a behavior has it: the others, even unreadable ones, cannot change that. */
function readLaxPolicy(config: View): string[] | undefined {
  const behaviours = [config.at('defaultCacheBehavior'), ...(config.at('cacheBehaviors').at('items').list() ?? [])];
  return behaviours.some((behaviour) => policyOf(behaviour) === 'allow-all') ? ['allow-all'] : undefined;
}

function readViewerPolicies(config: View): string[] | undefined {
  const others = itemsOf(config.at('cacheBehaviors'));
  if (!others) return undefined;
  const policies = [config.at('defaultCacheBehavior'), ...others].map(policyOf);
  return policies.every((policy) => policy !== undefined) ? [...new Set(policies)] : undefined;
}

const policyOf = (behaviour: View): string | undefined => behaviour.at('viewerProtocolPolicy').text();

/**
 * Returns the minimum protocol version for viewers. With the default certificate it is always TLSv1:
 * https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_ViewerCertificate.html
 */
function readViewerTls(certificate: View): string | undefined {
  return certificate.at('cloudFrontDefaultCertificate').flag() ? 'TLSv1' : certificate.at('minimumProtocolVersion').text();
}

const OLD_TLS = ['SSLv3', 'TLSv1', 'TLSv1.1'];

/** Returns the old protocols of the origins, if there are any: other origins, even unreadable ones, cannot change that. */
function readOldTls(origins: View): string[] | undefined {
  const list = origins.at('items').list() ?? [];
  const offered = new Set(list.flatMap((origin) => offeredTo(origin) ?? []));
  const old = OLD_TLS.filter((protocol) => offered.has(protocol));
  return old.length > 0 ? old : undefined;
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
