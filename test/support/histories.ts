import fc from 'fast-check';
import { settingsRef } from '../../core/facts/csmm-settings.ts';
import { INVENTORY } from '../../core/facts/inventory.ts';
import type { ConfigItem } from '../../core/facts/parser.ts';
import { Unread } from '../../core/facts/view.ts';
import { EMPTY_SETTINGS } from '../../core/settings/account-settings.ts';
import type { Exception } from '../../core/settings/exception.ts';

/** Generated histories of items, of AWS Config and of settings: a few resources of several types, each with several states over time. */

const ACCOUNTS = ['111111111111', '222222222222'];
const VPCS = ['vpc-1', 'vpc-2'];

const flag = fc.constantFrom(true, false, undefined);
const range = fc.constantFrom('0.0.0.0/0', '10.0.0.0/8', '10.0.0.0/0');

interface Shape {
  readonly resourceType: string;
  readonly ids: readonly string[];
  readonly configuration: fc.Arbitrary<unknown>;
  readonly supplementaryConfiguration?: fc.Arbitrary<unknown>;
}

export const SHAPES: readonly Shape[] = [
  {
    resourceType: 'AWS::EC2::Volume',
    ids: ['vol-1', 'vol-2'],
    configuration: fc.record({ encrypted: flag, attachments: fc.constantFrom([], [{ state: 'attached' }], undefined) }),
  },
  {
    resourceType: 'AWS::EC2::SecurityGroup',
    ids: ['sg-1', 'sg-2'],
    configuration: fc.record({
      groupName: fc.constantFrom('default', 'web'),
      vpcId: fc.constantFrom(...VPCS),
      ipPermissions: fc.array(
        fc.record({
          ipProtocol: fc.constantFrom('tcp', '-1'),
          fromPort: fc.constantFrom(22, 443),
          toPort: fc.constantFrom(443, 3389),
          ipv4Ranges: fc.array(fc.record({ cidrIp: range }), { maxLength: 2 }),
        }),
        { maxLength: 2 },
      ),
      ipPermissionsEgress: fc.constantFrom([], undefined),
    }),
  },
  { resourceType: 'AWS::EC2::VPC', ids: VPCS, configuration: fc.record({ vpcId: fc.constantFrom(...VPCS) }) },
  {
    resourceType: 'AWS::EC2::FlowLog',
    ids: ['fl-1', 'fl-2'],
    configuration: fc.record({
      resourceId: fc.constantFrom(...VPCS, undefined),
      flowLogStatus: fc.constantFrom('ACTIVE', 'INACTIVE', undefined),
      deliverLogsStatus: fc.constantFrom('SUCCESS', 'FAILED'),
      trafficType: fc.constantFrom('ALL', 'ACCEPT'),
    }),
  },
  {
    resourceType: 'AWS::S3::Bucket',
    ids: ['logs', 'shop'],
    configuration: fc.constant({ name: 'example' }),
    supplementaryConfiguration: fc.record({
      BucketVersioningConfiguration: fc.record({ status: fc.constantFrom('Enabled', 'Suspended', null) }),
      AccessControlList: fc.constantFrom('{"grantList":[]}', '{"grantList":[{"grantee":"AllUsers","permission":"Read"}]}'),
      BucketPolicy: fc.constant({ policyText: null }),
    }),
  },
  {
    resourceType: 'AWS::RDS::DBSnapshot',
    ids: ['snapshot-1', 'snapshot-2'],
    configuration: fc.constant({}),
    supplementaryConfiguration: fc.record({
      DBSnapshotAttributes: fc.constantFrom([{ attributeName: 'restore', attributeValues: [] }], undefined),
    }),
  },
  { resourceType: 'AWS::EFS::FileSystem', ids: ['fs-1'], configuration: fc.record({ encrypted: flag }) },
  {
    resourceType: 'AWS::S3::AccountPublicAccessBlock',
    ids: ['account'],
    configuration: fc.record({ blockPublicAcls: flag, ignorePublicAcls: flag, blockPublicPolicy: flag, restrictPublicBuckets: flag }),
  },
];

