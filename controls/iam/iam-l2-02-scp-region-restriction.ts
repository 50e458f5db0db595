import {
  across,
  type ControlPage,
  compliant,
  defineControl,
  insufficientData,
  lacks,
  nonCompliant,
  type Verdict,
} from '../../core/control.ts';
import { undeclaredAmong } from '../../core/evaluation/exempt-principals.ts';
import { evaluateMemberAccount } from '../../core/evaluation/member-account.ts';
import type { RegionRestriction } from '../../core/policy/service-control-policies.ts';
import type { AccountSettings } from '../../core/settings/account-settings.ts';
import { ORGANIZATION_API_FACTS, ORGANIZATION_TRIGGERS } from './organization.ts';

export default defineControl({
  id: 'IAM-L2-02',
  title: 'Unapproved Regions are denied by policy',
  pillar: 'iam',
  level: 2,
  severity: 'medium',
  rules: [
    across(['AWS::Organizations::Account', 'CSMM::Settings'], (inventory) =>
      evaluateMemberAccount(inventory, ({ facts: { regionRestriction }, missing }) =>
        regionRestriction ? evaluateRestriction(regionRestriction, inventory.settings) : lacks({ missing }, 'regionRestriction'),
      ),
    ),
  ],
});

export const page: ControlPage = {
  slug: 'scp-region-restriction',
  topic: 'SCPs',
  scope: 'organization',
  evidence: 'policy-analysis',
  rule: 'PASS iff the SCPs effective on the account deny requests whose aws:RequestedRegion lies outside the declared approved Regions, with only global services exempted through NotAction and only principals that are declared as exempt, pipeline or break-glass principals; FAIL otherwise, including for an account outside any organization; INSUFFICIENT_DATA while a restriction exists and no approved Regions are declared; NOT_APPLICABLE for the management account.',
  apiFacts: ORGANIZATION_API_FACTS,
  triggers: ORGANIZATION_TRIGGERS,
  remediation: { kind: 'custom', note: 'Generate the statement from approved_regions; human approval.' },
  crosswalk: {
    cisAwsV3: [],
    cisAwsV5: [],
    securityHub: [],
    prowler: ['organizations_scp_check_deny_regions'],
    nistCsf2: ['PR.AA-05', 'PR.PS-01'],
    awsSmmV2: [
      { phase: 1, category: 'Security governance', recommendation: 'Select the region(s) to use and block the rest' },
      { phase: 2, category: 'Identity and access management', recommendation: 'GuardRails: Organizational Policies with SCPs/RCPs' },
    ],
    iansCsmm2: ['Organization Management', 'Governance'],
  },
  notes:
    'Enabling or disabling a Region is no trigger: the policies say which Regions requests may go to, whether these are enabled or not. A Region that a policy leaves open must be approved by its name, us-east-1 too: global services answer there, but NotAction exempts them as AWS does in its own policies (https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_examples_general.html#example-scp-deny-region). Patterns such as eu-* fail, as they also name Regions to come. Exempt principals are judged as in IAM-L2-01.',
};

function evaluateRestriction(restriction: RegionRestriction, settings: AccountSettings): Verdict {
  if (restriction.kind === 'open') return nonCompliant(restriction.reason);
  const { regions, exemptActions, exemptPrincipals } = restriction;
  if (exemptActions.length > 0) return nonCompliant(`${exemptActions.join(', ')} may go to any Region, and not as a global service`);
  const undeclared = undeclaredAmong(exemptPrincipals, settings);
  if (undeclared.length > 0) return nonCompliant(`any Region is left to ${undeclared.join(', ')}, which csmm.yaml does not declare`);
  const unapproved = regions.filter((region) => !settings.approvedRegions?.includes(region));
  if (unapproved.length === 0)
    return compliant(regions.length > 0 ? `requests may go to ${regions.join(', ')} alone` : 'requests may go to no Region');
  const left = `requests may go to ${unapproved.join(', ')}`;
  if (!settings.approvedRegions) return insufficientData(`${left}: declare approvedRegions in csmm.yaml`);
  return nonCompliant(`${left}, which approvedRegions does not name`);
}
