import {
  DescribeStreamSummaryCommand,
  KinesisClient,
  KinesisServiceException,
  ListStreamsCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-kinesis';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, it } from 'vitest';
import { kinesisStreams } from '../../../adapters/aws/readers/kinesis-streams.ts';
import { factsOf } from '../../support/facts.ts';
import { readFacts, readInventory } from '../../support/readers.ts';

const kinesis = mockClient(KinesisClient);
const denied = new KinesisServiceException({ name: 'AccessDeniedException', $fault: 'client', $metadata: {}, message: 'no' });
const summary = (EncryptionType?: 'NONE' | 'KMS') => ({
  StreamDescriptionSummary: {
    StreamName: 'clicks',
    StreamARN: 'arn:aws:kinesis:eu-west-1:111111111111:stream/clicks',
    StreamStatus: 'ACTIVE' as const,
    RetentionPeriodHours: 24,
    StreamCreationTimestamp: new Date(0),
    EnhancedMonitoring: [],
    OpenShardCount: 1,
    ...(EncryptionType && { EncryptionType }),
  },
});

beforeEach(() => {
  kinesis.reset();
  kinesis.on(ListStreamsCommand).resolves({ StreamNames: ['clicks'], HasMoreStreams: false });
  kinesis.on(DescribeStreamSummaryCommand).resolves(summary('KMS'));
});

const stream = async () => (await readFacts(kinesisStreams))['AWS::Kinesis::Stream eu-west-1 clicks'];

it('gives a stream the facts that AWS Config has of it', async () => {
  expect(await stream()).toEqual(factsOf('AWS::Kinesis::Stream', { Name: 'clicks', StreamEncryption: { EncryptionType: 'KMS' } }));
  kinesis.on(DescribeStreamSummaryCommand).resolves(summary('NONE'));
  expect(await stream()).toEqual(factsOf('AWS::Kinesis::Stream', { Name: 'clicks' }));
});

it('does not take a stream of which no encryption is told for one without', async () => {
  kinesis.on(DescribeStreamSummaryCommand).resolves(summary());
  expect((await stream())?.facts).toEqual({});
});

it('loses the fact where the call for it was denied, with the reason', async () => {
  kinesis.on(DescribeStreamSummaryCommand).rejects(denied);
  expect(await stream()).toEqual({ facts: {}, missing: { encrypted: expect.stringContaining('AccessDeniedException') } });
});

it('leaves out a stream that was deleted after the list was read', async () => {
  kinesis.on(DescribeStreamSummaryCommand).rejects(new ResourceNotFoundException({ $metadata: {}, message: 'gone' }));
  expect(await readInventory(kinesisStreams)).toEqual({ 'AWS::Kinesis::Stream': 0 });
});

it('lists every page', async () => {
  kinesis
    .on(ListStreamsCommand)
    .resolvesOnce({ StreamNames: ['a'], HasMoreStreams: true, NextToken: 'more' })
    .resolvesOnce({ StreamNames: ['b'], HasMoreStreams: false });
  expect(await readInventory(kinesisStreams)).toEqual({ 'AWS::Kinesis::Stream': 2 });
});

it('says that the list is not complete where a page was denied', async () => {
  kinesis
    .on(ListStreamsCommand)
    .resolvesOnce({ StreamNames: ['a'], HasMoreStreams: true, NextToken: 'more' })
    .rejectsOnce(denied);
  expect(await readInventory(kinesisStreams)).toEqual({ 'AWS::Kinesis::Stream': expect.stringContaining('AccessDeniedException') });
});
