import {
  across,
  type ControlPage,
  compliant,
  defineControl,
  type InventoryItem,
  lacks,
  nonCompliant,
  type Verdict,
} from '../../core/control.ts';
import { evaluateApprovedRegions } from '../../core/evaluation/approved-regions.ts';
import { worstOf } from '../../core/evaluation/worst-verdict.ts';
import { SETTINGS } from '../../core/facts/csmm-settings.ts';
import { cannotRun, type RemedyPlan, remedyOn, runWith } from '../../core/remediation/model/remedy.ts';

/** Of which one is enough: https://docs.aws.amazon.com/securityhub/latest/userguide/standards-reference.html */
const STANDARDS: ReadonlySet<string> = new Set(['aws-foundational-security-best-practices', 'cis-aws-foundations-benchmark']);

export default defineControl({
  id: 'MON-L2-01',
  title: 'Security Hub posture checks run in every approved Region',
  pillar: 'monitoring',
  level: 2,
  severity: 'high',
  rules: [
    across(
      ['AWS::SecurityHub::RegionSettings', SETTINGS],
      (inventory) => evaluateApprovedRegions(inventory, 'AWS::SecurityHub::RegionSettings', evaluateHub),
      { handlesGaps: true },
    ),
  ],
});

export const remedies = [
  /* @__PURE__ */ remedyOn(
    'AWS::SecurityHub::RegionSettings',
    {
      runbook: 'CSMM-EnableSecurityHub',
      risk: 'safe',
      reversible: true,
      impact: 'Every check and finding costs, and AWS Config must record what the checks look at, which costs too.',
    },
    planHub,
  ),
];

export const page: ControlPage = {
  slug: 'security-hub-enabled',
  topic: 'Security Hub',
  scope: 'region',
  evidence: 'api',
  rule: 'PASS iff in every approved Region Security Hub is enabled with at least one of the FSBP or CIS standards in status READY and findings reach the delegated administrator; FAIL otherwise; never NOT_APPLICABLE.',
  apiFacts: [
    'securityhub:DescribeHub',
    'securityhub:GetEnabledStandards',
    'securityhub:GetAdministratorAccount',
    'securityhub:DescribeOrganizationConfiguration',
  ],
  triggers: {
    configTypes: [],
    cloudTrail: [
      {
        source: 'securityhub.amazonaws.com',
        names: [
          'EnableSecurityHub',
          'DisableSecurityHub',
          'BatchEnableStandards',
          'BatchDisableStandards',
          'UpdateOrganizationConfiguration',
          'AcceptAdministratorInvitation',
          'DisassociateFromAdministratorAccount',
        ],
      },
    ],
    schedule: 'rate(12 hours)',
  },
  remediation: { kind: 'managed', document: 'AWSConfigRemediation-EnableSecurityHub', note: 'Prefer central configuration; cost applies.' },
  crosswalk: {
    cisAwsV3: ['4.16'],
    cisAwsV5: ['4.16'],
    securityHub: [],
    prowler: ['securityhub_enabled', 'securityhub_delegated_admin_enabled_all_regions'],
    nistCsf2: ['DE.CM-09', 'ID.RA-01'],
    awsSmmV2: [{ phase: 1, category: 'Security assurance', recommendation: 'Evaluate Cloud Security Posture (CSPM)' }],
    iansCsmm2: ['Security Monitoring', 'Compliance and Audit'],
  },
  notes:
    'Judged is Security Hub CSPM, not the newer Security Hub that correlates its findings with others. Findings reach the delegated administrator where the account is an enabled member or the delegated administrator itself; an administrator by invitation counts for its members. An account without an administrator fails, also outside any organization: nobody but itself sees its findings. Where no approved Regions are declared, every Region that was read is judged. What an administrator changes in its members leaves no event in their accounts; the schedule finds it.',
};

type RegionSettings = InventoryItem<'AWS::SecurityHub::RegionSettings'>;

function evaluateHub(item: RegionSettings): Verdict {
  const { enabled } = item.facts;
  if (enabled === undefined) return lacks(item, 'enabled');
  if (!enabled) return nonCompliant('Security Hub CSPM is not enabled');
  return worstOf(evaluateStandards(item), evaluateReceiver(item));
}

function planHub(item: RegionSettings): RemedyPlan {
  if (item.facts.enabled === undefined) return cannotRun(lacks(item, 'enabled').reason);
  if (!item.facts.enabled) {
    // Members are taken Region by Region, and nothing that is read tells of central configuration: nobody would receive the findings.
    return cannotRun(`${NO_RECEIVER} in this Region, or cover it by central configuration: either turns Security Hub on in it too`);
  }
  const receiver = evaluateReceiver(item);
  if (receiver.compliance !== 'COMPLIANT') return cannotRun(`${receiver.reason}: ${NO_RECEIVER}`);
  const { standards } = item.facts;
  if (standards === undefined) return cannotRun(lacks(item, 'standards').reason);
  if (standards.some(({ name }) => STANDARDS.has(name))) {
    return cannotRun(`${evaluateStandards(item).reason}: look at what keeps it, such as AWS Config that does not record`);
  }
  return runWith({ PreviousHub: 'enabled' });
}

const NO_RECEIVER = 'have the delegated administrator of Security Hub take the account as a member';

function evaluateStandards(item: RegionSettings): Verdict {
  if (item.facts.standards === undefined) return lacks(item, 'standards');
  const wanted = item.facts.standards.filter(({ name }) => STANDARDS.has(name));
  const ready = wanted.find(({ status }) => status === 'READY');
  if (ready) return compliant(`${ready.name} is ready and findings reach the delegated administrator`);
  const [other] = wanted;
  return nonCompliant(other ? `${other.name} is ${other.status}` : 'neither the FSBP nor the CIS standard is enabled');
}

function evaluateReceiver(item: RegionSettings): Verdict {
  const { administrator, isAdministrator } = item.facts;
  if (administrator === undefined) return lacks(item, 'administrator');
  if (administrator !== null) {
    return administrator.relationship === 'ENABLED'
      ? compliant(`findings reach ${administrator.accountId}`)
      : nonCompliant(`the relationship to the administrator ${administrator.accountId} is ${administrator.relationship}`);
  }
  if (isAdministrator === undefined) return lacks(item, 'isAdministrator');
  return isAdministrator ? compliant('the account is the delegated administrator') : nonCompliant('no administrator receives the findings');
}
