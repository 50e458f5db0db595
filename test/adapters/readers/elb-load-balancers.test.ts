import {
  DescribeLoadBalancerPoliciesCommand,
  DescribeLoadBalancersCommand,
  ElasticLoadBalancingClient,
  ElasticLoadBalancingServiceException,
  type LoadBalancerDescription,
} from '@aws-sdk/client-elastic-load-balancing';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { elbLoadBalancers } from '../../../adapters/aws/readers/elb-load-balancers.ts';
import { factsOf } from '../../support/facts.ts';
import { readFacts, readInventory } from '../../support/readers.ts';

const elb = mockClient(ElasticLoadBalancingClient);
const TYPE = 'AWS::ElasticLoadBalancing::LoadBalancer';
const denied = new ElasticLoadBalancingServiceException({ name: 'AccessDenied', $fault: 'client', $metadata: {}, message: 'no' });
const balancer = (LoadBalancerName: string, Protocol: string, ...PolicyNames: string[]): LoadBalancerDescription => ({
  LoadBalancerName,
  Scheme: 'internet-facing',
  ListenerDescriptions: [{ Listener: { Protocol, LoadBalancerPort: 443, InstancePort: 80 }, PolicyNames }],
});
const POLICY = {
  PolicyName: 'modern',
  PolicyTypeName: 'SSLNegotiationPolicyType',
  PolicyAttributeDescriptions: [{ AttributeName: 'Reference-Security-Policy', AttributeValue: 'ELBSecurityPolicy-TLS-1-2-2017-01' }],
};

beforeEach(() => {
  elb.reset();
  elb.on(DescribeLoadBalancersCommand).resolves({ LoadBalancerDescriptions: [balancer('web', 'HTTPS', 'modern')] });
  elb.on(DescribeLoadBalancerPoliciesCommand, { LoadBalancerName: 'web' }).resolves({ PolicyDescriptions: [POLICY] });
});

const web = async () => (await readFacts(elbLoadBalancers))[`${TYPE} eu-west-1 web`];

describe('a Classic Load Balancer that the API describes', () => {
  it('has the facts of the same load balancer in AWS Config', async () => {
    const listener = { protocol: 'HTTPS', loadBalancerPort: 443 };
    const inConfig = factsOf(
      TYPE,
      { scheme: 'internet-facing', listenerDescriptions: [{ listener, policyNames: ['modern'] }] },
      {
        supplementaryConfiguration: {
          LoadBalancerPolicies: [
            {
              policyName: 'modern',
              policyTypeName: 'SSLNegotiationPolicyType',
              policyAttributeDescriptions: [
                { attributeName: 'Reference-Security-Policy', attributeValue: 'ELBSecurityPolicy-TLS-1-2-2017-01' },
              ],
            },
          ],
        },
      },
    );
    expect(inConfig.facts).toMatchObject({ tls: { 443: { predefined: 'ELBSecurityPolicy-TLS-1-2-2017-01' } } });
    expect(await web()).toEqual(inConfig);
  });

  it('is not asked for policies where no listener terminates TLS', async () => {
    elb.on(DescribeLoadBalancersCommand).resolves({ LoadBalancerDescriptions: [balancer('web', 'TCP')] });
    expect(await web()).toEqual({
      facts: { scheme: 'internet-facing', listeners: [{ protocol: 'TCP', port: 443 }], tls: {} },
      missing: {},
    });
    expect(elb.commandCalls(DescribeLoadBalancerPoliciesCommand)).toHaveLength(0);
  });

  it('loses its policies where they were denied, and not its listeners', async () => {
    elb.on(DescribeLoadBalancerPoliciesCommand).rejects(denied);
    expect(await web()).toEqual({
      facts: { scheme: 'internet-facing', listeners: [{ protocol: 'HTTPS', port: 443 }] },
      missing: { tls: expect.stringContaining('was denied (AccessDenied)') },
    });
  });
});

describe('the list of Classic Load Balancers', () => {
  it('is complete when all pages were read', async () => {
    const more = { LoadBalancerDescriptions: [balancer('a', 'TCP')], NextMarker: 'more' };
    elb
      .on(DescribeLoadBalancersCommand)
      .resolvesOnce(more)
      .resolvesOnce({ LoadBalancerDescriptions: [balancer('b', 'TCP')] });
    expect(await readInventory(elbLoadBalancers)).toEqual({ [TYPE]: 2 });
  });

  it('is not complete where a page was denied', async () => {
    const more = { LoadBalancerDescriptions: [balancer('a', 'TCP')], NextMarker: 'more' };
    elb.on(DescribeLoadBalancersCommand).resolvesOnce(more).rejectsOnce(denied);
    expect(await readInventory(elbLoadBalancers)).toEqual({ [TYPE]: expect.stringContaining('AccessDenied') });
  });
});
