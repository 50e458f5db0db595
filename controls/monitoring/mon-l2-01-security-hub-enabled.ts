import {
  across,
  type ControlPage,
  compliant,
  defineControl,
  type InventoryItem,
  insufficientData,
  lacks,
  nonCompliant,
  type Verdict,
} from '../../core/control.ts';
import { evaluateApprovedRegions } from '../../core/evaluation/approved-regions.ts';
import { worstOf } from '../../core/evaluation/worst-verdict.ts';
import { SETTINGS } from '../../core/facts/csmm-settings.ts';
import { cannotRun, change, type RemedyPlan, remedyOn, runWith } from '../../core/remediation/model/remedy.ts';

/** Standards that count; one of them is enough: https://docs.aws.amazon.com/securityhub/latest/userguide/standards-reference.html */
const STANDARDS: ReadonlySet<string> = new Set(['aws-foundational-security-best-practices', 'cis-aws-foundations-benchmark']);

/** Other statuses of a standard than READY: https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_StandardsSubscription.html */
const STATUSES: ReadonlySet<string> = new Set(['PENDING', 'FAILED', 'DELETING', 'INCOMPLETE']);

/** Other statuses of a member than ENABLED: https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_Member.html */
const NOT_ASSOCIATED: ReadonlySet<string> = new Set(['ACCOUNTSUSPENDED', 'CREATED', 'DELETED', 'INVITED', 'REMOVED', 'RESIGNED']);

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
      impact: 'Security Hub checks the Region against the standard.',
      cost: 'AWS charges for each check and finding, and for the resources that AWS Config must record for the checks.',
      notRestored: 'Findings of the standard are deleted.',
      concerns: 'region',
    },
    planHub,
  ),
];

export const page: ControlPage = {
  slug: 'security-hub-enabled',
  topic: 'Security Hub',
  scope: 'region',
  evidence: 'api',
  rule: 'Passes if, in every approved Region, Security Hub is enabled with at least one of the FSBP or CIS standards in status READY, and findings reach the delegated administrator. Fails otherwise. Always applies.',
  why: 'Security Hub checks AWS resources against known standards and collects the findings of other services. In a Region without it, misconfigurations stay unnoticed.',
  triggers: {
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
  remediation: {
    kind: 'managed',
    document: 'AWSConfigRemediation-EnableSecurityHub',
    note: 'Prefer central configuration. Security Hub costs money.',
  },
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
    "This control evaluates Security Hub CSPM, not the newer Security Hub that correlates its findings with others. Findings reach the delegated administrator if the account is an enabled member or the delegated administrator itself. An administrator by invitation counts for its members. An account without an administrator fails, also outside any organization, because no other account sees its findings. If no approved Regions are declared, csmm evaluates every Region that it read. If an administrator changes a member, no event occurs in the member's account: the scheduled read detects it.",
};

type RegionSettings = InventoryItem<'AWS::SecurityHub::RegionSettings'>;

function evaluateHub(item: RegionSettings): Verdict {
  const { enabled } = item.facts;
  if (enabled === undefined) return lacks(item, 'enabled');
  if (!enabled) return nonCompliant('hub-not-enabled', 'Security Hub CSPM is not enabled');
  return worstOf(evaluateStandards(item), evaluateReceiver(item));
}

function planHub(item: RegionSettings): RemedyPlan {
  if (item.facts.enabled === undefined) return cannotRun(lacks(item, 'enabled').reason);
  if (!item.facts.enabled) {
    // Membership is per Region, and csmm cannot read central configuration. A hub enabled here could have no receiver of its findings.
    return cannotRun(`${NO_RECEIVER} in this Region, or cover the Region by central configuration; both also enable Security Hub`);
  }
  const receiver = evaluateReceiver(item);
  if (receiver.compliance !== 'COMPLIANT') return cannotRun(`${receiver.reason}; ${NO_RECEIVER}`);
  const { standards } = item.facts;
  if (standards === undefined) return cannotRun(lacks(item, 'standards').reason);
  if (standards.some(({ name }) => STANDARDS.has(name))) {
    return cannotRun(`${evaluateStandards(item).reason}; find the cause, such as a stopped AWS Config recorder`);
  }
  return runWith({ PreviousHub: 'enabled' }, [change('standard AWS Foundational Security Best Practices', 'off', 'on')]);
}

const NO_RECEIVER = 'ask the delegated administrator of Security Hub to add the account as a member';

function evaluateStandards(item: RegionSettings): Verdict {
  if (item.facts.standards === undefined) return lacks(item, 'standards');
  const counting = item.facts.standards.filter(({ name }) => STANDARDS.has(name));
  const ready = counting.find(({ status }) => status === 'READY');
  if (ready) return compliant(`Security Hub standard ${ready.name} is READY, and findings reach the delegated administrator`);
  const unknown = counting.find(({ status }) => !STATUSES.has(status));
  if (unknown) return insufficientData('status-unknown', `Security Hub standard ${unknown.name} has the unknown status ${unknown.status}`);
  const [other] = counting;
  return other
    ? nonCompliant('standard-not-ready', `Security Hub standard ${other.name} is ${other.status} (required: READY)`)
    : nonCompliant('no-standard', 'Security Hub has neither the FSBP nor the CIS standard enabled');
}

function evaluateReceiver(item: RegionSettings): Verdict {
  const { administrator, isAdministrator } = item.facts;
  if (administrator === undefined) return lacks(item, 'administrator');
  if (administrator !== null) {
    if (administrator.relationship === 'ENABLED') return compliant(`Security Hub findings reach administrator ${administrator.accountId}`);
    return NOT_ASSOCIATED.has(administrator.relationship)
      ? nonCompliant(
          'administrator-not-associated',
          `Security Hub administrator ${administrator.accountId} is ${administrator.relationship} (required: ENABLED)`,
        )
      : insufficientData(
          'status-unknown',
          `Security Hub administrator ${administrator.accountId} has the unknown status ${administrator.relationship}`,
        );
  }
  if (isAdministrator === undefined) return lacks(item, 'isAdministrator');
  return isAdministrator
    ? compliant('account is the delegated administrator of Security Hub')
    : nonCompliant('no-administrator', 'Security Hub findings of the account reach no administrator');
}
