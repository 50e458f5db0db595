import { describe, expect, it } from 'vitest';
import control from '../../../controls/networking/net-l1-03-https-only-endpoints.ts';
import type { Listing } from '../../../core/control.ts';
import type { ClassicListener } from '../../../core/facts/elb-load-balancer.ts';
import type { ListenerFacts } from '../../../core/facts/elbv2-listener.ts';
import type { ListenerRulesFacts } from '../../../core/facts/elbv2-listener-rules.ts';
import { joinCodes, testControl } from '../../support/control.ts';

const classic = (...listeners: ClassicListener[]) => ({ scheme: 'internet-facing', listeners });
const http = (...actions: string[]) => ({ protocol: 'HTTP', port: 80, actions });
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
      'it listens by HTTP in addition to an unknown protocol': classic({ protocol: '', port: 81 }, { protocol: 'HTTP', port: 80 }),
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
    'scheme-unknown': { 'its scheme is one that AWS does not have': { scheme: 'hidden', listeners: [HTTPS] } },
    'protocol-unknown': {
      'the protocol of a listener could not be read': classic(HTTPS, { protocol: '', port: 80 }),
      'a listener has another protocol': classic({ protocol: 'GOPHER', port: 70 }),
    },
  },
});

testControl(control, 'AWS::CloudFront::Distribution', {
  COMPLIANT: {
    'requires HTTPS': { 'every behavior requires HTTPS': { enabled: true, viewerPolicies: ['https-only', 'redirect-to-https'] } },
  },
  NON_COMPLIANT: {
    'viewer-http-allowed': {
      'one behavior allows HTTP': { enabled: true, viewerPolicies: ['https-only', 'allow-all'] },
      'one behavior allows HTTP and another has an unknown policy': { enabled: true, viewerPolicies: ['sometimes', 'allow-all'] },
    },
  },
  NOT_APPLICABLE: { disabled: { 'the distribution is disabled': { enabled: false, viewerPolicies: ['allow-all'] } } },
  INSUFFICIENT_DATA: {
    'not-read': {
      'its behaviors were not read': { enabled: true },
      'it is unknown whether it is enabled': { viewerPolicies: ['https-only'] },
    },
    'viewer-policy-unknown': { 'a behavior has an unknown policy': { enabled: true, viewerPolicies: ['https-only', 'sometimes'] } },
  },
});

