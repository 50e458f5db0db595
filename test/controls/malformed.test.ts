import { describe, expect, it } from 'vitest';
import { inProcessPipeline } from '../../cli/in-process.ts';
import { CATALOGUE } from '../../controls/catalogue.ts';

/** Items that are complete, except for one malformed value. A value that csmm cannot read never passes. */
const IMDS = { HttpTokens: 'required', HttpPutResponseHopLimit: 1 };
const template = (data: object) => ({
  LaunchTemplateName: 't',
  DefaultVersionNumber: 1,
  LatestVersionNumber: 1,
  LaunchTemplateData: { MetadataOptions: IMDS, ...data },
});
const ssh = (rule: object) => ({
  groupName: 'web',
  vpcId: 'vpc-1',
  ipPermissionsEgress: [],
  ipPermissions: [{ ipProtocol: 'tcp', fromPort: 22, toPort: 22, ...rule }],
});
const acl = (entry: object) => ({
  associations: [{ subnetId: 'subnet-1' }],
  entries: [{ ruleNumber: 100, protocol: '-1', ruleAction: 'allow', egress: false, cidrBlock: '10.0.0.0/8', ...entry }],
});
const distribution = (config: object) => ({
  distributionConfig: {
    enabled: true,
    viewerCertificate: { cloudFrontDefaultCertificate: false, minimumProtocolVersion: 'TLSv1.2_2021' },
    defaultCacheBehavior: { viewerProtocolPolicy: 'https-only' },
    cacheBehaviors: { quantity: 0 },
    origins: { quantity: 1, items: [{ s3OriginConfig: {} }] },
    ...config,
  },
});
const BUCKET = {
  BucketVersioningConfiguration: { status: 'Enabled' },
  AccessControlList: '{"grantList":[]}',
  BucketPolicy: { policyText: null },
};
const policy = (Principal: unknown) => ({
  BucketPolicy: { policyText: JSON.stringify({ Statement: [{ Effect: 'Allow', Principal, Action: 's3:GetObject', Resource: '*' }] }) },
});

async function statusOf(
  controlId: string,
  resourceType: string,
  configuration: unknown,
  supplementaryConfiguration: unknown = {},
): Promise<string | undefined> {
  const pipeline = inProcessPipeline(CATALOGUE);
  await pipeline.feed({
    awsAccountId: '111111111111',
    awsRegion: 'eu-west-1',
    resourceType,
    resourceId: 'example',
    configurationItemCaptureTime: '2026-01-01T00:00:00Z',
    configurationItemStatus: 'OK',
    configuration,
    supplementaryConfiguration,
  });
  await pipeline.settle();
  return (await pipeline.result()).accounts['111111111111']?.controls[controlId]?.status;
}

