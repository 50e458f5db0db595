import { SecurityPolicy } from '@aws-sdk/client-api-gateway';
import { describe, expect, it } from 'vitest';
import control from '../../../controls/networking/net-l1-04-tls-1-2-minimum.ts';
import type { ClassicTls } from '../../../core/facts/elb-load-balancer.ts';
import { API_GATEWAY_TLS_1_2, LOAD_BALANCER_TLS_1_2 } from '../../../core/policy/tls-policies.ts';
import { testControl } from '../../support/control.ts';

testControl(control, 'AWS::ElasticLoadBalancingV2::Listener', {
  COMPLIANT: {
    'requires TLS 1.2': {
      'HTTPS requires TLS 1.3': { protocol: 'HTTPS', sslPolicy: 'ELBSecurityPolicy-TLS13-1-3-2021-06' },
      'HTTPS requires TLS 1.2': { protocol: 'HTTPS', sslPolicy: 'ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09' },
      'TLS requires TLS 1.2 with forward secrecy': { protocol: 'TLS', sslPolicy: 'ELBSecurityPolicy-FS-1-2-Res-2020-10' },
      'TLS requires TLS 1.2': { protocol: 'TLS', sslPolicy: 'ELBSecurityPolicy-TLS-1-2-2017-01' },
    },
  },
  NON_COMPLIANT: {
    'policy-not-approved': {
      'the policy of the API by default allows TLS 1.0': { protocol: 'HTTPS', sslPolicy: 'ELBSecurityPolicy-2016-08' },
      'TLS 1.3 goes down to 1.0': { protocol: 'TLS', sslPolicy: 'ELBSecurityPolicy-TLS13-1-0-PQ-2025-09' },
      'TLS 1.3 goes down to 1.1': { protocol: 'TLS', sslPolicy: 'ELBSecurityPolicy-TLS13-1-1-FIPS-2023-04' },
      'the policy is unknown': { protocol: 'HTTPS', sslPolicy: 'ELBSecurityPolicy-TLS14-2030-01' },
    },
  },
  NOT_APPLICABLE: { 'does not terminate TLS': { 'it is HTTP': { protocol: 'HTTP' }, 'it is TCP': { protocol: 'TCP' } } },
  INSUFFICIENT_DATA: {
    'protocol-unknown': { 'its protocol is unknown': { protocol: 'GOPHER', sslPolicy: 'ELBSecurityPolicy-TLS13-1-3-2021-06' } },
    'not-read': {
      'the policy was not read': { protocol: 'HTTPS' },
      'the protocol was not read': { sslPolicy: 'ELBSecurityPolicy-TLS13-1-3-2021-06' },
    },
  },
});

const classic = (...policies: (ClassicTls | undefined)[]) => ({
  listeners: policies.map((_, index) => ({ protocol: index ? 'SSL' : 'HTTPS', port: 443 + index })),
  tls: Object.fromEntries(policies.flatMap((tls, index) => (tls ? [[443 + index, tls]] : []))),
});
const PREDEFINED = { predefined: 'ELBSecurityPolicy-TLS-1-2-2017-01', protocols: ['TLSv1.2'] };
const OLD = { predefined: 'ELBSecurityPolicy-2016-08', protocols: ['TLSv1', 'TLSv1.1', 'TLSv1.2'] };

testControl(control, 'AWS::ElasticLoadBalancing::LoadBalancer', {
  COMPLIANT: {
    'custom security policies require TLS 1.2': { 'its own policy enables only TLS 1.2': classic({ protocols: ['TLSv1.2'] }) },
    'requires TLS 1.2': { 'its policy is the predefined one for TLS 1.2': classic(PREDEFINED) },
  },
  NON_COMPLIANT: {
    'old-protocol': { 'its own policy enables TLS 1.1': classic({ protocols: ['TLSv1.2', 'TLSv1.1'] }) },
    'policy-not-approved': {
      'its predefined policy allows TLS 1.0': classic(OLD),
      'its predefined policy belongs to another type of load balancer': classic({
        predefined: 'ELBSecurityPolicy-TLS13-1-2-2021-06',
        protocols: ['TLSv1.2'],
      }),
      'a second listener allows TLS 1.0': classic(PREDEFINED, OLD),
      'one listener fails and another was not read': classic(undefined, OLD),
    },
  },
  NOT_APPLICABLE: {
    'no listener that terminates TLS': {
      'no listener terminates TLS': { listeners: [{ protocol: 'TCP', port: 443 }] },
      'it has no listener': classic(),
    },
  },
  INSUFFICIENT_DATA: {
    'protocol-unknown': { 'the protocol of a listener is unknown': { listeners: [{ protocol: '', port: 443 }] } },
    'not-read': {
      'the policy of a listener was not read': classic(PREDEFINED, undefined),
      'its own policy shows no protocol': classic({ protocols: [] }),
      'no policy was read': { listeners: [{ protocol: 'HTTPS', port: 443 }] },
      'its listeners were not read': {},
    },
  },
});