describe('NET-L1-03 on a listener', () => {
  const RULES = 'AWS::ElasticLoadBalancingV2::ListenerRules';
  const listing = { region: 'eu-west-1', capturedAt: '2026-01-01T00:00:00.000Z' };
  const verdict = (listener: ListenerFacts, type?: string, scheme?: string, rules?: ListenerRulesFacts, listings?: Listing[]) =>
    joinCodes(
      control,
      {
        'AWS::ElasticLoadBalancingV2::LoadBalancer': { lb: { ...(type && { type }), ...(scheme && { scheme }) } },
        'AWS::ElasticLoadBalancingV2::Listener': { listener: { loadBalancerArn: 'lb', ...listener } },
        ...(rules && { [RULES]: { listener: rules } }),
      },
      {},
      { listings: (of) => (of === RULES ? (listings ?? (rules ? [listing] : [])) : []) },
    );

  it.each([
    ['COMPLIANT', 'it is HTTPS', { protocol: 'HTTPS', port: 443 }],
    ['COMPLIANT', 'it is HTTP and redirects', http('redirect-to-https')],
    ['COMPLIANT', 'it is HTTP and has a fixed response', http('fixed-response')],
    ['NON_COMPLIANT http-not-redirected', 'it is HTTP and forwards', http('forward')],
    ['NON_COMPLIANT http-not-redirected', 'it is HTTP, authenticates and forwards', http('authenticate-oidc', 'forward')],
    ['NON_COMPLIANT http-not-redirected', 'it is HTTP and checks tokens', http('jwt-validation')],
    ['NON_COMPLIANT http-not-redirected', 'it is HTTP and redirects to HTTP', http('redirect-to-http')],
    ['NON_COMPLIANT http-not-redirected', 'it is HTTP and keeps the protocol', http('redirect-to-#{protocol}')],
    ['NON_COMPLIANT http-not-redirected', 'it is HTTP and forwards in addition to an unread action', http('', 'forward')],
    ['INSUFFICIENT_DATA action-unknown', 'it is HTTP and has an unknown action', http('fixed-response', 'teleport')],
    ['INSUFFICIENT_DATA action-unknown', 'it is HTTP and redirects to an unknown protocol', http('redirect-to-gopher')],
    ['INSUFFICIENT_DATA action-unknown', 'it is HTTP and its action was not read', http('')],
    ['INSUFFICIENT_DATA not-read', 'it is HTTP and its actions were not read', { protocol: 'HTTP', port: 80 }],
    ['INSUFFICIENT_DATA not-read', 'its protocol was not read', { port: 443, actions: ['redirect-to-https'] }],
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
    ['INSUFFICIENT_DATA protocol-unknown', 'it is GENEVE', { protocol: 'GENEVE', port: 6081 }],
    ['INSUFFICIENT_DATA not-read', 'it is TCP and its port was not read', { protocol: 'TCP' }],
  ])('is %s when it belongs to a public network load balancer and %s', (compliance, _, facts) => {
    expect(verdict(facts, 'network', 'internet-facing')).toEqual({ listener: compliance });
  });

  it.each([
    ['COMPLIANT', 'redirect or answer', ['redirect-to-https', 'fixed-response']],
    ['NON_COMPLIANT rule-not-redirected', 'forward', ['redirect-to-https', 'forward']],
    ['NON_COMPLIANT rule-not-redirected', 'redirect to HTTP', ['redirect-to-https', 'redirect-to-http']],
    ['INSUFFICIENT_DATA action-unknown', 'have an unknown action', ['redirect-to-https', 'teleport']],
  ])('is %s when its rules %s', (compliance, _, actions) => {
    for (const byDefault of ['redirect-to-https', 'fixed-response'])
      expect(verdict(http(byDefault), 'application', 'internet-facing', { actions })).toEqual({ listener: compliance });
  });

  it.each([
    ['INSUFFICIENT_DATA not-read', 'its rules could not be read', {}, [listing]],
    [
      'INSUFFICIENT_DATA rules-unknown',
      'a reader failed',
      undefined,
      [{ ...listing, gap: 'elasticloadbalancing:DescribeRules was denied' }],
    ],
    ['INSUFFICIENT_DATA rules-unknown', 'a reader listed the rules of other listeners', undefined, [listing]],
    [
      'INSUFFICIENT_DATA rules-unknown',
      'a later read of its rules failed',
      { actions: ['redirect-to-https'] },
      [{ ...listing, capturedAt: '2026-01-02T00:00:00.000Z', gap: 'the call failed' }],
    ],
    ['COMPLIANT', 'no reader listed rules, as in a replay of configuration items', undefined, []],
  ])('is %s when it redirects by default and %s', (compliance, _, rules, listings) => {
    expect(verdict(http('redirect-to-https'), 'application', 'internet-facing', rules, listings)).toEqual({ listener: compliance });
  });

  it('is NON_COMPLIANT when it forwards by default, whatever is known of its rules', () => {
    const gap = [{ ...listing, gap: 'elasticloadbalancing:DescribeRules was denied' }];
    const verdicts = [undefined, {}, { actions: ['redirect-to-https'] }].map((rules) =>
      verdict(http('forward'), 'application', 'internet-facing', rules, gap),
    );
    for (const each of verdicts) expect(each).toEqual({ listener: 'NON_COMPLIANT http-not-redirected' });
  });

  const HTTP = http('forward');
  it.each([
    ['NOT_APPLICABLE', 'is internal', 'application', 'internal'],
    ['NOT_APPLICABLE', 'is internal and of unknown type', undefined, 'internal'],
    ['NOT_APPLICABLE', 'is a gateway', 'gateway', undefined],
    ['INSUFFICIENT_DATA not-read', 'has an unread scheme', 'application', undefined],
    ['INSUFFICIENT_DATA not-read', 'has an unread type', undefined, 'internet-facing'],
    ['INSUFFICIENT_DATA scheme-unknown', 'has an unknown scheme', 'application', 'hidden'],
    ['INSUFFICIENT_DATA type-unknown', 'has an unknown type', 'quantum', 'internet-facing'],
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
