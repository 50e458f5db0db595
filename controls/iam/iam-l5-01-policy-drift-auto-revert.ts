import { type ControlPage, defineControl } from '../../core/control.ts';
import { cannotRun, remedyOfPolicy, runWith } from '../../core/remediation/model/remedy.ts';
import { chunksOf, fits, isSameDocument } from '../../core/remediation/policy-drift/policy-document.ts';

export default defineControl({
  id: 'IAM-L5-01',
  title: 'Out-of-band IAM changes are reverted automatically',
  pillar: 'iam',
  level: 5,
  severity: 'critical',
  rules: [],
});

const IMPACT = 'What relies on the change that was made outside of the pipeline stops working.';

/** Versions that a managed policy may have. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const MAX_VERSIONS = 5;

/** The document that the inverse brings back. One that is too long for a parameter keeps nobody from restoring the approved one. */
function previousOf(document: string | undefined): { readonly PreviousPolicy: string; readonly PreviousDocument: string | string[] } {
  if (document === undefined) return { PreviousPolicy: 'absent', PreviousDocument: 'none' };
  return fits(document)
    ? { PreviousPolicy: 'kept', PreviousDocument: chunksOf(document) }
    : { PreviousPolicy: 'unkept', PreviousDocument: 'none' };
}

export const remedies = [
  /* @__PURE__ */ remedyOfPolicy(
    'AWS::IAM::Policy',
    { runbook: 'CSMM-RestoreManagedPolicy', risk: 'disruptive', reversible: true, impact: IMPACT },
    ({ resourceId }, approved, { versions = [] }) => {
      const holding = versions.find(({ isDefault }) => isDefault);
      if (!holding) return cannotRun('which version of the policy holds is not known');
      const fitting = versions.find(({ document }) => isSameDocument(document, approved));
      if (!fitting && versions.length >= MAX_VERSIONS) {
        return cannotRun(`it has ${versions.length} versions, none of which is the approved one: delete one that does not hold`);
      }
      return runWith({
        PolicyArn: resourceId,
        Document: chunksOf(approved),
        VersionId: fitting?.versionId ?? 'none',
        PreviousVersionId: holding.versionId,
      });
    },
  ),
  /* @__PURE__ */ remedyOfPolicy(
    'AWS::IAM::RolePolicy',
    { runbook: 'CSMM-RestoreRolePolicy', risk: 'disruptive', reversible: true, impact: IMPACT },
    ({ resourceId }, approved, { document }) => {
      const [RoleName = '', PolicyName = ''] = resourceId.split('/');
      return runWith({ RoleName, PolicyName, Document: chunksOf(approved), ...previousOf(document) });
    },
  ),
  /* @__PURE__ */ remedyOfPolicy(
    'AWS::IAM::Role',
    { runbook: 'CSMM-RestoreTrustPolicy', risk: 'disruptive', reversible: true, impact: IMPACT },
    ({ resourceId }, approved, { document }) => runWith({ RoleName: resourceId, Document: chunksOf(approved), ...previousOf(document) }),
  ),
];

export const page: ControlPage = {
  slug: 'policy-drift-auto-revert',
  topic: 'policy drift auto-revert',
  scope: 'account',
  evidence: 'api',
  rule: 'PASS iff every out-of-band IAM write of the last 30 days (or a recorded canary drill in that window when there was none) was followed within 15 minutes by a restoring write from a declared remediation principal; FAIL otherwise, including when there is neither an event nor a drill; never NOT_APPLICABLE.',
  apiFacts: ['cloudtrail:LookupEvents or an event-store query', 'config:GetResourceConfigHistory'],
  parameters: { windowDays: 30, revertWithinMinutes: 15 },
  triggers: {
    configTypes: ['AWS::IAM::Role', 'AWS::IAM::Policy'],
    cloudTrail: [
      {
        source: 'iam.amazonaws.com',
        names: [
          'PutRolePolicy',
          'AttachRolePolicy',
          'DetachRolePolicy',
          'CreatePolicyVersion',
          'SetDefaultPolicyVersion',
          'UpdateAssumeRolePolicy',
          'DeleteRolePermissionsBoundary',
        ],
      },
    ],
    schedule: 'rate(24 hours)',
  },
  remediation: { kind: 'custom', note: 'EventBridge rule to a revert workflow holding the approved policy snapshot.' },
  crosswalk: {
    cisAwsV3: [],
    cisAwsV5: [],
    securityHub: [],
    prowler: [],
    nistCsf2: ['PR.PS-01', 'RS.MI-01', 'DE.CM-09'],
    awsSmmV2: [
      { phase: 4, category: 'Incident response', recommendation: 'Automate deviation correction in configurations' },
      { phase: 4, category: 'Incident response', recommendation: 'Advanced security automations' },
    ],
    iansCsmm2: ['IAM', 'Compliance and Audit', 'Incident Response'],
  },
};
