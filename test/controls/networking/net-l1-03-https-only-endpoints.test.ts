import { describe, expect, it } from 'vitest';
import control from '../../../controls/networking/net-l1-03-https-only-endpoints.ts';
import type { ClassicListener } from '../../../core/facts/elb-load-balancer.ts';
import type { ListenerFacts } from '../../../core/facts/elbv2-listener.ts';
import { joinCodes, testControl } from '../../support/control.ts';

const classic = (...listeners: ClassicListener[]) => ({ scheme: 'internet-facing', listeners });
const HTTPS = { protocol: 'HTTPS', port: 443 };

testControl(control, 'AWS::ElasticLoadBalancing::LoadBalancer', {
  COMPLIANT: {
    'terminates TLS': {
      'it listens by HTTPS': classic(HTTPS),
      'it listens by SSL': classic({ protocol: 'SSL', port: 443 }),
      'it also passes TCP that is not for web traffic': classic(HTTPS, { protocol: 'TCP', port: 5432 }),
    },
  },
  NON_COMPLIANT: {
    'listener-without-tls': {
      'it listens by HTTP': classic(HTTPS, { protocol: 'HTTP', port: 80 }),
      'it listens by HTTP on another port': classic({ protocol: 'HTTP', port: 9000 }),
      'it passes TCP on port 80': classic({ protocol: 'TCP', port: 80 }),
      'it passes TCP on port 443': classic({ protocol: 'TCP', port: 443 }),
      'it passes TCP on port 8080': classic({ protocol: 'TCP', port: 8080 }),
      'it passes TCP on port 8443': classic({ protocol: 'TCP', port: 8443 }),
    },
  },
  NOT_APPLICABLE: {
    'load balancer is internal': { 'it is internal': { scheme: 'internal', listeners: [{ protocol: 'HTTP', port: 80 }] } },
    'no listener for web traffic': {
      'it passes only TCP that is not for web traffic': classic({ protocol: 'TCP', port: 5432 }),
      'it has no listener': classic(),
    },
  },
  INSUFFICIENT_DATA: {
    'not-read': { 'its scheme was not read': { listeners: [HTTPS] }, 'its listeners were not read': { scheme: 'internet-facing' } },
  },
});

testControl(control, 'AWS::CloudFront::Distribution', {
  COMPLIANT: {
    'requires HTTPS': { 'every behavior requires HTTPS': { enabled: true, viewerPolicies: ['https-only', 'redirect-to-https'] } },
  },
  NON_COMPLIANT: { 'viewer-http-allowed': { 'one behavior allows HTTP': { enabled: true, viewerPolicies: ['https-only', 'allow-all'] } } },
  NOT_APPLICABLE: { disabled: { 'the distribution is disabled': { enabled: false, viewerPolicies: ['allow-all'] } } },
  INSUFFICIENT_DATA: {
    'not-read': {
      'its behaviors were not read': { enabled: true },
      'it is unknown whether it is enabled': { viewerPolicies: ['https-only'] },
    },
  },
});

describe('NET-L1-03 on a listener', () => {
  const verdict = (listener: ListenerFacts, type?: string, scheme?: string) =>
    joinCodes(control, {
      'AWS::ElasticLoadBalancingV2::LoadBalancer': { lb: { ...(type && { type }), ...(scheme && { scheme }) } },
      'AWS::ElasticLoadBalancingV2::Listener': { listener: { loadBalancerArn: 'lb', ...listener } },
    });

  it.each([
    ['COMPLIANT', 'it is HTTPS', { protocol: 'HTTPS', port: 443 }],
    ['COMPLIANT', 'it is HTTP and redirects', { protocol: 'HTTP', port: 80, redirectsToHttps: true }],
    ['NON_COMPLIANT http-not-redirected', 'it is HTTP and does not redirect', { protocol: 'HTTP', port: 80, redirectsToHttps: false }],
    ['INSUFFICIENT_DATA not-read', 'it is HTTP and its actions were not read', { protocol: 'HTTP', port: 80 }],
    ['INSUFFICIENT_DATA not-read', 'its protocol was not read', { port: 443, redirectsToHttps: true }],
    ['INSUFFICIENT_DATA protocol-unknown', 'its protocol is unknown', { protocol: 'GOPHER', port: 70 }],
  ])('is %s when it belongs to a public application load balancer and %s', (compliance, _, facts) => {
    expect(verdict(facts, 'application', 'internet-facing')).toEqual({ listener: compliance });
  });

  it.each([
    ['COMPLIANT', 'it is TLS', { protocol: 'TLS', port: 443 }],
    ['NON_COMPLIANT listener-without-tls', 'it is TCP on port 80', { protocol: 'TCP', port: 80 }],
    ['NON_COMPLIANT listener-without-tls', 'it is TCP on port 443', { protocol: 'TCP', port: 443 }],
    ['NON_COMPLIANT listener-without-tls', 'it is TCP and UDP on port 8080', { protocol: 'TCP_UDP', port: 8080 }],
    ['NON_COMPLIANT listener-without-tls', 'it is TCP and QUIC on port 8443', { protocol: 'TCP_QUIC', port: 8443 }],
    ['NOT_APPLICABLE', 'it is TCP on another port', { protocol: 'TCP', port: 5432 }],
    ['NOT_APPLICABLE', 'it is UDP', { protocol: 'UDP', port: 443 }],
    ['NOT_APPLICABLE', 'it is QUIC', { protocol: 'QUIC', port: 443 }],
    ['INSUFFICIENT_DATA not-read', 'it is TCP and its port was not read', { protocol: 'TCP' }],
  ])('is %s when it belongs to a public network load balancer and %s', (compliance, _, facts) => {
    expect(verdict(facts, 'network', 'internet-facing')).toEqual({ listener: compliance });
  });

  const HTTP = { protocol: 'HTTP', port: 80, redirectsToHttps: false };
  it.each([
    ['NOT_APPLICABLE', 'is internal', 'application', 'internal'],
    ['NOT_APPLICABLE', 'is internal and of unknown type', undefined, 'internal'],
    ['NOT_APPLICABLE', 'is a gateway', 'gateway', undefined],
    ['INSUFFICIENT_DATA not-read', 'has an unknown scheme', 'application', undefined],
    ['INSUFFICIENT_DATA not-read', 'has an unknown type', undefined, 'internet-facing'],
  ])('is %s when its load balancer %s', (compliance, _, type, scheme) => {
    expect(verdict(HTTP, type, scheme)).toEqual({ listener: compliance });
  });

  it('is INSUFFICIENT_DATA when its load balancer was not read', () => {
    const estate = { 'AWS::ElasticLoadBalancingV2::Listener': { other: { ...HTTP, loadBalancerArn: 'other' }, none: HTTP } };
    expect(joinCodes(control, estate)).toEqual({
      other: 'INSUFFICIENT_DATA load-balancer-unknown',
      none: 'INSUFFICIENT_DATA not-read',
    });
  });

  it('is not given on a load balancer without listeners', () => {
    const estate = { 'AWS::ElasticLoadBalancingV2::LoadBalancer': { lb: { type: 'application', scheme: 'internet-facing' } } };
    expect(joinCodes(control, estate)).toEqual({});
  });
});
