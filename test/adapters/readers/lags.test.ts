import { describe, expect, it } from 'vitest';
import { READERS } from '../../../adapters/aws/readers/index.ts';

/**
 * How far the source of each reader that an event refreshes can be behind a change, in minutes, as AWS documents it. A new reader needs
 * a line here: look for "eventual", "asynchronous" and "can take up to" on the pages of the calls that it makes and of those that refresh
 * it. `NONE` says that AWS documents no lag, and that the state of the resource is not one that the call only begins.
 */
const NONE = undefined;
const LAGS: Readonly<Record<string, number | undefined>> = {
  'api-gateway-domain-names': NONE,
  'backup-protected-resources': 15,
  'cloudtrail-root-activity': 15,
  'cloudtrail-trails': NONE,
  'cloudwatch-alarms': NONE,
  'dax-clusters': NONE,
  'dynamodb-tables': 1,
  'ec2-ebs-encryption-default': 5,
  'ec2-image-block-public-access': 10,
  'ec2-images': 5,
  'ec2-launch-templates': 5,
  'ec2-prefix-lists': 5,
  'ec2-public-snapshots': 5,
  'ec2-snapshot-block-public-access': 5,
  'elasticache-cache-clusters': NONE,
  'elasticache-replication-groups': NONE,
  'elasticache-serverless-caches': NONE,
  'elbv2-load-balancers': NONE,
  'events-rules': NONE,
  'fsx-file-systems': NONE,
  'guardduty-region-settings': NONE,
  'iam-account-summary': 5,
  'iam-credential-report': 5,
  'iam-oidc-providers': 5,
  'iam-organization-features': 5,
  'iam-saml-providers': 5,
  'logs-metric-filters': NONE,
  'organizations-policies': 5,
  's3-access-points': 5,
  's3-account-public-access-block': 5,
  's3-multi-region-access-points': 15,
  'securityhub-region-settings': 15,
  'sns-topics': NONE,
  'sso-instances': 15,
};

describe('the lag of a source', () => {
  it('is decided for each reader that an event refreshes', () => {
    const refreshed = READERS.filter(({ refreshedBy }) => refreshedBy.length > 0).map(({ id, lag }) => [id, lag?.minutes]);
    expect(Object.fromEntries(refreshed)).toEqual(LAGS);
  });

  it.each(READERS.flatMap(({ id, lag }) => (lag ? [[id, lag] as const] : [])))('of %s is documented by AWS', (_, { minutes, source }) => {
    expect(source).toMatch(/^https:\/\/docs\.aws\.amazon\.com\/\S+$/);
    // A message of SQS can wait 15 minutes.
    expect(minutes).toBeLessThanOrEqual(15);
  });

  it('is of no use to a reader that no event refreshes', () => {
    expect(READERS.filter(({ lag, refreshedBy }) => lag && refreshedBy.length === 0)).toEqual([]);
  });
});