describe('an item with an unexpected shape', () => {
  it.each<[string, string, unknown, unknown?]>([
    ['CMP-L2-03', 'AWS::EC2::LaunchTemplate', template({ NetworkInterfaces: { AssociatePublicIpAddress: true } })],
    ['CMP-L2-03', 'AWS::EC2::LaunchTemplate', template({ NetworkInterfaces: [null] })],
    ['CMP-L2-03', 'AWS::EC2::LaunchTemplate', template({ NetworkInterfaces: ['x'] })],
    ['CMP-L2-03', 'AWS::EC2::LaunchTemplate', template({ BlockDeviceMappings: [5] })],
    ['STR-L2-05', 'AWS::SNS::Topic', { TopicArn: 'arn:aws:sns:eu-west-1:111111111111:t', KmsMasterKeyId: 5 }],
    ['STR-L2-05', 'AWS::SNS::Topic', { TopicArn: 'arn:aws:sns:eu-west-1:111111111111:t', KmsMasterKeyId: { key: true } }],
    ['NET-L1-01', 'AWS::EC2::SecurityGroup', ssh({ ipRanges: ['zzz'] })],
    ['NET-L1-01', 'AWS::EC2::SecurityGroup', ssh({ ipRanges: ['0.0.0.0'] })],
    ['NET-L1-01', 'AWS::EC2::SecurityGroup', ssh({ ipv6Ranges: [{ cidrIpv6: '::/' }] })],
    ['NET-L1-01', 'AWS::EC2::SecurityGroup', ssh({ ipProtocol: 'all', ipRanges: ['0.0.0.0/0'] })],
    ['NET-L2-02', 'AWS::EC2::NetworkAcl', acl({ cidrBlock: '0.0.0.0' })],
    ['NET-L2-02', 'AWS::EC2::NetworkAcl', acl({ protocol: 'junk', cidrBlock: '0.0.0.0/0' })],
    ['CMP-L1-03', 'AWS::EC2::Instance', { state: { name: 'running' }, networkInterfaces: [null] }],
    ['CMP-L1-03', 'AWS::EC2::Instance', { state: { name: 'running' }, networkInterfaces: ['eni-1'] }],
    ['CMP-L1-03', 'AWS::EC2::Instance', { state: { name: 'running' }, networkInterfaces: [{ association: { publicIp: 5 } }] }],
    ['CMP-L1-03', 'AWS::EC2::Instance', { state: { name: 'running' }, networkInterfaces: [], publicIpAddress: 5 }],
    ['CMP-L1-03', 'AWS::EC2::NetworkInterface', { attachment: 5, privateIpAddresses: [], association: { publicIp: '198.51.100.1' } }],
    [
      'CMP-L1-03',
      'AWS::EC2::NetworkInterface',
      { attachment: { instanceId: 5 }, privateIpAddresses: [], association: { publicIp: '198.51.100.1' } },
    ],
    ['STR-L1-02', 'AWS::S3::Bucket', {}, { ...BUCKET, ...policy(5) }],
    ['STR-L1-02', 'AWS::S3::Bucket', {}, { ...BUCKET, ...policy({}) }],
    ['STR-L1-02', 'AWS::S3::Bucket', {}, { ...BUCKET, ...policy({ a: 1 }) }],
    ['STR-L1-02', 'AWS::S3::Bucket', {}, { ...BUCKET, ...policy([]) }],
    ['STR-L1-02', 'AWS::S3::Bucket', {}, { ...BUCKET, AccessControlList: '{"grantList":[{"grantee":"Martians"}]}' }],
    ['NET-L1-03', 'AWS::CloudFront::Distribution', distribution({ cacheBehaviors: { quantity: 3, items: [] } })],
    ['NET-L1-04', 'AWS::CloudFront::Distribution', distribution({ origins: { quantity: 1, items: [{}] } })],
    ['NET-L1-04', 'AWS::CloudFront::Distribution', distribution({ origins: { quantity: 1, items: [null] } })],
    ['NET-L1-04', 'AWS::CloudFront::Distribution', distribution({ origins: { quantity: 3, items: [{ s3OriginConfig: {} }] } })],
    ['CMP-L2-02', 'AWS::AutoScaling::AutoScalingGroup', { launchTemplate: { launchTemplateId: 'lt-1' }, launchConfigurationName: 5 }],
    ['CMP-L2-02', 'AWS::AutoScaling::AutoScalingGroup', { launchTemplate: { launchTemplateId: '' } }],
  ])('leaves %s without data: %s %j %j', async (controlId, resourceType, configuration, supplementary) => {
    expect(await statusOf(controlId, resourceType, configuration, supplementary)).toBe('NO_DATA');
  });

  it('fails if one setting is off, even if the others are malformed', async () => {
    const block = { blockPublicAcls: true, ignorePublicAcls: false, blockPublicPolicy: true };
    expect(await statusOf('STR-L1-01', 'AWS::S3::AccountPublicAccessBlock', block)).toBe('FAILED');
  });

  const open = { ipProtocol: 'tcp', fromPort: 22, toPort: 22, ipRanges: ['0.0.0.0/0'] };
  const unread = { ...open, fromPort: 'ssh' };
  it.each<[string, string, unknown]>([
    ['NET-L1-01', 'AWS::EC2::SecurityGroup', { ...ssh({}), ipPermissions: [unread, open] }],
    ['CMP-L1-03', 'AWS::EC2::Instance', { state: { name: 'running' }, publicIpAddress: '192.0.2.1', networkInterfaces: [null] }],
    ['CMP-L2-03', 'AWS::EC2::LaunchTemplate', template({ NetworkInterfaces: ['x', { AssociatePublicIpAddress: true }] })],
    ['CMP-L2-03', 'AWS::EC2::LaunchTemplate', template({ BlockDeviceMappings: [5, { Ebs: { Encrypted: false } }] })],
    [
      'NET-L1-03',
      'AWS::CloudFront::Distribution',
      distribution({ cacheBehaviors: { quantity: 2, items: [{}, { viewerProtocolPolicy: 'allow-all' }] } }),
    ],
    [
      'NET-L1-03',
      'AWS::ElasticLoadBalancing::LoadBalancer',
      {
        scheme: 'internet-facing',
        listenerDescriptions: [{ listener: { protocol: 5 } }, { listener: { protocol: 'HTTP', loadBalancerPort: 80 } }],
      },
    ],
  ])('fails %s by a known value next to one that cannot be read: %s %j', async (controlId, resourceType, configuration) => {
    expect(await statusOf(controlId, resourceType, configuration)).toBe('FAILED');
  });

  it.each([null, 'null'])('counts %j as an absent object', async (encryption) => {
    expect(await statusOf('STR-L1-06', 'AWS::S3::Bucket', {}, { ...BUCKET, ServerSideEncryptionConfiguration: encryption })).toBe('FAILED');
  });
});
