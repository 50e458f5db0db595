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
import { PROTECTED_ACTIONS, type ScpProtection } from '../../core/policy/service-control-policies.ts';
import type { AccountSettings } from '../../core/settings/account-settings.ts';
import { ORGANIZATION_TRIGGERS } from './organization.ts';

export default defineControl({
  id: 'IAM-L2-01',
  title: 'Service control policies stop tampering with security services',
  pillar: 'iam',
  level: 2,
  severity: 'high',
  rules: [
    across(['AWS::Organizations::Account', 'CSMM::Settings'], (inventory) =>
      evaluateMemberAccount(inventory, ({ facts: { protectedActions }, missing }) =>
        protectedActions ? evaluateActions(protectedActions, inventory.settings) : lacks({ missing }, 'protectedActions'),
      ),
    ),
  ],
});

export const page: ControlPage = {
  slug: 'scp-protects-security-services',
  topic: 'SCPs',
  scope: 'organization',
  evidence: 'policy-analysis',
  rule: 'Passes if the SCPs effective on the account (root, every OU on the path, account) deny each action in the protected set to everyone except declared exempt, pipeline and break-glass principals. A level that allows an action to no one, or only to some principals, denies it to all others. Fails otherwise, also for an account outside any organization. Not applicable to the management account, to which SCPs do not apply.',
  why: 'An attacker with administrator rights first turns off logging and detection. Only a policy from outside the account can stop that.',
  parameters: {
    protectedActions: PROTECTED_ACTIONS,
  },
  triggers: ORGANIZATION_TRIGGERS,
  remediation: { kind: 'custom', note: 'Propose the missing deny statements. A person must approve before an SCP is attached.' },
  crosswalk: {
    cisAwsV3: [],
    cisAwsV5: [],
    securityHub: ['Account.2'],
    prowler: ['organizations_account_part_of_organizations'],
    nistCsf2: ['PR.AA-05', 'GV.PO-01'],
    awsSmmV2: [
      { phase: 2, category: 'Identity and access management', recommendation: 'GuardRails: Organizational Policies with SCPs/RCPs' },
      { phase: 2, category: 'Infrastructure protection', recommendation: 'Multi-account management' },
    ],
    iansCsmm2: ['Organization Management', 'Governance', 'IAM'],
  },
  notes:
    'Exemptions of service-linked roles have no effect, because service control policies do not bind these roles. Declare all other exempt principals, including AWSControlTowerExecution and your pipelines, by an ARN that matches the whole exemption. An exemption by a tag, a user name or aws:ViaAWSService fails, because it names no principal. ARNs of another partition match nothing in the account. The status of an account is INSUFFICIENT_DATA if csmm reads neither its management account nor a delegated administrator.',
};

function evaluateActions(protections: Readonly<Record<string, ScpProtection>>, settings: AccountSettings): Verdict {
  const flaws = PROTECTED_ACTIONS.flatMap((action) => flawsOf(action, protections[action], settings));
  if (flaws.length > 0) {
    const isOpen = PROTECTED_ACTIONS.some((action) => protections[action]?.kind === 'open');
    return nonCompliant(isOpen ? 'action-not-denied' : 'undeclared-exemption', flaws.join('; '));
  }
  const unread = PROTECTED_ACTIONS.find((action) => !protections[action]);
  if (unread !== undefined) return insufficientData('policies-not-checked', `service control policies were not checked for ${unread}`);
  return compliant('service control policies deny every protected action, except to declared principals');
}

function flawsOf(action: string, protection: ScpProtection | undefined, settings: AccountSettings): string[] {
  if (!protection) return [];
  if (protection.kind === 'open') return [protection.reason];
  const undeclared = undeclaredAmong(protection.exempt, settings);
  return undeclared.length > 0
    ? [`service control policies exempt ${undeclared.join(', ')} from the denial of ${action}, but csmm.yaml does not declare them`]
    : [];
}
