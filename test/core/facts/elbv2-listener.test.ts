import { describe, expect, it } from 'vitest';
import { parserOf } from '../../../core/facts/index.ts';
import { factsOf } from '../../support/facts.ts';

const ARN = 'arn:aws:elasticloadbalancing:eu-west-1:111111111111';
const LISTENER = 'AWS::ElasticLoadBalancingV2::Listener';

describe('facts of a listener', () => {
  const redirect = (protocol?: string) => ({ Type: 'redirect', RedirectConfig: { Protocol: protocol, StatusCode: 'HTTP_301' } });
  const redirects = (...DefaultActions: unknown[]) => factsOf(LISTENER, { DefaultActions }).facts.redirectsToHttps;

  it('are its protocol, its port, its policy and its redirect', () => {
    const configuration = {
      LoadBalancerArn: `${ARN}:loadbalancer/app/web/1`,
      Protocol: 'HTTPS',
      Port: 443,
      SslPolicy: 'ELBSecurityPolicy-2016-08',
      DefaultActions: [{ Type: 'forward' }],
    };
    expect(factsOf(LISTENER, configuration)).toEqual({
      facts: {
        loadBalancerArn: `${ARN}:loadbalancer/app/web/1`,
        protocol: 'HTTPS',
        port: 443,
        sslPolicy: 'ELBSecurityPolicy-2016-08',
        redirectsToHttps: false,
      },
      missing: {},
    });
  });

  it('derive the load balancer from the ARN of the listener', () => {
    expect(factsOf(LISTENER, { ListenerArn: `${ARN}:listener/net/web/1/2` }).facts.loadBalancerArn).toBe(`${ARN}:loadbalancer/net/web/1`);
  });

  it('derive the load balancer from the ID of the resource', () => {
    const parsed = parserOf(LISTENER)?.parse({
      resource: { accountId: '111111111111', region: 'eu-west-1', resourceType: LISTENER, resourceId: `${ARN}:listener/app/web/1/2` },
      capturedAt: '2026-01-01T00:00:00.000Z',
      state: 'recorded',
      configuration: {},
      supplementaryConfiguration: {},
      tags: {},
      relationships: [],
    });
    expect(parsed?.facts).toEqual({ loadBalancerArn: `${ARN}:loadbalancer/app/web/1` });
  });

  it('do not contain a load balancer without an ARN', () => {
    expect(factsOf(LISTENER, { ListenerArn: 'web' }).facts).not.toHaveProperty('loadBalancerArn');
  });

  it.each([
    ['to HTTPS', [redirect('HTTPS')], true],
    ['to HTTPS twice', [redirect('HTTPS'), redirect('https')], true],
    ['to HTTP', [redirect('HTTP')], false],
    ['to the protocol of the request', [redirect('#{protocol}')], false],
    ['without naming a protocol', [redirect()], false],
    ['and forwards', [redirect('HTTPS'), { Type: 'forward' }], false],
    ['in a way that the item does not hold', [{ Type: 'redirect' }], undefined],
    ['in addition to an action of unknown type', [redirect('HTTPS'), {}], undefined],
    ['in no action', [], undefined],
  ])('show whether it redirects %s', (_, actions, expected) => {
    expect(redirects(...actions)).toBe(expected);
  });
});
