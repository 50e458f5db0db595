import {
  across,
  type ControlPage,
  compliant,
  defineControl,
  type Inventory,
  insufficientData,
  nonCompliant,
  type Verdict,
  verdictOnAccount,
} from '../../core/control.ts';
import { evaluatedTrails, recordsEverything, type Trail, trailOwners } from '../../core/detection/multi-region-trail.ts';
import { gapIn, hasNoEvidence } from '../../core/evaluation/evidence.ts';
import { TRAIL_STATUS } from '../../core/facts/cloudtrail-trail-status.ts';
import { SETTINGS } from '../../core/facts/csmm-settings.ts';
import { cannotRun, type RemedyContext, type RemedyPlan, remedyOfAccount, runWith } from '../../core/remediation/model/remedy.ts';

function evaluateTrails(inventory: Inventory): Verdict {
  const trails = evaluatedTrails(inventory).map(({ trail, verdict: { compliance, reason } }) => ({
    compliance,
    sentence: `${trail.resource.resourceId}: ${reason}`,
  }));
  const recording = trails.find(({ compliance }) => compliance === 'COMPLIANT');
  if (recording) return compliant(recording.sentence);
  const unknown = trails.find(({ compliance }) => compliance === 'INSUFFICIENT_DATA');
  if (unknown) return insufficientData(unknown.sentence);
  const gap = gapIn(inventory, [TRAIL_STATUS]);
  if (gap) return insufficientData(gap);
  return nonCompliant(trails.length === 0 ? 'there is no trail' : trails.map(({ sentence }) => sentence).join('; '));
}

export default defineControl({
  id: 'IAM-L2-04',
  title: 'A multi-Region trail records all management events',
  pillar: 'iam',
  level: 2,
  severity: 'critical',
  rules: [
    across(
      [TRAIL_STATUS],
      function* (inventory) {
        if (!hasNoEvidence(inventory, [TRAIL_STATUS])) yield verdictOnAccount(inventory, evaluateTrails(inventory));
      },
      { handlesGaps: true, elsewhere: trailOwners },
    ),
  ],
});

export const remedies = [
  /* @__PURE__ */ remedyOfAccount(
    {
      runbook: 'CSMM-EnableMultiRegionTrail',
      risk: 'safe',
      reversible: true,
      impact: 'Log files are stored and paid for; each trail beyond the first that records an event is charged for it.',
      reads: [TRAIL_STATUS, SETTINGS],
    },
    planTrail,
  ),
];

/** Of a trail that is made where none can be mended. */
const NEW_TRAIL = 'csmm-trail';

/** A trail of the account that would count once it records all Regions and is logging is mended. Else one is made: a selector is not changed. */
function planTrail({ inventory }: RemedyContext): RemedyPlan {
  const own = evaluatedTrails(inventory).filter(({ trail }) => trail.facts.ownerAccountId === inventory.accountId);
  const gap = gapIn(inventory, [TRAIL_STATUS]);
  if (gap) return cannotRun(gap);
  const mendable = own.find(({ trail }) => isMendable(trail));
  if (mendable) {
    const { resource, facts } = mendable.trail;
    return runWith(
      {
        TrailName: trailName(resource.resourceId),
        PreviousTrail: facts.multiRegion ? 'multi-region' : 'single-region',
        PreviousLogging: String(facts.logging),
      },
      { region: resource.region, touches: [resource] },
    );
  }
  const former = own.find(({ trail }) => trailName(trail.resource.resourceId) === NEW_TRAIL);
  if (former) return cannotRun(`${former.trail.resource.resourceId}: ${former.verdict.reason}; look at its selectors and its bucket`);
  const [region] = inventory.settings.approvedRegions ?? [];
  return runWith({ TrailName: NEW_TRAIL, PreviousTrail: 'absent', PreviousLogging: 'false' }, region === undefined ? {} : { region });
}

const trailName = (arn: string): string => arn.split(':trail/')[1] ?? '';

function isMendable(trail: Trail): boolean {
  const { multiRegion, logging } = trail.facts;
  if (multiRegion === undefined || logging === undefined || (multiRegion && logging)) return false;
  // One that is not logging has not delivered lately.
  const delivered = logging ? {} : { latestDeliveryAt: trail.capturedAt };
  const mended = { ...trail.facts, multiRegion: true, logging: true, ...delivered };
  return recordsEverything({ ...trail, facts: mended }).compliance === 'COMPLIANT';
}

export const page: ControlPage = {
  slug: 'cloudtrail-multi-region',
  topic: 'CloudTrail',
  scope: 'account',
  evidence: 'api',
  rule: 'PASS iff at least one trail visible in the account (own or organization trail) has IsMultiRegionTrail = true, IsLogging = true, selects read and write management events of every event source, and delivered a log file in the last 24 hours; FAIL otherwise; never NOT_APPLICABLE.',
  apiFacts: ['cloudtrail:DescribeTrails', 'cloudtrail:GetTrailStatus', 'cloudtrail:GetEventSelectors'],
  triggers: {
    configTypes: ['AWS::CloudTrail::Trail'],
    cloudTrail: [
      {
        source: 'cloudtrail.amazonaws.com',
        names: ['CreateTrail', 'UpdateTrail', 'DeleteTrail', 'StartLogging', 'StopLogging', 'PutEventSelectors'],
      },
    ],
    schedule: 'rate(6 hours)',
  },
  remediation: {
    kind: 'managed',
    document: 'AWSConfigRemediation-CreateCloudTrailMultiRegionTrail',
    alternatives: ['AWS-EnableCloudTrail'],
    note: 'Prefer an organization trail made once by IaC; the runbook creates an account trail and its bucket.',
  },
  crosswalk: {
    cisAwsV3: ['3.1'],
    cisAwsV5: ['3.1'],
    securityHub: ['CloudTrail.1', 'CloudTrail.3'],
    prowler: ['cloudtrail_multi_region_enabled', 'cloudtrail_multi_region_enabled_logging_management_events'],
    nistCsf2: ['PR.PS-04', 'DE.CM-03', 'DE.CM-09'],
    awsSmmV2: [{ phase: 1, category: 'Threat detection', recommendation: 'Audit API calls' }],
    iansCsmm2: ['Security Monitoring', 'Compliance and Audit'],
  },
  notes:
    'A trail that leaves out the events of KMS or the RDS Data API does not count, as in the Config rule multi-region-cloudtrail-enabled. Members cannot ask for the selectors of an organization trail: they are taken from the account that owns it, and are unknown where that is not evaluated.',
};
