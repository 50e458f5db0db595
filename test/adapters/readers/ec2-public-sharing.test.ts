import {
  DescribeImagesCommand,
  DescribeSnapshotsCommand,
  EC2Client,
  EC2ServiceException,
  GetImageBlockPublicAccessStateCommand,
  GetSnapshotBlockPublicAccessStateCommand,
} from '@aws-sdk/client-ec2';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { ec2ImageBlockPublicAccess } from '../../../adapters/aws/readers/ec2-image-block-public-access.ts';
import { ec2Images } from '../../../adapters/aws/readers/ec2-images.ts';
import { ec2PublicSnapshots } from '../../../adapters/aws/readers/ec2-public-snapshots.ts';
import { ec2SnapshotBlockPublicAccess } from '../../../adapters/aws/readers/ec2-snapshot-block-public-access.ts';
import { factsOf } from '../../support/facts.ts';
import { readFacts, readInventory } from '../../support/readers.ts';

const ec2 = mockClient(EC2Client);
const denied = () => new EC2ServiceException({ name: 'UnauthorizedOperation', $fault: 'client', $metadata: {}, message: 'not allowed' });

beforeEach(() => ec2.reset());

describe('images', () => {
  it('are those that the account owns, disabled ones too, with whether they are public', async () => {
    ec2
      .on(DescribeImagesCommand, { Owners: ['self'], IncludeDisabled: true })
      .resolvesOnce({ Images: [{ ImageId: 'ami-1', Public: true }], NextToken: 'more' })
      .resolvesOnce({ Images: [{ ImageId: 'ami-2', Public: false }, { ImageId: 'ami-3' }] });
    expect(await readFacts(ec2Images)).toEqual({
      'AWS::EC2::Image eu-west-1 ami-1': { facts: { public: true }, missing: {} },
      'AWS::EC2::Image eu-west-1 ami-2': { facts: { public: false }, missing: {} },
      'AWS::EC2::Image eu-west-1 ami-3': { facts: {}, missing: { public: expect.any(String) } },
      'CSMM::Inventory eu-west-1 AWS::EC2::Image': { facts: { resources: 3 }, missing: {} },
    });
  });

  it('are not all known when the list was denied', async () => {
    ec2.on(DescribeImagesCommand).rejects(denied());
    expect(await readInventory(ec2Images)).toEqual({ 'AWS::EC2::Image': expect.stringContaining('was denied') });
  });
});

describe('block public access for images', () => {
  it.each(['block-new-sharing', 'unblocked'])('is %s', async (ImageBlockPublicAccessState) => {
    ec2.on(GetImageBlockPublicAccessStateCommand).resolves({ ImageBlockPublicAccessState });
    expect(await readFacts(ec2ImageBlockPublicAccess)).toMatchObject({
      'AWS::EC2::ImageBlockPublicAccess eu-west-1 eu-west-1': { facts: { state: ImageBlockPublicAccessState }, missing: {} },
    });
  });

  it('is not known when the call was denied', async () => {
    ec2.on(GetImageBlockPublicAccessStateCommand).rejects(denied());
    expect(await readFacts(ec2ImageBlockPublicAccess)).toEqual({
      'CSMM::Inventory eu-west-1 AWS::EC2::ImageBlockPublicAccess': {
        facts: {},
        missing: { resources: expect.stringContaining('denied') },
      },
    });
  });
});

describe('public snapshots', () => {
  const PUBLIC = { OwnerIds: ['self'], RestorableByUserIds: ['all'] };

  it('are asked for by who may restore them, page by page', async () => {
    ec2
      .on(DescribeSnapshotsCommand, PUBLIC)
      .resolvesOnce({ Snapshots: [{ SnapshotId: 'snap-1' }], NextToken: 'more' })
      .resolvesOnce({ Snapshots: [{ SnapshotId: 'snap-2' }] });
    expect(await readFacts(ec2PublicSnapshots)).toEqual({
      'AWS::EC2::Snapshot eu-west-1 snap-1': { facts: { restorableByAll: true }, missing: {} },
      'AWS::EC2::Snapshot eu-west-1 snap-2': { facts: { restorableByAll: true }, missing: {} },
      'CSMM::Inventory eu-west-1 AWS::EC2::Snapshot': { facts: { resources: 2 }, missing: {} },
    });
    expect(ec2.calls()).toHaveLength(2);
  });

  it('are not all known when a page was denied', async () => {
    ec2
      .on(DescribeSnapshotsCommand, PUBLIC)
      .resolvesOnce({ Snapshots: [{ SnapshotId: 'snap-1' }], NextToken: 'more' })
      .rejects(denied());
    expect((await readInventory(ec2PublicSnapshots))['AWS::EC2::Snapshot']).toContain('denied');
  });
});

describe('block public access for snapshots', () => {
  const KEY = 'AWS::EC2::SnapshotBlockPublicAccess eu-west-1 111111111111';
  const setting = async () => (await readFacts(ec2SnapshotBlockPublicAccess))[KEY];

  beforeEach(() => {
    ec2.on(GetSnapshotBlockPublicAccessStateCommand).resolves({ State: 'block-all-sharing', ManagedBy: 'account' });
    ec2.on(DescribeSnapshotsCommand).resolves({ Snapshots: [] });
  });

  it('is under the id and with the state that AWS Config has', async () => {
    const recorded = factsOf('AWS::EC2::SnapshotBlockPublicAccess', { State: 'block-all-sharing', AccountId: '111111111111' });
    expect((await setting())?.facts).toEqual({ ...recorded.facts, ownsSnapshots: false });
  });

  it('tells of a snapshot that follows an empty page', async () => {
    ec2
      .on(DescribeSnapshotsCommand, { OwnerIds: ['self'] })
      .resolvesOnce({ Snapshots: [], NextToken: 'more' })
      .resolvesOnce({ Snapshots: [{ SnapshotId: 'snap-1' }], NextToken: 'and more' });
    expect((await setting())?.facts).toEqual({ state: 'block-all-sharing', ownsSnapshots: true });
    expect(ec2.commandCalls(DescribeSnapshotsCommand)).toHaveLength(2);
  });

  it('has its state where nobody may ask for snapshots', async () => {
    ec2.on(DescribeSnapshotsCommand).rejects(denied());
    expect(await setting()).toEqual({
      facts: { state: 'block-all-sharing' },
      missing: { ownsSnapshots: expect.stringContaining('was denied') },
    });
  });

  it('is not known when the call was denied', async () => {
    ec2.on(GetSnapshotBlockPublicAccessStateCommand).rejects(denied());
    expect(await setting()).toBeUndefined();
    expect((await readInventory(ec2SnapshotBlockPublicAccess))['AWS::EC2::SnapshotBlockPublicAccess']).toContain('denied');
  });
});
