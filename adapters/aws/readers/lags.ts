import type { Lag } from './reader.ts';

/** EC2 advises to describe a resource repeatedly after a change, for up to a few minutes. Earlier versions of the page say five. */
export const EC2_LAG: Lag = { minutes: 5, source: 'https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html' };

/** IAM replicates its data worldwide, and names no time. Five minutes are the advice of EC2 for the same design. */
export const IAM_LAG: Lag = {
  minutes: 5,
  source: 'https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency',
};

/**
 * The event history of CloudTrail: "typically within an average of about 5 minutes of an API call. This time is not guaranteed". Earlier
 * versions of the page say 15 minutes.
 */
export const CLOUDTRAIL_LAG: Lag = {
  minutes: 15,
  source: 'https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html',
};

/** "The API can take up to 10 minutes to configure this setting", and the call to read it answers with the old one until then. */
export const IMAGE_BLOCK_LAG: Lag = {
  minutes: 10,
  source: 'https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_EnableImageBlockPublicAccess.html',
};

/** The tables of DynamoDB are described by an eventually consistent query: "wait for a few seconds". */
export const DYNAMODB_LAG: Lag = {
  minutes: 1,
  source: 'https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeTable.html',
};

/** Settings of S3 for an account or access point "might not take effect in all Regions immediately": AWS names no time. */
export const S3_LAG: Lag = {
  minutes: 5,
  source: 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html',
};

/** Requests for Multi-Region Access Points are asynchronous. AWS names no time. */
export const S3_MULTI_REGION_LAG: Lag = {
  minutes: 15,
  source: 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/MrapOperations.html',
};

/** AWS Backup deletes a recovery point after the call, which leaves it in the state `DELETING`. AWS names no time. */
export const BACKUP_LAG: Lag = {
  minutes: 15,
  source: 'https://docs.aws.amazon.com/aws-backup/latest/devguide/API_DescribeRecoveryPoint.html',
};

/** Security Hub enables a standard after the call, which leaves it in the state `PENDING`. AWS names no time. */
export const SECURITY_HUB_LAG: Lag = {
  minutes: 15,
  source: 'https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_BatchEnableStandards.html',
};

/** Organizations has one endpoint that replicates its data, and names no time. Five minutes are the advice of EC2 for the same design. */
export const ORGANIZATIONS_LAG: Lag = {
  minutes: 5,
  source:
    'https://docs.aws.amazon.com/organizations/latest/userguide/orgs_troubleshoot_general.html#troubleshoot_general_eventual-consistency',
};

/** IAM Identity Center creates an instance after the call, which leaves it in the state `CREATE_IN_PROGRESS`. AWS names no time. */
export const IDENTITY_CENTER_LAG: Lag = {
  minutes: 15,
  source: 'https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_InstanceMetadata.html',
};
