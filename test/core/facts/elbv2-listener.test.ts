import { describe, expect, it } from 'vitest';
import { parserOf } from '../../../core/facts/index.ts';
import { factsOf } from '../../support/facts.ts';

const ARN = 'arn:aws:elasticloadbalancing:eu-west-1:111111111111';
const LISTENER = 'AWS::ElasticLoadBalancingV2::Listener';

describe('facts of a listener', () => {
  const redirect = (protocol?: string) => ({ Type: 'redirect', RedirectConfig: { Protocol: protocol, StatusCode: 'HTTP_301' } });
  const actions = (...DefaultActions: unknown[]) => factsOf(LISTENER, { DefaultActions }).facts.actions;

  it('are its protocol, its port, its policy and its actions', () => {
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
        actions: ['forward'],
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
    ['a redirect to HTTPS', [redirect('HTTPS')], ['redirect-to-https']],
    ['two redirects to HTTPS', [redirect('HTTPS'), redirect('https')], ['redirect-to-https']],
    ['a redirect to HTTP', [redirect('HTTP')], ['redirect-to-http']],
    ['a redirect to the protocol of the request', [redirect('#{protocol}')], ['redirect-to-#{protocol}']],
    ['a redirect that names no protocol', [redirect()], ['redirect-to-#{protocol}']],
    ['a fixed response', [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '404' } }], ['fixed-response']],
    ['authentication before a forward', [{ Type: 'authenticate-oidc' }, { Type: 'forward' }], ['authenticate-oidc', 'forward']],
    ['a redirect that the item does not hold, and a forward', [{ Type: 'redirect' }, { Type: 'forward' }], ['', 'forward']],
    ['an action without a type', [redirect('HTTPS'), {}], ['redirect-to-https', '']],
    ['nothing from an action with a type that is not text', [{ Type: 5 }], undefined],
    ['no action', [], undefined],
    ['more actions than there are types', Array.from({ length: 21 }, (_, index) => ({ Type: `type-${index}` })), undefined],
  ])('contain %s', (_, given, expected) => {
    expect(actions(...given)).toEqual(expected);
  });
});

describe('facts of the rules of a listener', () => {
  const RULES = 'AWS::ElasticLoadBalancingV2::ListenerRules';
  const rule = (...Actions: unknown[]) => ({ Actions });

  it('are the distinct actions of all rules', () => {
    const Rules = [
      rule({ Type: 'forward' }),
      rule({ Type: 'authenticate-cognito' }, { Type: 'forward' }),
      rule({ Type: 'fixed-response' }),
    ];
    expect(factsOf(RULES, { Rules }).facts).toEqual({ actions: ['forward', 'authenticate-cognito', 'fixed-response'] });
  });

  it.each([
    ['without actions', rule()],
    ['with unreadable actions', { Actions: 'redirect' }],
  ])('are also those of the rules beside one %s', (_, unreadable) => {
    expect(factsOf(RULES, { Rules: [unreadable, rule({ Type: 'forward' })] }).facts).toEqual({ actions: ['', 'forward'] });
  });

  it.each([
    ['there are none, not even the default one', []],
    ['they are absent', undefined],
    ['they are not a list', 'forward'],
    ['no rule has actions', [rule(), {}]],
    ['a rule is not an object', ['forward']],
  ])('are missing if %s', (_, Rules) => {
    expect(factsOf(RULES, { Rules })).toEqual({ facts: {}, missing: { actions: expect.stringMatching(/\S/) } });
  });
});
