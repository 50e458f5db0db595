import {
  across,
  type ControlPage,
  compliant,
  defineControl,
  type Inventory,
  type InventoryItem,
  insufficientData,
  lacks,
  NOT_READ,
  nonCompliant,
  notApplicable,
  type ResourceType,
  type Verdict,
  verdictOnAccount,
} from '../../core/control.ts';
import { currentOf, daysBetween, gapIn, hasNoEvidence, isInFuture } from '../../core/evaluation/evidence.ts';
import { SETTINGS } from '../../core/facts/csmm-settings.ts';
import { GLOBAL_REGIONS, WITHOUT_ROOT_USER } from '../../core/partitions.ts';

const CREDENTIALS = 'AWS::IAM::RootCredentials';
const ACTIVITY = 'AWS::CloudTrail::RootActivity';
const SUMMARY = 'AWS::IAM::AccountSummary';

/** Period in which the root user must not be used, in days. */
const WINDOW_DAYS = 90;

const UNUSED = `root user was used only in declared root tasks in the last ${WINDOW_DAYS} days`;

function evaluateUse(inventory: Inventory): Verdict {
  const credentials = inventory.all(CREDENTIALS);
  const { closedRegions } = inventory;
  // csmm cannot read a closed Region again: its last evidence shows uses, and does not show their absence.
  const activity = inventory.all(ACTIVITY).filter(({ resource }) => !closedRegions.has(resource.region));
  const earlier = inventory
    .all(ACTIVITY)
    .flatMap((item) => (activity.includes(item) ? [] : [{ ...item, capturedAt: inventory.capturedAt }]));
  const use = [
    ...credentials.flatMap((item) => unplanned(usesOf(item.facts), item, inventory)),
    ...[...activity, ...earlier].flatMap((item) => unplanned(item.facts.usedAt ?? [], item, inventory)),
  ].sort();
  if (use.length > 0) return nonCompliant('root-user-used', `root user was used outside a declared root task, last at ${use.at(-1)}`);
  // The report shows only the last use: CloudTrail has the uses before a planned one.
  for (const item of credentials) {
    for (const fact of ['passwordLastUsedAt', 'accessKeys'] as const) if (item.facts[fact] === undefined) return lacks(item, fact);
    const unread = item.facts.accessKeys?.findIndex((key) => key.unread?.includes('lastUsedAt')) ?? -1;
    if (unread >= 0) return insufficientData(NOT_READ, `credential report does not show when the access key ${unread + 1} was last used`);
  }
  const impossible = [
    ...credentials.flatMap((item) => usesOf(item.facts).filter((use) => isInFuture(use, item.capturedAt))),
    ...activity.flatMap((item) => item.facts.usedAt?.filter((use) => isInFuture(use, item.capturedAt)) ?? []),
  ];
  if (impossible.length > 0)
    return insufficientData('use-time-invalid', `root user was last used at ${impossible[0]}, which is in the future`);
  for (const item of activity) {
    const { usedAt, completeSince } = item.facts;
    if (usedAt === undefined) return lacks(item, 'usedAt');
    if (completeSince === undefined) return lacks(item, 'completeSince');
    if (daysBetween(completeSince, item.capturedAt) < WINDOW_DAYS) {
      return insufficientData(
        'history-too-short',
        `event history of ${item.resource.region} starts at ${completeSince} (required: ${WINDOW_DAYS} days)`,
      );
    }
  }
  const gap = gapIn(inventory, [CREDENTIALS, ACTIVITY]);
  if (gap) return insufficientData(NOT_READ, gap);
  const isHomeRead = activity.some(({ resource }) => Object.values(GLOBAL_REGIONS).includes(resource.region));
  return isHomeRead ? compliant(UNUSED) : evaluateWithoutHome(inventory);
}

