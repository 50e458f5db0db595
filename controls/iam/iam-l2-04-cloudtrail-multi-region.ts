import {
  across,
  type ControlPage,
  defineControl,
  type Inventory,
  insufficientData,
  NOT_READ,
  nonCompliant,
  type Verdict,
  verdictOnAccount,
} from '../../core/control.ts';
import { evaluatedTrails, recordsEverything, type Trail, trailOwners } from '../../core/detection/multi-region-trail.ts';
import { gapIn, hasNoEvidence } from '../../core/evaluation/evidence.ts';
import { TRAIL_STATUS } from '../../core/facts/cloudtrail-trail-status.ts';
import { SETTINGS } from '../../core/facts/csmm-settings.ts';
import { cannotRun, change, type RemedyContext, type RemedyPlan, remedyOfAccount, runWith } from '../../core/remediation/model/remedy.ts';

function evaluateTrails(inventory: Inventory): Verdict {
  const trails = evaluatedTrails(inventory).map(({ trail, verdict }) => ({
    ...verdict,
    reason: `${trail.resource.resourceId}: ${verdict.reason}`,
  }));
  const recording = trails.find(({ compliance }) => compliance === 'COMPLIANT');
  if (recording) return recording;
  const unknown = trails.find(({ compliance }) => compliance === 'INSUFFICIENT_DATA');
  if (unknown) return unknown;
  const gap = gapIn(inventory, [TRAIL_STATUS]);
  if (gap) return insufficientData(NOT_READ, gap);
  if (trails.length === 0) return nonCompliant('no-trail', 'account has no trail');
  return nonCompliant('no-complete-trail', trails.map(({ reason }) => reason).join('; '));
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
      { handlesGaps: true, growsOld: true, elsewhere: trailOwners },
    ),
  ],
});

export const remedies = [
  /* @__PURE__ */ remedyOfAccount(
    {
      runbook: 'CSMM-EnableMultiRegionTrail',
      risk: 'safe',
      reversible: true,
      impact: 'The trail records management events of all Regions.',
      cost: 'AWS charges for the storage of log files, and for each event that a second or further trail records.',
      notRestored: 'The bucket and its log files stay.',
      concerns: 'account',
      reads: [TRAIL_STATUS, SETTINGS],
    },
    planTrail,
  ),
];

/** Name of the trail that the runbook creates if it can fix no existing one. */
const NEW_TRAIL = 'csmm-trail';

/** Plans to fix a trail of the account that only needs all Regions or logging, or else to create one. Never changes a selector. */
function planTrail({ inventory }: RemedyContext): RemedyPlan {
  const own = evaluatedTrails(inventory).filter(({ trail }) => trail.facts.ownerAccountId === inventory.accountId);
  const gap = gapIn(inventory, [TRAIL_STATUS]);
  if (gap) return cannotRun(gap);
  const fixable = own.find(({ trail }) => isFixable(trail));
  if (fixable) {
    const { resource, facts } = fixable.trail;
    return runWith(
      {
        TrailName: trailName(resource.resourceId),
        PreviousTrail: facts.multiRegion ? 'multi-region' : 'single-region',
        PreviousLogging: String(facts.logging),
      },
      [
        ...(facts.multiRegion ? [] : [change('multi-Region trail', false, true)]),
        ...(facts.logging ? [] : [change('logging', false, true)]),
      ],
      { region: resource.region, touches: [resource] },
    );
  }
  const former = own.find(({ trail }) => trailName(trail.resource.resourceId) === NEW_TRAIL);
  if (former) return cannotRun(`${former.trail.resource.resourceId}: ${former.verdict.reason}; check its event selectors and its bucket`);
  const [region] = inventory.settings.approvedRegions ?? [];
  return runWith(
    { TrailName: NEW_TRAIL, PreviousTrail: 'absent', PreviousLogging: 'false' },
    [change(`trail ${NEW_TRAIL}, with a bucket for its log files`, 'absent', 'multi-Region, logging')],
    region === undefined ? {} : { region },
  );
}

const trailName = (arn: string): string => arn.split(':trail/')[1] ?? '';

function isFixable(trail: Trail): boolean {
  const { multiRegion, logging } = trail.facts;
  if (multiRegion === undefined || logging === undefined || (multiRegion && logging)) return false;
  // A trail that is not logging has no recent delivery.
  const delivered = logging ? {} : { latestDeliveryAt: trail.capturedAt };
  const fixed = { ...trail.facts, multiRegion: true, logging: true, ...delivered };
  return recordsEverything({ ...trail, facts: fixed }).compliance === 'COMPLIANT';
}

export const page: ControlPage = {
  slug: 'cloudtrail-multi-region',
  topic: 'CloudTrail',
  scope: 'account',
  evidence: 'api',
  rule: 'Passes if at least one trail visible in the account (own or organization trail) has IsMultiRegionTrail = true and IsLogging = true, selects read and write management events of every event source, and delivered a log file in the last 24 hours. Fails otherwise. Always applies.',
  why: 'Without a complete trail, an attack leaves no record in some Regions or services. Investigations and most detections need these events.',
  triggers: {
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
    note: 'Prefer an organization trail that IaC creates once. The runbook creates an account trail and its bucket.',
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
    'A trail that leaves out the events of KMS or the RDS Data API does not count, as in the Config rule multi-region-cloudtrail-enabled. Members cannot read the event selectors of an organization trail. csmm reads them, and a status that a member cannot read, in the account that owns the trail. They are unknown if csmm does not evaluate that account. Several selectors of one trail count together. Two trails do not count together, for example one for reads and one for writes: someone can stop one of them. The Config rule and Security Hub (CloudTrail.1) require one trail too.',
};
