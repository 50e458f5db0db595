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
import { ORGANIZATION_TRIGGERS } from './organization.ts';

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
  rule: 'Passes if the SCPs effective on the account deny requests outside the approved Regions (aws:RequestedRegion), or allow only requests inside them. Only actions of global services can stay open in other Regions, and only declared exempt, pipeline and break-glass principals can be exempt. Fails otherwise, also for an account outside any organization. No data if a restriction exists and no approved Regions are declared. Not applicable to the management account.',
  why: 'Attackers run resources in Regions that no one watches. Denied Regions need no monitoring and cause no surprise bills.',
  triggers: ORGANIZATION_TRIGGERS,
  remediation: { kind: 'custom', note: 'Generate the statement from approvedRegions. A person must approve it.' },
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
    'The control does not depend on which Regions are enabled: the policies say to which Regions requests can go. Approve every Region that a policy leaves open by name, including us-east-1. Global services answer there, but NotAction or a second Allow exempts them, as AWS does in its own policies (https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_examples_general.html#example-scp-deny-region). The global actions are in core/policy/global-actions.ts, with their sources and the date. Any other action counts as regional: declare an exception if it belongs to a newer global service. Patterns such as eu-* fail, because they also match future Regions. Exempt principals follow the rules of IAM-L2-01.',
};

function evaluateRestriction(restriction: RegionRestriction, settings: AccountSettings): Verdict {
  if (restriction.kind === 'open') return nonCompliant('regions-not-restricted', restriction.reason);
  const { regions, exemptActions, exemptPrincipals } = restriction;
  if (exemptActions.length > 0)
    return nonCompliant(
      'action-not-restricted',
      `service control policies allow ${exemptActions.join(', ')} in any Region, and they are not actions of a global service`,
    );
  const undeclared = undeclaredAmong(exemptPrincipals, settings);
  if (undeclared.length > 0)
    return nonCompliant(
      'undeclared-exemption',
      `service control policies allow ${undeclared.join(', ')} to use any Region, but csmm.yaml does not declare them`,
    );
  const unapproved = regions.filter((region) => !settings.approvedRegions?.includes(region));
  if (unapproved.length === 0)
    return compliant(
      regions.length > 0
        ? `service control policies allow requests only to ${regions.join(', ')}`
        : 'service control policies allow requests to no Region',
    );
  const left = `service control policies allow requests to ${unapproved.join(', ')}`;
  if (!settings.approvedRegions)
    return insufficientData('approved-regions-not-declared', `${left}, but csmm.yaml does not declare approvedRegions`);
  return nonCompliant('unapproved-region', `${left}, but approvedRegions in csmm.yaml does not list them`);
}
