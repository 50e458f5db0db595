import { ebsEncryptionDefault } from './ec2-ebs-encryption-default.ts';
import { ec2Volumes } from './ec2-volumes.ts';
import type { Reader } from './reader.ts';
import { s3Buckets } from './s3-buckets.ts';

/** Every reader. What they list, what they may call and what refreshes them is derived from here. */
export const READERS: readonly Reader[] = [ebsEncryptionDefault, ec2Volumes, s3Buckets];