const distribution = (viewerTls: string, ...originTls: string[]) => ({ enabled: true, viewerTls, originTls });

testControl(control, 'AWS::CloudFront::Distribution', {
  COMPLIANT: {
    'requires TLS 1.2': {
      'viewers need TLS 1.2 (2018)': distribution('TLSv1.2_2018'),
      'viewers need TLS 1.2 (2019)': distribution('TLSv1.2_2019'),
      'viewers need TLS 1.2 (2021)': distribution('TLSv1.2_2021'),
      'viewers need TLS 1.2 (2025)': distribution('TLSv1.2_2025'),
      'viewers need TLS 1.3': distribution('TLSv1.3_2025'),
      'origins are reached only by TLS 1.2': distribution('TLSv1.2_2021', 'TLSv1.2'),
    },
  },
  NON_COMPLIANT: {
    'viewer-policy-not-approved': {
      'viewers can use the default certificate': distribution('TLSv1'),
      'viewers can use TLS 1.1': distribution('TLSv1.1_2016'),
      'viewers can use TLS 1.0 and the protocols of origins were not read': { enabled: true, viewerTls: 'TLSv1_2016' },
    },
    'old-origin-protocol': {
      'an origin can be reached by TLS 1.1': distribution('TLSv1.2_2021', 'TLSv1.2', 'TLSv1.1'),
      'an origin can be reached by SSL 3': distribution('TLSv1.2_2021', 'SSLv3'),
      'an origin can be reached by TLS 1.0 and the policy for viewers was not read': { enabled: true, originTls: ['TLSv1'] },
    },
  },
  NOT_APPLICABLE: { disabled: { 'the distribution is disabled': { enabled: false, viewerTls: 'TLSv1', originTls: [] } } },
  INSUFFICIENT_DATA: {
    'not-read': {
      'the policy for viewers was not read': { enabled: true, originTls: [] },
      'the protocols of origins were not read': { enabled: true, viewerTls: 'TLSv1.2_2021' },
      'it is unknown whether it is enabled': { viewerTls: 'TLSv1.2_2021', originTls: [] },
    },
  },
});

testControl(control, 'AWS::ApiGateway::DomainName', {
  COMPLIANT: {
    'requires TLS 1.2': {
      'it requires TLS 1.2': { securityPolicy: 'TLS_1_2' },
      'it requires TLS 1.3': { securityPolicy: 'SecurityPolicy_TLS13_1_3_2025_09' },
      'it requires TLS 1.2 at the edge': { securityPolicy: 'SecurityPolicy_TLS12_2018_EDGE' },
    },
  },
  NON_COMPLIANT: {
    'policy-not-approved': {
      'it allows TLS 1.0': { securityPolicy: 'TLS_1_0' },
      'the policy is unknown': { securityPolicy: 'SecurityPolicy_TLS14_2030_01' },
      'the policy is that of a load balancer': { securityPolicy: 'ELBSecurityPolicy-TLS13-1-2-2021-06' },
    },
  },
  INSUFFICIENT_DATA: { 'not-read': { 'its policy was not read': {} } },
});

describe('the allow-list of API Gateway', () => {
  it('has all policies of the API except TLS 1.0', () => {
    const allowed = Object.values(SecurityPolicy).filter((policy) => policy !== 'TLS_1_0');
    expect(allowed.filter((policy) => !API_GATEWAY_TLS_1_2.has(policy))).toEqual([]);
  });

  it('has only policies that name TLS 1.2 or 1.3 as their lowest protocol, also those newer than the SDK', () => {
    for (const policy of API_GATEWAY_TLS_1_2) expect(policy).toMatch(/^(TLS_1_2$|SecurityPolicy_TLS1[23]_)/);
  });
});

describe('the allow-list of load balancers', () => {
  it('has only policies that name TLS 1.2 or 1.3 as their lowest protocol', () => {
    for (const policy of LOAD_BALANCER_TLS_1_2) expect(policy).toMatch(/^ELBSecurityPolicy-(TLS13-1-[23]|TLS-1-2|FS-1-2)-/);
  });
});
