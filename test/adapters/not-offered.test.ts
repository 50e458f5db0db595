import dns from 'node:dns/promises';
import { DescribeInstanceStatusCommand, EC2Client } from '@aws-sdk/client-ec2';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { clientsOf } from '../../adapters/aws/clients.ts';
import { NotOfferedError, notOffered } from '../../adapters/aws/not-offered.ts';

const REGION = 'eu-south-2';
const missing = (hostname?: string, code = 'ENOTFOUND') => Object.assign(new Error(`getaddrinfo ${code} ${hostname}`), { code, hostname });

/** Makes the name server know these host names and no other. */
const knowing = (...hosts: readonly string[]) =>
  vi.spyOn(dns, 'lookup').mockImplementation(async (host) => {
    if (!hosts.includes(host)) throw missing(host);
    return { address: '192.0.2.1', family: 4 } as never;
  });
afterEach(() => vi.restoreAllMocks());

describe('a host name that does not exist', () => {
  it.each([
    ['dax.eu-south-2.amazonaws.com', 'ec2.eu-south-2.amazonaws.com'],
    ['dax.eu-south-2.api.aws', 'ec2.eu-south-2.api.aws'],
    ['111111111111.s3-control.eu-south-2.amazonaws.com', 'ec2.eu-south-2.amazonaws.com'],
  ])('is that of a service which the Region lacks, if the Region has others: %s', async (host, other) => {
    knowing(other);
    const error = await notOffered(missing(host), REGION);
    expect(error).toBeInstanceOf(NotOfferedError);
    expect(error).toMatchObject({ message: `${host} does not exist` });
  });

  it.each([
    ['no name exists, because there is no network', missing('dax.eu-south-2.amazonaws.com'), []],
    ['it is of no Region', missing('iam.amazonaws.com'), ['ec2.eu-south-2.amazonaws.com']],
    ['it is unknown', missing(undefined), ['ec2.eu-south-2.amazonaws.com']],
    ['the name server did not answer', missing('dax.eu-south-2.amazonaws.com', 'EAI_AGAIN'), ['ec2.eu-south-2.amazonaws.com']],
  ])('says nothing about a service if %s', async (_, error, known) => {
    knowing(...known);
    expect(await notOffered(error, REGION)).toBe(error);
  });
});

it('costs one attempt where the Region lacks the service', async () => {
  const lookup = knowing('ec2.eu-south-2.amazonaws.com');
  const handle = vi.fn(async () => {
    throw missing('dax.eu-south-2.amazonaws.com');
  });
  const options = { credentials: { accessKeyId: 'test', secretAccessKey: 'test' }, requestHandler: { handle } as never };
  await expect(clientsOf(options)(EC2Client, REGION).send(new DescribeInstanceStatusCommand({}))).rejects.toThrow(NotOfferedError);
  expect(handle).toHaveBeenCalledTimes(1);
  expect(lookup).toHaveBeenCalledTimes(1);
});
