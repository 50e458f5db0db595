import { type ControlPage, defineControl } from '../../core/control.ts';
import { cannotRun, change, remedyOfPolicy, runWith } from '../../core/remediation/model/remedy.ts';
import { chunksOf, fits, isSameDocument } from '../../core/remediation/policy-drift/policy-document.ts';

export default defineControl({
  id: 'IAM-L5-01',
  title: 'Out-of-band IAM changes are reverted automatically',
  pillar: 'iam',
  level: 5,
  severity: 'critical',
  rules: [],
});

const IMPACT = 'Workloads that rely on the change made outside the pipeline stop working.';

/** Maximum number of versions of a managed policy. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const MAX_VERSIONS = 5;

/** Returns the document that the inverse restores. A document that is too long for a parameter is not kept, so that the approved one can still be restored. */
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
      const current = versions.find(({ isDefault }) => isDefault);
      if (!current) return cannotRun('the default version of the policy is unknown');
      const fitting = versions.find(({ document }) => isSameDocument(document, approved));
      if (!fitting && versions.length >= MAX_VERSIONS) {
        return cannotRun(`policy has ${versions.length} versions, and none is the approved one; delete a version that is not the default`);
      }
      return runWith(
        {
          PolicyArn: resourceId,
          Document: chunksOf(approved),
          VersionId: fitting?.versionId ?? 'none',
          PreviousVersionId: current.versionId,
        },
        [change('default version of the policy', current.versionId, fitting?.versionId ?? 'a new version with the approved document')],
      );
    },
  ),
  /* @__PURE__ */ remedyOfPolicy(
    'AWS::IAM::RolePolicy',
    { runbook: 'CSMM-RestoreRolePolicy', risk: 'disruptive', reversible: true, impact: IMPACT },
    ({ resourceId }, approved, { document }) => {
      const [RoleName = '', PolicyName = ''] = resourceId.split('/');
      return runWith({ RoleName, PolicyName, Document: chunksOf(approved), ...previousOf(document) }, [
        change('inline policy', document === undefined ? 'deleted' : 'another document', 'the approved document'),
      ]);
    },
  ),
  /* @__PURE__ */ remedyOfPolicy(
    'AWS::IAM::Role',
    { runbook: 'CSMM-RestoreTrustPolicy', risk: 'disruptive', reversible: true, impact: IMPACT },
    ({ resourceId }, approved, { document }) =>
      runWith({ RoleName: resourceId, Document: chunksOf(approved), ...previousOf(document) }, [
        change('trust policy', 'another document', 'the approved document'),
      ]),
  ),
];

export const page: ControlPage = {
  slug: 'policy-drift-auto-revert',
  topic: 'policy drift auto-revert',
  scope: 'account',
  evidence: 'api',
  rule: 'Passes if every out-of-band IAM write of the last 30 days (or, if no write occurred, a recorded canary drill in that window) was followed within 15 minutes by a restoring write from a declared remediation principal. Fails otherwise, also if there is neither an event nor a drill. Always applies.',
  why: 'An attacker who changes a policy keeps the new access until someone notices. Automatic reverts shorten this to minutes.',
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
  remediation: { kind: 'custom', note: 'Use an EventBridge rule that starts a revert workflow with the approved policy snapshot.' },
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