/** Types with lists. They belong to controls whose types are all in AWS Config, and to controls with another type. */
const LISTED = ['AWS::EC2::Snapshot', 'AWS::RDS::DBSnapshot', 'AWS::EFS::FileSystem', 'AWS::S3::Bucket', 'AWS::EC2::FlowLog'];

/** As in a Region that the organization has closed. */
const DENIED = new Unread('the call was denied (AccessDenied)');

const LISTS: Shape = {
  resourceType: INVENTORY,
  ids: LISTED,
  configuration: fc.record({ resources: fc.constantFrom(0, 2, undefined, DENIED, DENIED, DENIED) }),
};

const STATES = ['recorded', 'recorded', 'recorded', 'deleted', 'unrecorded', 'oversized'] as const;

/** Few, so that some are equal. */
const time = fc.integer({ min: 0, max: 9 }).map((second) => `2026-01-01T00:00:0${second}.000Z`);

/** Controls with rules on the types above: on single resources, by a join, by both. */
const EXCEPTED = ['CMP-L1-02', 'NET-L1-01', 'NET-L2-01', 'STR-L1-01', 'STR-L1-02', 'STR-L1-04', 'STR-L1-06', 'STR-L2-01'];

/** Exceptions of all scopes; some expire between the times of the items. */
const exception: fc.Arbitrary<Exception> = fc.record(
  {
    controlId: fc.constantFrom(...EXCEPTED),
    region: fc.constantFrom('eu-west-1', 'us-east-1'),
    resource: fc
      .constantFrom(...SHAPES)
      .chain(({ resourceType, ids }) => fc.record({ type: fc.constant(resourceType), id: fc.constantFrom(...ids) })),
    owner: fc.constant('owner@example.com'),
    reason: fc.constant('a reason'),
    ticket: fc.constantFrom('T-1', 'T-2'),
    expires: fc.oneof(time, fc.constant('2027-01-01T00:00:00.000Z')),
  },
  { requiredKeys: ['controlId', 'owner', 'reason', 'ticket', 'expires'] },
);

export const settingsItem: fc.Arbitrary<ConfigItem> = fc.record({
  resource: fc.constantFrom(...ACCOUNTS).map(settingsRef),
  capturedAt: time,
  state: fc.constantFrom('recorded', 'recorded', 'recorded', 'deleted', 'unrecorded'),
  configuration: fc
    .record({ exceptions: fc.array(exception, { maxLength: 4 }), approvedRegions: fc.constantFrom(['eu-west-1'], undefined) })
    .map((declared) => ({ settings: JSON.parse(JSON.stringify({ ...EMPTY_SETTINGS, ...declared })) })),
  supplementaryConfiguration: fc.constant({}),
  tags: fc.constant({}),
  relationships: fc.constant([]),
});

/** One item of AWS Config; capture times are few, so that some are equal. */
export const configItem: fc.Arbitrary<ConfigItem> = fc.constantFrom(...SHAPES, LISTS).chain((shape) =>
  fc.record({
    resource: fc.record({
      accountId: fc.constantFrom(...ACCOUNTS),
      region: fc.constantFrom('eu-west-1', 'us-east-1'),
      resourceType: fc.constant(shape.resourceType),
      resourceId: fc.constantFrom(...shape.ids),
    }),
    capturedAt: time,
    state: fc.constantFrom(...STATES),
    configuration: shape.configuration,
    supplementaryConfiguration: shape.supplementaryConfiguration ?? fc.constant({}),
    tags: fc.constant({}),
    relationships: fc.constant([]),
  }),
);

/** Items, one in five of them settings, in the order and number of their delivery: shuffled, some of them repeated. */
export const history = (maxLength: number): fc.Arbitrary<ConfigItem[]> =>
  fc
    .array(fc.oneof({ arbitrary: configItem, weight: 4 }, { arbitrary: settingsItem, weight: 1 }), { minLength: 1, maxLength })
    .chain((items) =>
      fc
        .tuple(fc.shuffledSubarray(items, { minLength: items.length }), fc.array(fc.constantFrom(...items), { maxLength: 5 }))
        .map(([shuffled, repeats]) => [...shuffled, ...repeats]),
    );
