import { describe, expect, it } from 'vitest';
import { factsOf } from '../../support/facts.ts';

describe('facts of a Classic Load Balancer', () => {
  const TYPE = 'AWS::ElasticLoadBalancing::LoadBalancer';
  const listener = (protocol: string, loadBalancerPort: number, ...policyNames: string[]) => ({
    listener: { protocol, loadBalancerPort },
    policyNames,
  });
  const policy = (policyName: string, attributes: Record<string, string>, policyTypeName = 'SSLNegotiationPolicyType') => ({
    policyName,
    policyTypeName,
    policyAttributeDescriptions: Object.entries(attributes).map(([attributeName, attributeValue]) => ({ attributeName, attributeValue })),
  });
  const factsWith = (listenerDescriptions: unknown, LoadBalancerPolicies: unknown = []) =>
    factsOf(TYPE, { scheme: 'internal', listenerDescriptions }, { supplementaryConfiguration: { LoadBalancerPolicies } });

  it('are its scheme and listeners', () => {
    expect(factsWith([listener('http', 80), listener('TCP', 22)])).toEqual({
      facts: {
        scheme: 'internal',
        listeners: [
          { protocol: 'HTTP', port: 80 },
          { protocol: 'TCP', port: 22 },
        ],
        tls: {},
      },
      missing: {},
    });
  });

  const policies = [
    policy('sticky', { CookieName: 'session' }, 'AppCookieStickinessPolicyType'),
    policy('predefined', { 'Reference-Security-Policy': 'ELBSecurityPolicy-2016-08', 'Protocol-TLSv1': 'true', 'Protocol-SSLv3': 'false' }),
    policy('own', {
      'Protocol-SSLv3': 'False',
      'Protocol-TLSv1': 'false',
      'Protocol-TLSv1.1': 'false',
      'Protocol-TLSv1.2': 'true',
      'ECDHE-RSA-AES128-SHA': 'true',
    }),
    policy('silent', { 'Protocol-TLSv1.2': 'true' }),
    policy('open', { 'Protocol-TLSv1': 'TRUE', 'Protocol-TLSv1.2': 'true' }),
  ];
  const listeners = [
    listener('HTTPS', 443, 'sticky', 'predefined'),
    listener('SSL', 8443, 'own'),
    listener('HTTPS', 9443, 'other'),
    listener('SSL', 1, 'silent'),
    listener('SSL', 2, 'open'),
  ];

  it.each([
    ['as an object', policies],
    ['as JSON text', JSON.stringify(policies)],
  ])('contain the SSL negotiation policy of each listener, delivered %s', (_, delivered) => {
    expect(factsWith(listeners, delivered).facts.tls).toEqual({
      443: { predefined: 'ELBSecurityPolicy-2016-08', protocols: ['TLSv1'] },
      8443: { protocols: ['TLSv1.2'] },
      1: { protocols: [] },
      2: { protocols: ['TLSv1', 'TLSv1.2'] },
    });
  });

  it.each([
    ['the policies are not JSON', [listener('HTTP', 80), listener('HTTPS', 443, 'own')], 'nonsense'],
    ['the names of policies are not a list', [listener('HTTP', 80), { ...listener('HTTPS', 443), policyNames: 'own' }], policies],
  ])('lack only the policies if %s', (_, descriptions, delivered) => {
    expect(factsWith(descriptions, delivered)).toEqual({
      facts: {
        scheme: 'internal',
        listeners: [
          { protocol: 'HTTP', port: 80 },
          { protocol: 'HTTPS', port: 443 },
        ],
      },
      missing: { tls: expect.stringMatching(/\S/) },
    });
  });

  it('contain a listener that cannot be read without its protocol', () => {
    const unread = [{ listener: { protocol: 'HTTP' } }, { listener: { protocol: 5, loadBalancerPort: 80 } }, {}];
    const read = { listener: { protocol: 'HTTP', loadBalancerPort: 80 } };
    expect(factsWith([...unread, read]).facts.listeners).toEqual([
      { protocol: '', port: 0 },
      { protocol: '', port: 80 },
      { protocol: '', port: 0 },
      { protocol: 'HTTP', port: 80 },
    ]);
  });

  it('do not contain the listeners if they are absent', () => {
    expect(factsWith(undefined).facts).toEqual({ scheme: 'internal' });
  });
});
