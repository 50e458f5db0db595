import {
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  DescribeRulesCommand,
  ElasticLoadBalancingV2Client,
  ElasticLoadBalancingV2ServiceException,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { elbv2LoadBalancers } from '../../../adapters/aws/readers/elbv2-load-balancers.ts';
import { factsOf } from '../../support/facts.ts';
import { readFacts, readInventory } from '../../support/readers.ts';

const elb = mockClient(ElasticLoadBalancingV2Client);
const BALANCER = 'AWS::ElasticLoadBalancingV2::LoadBalancer';
const LISTENER = 'AWS::ElasticLoadBalancingV2::Listener';
const RULES = 'AWS::ElasticLoadBalancingV2::ListenerRules';
const denied = new ElasticLoadBalancingV2ServiceException({ name: 'AccessDenied', $fault: 'client', $metadata: {}, message: 'no' });

const ARN = 'arn:aws:elasticloadbalancing:eu-west-1:111111111111';
const WEB = `${ARN}:loadbalancer/app/web/0123456789abcdef`;
const NETWORK = `${ARN}:loadbalancer/net/none/0123456789abcdef`;
const listenerArn = (id: string) => `${ARN}:listener/app/web/0123456789abcdef/${id}`;
const balancer = (LoadBalancerArn: string) => ({ LoadBalancerArn, Scheme: 'internet-facing', Type: 'application' }) as const;
const redirect = {
  ListenerArn: listenerArn('80'),
  LoadBalancerArn: WEB,
  Protocol: 'HTTP',
  Port: 80,
  DefaultActions: [{ Type: 'redirect', RedirectConfig: { Protocol: 'HTTPS', StatusCode: 'HTTP_301' } }],
} as const;
const https = {
  ListenerArn: listenerArn('443'),
  LoadBalancerArn: WEB,
  Protocol: 'HTTPS',
  Port: 443,
  SslPolicy: 'ELBSecurityPolicy-TLS13-1-2-2021-06',
  DefaultActions: [{ Type: 'forward' }],
} as const;

beforeEach(() => {
  elb.reset();
  elb.on(DescribeLoadBalancersCommand).resolves({ LoadBalancers: [balancer(WEB)] });
  elb
    .on(DescribeListenersCommand, { LoadBalancerArn: WEB })
    .resolves({ Listeners: [{ ...redirect, DefaultActions: [...redirect.DefaultActions] }] });
  elb.on(DescribeRulesCommand).resolves({ Rules: [{ IsDefault: true, Actions: [...redirect.DefaultActions] }] });
});

describe('load balancers and listeners that the API describes', () => {
  it('have the facts of the same ones in AWS Config, under their ARNs', async () => {
    elb
      .on(DescribeListenersCommand, { LoadBalancerArn: WEB })
      .resolvesOnce({ Listeners: [{ ...redirect, DefaultActions: [...redirect.DefaultActions] }], NextMarker: 'more' })
      .resolvesOnce({ Listeners: [{ ...https, DefaultActions: [...https.DefaultActions] }] });
    const facts = await readFacts(elbv2LoadBalancers);
    expect(facts[`${BALANCER} eu-west-1 ${WEB}`]).toEqual(factsOf(BALANCER, { scheme: 'internet-facing', type: 'application' }));
    const plain = { ...factsOf(LISTENER, redirect), missing: { sslPolicy: 'not in the API response' } };
    expect(facts[`${LISTENER} eu-west-1 ${listenerArn('80')}`]).toEqual(plain);
    expect(facts[`${LISTENER} eu-west-1 ${listenerArn('443')}`]).toEqual(factsOf(LISTENER, https));
    expect(facts[`${LISTENER} eu-west-1 ${listenerArn('80')}`]?.facts).toMatchObject({
      loadBalancerArn: WEB,
      actions: ['redirect-to-https'],
    });
  });

  it('are all listed when every page of either was read', async () => {
    elb.on(DescribeListenersCommand, { LoadBalancerArn: NETWORK }).resolves({});
    elb
      .on(DescribeLoadBalancersCommand)
      .resolvesOnce({ LoadBalancers: [balancer(WEB)], NextMarker: 'more' })
      .resolvesOnce({ LoadBalancers: [balancer(NETWORK)] });
    expect(await readInventory(elbv2LoadBalancers)).toEqual({ [BALANCER]: 2, [LISTENER]: 1, [RULES]: 1 });
  });

  it.each([DescribeLoadBalancersCommand, DescribeListenersCommand])('are not all known where %s was denied', async (command) => {
    elb.on(command as typeof DescribeListenersCommand).rejects(denied);
    const reason = expect.stringContaining('AccessDenied');
    expect(await readInventory(elbv2LoadBalancers)).toEqual({ [BALANCER]: reason, [LISTENER]: reason, [RULES]: reason });
  });

  it('have the actions of all pages of the rules of a listener', async () => {
    elb
      .on(DescribeRulesCommand, { ListenerArn: listenerArn('80') })
      .resolvesOnce({ Rules: [{ Priority: '1', Actions: [{ Type: 'forward' }] }], NextMarker: 'more' })
      .resolvesOnce({ Rules: [{ IsDefault: true, Actions: [...redirect.DefaultActions] }] });
    const facts = await readFacts(elbv2LoadBalancers);
    expect(facts[`${RULES} eu-west-1 ${listenerArn('80')}`]?.facts).toEqual({ actions: ['forward', 'redirect-to-https'] });
  });

  it('are complete where the rules of one listener were denied, which stay unknown', async () => {
    elb.on(DescribeRulesCommand).rejects(denied);
    expect(await readInventory(elbv2LoadBalancers)).toEqual({ [BALANCER]: 1, [LISTENER]: 1, [RULES]: 1 });
    expect((await readFacts(elbv2LoadBalancers))[`${RULES} eu-west-1 ${listenerArn('80')}`]).toEqual({
      facts: {},
      missing: { actions: expect.stringContaining('was denied (AccessDenied)') },
    });
  });

  it.each([
    ['terminates TLS', { Protocol: 'HTTPS', DefaultActions: [{ Type: 'redirect' }] }, 'internet-facing'],
    ['forwards by default', { Protocol: 'HTTP', DefaultActions: [{ Type: 'forward' }] }, 'internet-facing'],
    ['is internal', { Protocol: 'HTTP', DefaultActions: [{ Type: 'fixed-response' }] }, 'internal'],
  ] as const)('cost no call for the rules of a listener that %s', async (_, listener, Scheme) => {
    elb.on(DescribeLoadBalancersCommand).resolves({ LoadBalancers: [{ ...balancer(WEB), Scheme }] });
    const answer = { ...redirect, ...listener, DefaultActions: [...listener.DefaultActions] };
    elb.on(DescribeListenersCommand).resolves({ Listeners: [answer] });
    expect(await readInventory(elbv2LoadBalancers)).toEqual({ [BALANCER]: 1, [LISTENER]: 1, [RULES]: 0 });
    expect(elb.commandCalls(DescribeRulesCommand)).toHaveLength(0);
  });
});
