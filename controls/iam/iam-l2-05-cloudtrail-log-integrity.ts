import {
  across,
  type ControlPage,
  compliant,
  defineControl,
  type Inventory,
  insufficientData,
  lacks,
  NOT_READ,
  nonCompliant,
  notApplicable,
  type Verdict,
  verdictOn,
  verdictOnAccount,
} from '../../core/control.ts';
import { evaluatedTrails, isRecent, type Trail } from '../../core/detection/multi-region-trail.ts';
import { currentOf, gapIn, hasNoEvidence } from '../../core/evaluation/evidence.ts';
import { accountOf, TRAIL_STATUS } from '../../core/facts/cloudtrail-trail-status.ts';
import { cannotRun, change, type RemedyContext, type RemedyPlan, remedyOn, runWith } from '../../core/remediation/model/remedy.ts';
import { accountBlock, evaluateBucket } from '../storage/str-l1-02-s3-bucket-not-public.ts';

const BUCKET = 'AWS::S3::Bucket';
const ACCOUNT_BLOCK = 'AWS::S3::AccountPublicAccessBlock';

const NEEDED = ['logFileValidation', 'kmsKeyId', 'logGroupArn', 'latestLogGroupDeliveryAt', 'bucketName'] as const;

function evaluateTrail(trail: Trail, inventory: Inventory): Verdict {
  const { logFileValidation, kmsKeyId, logGroupArn, latestLogGroupDeliveryAt } = trail.facts;
  if (logFileValidation === false) return nonCompliant('validation-off', 'trail log file validation is off');
  if (kmsKeyId === 'none') return nonCompliant('not-encrypted', 'trail log files are not encrypted with a KMS key');
  if (logGroupArn === 'none') return nonCompliant('no-log-group', 'trail sends no events to CloudWatch Logs');
  if (latestLogGroupDeliveryAt !== undefined && !isRecent(latestLogGroupDeliveryAt, trail)) {
    return nonCompliant(
      'log-group-delivery-outdated',
      latestLogGroupDeliveryAt === 'never'
        ? 'trail never delivered to CloudWatch Logs'
        : `trail last delivered to CloudWatch Logs at ${latestLogGroupDeliveryAt} (limit: 24 hours)`,
    );
  }
  const bucket = evaluateDestination(trail, inventory);
  if (bucket.compliance === 'NON_COMPLIANT') return bucket;
  for (const fact of NEEDED) if (trail.facts[fact] === undefined) return lacks(trail, fact);
  return bucket.compliance === 'COMPLIANT' ? compliant('trail logs are validated, encrypted, in CloudWatch Logs and not public') : bucket;
}

/** Evaluates the bucket of a trail. A trail does not name the owner of its bucket, but bucket names are unique. */
function evaluateDestination(trail: Trail, inventory: Inventory): Verdict {
  const { bucketName } = trail.facts;
  if (bucketName === undefined) return lacks(trail, 'bucketName');
  for (const account of [inventory, ...accountsOf(trail).flatMap((id) => inventory.in(id) ?? [])]) {
    const bucket = currentOf(account, BUCKET).find(({ resource }) => resource.resourceId === bucketName);
    if (!bucket) continue;
    return ofTrail(evaluateBucket(bucket, accountBlock(account)), bucketName);
  }
  return insufficientData('bucket-not-found', `trail bucket ${bucketName} was not found in any evaluated account`);
}

const ofTrail = ({ compliance, reason }: Verdict, bucketName: string): Verdict => {
  const sentence = `trail bucket ${bucketName}: ${reason}`;
  if (compliance === 'NON_COMPLIANT') return nonCompliant('bucket-public', sentence);
  return compliance === 'INSUFFICIENT_DATA' ? insufficientData('bucket-access-unknown', sentence) : compliant(sentence);
};

/** Accounts that the trail names. One of them can own its bucket. */
const accountsOf = ({ facts: { ownerAccountId, logGroupAccountId, kmsKeyId } }: Trail): string[] =>
  [ownerAccountId, logGroupAccountId, accountOf(kmsKeyId)].filter((id): id is string => id !== undefined && id !== 'none');

