import { CreateVolumeCommand, DescribeVolumesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { GetPublicAccessBlockCommand as GetAccountBlock, S3ControlClient } from '@aws-sdk/client-s3-control';
import { describe, expect, it, vi } from 'vitest';
import { iamAction, readStatements } from '../../adapters/aws/actions.ts';
import { clientsOf, NotReadOnlyError, RepeatedPageError } from '../../adapters/aws/clients.ts';
import { CredentialsExpiredError } from '../../adapters/aws/failures.ts';

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
const REGION = 'eu-west-1';

/** A carrier that gives every request the same answer. */
const answering = (statusCode: number, body: string) => {
  const handle = vi.fn(async () => ({ response: { statusCode, headers: {}, body: new TextEncoder().encode(body) } }));
  return { handle, options: { credentials, maxAttempts: 1, requestHandler: { handle } as never } };
};
const ec2Error = (code: string) => `<Response><Errors><Error><Code>${code}</Code><Message>m</Message></Error></Errors></Response>`;

describe('a client of an account that is read', () => {
  it('refuses to change anything, before a request leaves', async () => {
    const { handle, options } = answering(200, '');
    const ec2 = clientsOf(options)(EC2Client, REGION);
    await expect(ec2.send(new CreateVolumeCommand({ AvailabilityZone: 'eu-west-1a' }))).rejects.toThrow(NotReadOnlyError);
    expect(handle).not.toHaveBeenCalled();
  });

  it('names the IAM action of a call that failed', async () => {
    const failed = vi.fn();
    const { options } = answering(403, ec2Error('UnauthorizedOperation'));
    const ec2 = clientsOf({ ...options, observer: { called: () => {}, failed } })(EC2Client, REGION);
    await expect(ec2.send(new DescribeVolumesCommand({}))).rejects.toMatchObject({
      name: 'UnauthorizedOperation',
      iamAction: 'ec2:DescribeVolumes',
    });
    expect(failed).toHaveBeenCalledWith('ec2:DescribeVolumes', REGION, expect.objectContaining({ name: 'UnauthorizedOperation' }));
  });

  it('tells expired credentials from everything else', async () => {
    const { options } = answering(403, ec2Error('ExpiredToken'));
    await expect(clientsOf(options)(EC2Client, REGION).send(new DescribeVolumesCommand({}))).rejects.toThrow(CredentialsExpiredError);
  });

  it('does not ask for the same page twice, however often a service points to it', async () => {
    const { handle, options } = answering(
      200,
      '<DescribeVolumesResponse><volumeSet/><nextToken>again</nextToken></DescribeVolumesResponse>',
    );
    const ec2 = clientsOf(options)(EC2Client, REGION);
    await ec2.send(new DescribeVolumesCommand({}));
    await ec2.send(new DescribeVolumesCommand({ NextToken: 'again' }));
    await expect(ec2.send(new DescribeVolumesCommand({ NextToken: 'again' }))).rejects.toThrow(RepeatedPageError);
    expect(handle).toHaveBeenCalledTimes(2);
  });

  it('is made once for each Region', () => {
    const clients = clientsOf({ credentials });
    expect(clients(EC2Client, REGION)).toBe(clients(EC2Client, REGION));
    expect(clients(EC2Client, REGION)).not.toBe(clients(EC2Client, 'us-east-1'));
  });

  it('waits for its turn', async () => {
    const { handle, options } = answering(403, ec2Error('UnauthorizedOperation'));
    let go = () => {};
    const turn = new Promise<void>((resolve) => {
      go = resolve;
    });
    const ec2 = clientsOf({ ...options, limit: (call) => turn.then(call) })(EC2Client, REGION);
    const asked = ec2.send(new DescribeVolumesCommand({})).catch((error: Error) => error.name);
    expect(handle).not.toHaveBeenCalled();
    go();
    expect(await asked).toBe('UnauthorizedOperation');
  });

  it('names the action of S3 Control as IAM does', async () => {
    const { options } = answering(403, '<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>');
    const called: string[] = [];
    const s3 = clientsOf({ ...options, observer: { called: (action) => called.push(action), failed: () => {} } })(S3ControlClient, REGION);
    await expect(s3.send(new GetAccountBlock({ AccountId: '111111111111' }))).rejects.toThrow();
    expect(called).toEqual(['s3:GetAccountPublicAccessBlock']);
  });
});

describe('the IAM action of a call', () => {
  it.each([
    ['EC2Client', 'DescribeVolumesCommand', 'ec2:DescribeVolumes'],
    ['S3Client', 'ListBucketsCommand', 's3:ListAllMyBuckets'],
    ['S3Client', 'GetBucketEncryptionCommand', 's3:GetEncryptionConfiguration'],
    ['S3Client', 'GetPublicAccessBlockCommand', 's3:GetBucketPublicAccessBlock'],
    ['S3ControlClient', 'GetPublicAccessBlockCommand', 's3:GetAccountPublicAccessBlock'],
    ['CloudWatchLogsClient', 'DescribeMetricFiltersCommand', 'logs:DescribeMetricFilters'],
    ['EFSClient', 'DescribeFileSystemsCommand', 'elasticfilesystem:DescribeFileSystems'],
    ['SSOAdminClient', 'ListInstancesCommand', 'sso:ListInstances'],
    ['OpenSearchClient', 'ListDomainNamesCommand', 'es:ListDomainNames'],
  ])('%s %s is %s', (client, command, action) => {
    expect(iamAction(client, command)).toBe(action);
  });

  it('is allowed on no more than readers need', () => {
    expect(readStatements(['apigateway:GET', 'ec2:DescribeVolumes', 'ec2:DescribeVolumes'], 'aws')).toEqual([
      { actions: ['ec2:DescribeVolumes'], resource: '*' },
      { actions: ['apigateway:GET'], resource: 'arn:aws:apigateway:*::/domainnames*' },
    ]);
  });
});