/** Evaluates the use if csmm did not read the event history of the Region of the global services. */
function evaluateWithoutHome(inventory: Inventory): Verdict {
  const credentials = inventory.all(CREDENTIALS);
  const closed = Object.values(GLOBAL_REGIONS).find((region) => inventory.closedRegions.has(region));
  if (closed === undefined || credentials.length === 0)
    return insufficientData('global-region-not-read', 'event history was not read in the Region of the global services, such as us-east-1');
  // The report shows the last use of each credential: without one in the period, there is nothing to look for.
  if (!credentials.some((item) => usesOf(item.facts).some((use) => isRecent(use, item)))) return compliant(UNUSED);
  return insufficientData(
    'global-region-closed',
    `root user was used in a declared root task, and ${closed}, whose event history shows earlier uses, is closed`,
  );
}

const usesOf = ({ passwordLastUsedAt, accessKeys = [] }: InventoryItem<typeof CREDENTIALS>['facts']): string[] => [
  ...(passwordLastUsedAt !== undefined && passwordLastUsedAt !== 'never' ? [passwordLastUsedAt] : []),
  ...accessKeys.flatMap(({ lastUsedAt }) => lastUsedAt ?? []),
];

const isRecent = (use: string, { capturedAt }: InventoryItem<ResourceType>): boolean => daysBetween(use, capturedAt) <= WINDOW_DAYS;

const unplanned = (uses: readonly string[], item: InventoryItem<ResourceType>, { settings }: Inventory): string[] =>
  uses.filter(
    (use) =>
      isRecent(use, item) && !isInFuture(use, item.capturedAt) && !settings.rootTasks.some(({ from, to }) => from <= use && use < to),
  );

export default defineControl({
  id: 'IAM-L1-03',
  title: 'Root user is not used for day-to-day work',
  pillar: 'iam',
  level: 1,
  severity: 'high',
  rules: [
    across(
      [CREDENTIALS, ACTIVITY, SUMMARY, SETTINGS],
      function* (inventory) {
        if (currentOf(inventory, SUMMARY).some(({ facts }) => facts.partition === WITHOUT_ROOT_USER))
          yield verdictOnAccount(inventory, notApplicable('accounts in China have no root user'));
        else if (!hasNoEvidence(inventory, [CREDENTIALS, ACTIVITY])) yield verdictOnAccount(inventory, evaluateUse(inventory));
      },
      { handlesGaps: true, growsOld: true },
    ),
  ],
});

export const page: ControlPage = {
  slug: 'root-user-unused',
  topic: 'root lockdown',
  scope: 'account',
  evidence: 'api',
  rule: 'Passes if no one used the root user in the last 90 days outside a declared root task. The credential report shows the uses of its password and keys, and CloudTrail its activity in every Region. Fails otherwise. Not applicable in the aws-cn partition, which has no root users.',
  why: 'Daily work as root has no limits and no personal accountability. Each use exposes the strongest credentials of the account.',
  parameters: { windowDays: WINDOW_DAYS },
  triggers: {
    cloudTrail: [],
    native: [
      { source: 'aws.signin', detailType: 'AWS Console Sign In via CloudTrail' },
      { source: '*', detailType: 'AWS API Call via CloudTrail (userIdentity.type = Root)' },
    ],
    schedule: 'rate(12 hours)',
  },
  remediation: { kind: 'manual', note: 'Move the task to a role. Declare unavoidable root tasks as a dated window.' },
  crosswalk: {
    cisAwsV3: ['1.7'],
    cisAwsV5: ['1.6'],
    securityHub: ['IAM.20', 'CloudWatch.1'],
    prowler: ['iam_avoid_root_usage'],
    nistCsf2: ['PR.AA-05', 'DE.CM-03'],
    awsSmmV2: [{ phase: 1, category: 'Identity and access management', recommendation: 'Root Account Protection' }],
    iansCsmm2: ['IAM'],
  },
  notes:
    'CloudTrail events count if userIdentity.type is Root, invokedBy is absent and eventType is not AwsServiceEvent. The report shows only the last use, so a use within a root task would hide earlier ones: CloudTrail has them. If the report of a member account has no root row, CloudTrail decides. If csmm does not read the Region of the global services, the control does not pass: that Region shows most activity of a root user. If the organization has closed it, the control passes only if the report shows no use in the period.',
};
