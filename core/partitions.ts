/**
 * The Region of each partition in which its global services, such as IAM, answer. CloudTrail shows their calls, and the sign-ins of root
 * users, there. The endpoint rules of the AWS SDKs name these Regions, except that IAM of `aws-cn` answers in Beijing:
 * https://docs.aws.amazon.com/general/latest/gr/iam-service.html
 */
export const GLOBAL_REGIONS: Readonly<Record<string, string>> = {
  aws: 'us-east-1',
  'aws-cn': 'cn-north-1',
  'aws-eusc': 'eusc-de-east-1',
  'aws-iso': 'us-iso-east-1',
  'aws-iso-b': 'us-isob-east-1',
  'aws-iso-e': 'eu-isoe-west-1',
  'aws-iso-f': 'us-isof-south-1',
  'aws-us-gov': 'us-gov-west-1',
};

/** Returns the Region in which a partition's global services (IAM, Organizations, CloudFront) answer and emit events. */
export const globalRegionOf = (partition: string): string => GLOBAL_REGIONS[partition] ?? 'us-east-1';

/**
 * Partition without root users: https://docs.amazonaws.cn/en_us/aws/latest/userguide/iam.html
 * The AWS Config rule root-account-mfa-enabled does not exist there either.
 */
export const WITHOUT_ROOT_USER = 'aws-cn';

/** Partitions by the beginning of the names of their Regions. All other Regions are in `aws`. */
const PARTITIONS: readonly (readonly [string, string])[] = [
  ['cn-', 'aws-cn'],
  ['us-gov-', 'aws-us-gov'],
  ['us-iso-', 'aws-iso'],
  ['us-isob-', 'aws-iso-b'],
  ['us-isof-', 'aws-iso-f'],
  ['eu-isoe-', 'aws-iso-e'],
  ['eusc-', 'aws-eusc'],
];

/**
 * Returns the partition of a Region, as it is in ARNs.
 * Source: https://github.com/boto/botocore/blob/develop/botocore/data/partitions.json
 */
export const partitionOf = (region: string): string => PARTITIONS.find(([prefix]) => region.startsWith(prefix))?.[1] ?? 'aws';