export default defineControl({
  id: 'IAM-L2-05',
  title: 'Trail logs are validated, encrypted and unreachable by the public',
  pillar: 'iam',
  level: 2,
  severity: 'high',
  rules: [
    across(
      [TRAIL_STATUS, BUCKET, ACCOUNT_BLOCK],
      function* (inventory) {
        if (hasNoEvidence(inventory, [TRAIL_STATUS])) return;
        const trails = evaluatedTrails(inventory).filter(({ verdict }) => verdict.compliance !== 'NON_COMPLIANT');
        for (const { trail, verdict } of trails) {
          yield verdictOn(trail, verdict.compliance === 'COMPLIANT' ? evaluateTrail(trail, inventory) : verdict);
        }
        const gap = gapIn(inventory, [TRAIL_STATUS]);
        if (gap) yield verdictOnAccount(inventory, insufficientData(NOT_READ, gap));
        else if (trails.length === 0) yield verdictOnAccount(inventory, notApplicable('no trail passes IAM-L2-04'));
      },
      { handlesGaps: true, growsOld: true, elsewhere: (inventory) => inventory.all(TRAIL_STATUS).flatMap(accountsOf) },
    ),
  ],
});

export const remedies = [
  /* @__PURE__ */ remedyOn(
    TRAIL_STATUS,
    {
      runbook: 'CSMM-EnableTrailLogFileValidation',
      risk: 'safe',
      reversible: true,
      impact: 'CloudTrail writes a digest file each hour.',
      cost: 'AWS charges for the storage of the digest files.',
      notRestored: 'Digest files that were written in between stay.',
      reads: [BUCKET, ACCOUNT_BLOCK],
    },
    planValidation,
  ),
];

/** Plans only the validation. A person must decide on a key (its policy must allow CloudTrail) and on a log group (it needs a role and costs money). */
function planValidation(trail: Trail, { inventory }: RemedyContext): RemedyPlan {
  const { ownerAccountId, logFileValidation } = trail.facts;
  if (ownerAccountId !== inventory.accountId) return cannotRun('trail belongs to another account; change it there');
  const rest = evaluateTrail({ ...trail, facts: { ...trail.facts, logFileValidation: true } }, inventory);
  if (rest.compliance !== 'COMPLIANT') return cannotRun(`${rest.reason}; csmm has no runbook for this`);
  if (logFileValidation !== false) return cannotRun(lacks(trail, 'logFileValidation').reason);
  return runWith({ TrailName: trail.resource.resourceId.split(':trail/')[1] ?? '' }, [change('log file validation', false, true)]);
}

export const page: ControlPage = {
  slug: 'cloudtrail-log-integrity',
  topic: 'CloudTrail',
  scope: 'account',
  evidence: 'api',
  rule: 'Passes if every trail counted by IAM-L2-04 has LogFileValidationEnabled = true, a KmsKeyId, a CloudWatch Logs group with delivery in the last 24 hours, and a destination bucket that is not public. Fails otherwise. Not applicable if no such trail exists (IAM-L2-04 already fails). No data if the bucket account is outside the evaluated scope.',
  why: 'An attacker who can read or change the logs can learn about the environment and hide an intrusion. Validation and encryption keep the logs trustworthy.',
  triggers: {
    cloudTrail: [
      { source: 'cloudtrail.amazonaws.com', names: ['UpdateTrail', 'CreateTrail'] },
      {
        source: 's3.amazonaws.com',
        names: ['PutBucketPolicy', 'DeleteBucketPolicy', 'PutBucketAcl', 'DeleteBucketPublicAccessBlock', 'PutBucketPublicAccessBlock'],
      },
      { source: 'kms.amazonaws.com', names: ['DisableKey', 'ScheduleKeyDeletion', 'PutKeyPolicy'] },
    ],
    schedule: 'rate(24 hours)',
  },
  remediation: {
    kind: 'managed',
    document: 'AWSConfigRemediation-EnableCloudTrailLogFileValidation',
    alternatives: ['AWSConfigRemediation-EnableCloudTrailEncryptionWithKMS'],
    note: 'For encryption, use the alternative.',
  },
  crosswalk: {
    cisAwsV3: ['3.2', '3.5'],
    cisAwsV5: ['3.2', '3.5'],
    securityHub: ['CloudTrail.2', 'CloudTrail.4', 'CloudTrail.5', 'CloudTrail.6'],
    prowler: [
      'cloudtrail_log_file_validation_enabled',
      'cloudtrail_kms_encryption_enabled',
      'cloudtrail_cloudwatch_logging_enabled',
      'cloudtrail_logs_s3_bucket_is_not_publicly_accessible',
    ],
    nistCsf2: ['PR.PS-04', 'PR.DS-01'],
    awsSmmV2: [{ phase: 1, category: 'Threat detection', recommendation: 'Audit API calls' }],
    iansCsmm2: ['Security Monitoring', 'Compliance and Audit'],
  },
  notes:
    'The bucket and log group of an organization trail are in another account (Prowler #2438, #383). csmm joins across accounts, and an account that it cannot see never causes a failure. A trail does not name the owner of its bucket: csmm searches the account itself and the accounts that own the trail, the log group or the key.',
};
