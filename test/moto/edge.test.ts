/**
 * Not emulated, so that other tests mock it: who is GuardDuty's or Security Hub's delegated administrator
 * (`DescribeOrganizationConfiguration` of GuardDuty), the standards of Security Hub (`GetEnabledStandards`), the list of a
 * detector's features (the emulator repeats what it was given), predefined policies of Classic Load Balancers, the settings of a
 * distribution in a list (`ListDistributions`), pages.
 */
import { APIGatewayClient, CreateDomainNameCommand } from '@aws-sdk/client-api-gateway';
import { CloudFrontClient, CreateDistributionCommand } from '@aws-sdk/client-cloudfront';
import { CreateSubnetCommand, CreateVpcCommand, EC2Client } from '@aws-sdk/client-ec2';
import { CreateClusterCommand, EKSClient } from '@aws-sdk/client-eks';
import {
  CreateLoadBalancerPolicyCommand,
  ElasticLoadBalancingClient,
  CreateLoadBalancerCommand as NewClassicLoadBalancer,
  SetLoadBalancerPoliciesOfListenerCommand,
} from '@aws-sdk/client-elastic-load-balancing';
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateRuleCommand,
  CreateTargetGroupCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { CreateDetectorCommand, GuardDutyClient } from '@aws-sdk/client-guardduty';
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { CreateFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { EnableSecurityHubCommand, SecurityHubClient } from '@aws-sdk/client-securityhub';
import { describe, expect, it } from 'vitest';
import { apiGatewayDomainNames } from '../../adapters/aws/readers/api-gateway-domain-names.ts';
import { cloudFrontDistributions } from '../../adapters/aws/readers/cloudfront-distributions.ts';
import { eksClusters } from '../../adapters/aws/readers/eks-clusters.ts';
import { elbLoadBalancers } from '../../adapters/aws/readers/elb-load-balancers.ts';
import { elbv2LoadBalancers } from '../../adapters/aws/readers/elbv2-load-balancers.ts';
import { guardDutyRegionSettings } from '../../adapters/aws/readers/guardduty-region-settings.ts';
import { lambdaFunctions } from '../../adapters/aws/readers/lambda-functions.ts';
import { securityHubRegionSettings } from '../../adapters/aws/readers/securityhub-region-settings.ts';
import { freshAccount, useMoto } from '../support/moto.ts';
import { readContext, readFacts } from '../support/readers.ts';

const region = 'eu-west-1';

async function account() {
  const { accountId, credentials } = await freshAccount();
  return { accountId, config: { region, credentials }, context: readContext({ accountId }, { credentials }) };
}

describe.skipIf(!useMoto())('readers of the edge on an emulated account', () => {
  it('read Classic Load Balancers and the policies of those that terminate TLS', async () => {
    const { config, context } = await account();
    const elb = new ElasticLoadBalancingClient(config);
    const AvailabilityZones = ['eu-west-1a'];
    const listener = { LoadBalancerPort: 443, InstancePort: 80, SSLCertificateId: 'arn:aws:iam::111111111111:server-certificate/made-up' };
    for (const [LoadBalancerName, oldest] of [
      ['modern', 'false'],
      ['old', 'true'],
    ] as const) {
      const balancer = { LoadBalancerName, AvailabilityZones, Listeners: [{ ...listener, Protocol: 'HTTPS' }] };
      await elb.send(new NewClassicLoadBalancer(balancer));
      await elb.send(
        new CreateLoadBalancerPolicyCommand({
          LoadBalancerName,
          PolicyName: 'own',
          PolicyTypeName: 'SSLNegotiationPolicyType',
          PolicyAttributes: [
            { AttributeName: 'Protocol-SSLv3', AttributeValue: 'false' },
            { AttributeName: 'Protocol-TLSv1', AttributeValue: oldest },
            { AttributeName: 'Protocol-TLSv1.1', AttributeValue: oldest },
            { AttributeName: 'Protocol-TLSv1.2', AttributeValue: 'true' },
          ],
        }),
      );
      await elb.send(new SetLoadBalancerPoliciesOfListenerCommand({ LoadBalancerName, LoadBalancerPort: 443, PolicyNames: ['own'] }));
    }
    await elb.send(
      new NewClassicLoadBalancer({
        LoadBalancerName: 'plain',
        AvailabilityZones,
        Listeners: [{ Protocol: 'HTTP', LoadBalancerPort: 80, InstancePort: 80 }],
      }),
    );
    const https = (...protocols: string[]) => ({ facts: { listeners: [{ protocol: 'HTTPS', port: 443 }], tls: { 443: { protocols } } } });
    expect(await readFacts(elbLoadBalancers, context)).toMatchObject({
      'AWS::ElasticLoadBalancing::LoadBalancer eu-west-1 modern': https('TLSv1.2'),
      'AWS::ElasticLoadBalancing::LoadBalancer eu-west-1 old': https('TLSv1', 'TLSv1.1', 'TLSv1.2'),
      'AWS::ElasticLoadBalancing::LoadBalancer eu-west-1 plain': { facts: { listeners: [{ protocol: 'HTTP', port: 80 }] } },
    });
  });

  it('read Application Load Balancers and their listeners', async () => {
    const { config, context } = await account();
    const ec2 = new EC2Client(config);
    const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }));
    const Subnets: string[] = [];
    for (const [zone, CidrBlock] of [
      ['eu-west-1a', '10.0.0.0/24'],
      ['eu-west-1b', '10.0.1.0/24'],
    ] as const) {
      const { Subnet } = await ec2.send(new CreateSubnetCommand({ VpcId: Vpc!.VpcId, CidrBlock, AvailabilityZone: zone }));
      Subnets.push(Subnet!.SubnetId!);
    }
    const elb = new ElasticLoadBalancingV2Client(config);
    const { LoadBalancers } = await elb.send(new CreateLoadBalancerCommand({ Name: 'web', Scheme: 'internal', Subnets }));
    const LoadBalancerArn = LoadBalancers![0]!.LoadBalancerArn!;
    const RedirectConfig = { Protocol: 'HTTPS', Port: '443', StatusCode: 'HTTP_301' } as const;
    const { Listeners } = await elb.send(
      new CreateListenerCommand({ LoadBalancerArn, Protocol: 'HTTP', Port: 80, DefaultActions: [{ Type: 'redirect', RedirectConfig }] }),
    );
    const facts = await readFacts(elbv2LoadBalancers, context);
    expect(facts[`AWS::ElasticLoadBalancingV2::LoadBalancer eu-west-1 ${LoadBalancerArn}`]).toEqual({
      facts: { scheme: 'internal', type: 'application' },
      missing: {},
    });
    expect(facts[`AWS::ElasticLoadBalancingV2::Listener eu-west-1 ${Listeners![0]!.ListenerArn}`]?.facts).toMatchObject({
      loadBalancerArn: LoadBalancerArn,
      protocol: 'HTTP',
      port: 80,
      actions: ['redirect-to-https'],
    });
  });

  it('read the rules of a public HTTP listener that redirects by default', async () => {
    const { config, context } = await account();
    const ec2 = new EC2Client(config);
    const VpcId = (await ec2.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }))).Vpc!.VpcId!;
    const { Subnet } = await ec2.send(new CreateSubnetCommand({ VpcId, CidrBlock: '10.0.0.0/24', AvailabilityZone: 'eu-west-1a' }));
    const elb = new ElasticLoadBalancingV2Client(config);
    const balancer = { Name: 'shop', Scheme: 'internet-facing' as const, Subnets: [Subnet!.SubnetId!] };
    const LoadBalancerArn = (await elb.send(new CreateLoadBalancerCommand(balancer))).LoadBalancers![0]!.LoadBalancerArn!;
    const group = await elb.send(new CreateTargetGroupCommand({ Name: 'shop', Protocol: 'HTTP', Port: 80, VpcId }));
    const RedirectConfig = { Protocol: 'HTTPS', Port: '443', StatusCode: 'HTTP_301' } as const;
    const DefaultActions = [{ Type: 'redirect' as const, RedirectConfig }];
    const listener = await elb.send(new CreateListenerCommand({ LoadBalancerArn, Protocol: 'HTTP', Port: 80, DefaultActions }));
    const ListenerArn = listener.Listeners![0]!.ListenerArn!;
    await elb.send(
      new CreateRuleCommand({
        ListenerArn,
        Priority: 1,
        Conditions: [{ Field: 'path-pattern', Values: ['/health'] }],
        Actions: [{ Type: 'forward', TargetGroupArn: group.TargetGroups![0]!.TargetGroupArn }],
      }),
    );
    expect(
      (await readFacts(elbv2LoadBalancers, context))[`AWS::ElasticLoadBalancingV2::ListenerRules eu-west-1 ${ListenerArn}`]?.facts,
    ).toEqual({
      actions: expect.arrayContaining(['forward', 'redirect-to-https']),
    });
  });

  it('list distributions of CloudFront, and know nothing of one that is not described', async () => {
    const { config, context } = await account();
    const { Distribution } = await new CloudFrontClient(config).send(
      new CreateDistributionCommand({
        DistributionConfig: {
          CallerReference: 'made-up',
          Comment: '',
          Enabled: true,
          DefaultCacheBehavior: { TargetOriginId: 'site', ViewerProtocolPolicy: 'allow-all' },
          Origins: {
            Quantity: 1,
            Items: [{ Id: 'site', DomainName: 'site.s3.amazonaws.com', S3OriginConfig: { OriginAccessIdentity: '' } }],
          },
        },
      }),
    );
    const found = (await readFacts(cloudFrontDistributions, context))[`AWS::CloudFront::Distribution global ${Distribution!.Id}`];
    expect(Object.keys(found?.missing ?? {}).sort()).toEqual(['enabled', 'originTls', 'viewerPolicies', 'viewerTls']);
  });

  it('read custom domain names of API Gateway', async () => {
    const { config, context } = await account();
    const api = new APIGatewayClient(config);
    await api.send(new CreateDomainNameCommand({ domainName: 'new.example.com', securityPolicy: 'TLS_1_2' }));
    await api.send(new CreateDomainNameCommand({ domainName: 'old.example.com', securityPolicy: 'TLS_1_0' }));
    expect(await readFacts(apiGatewayDomainNames, context)).toMatchObject({
      'AWS::ApiGateway::DomainName eu-west-1 new.example.com': { facts: { securityPolicy: 'TLS_1_2' } },
      'AWS::ApiGateway::DomainName eu-west-1 old.example.com': { facts: { securityPolicy: 'TLS_1_0' } },
    });
  });

  it('read clusters and functions', async () => {
    const { config, context } = await account();
    const { Role } = await new IAMClient(config).send(new CreateRoleCommand({ RoleName: 'r', AssumeRolePolicyDocument: '{}' }));
    const roleArn = Role!.Arn!;
    await new EKSClient(config).send(
      new CreateClusterCommand({ name: 'prod', version: '1.33', roleArn, resourcesVpcConfig: { subnetIds: ['subnet-1'] } }),
    );
    await new LambdaClient(config).send(
      new CreateFunctionCommand({
        FunctionName: 'orders',
        Runtime: 'nodejs22.x',
        Role: roleArn,
        Handler: 'index.handler',
        Code: { ZipFile: new Uint8Array([80, 75, 5, 6, ...new Array(18).fill(0)]) },
      }),
    );
    expect(await readFacts(eksClusters, context)).toMatchObject({ 'AWS::EKS::Cluster eu-west-1 prod': { facts: { version: '1.33' } } });
    expect(await readFacts(lambdaFunctions, context)).toMatchObject({
      'AWS::Lambda::Function eu-west-1 orders': { facts: { runtime: 'nodejs22.x' } },
    });
  });

  it('read GuardDuty, with a detector and without', async () => {
    const { config, context } = await account();
    const key = 'AWS::GuardDuty::RegionSettings eu-west-1 eu-west-1';
    expect((await readFacts(guardDutyRegionSettings, context))[key]?.facts).toMatchObject({ enabled: false, administrator: null });
    await new GuardDutyClient(config).send(
      new CreateDetectorCommand({ Enable: true, Features: [{ Name: 'S3_DATA_EVENTS', Status: 'ENABLED' }] }),
    );
    expect((await readFacts(guardDutyRegionSettings, context))[key]?.facts).toMatchObject({
      enabled: true,
      features: { S3_DATA_EVENTS: true },
      administrator: null,
    });
  });

  it('read Security Hub, enabled and not', async () => {
    const { config, context } = await account();
    const key = 'AWS::SecurityHub::RegionSettings eu-west-1 eu-west-1';
    expect((await readFacts(securityHubRegionSettings, context))[key]).toEqual({
      facts: { enabled: false, standards: [], administrator: null, isAdministrator: false },
      missing: {},
    });
    await new SecurityHubClient(config).send(new EnableSecurityHubCommand({}));
    expect((await readFacts(securityHubRegionSettings, context))[key]?.facts).toMatchObject({ enabled: true, administrator: null });
  });
});
