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
import { SETTINGS } from '../../core/facts/csmm-settings.ts';
import { cannotRun, change, remedyOn, runWith } from '../../core/remediation/model/remedy.ts';

/** Data sources that GuardDuty always needs. https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_data-sources.html */
const FOUNDATIONAL = ['CLOUD_TRAIL', 'DNS_LOGS', 'FLOW_LOGS'] as const;

export default defineControl({
  id: 'NET-L2-03',
  title: 'GuardDuty is enabled in every approved Region',
  pillar: 'networking',
  level: 2,
  severity: 'critical',
  rules: [
    across(
      ['AWS::GuardDuty::RegionSettings', SETTINGS],
      (inventory) => evaluateApprovedRegions(inventory, 'AWS::GuardDuty::RegionSettings', evaluateDetector),
      { handlesGaps: true },
    ),
  ],
});

export const remedies = [
  /* @__PURE__ */ remedyOn(
    'AWS::GuardDuty::RegionSettings',
    {
      runbook: 'CSMM-EnableGuardDuty',
      risk: 'safe',
      reversible: true,
      impact: 'A new detector has the protection plans that are on by default.',
      cost: 'AWS charges for GuardDuty by the data that it analyzes, after a free trial.',
      notRestored: 'A rollback deletes the detector with its findings, unless it existed before.',
      concerns: 'region',
    },
    ({ facts: { enabled, administrator } }) => {
      if (enabled === undefined || administrator === undefined) return cannotRun('detector or its administrator was not read');
      if (administrator) return cannotRun('another account manages GuardDuty in this Region; its administrator must enable it');
      if (enabled) return cannotRun('detector is enabled, but a foundational data source is off; ask AWS Support');
      return runWith({}, [change('GuardDuty detector', 'off', 'enabled')]);
    },
  ),
];

export const page: ControlPage = {
  slug: 'guardduty-all-regions',
  topic: 'GuardDuty',
  scope: 'region',
  evidence: 'api',
  rule: 'Passes if every approved Region has a GuardDuty detector with Status = ENABLED and all foundational data sources on. Fails otherwise. Always applies.',
  why: 'GuardDuty finds stolen credentials, crypto mining and command-and-control traffic. An attacker looks for the Region in which it is off.',
  triggers: {
    cloudTrail: [
      {
        source: 'guardduty.amazonaws.com',
        names: ['CreateDetector', 'UpdateDetector', 'DeleteDetector'],
      },
    ],
    schedule: 'rate(12 hours)',
  },
  remediation: {
    kind: 'managed',
    document: 'AWSConfigRemediation-CreateGuardDutyDetector',
    note: 'Prefer the auto-enable setting of the organization. GuardDuty costs money.',
  },
  crosswalk: {
    cisAwsV3: [],
    cisAwsV5: [],
    securityHub: ['GuardDuty.1'],
    prowler: ['guardduty_is_enabled'],
    nistCsf2: ['DE.CM-01', 'DE.CM-09'],
    awsSmmV2: [{ phase: 1, category: 'Threat detection', recommendation: 'Detect Common Threats' }],
    iansCsmm2: ['Security Monitoring'],
  },
  notes:
    "The foundational data sources are CloudTrail management events, VPC flow logs and DNS query logs. If no approved Regions are declared, csmm evaluates every Region that it read. If an administrator suspends a member, no event occurs in the member's account: the scheduled read detects it.",
};

function evaluateDetector(item: InventoryItem<'AWS::GuardDuty::RegionSettings'>): Verdict {
  const { enabled, features } = item.facts;
  if (enabled === undefined) return lacks(item, 'enabled');
  if (!enabled) return nonCompliant('detector-not-enabled', 'Region has no enabled GuardDuty detector');
  if (features === undefined) return lacks(item, 'features');
  const off = FOUNDATIONAL.find((source) => features[source] === false);
  if (off) return nonCompliant('data-source-off', `GuardDuty foundational data source ${off} is off`);
  const unknown = FOUNDATIONAL.find((source) => !features[source]);
  if (unknown) {
    const what = features[unknown] === null ? 'has an unknown status for' : 'does not list';
    return insufficientData('data-source-unknown', `GuardDuty detector ${what} the foundational data source ${unknown}`);
  }
  return compliant('GuardDuty detector is enabled with all foundational data sources');
}
