import { apiCall, type Caller, role, signIn, type TrailRecord, user } from './trail-records.ts';
import type { JsonObject } from './wildcard.ts';

/** An event that occurs every day in an account without any change by people. */
export interface OrdinaryEvent {
  /** Name for people, such as `ec2 DescribeVpcs`. */
  readonly name: string;
  readonly record: TrailRecord;
}

/** Reads. Consoles, scanners and AWS Config make them all day, also of what the activities change. */
const READS: Readonly<Record<string, readonly string[]>> = {
  ec2: [
    'DescribeInstances',
    'DescribeSecurityGroups',
    'DescribeNetworkAcls',
    'DescribeCustomerGateways',
    'DescribeInternetGateways',
    'DescribeRouteTables',
    'DescribeVpcs',
    'DescribeVpcPeeringConnections',
  ],
  s3: ['ListBuckets', 'GetBucketAcl', 'GetBucketPolicy', 'GetBucketCors', 'GetBucketLifecycle', 'GetBucketReplication'],
  iam: ['GetRole', 'GetPolicy', 'GetPolicyVersion', 'GetRolePolicy', 'GetUserPolicy', 'GetGroupPolicy', 'ListAttachedRolePolicies'],
  kms: ['Decrypt', 'DescribeKey', 'GenerateDataKey'],
  cloudtrail: ['DescribeTrails', 'GetTrailStatus', 'LookupEvents'],
  config: ['DescribeConfigurationRecorders', 'DescribeDeliveryChannels'],
  sts: ['AssumeRole', 'GetCallerIdentity'],
};

/** Changes that applications and services of AWS make by themselves. */
const ROUTINE: Readonly<Record<string, readonly string[]>> = {
  ec2: ['CreateNetworkInterface', 'RunInstances', 'TerminateInstances'],
  kms: ['CreateGrant'],
  logs: ['CreateLogStream'],
  ssm: ['UpdateInstanceInformation'],
};

/** A read of something that is not there. It fails, and has an error. */
const FAILED = { readOnly: true, errorCode: 'ParameterNotFound', errorMessage: 'Parameter not found.' };
/** A data event. CloudTrail records it if the trail selects the events of a bucket. */
const DATA = { managementEvent: false, eventCategory: 'Data' };

/**
 * Returns ordinary events in one account, each from two callers in two Regions. A detector that matches one of them notifies people
 * all day, so that they do not see the event that it is for. None is a canonical event of an activity, an event of the root user or a
 * failed sign-in.
 *
 * Not ordinary: changes of policies, trails, keys, buckets and networks that people make. A filter for all changes of IAM is broad,
 * but each of its events deserves attention.
 */
export function ordinaryEvents(accountId: string): readonly OrdinaryEvent[] {
  const callers = [user(accountId), role(accountId)];
  const call = (service: string, name: string, parts: JsonObject): OrdinaryEvent[] =>
    callers.map((caller: Caller) => ({ name: `${service} ${name}`, record: apiCall(caller, service, name, {}, parts) }));
  const calls = (names: Readonly<Record<string, readonly string[]>>, parts: JsonObject): OrdinaryEvent[] =>
    Object.entries(names).flatMap(([service, list]) => list.flatMap((name) => call(service, name, parts)));
  return [
    ...calls(READS, { readOnly: true }),
    ...calls(ROUTINE, {}),
    ...call('ssm', 'GetParameter', FAILED),
    ...call('s3', 'GetObject', { ...DATA, readOnly: true }),
    ...call('s3', 'PutObject', DATA),
    {
      name: 'a sign-in that succeeded',
      record: signIn({ ...role(accountId), awsRegion: 'us-east-1' }, { succeeded: true, mfa: false }),
    },
  ];
}
