import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CreateVolumeCommand, DescribeVolumesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { GetPublicAccessBlockCommand as GetAccountBlock, S3ControlClient } from '@aws-sdk/client-s3-control';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { iamAction, readStatements } from '../../adapters/aws/actions.ts';
import { assumingClient, clientsOf, NotReadOnlyError, newRequestHandler, RepeatedPageError } from '../../adapters/aws/clients.ts';
import { CredentialsExpiredError } from '../../adapters/aws/failures.ts';
import { assumeRole } from '../../adapters/aws/member-role.ts';

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

  it('takes an answer without a body for no list', async () => {
    const { handle, options } = answering(200, '');
    handle.mockResolvedValue({ response: { statusCode: 200, headers: { 'content-length': '0' }, body: new Uint8Array() } } as never);
    await expect(clientsOf(options)(EC2Client, REGION).send(new DescribeVolumesCommand({}))).rejects.toMatchObject({
      name: 'EmptyAnswerError',
      iamAction: 'ec2:DescribeVolumes',
    });
  });

  it('writes nothing on the console, whatever a service answers', async () => {
    const { options } = answering(200, '{}');
    const warn = vi.spyOn(console, 'warn').mockReturnValue();
    onTestFinished(() => warn.mockRestore());
    await clientsOf(options)(SQSClient, REGION)
      .send(new GetQueueAttributesCommand({ QueueUrl: 'no-url' }))
      .catch(() => undefined);
    expect(warn).not.toHaveBeenCalled();
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

describe('a service that never answers', () => {
  /** Starts a server that accepts connections, and either says nothing or stops in the middle of its answer. */
  async function silentServer(begins: boolean): Promise<string> {
    const server = createServer((_, outgoing) => {
      if (begins) outgoing.writeHead(200, { 'content-type': 'text/xml', 'content-length': '1000' }).write('<DescribeVolumesResponse>');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  it.each([
    ['says nothing', false],
    ['stops in the middle', true],
  ])('is not waited for: it %s', async (_, begins) => {
    vi.stubEnv('AWS_ENDPOINT_URL', await silentServer(begins));
    onTestFinished(() => void vi.unstubAllEnvs());
    const ec2 = clientsOf({ credentials, maxAttempts: 2, requestHandler: newRequestHandler({ requestTimeout: 50 }) })(EC2Client, REGION);
    await expect(ec2.send(new DescribeVolumesCommand({}))).rejects.toMatchObject({
      name: 'TimeoutError',
      iamAction: 'ec2:DescribeVolumes',
    });
  });

  it('does not keep roles waiting either', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL', await silentServer(false));
    vi.stubEnv('AWS_MAX_ATTEMPTS', '1');
    onTestFinished(() => void vi.unstubAllEnvs());
    const sts = assumingClient(REGION, credentials, { requestTimeout: 50 });
    const role = { roleName: 'reader' };
    await expect(assumeRole('111111111111', { sts, partition: 'aws', role, sessionName: 'test' })).rejects.toMatchObject({
      name: 'TimeoutError',
      iamAction: 'sts:AssumeRole',
    });
  });
});

describe('a call that fails now and then', () => {
  it('is made again, with its turn and a signature for each attempt', async () => {
    const answers = [
      { statusCode: 503, body: ec2Error('RequestLimitExceeded') },
      { statusCode: 500, body: ec2Error('InternalError') },
      { statusCode: 200, body: '<DescribeVolumesResponse><volumeSet/></DescribeVolumesResponse>' },
    ];
    const handle = vi.fn(async (_request: { readonly headers: Readonly<Record<string, string>> }) => {
      const { statusCode = 0, body = '' } = answers.shift() ?? {};
      return { response: { statusCode, headers: {}, body: new TextEncoder().encode(body) } };
    });
    const [called, failed, throttled, limit] = [vi.fn(), vi.fn(), vi.fn(), vi.fn((call) => call())];
    const options = { credentials, requestHandler: { handle } as never, observer: { called, failed, throttled }, limit };
    await clientsOf(options)(EC2Client, REGION).send(new DescribeVolumesCommand({}));
    expect([handle, limit, called, throttled, failed].map(({ mock }) => mock.calls.length)).toEqual([3, 3, 1, 1, 0]);
    expect(throttled).toHaveBeenCalledWith('ec2:DescribeVolumes', REGION);
    for (const [{ headers }] of handle.mock.calls) expect(headers.authorization).toContain('Signature=');
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
