import {
  across,
  type ControlPage,
  compliant,
  defineControl,
  insufficientData,
  NOT_READ,
  nonCompliant,
  on,
  verdictOnAccount,
} from '../../core/control.ts';
import { gapIn } from '../../core/evaluation/evidence.ts';

const USER = 'AWS::IAM::UserCredentials';

export default defineControl({
  id: 'IAM-L2-03',
  title: 'People and workloads use temporary credentials',
  pillar: 'iam',
  level: 2,
  severity: 'high',
  rules: [
    on(USER, ['accessKeys'], ({ accessKeys }) => {
      if (accessKeys.some(({ active }) => active)) return nonCompliant('active-access-key', 'user has an active access key');
      return accessKeys.every(({ active }) => active === false)
        ? compliant('user has no active access key')
        : insufficientData(NOT_READ, 'credential report does not show whether an access key is active');
    }),
    across(
      [USER],
      function* (inventory) {
        if (inventory.all(USER).length === 0 && gapIn(inventory, [USER]) === undefined) {
          yield verdictOnAccount(inventory, compliant('account has no IAM users'));
        }
      },
      { handlesGaps: true },
    ),
  ],
});

export const page: ControlPage = {
  slug: 'temporary-credentials-only',
  topic: 'temp credentials',
  scope: 'account',
  evidence: 'api',
  rule: 'Passes if no IAM user has an active access key, except keys covered by an unexpired exception that explains why temporary credentials are impossible. Fails otherwise. Always applies: an account without IAM users passes.',
  why: 'Long-term keys work until someone deactivates them, wherever they leak to. Temporary credentials expire within hours.',
  triggers: {
    cloudTrail: [
      { source: 'iam.amazonaws.com', names: ['CreateAccessKey', 'UpdateAccessKey', 'DeleteAccessKey', 'CreateUser', 'DeleteUser'] },
    ],
    schedule: 'rate(24 hours)',
  },
  remediation: { kind: 'custom', note: 'Replace the key by a role, OIDC federation or IAM Roles Anywhere. Then deactivate and delete it.' },
  crosswalk: {
    cisAwsV3: ['1.18'],
    cisAwsV5: ['1.17'],
    securityHub: [],
    prowler: ['iam_user_with_temporary_credentials', 'ec2_instance_profile_attached'],
    nistCsf2: ['PR.AA-01', 'PR.AA-03'],
    awsSmmV2: [{ phase: 2, category: 'Identity and access management', recommendation: 'Use Temporary Credentials' }],
    iansCsmm2: ['IAM'],
  },
  notes: 'CIS 1.18 (version 3.0) and 1.17 (version 5.0), on instance roles, are a partial match.',
};
