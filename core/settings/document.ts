import type { Pillar } from '../model.ts';
import type { Risk } from '../remediation/model/risk.ts';

/** The content of `csmm.yaml`, key by key. Its JSON Schema is schemas/csmm.schema.json, its documentation docs/settings.md. */
export interface SettingsDocument {
  readonly version: 1;
  /** Approved Regions. Absent if not declared. */
  readonly approvedRegions?: readonly string[];
  /** ARNs with the wildcards of IAM. */
  readonly breakGlassPrincipals?: readonly string[];
  /** ARNs with the wildcards of IAM. */
  readonly pipelinePrincipals?: readonly string[];
  /** ARNs with the wildcards of IAM. */
  readonly exemptPrincipals?: readonly string[];
  /** IDs of accounts outside the organization. */
  readonly trustedAccounts?: readonly string[];
  /** CIDR blocks and VPC IDs. */
  readonly expectedNetworks?: readonly string[];
  readonly rootTasks?: readonly RootTaskEntry[];
  readonly backup?: Partial<BackupSettings>;
  readonly targets?: Targets;
  readonly exceptions?: readonly ExceptionEntry[];
  /** If absent, csmm neither remediates nor plans anything. */
  readonly remediation?: RemediationDocument;
}

/** A planned use of the root user. */
export interface RootTask {
  /** Start of the window (inclusive), RFC 3339. */
  readonly from: string;
  /** End of the window (exclusive), RFC 3339. */
  readonly to: string;
  readonly reason: string;
  readonly ticket: string;
}

/** A root task in the file. If `accounts` is absent, it applies to every account. */
export interface RootTaskEntry extends RootTask {
  readonly accounts?: readonly string[];
}

export interface BackupSettings {
  /** Maximum age of the newest recovery point, in hours. */
  readonly recoveryPointHours: number;
  /** Minimum retention of automated backups of a service, in days. */
  readonly minRetentionDays: number;
}

/** Target scores, 0 to 100. csmm shows them next to the score. They do not change it. */
export type Targets = { readonly [K in Pillar | 'overall']?: number };

/** The resource that an exception names. */
export interface ExemptResource {
  /** CloudFormation type, such as `AWS::S3::Bucket`. */
  readonly type: string;
  readonly id: string;
}

/** The terms of an exception, in the file and in the settings of one account. */
export interface ExceptionTerms {
  /** Absent for every Region. */
  readonly region?: string;
  /** Absent for every resource. */
  readonly resource?: ExemptResource;
  readonly owner: string;
  readonly reason: string;
  readonly ticket: string;
  /** RFC 3339. The file can also contain a date, which means the end of that day in UTC. */
  readonly expires: string;
}

/** An exception in the file. It has either `control` or `controls`. If `accounts` is absent, it applies to every account. */
export interface ExceptionEntry extends ExceptionTerms {
  readonly control?: string;
  readonly controls?: readonly string[];
  readonly accounts?: readonly string[];
}

/** Modes of remediation: csmm does nothing, publishes a plan, remediates after an approval, or remediates without an approval. */
export const REMEDIATION_MODES = ['off', 'plan', 'approve', 'auto'] as const;
export type RemediationMode = (typeof REMEDIATION_MODES)[number];

/** Section `remediation`: the failing resources that csmm remediates, and the limits. */
export interface RemediationDocument {
  /** The first rule that matches a finding applies. If no rule matches, the mode is `off`. */
  readonly rules: readonly RemediationRule[];
  /** Maximum risk. `destructive` runbooks always require an approval. @default safe */
  readonly maxRisk?: Risk;
  /** @default 10 for each account, 50 for each control */
  readonly budget?: Partial<RemediationBudget>;
  /** Number of reversals of a remediation within 14 days that counts as a fight with another actor. @default 3 */
  readonly maxReversals?: number;
  /** Times in which runbooks may start. If absent, they may start at any time. */
  readonly changeWindows?: readonly ChangeWindow[];
  /** Periods in which no runbook starts. Rollbacks and stops are still possible. */
  readonly freezes?: readonly Freeze[];
  /** Names or ARNs of change calendars of Systems Manager. No runbook starts while one of them is closed. */
  readonly changeCalendars?: readonly string[];
  /** csmm never changes a resource with one of these tags. `*` matches any value. Keys and values are case-sensitive. */
  readonly exemptTags?: Readonly<Record<string, string>>;
  readonly parameters?: DeclaredParameters;
  /** Key of the tag that names the owner of a resource. Case-sensitive. @default Owner */
  readonly ownerTag?: string;
  /** Plans that two persons must approve. If absent, one is enough. */
  readonly twoPerson?: TwoPersonPolicy;
}

/** The plans that need the approval of two persons. An absent condition matches all plans. */
export interface TwoPersonPolicy {
  /** Minimum risk. */
  readonly risk?: Risk;
  readonly accounts?: readonly string[];
  /** IDs of controls. */
  readonly controls?: readonly string[];
  /** Names of roles whose trust policy demands a session name for each person. Otherwise all sessions of a role are one person. */
  readonly namedSessions?: readonly string[];
}

/** A rule: conditions on a finding and the mode for it. An absent condition matches all findings. */
export interface RemediationRule {
  readonly mode: RemediationMode;
  /** IDs of controls. */
  readonly controls: readonly string[];
  readonly accounts?: readonly string[];
  /** IDs of organizational units or of the root. The account must be below one of them, at any depth. */
  readonly organizationalUnits?: readonly string[];
  /** A resource of a global service matches only if the list contains `global`. */
  readonly regions?: readonly string[];
  /** The resource must have all these tags. `*` matches any value. */
  readonly tags?: Readonly<Record<string, string>>;
  /** Overrides the maximum risk of the document. */
  readonly maxRisk?: Risk;
  /** Time from a new failure to its remediation in mode `auto`, such as `24h`. @default none */
  readonly grace?: string;
  /** Reason why `auto` may start without a dry-run period in `plan` or `approve`. */
  readonly withoutPlan?: string;
}

/** Number of runbooks of one control that may start at once, and then within each hour. */
export interface RemediationBudget {
  /** For each resource type in one account. */
  readonly perAccount: number;
  /** In all accounts. */
  readonly perControl: number;
}

/** Values that runbooks need and that csmm cannot read from a resource. */
export interface DeclaredParameters {
  /** Name of the SNS topic for alarms in each account and Region. The topic must have a confirmed subscription. */
  readonly alarmTopicName?: string;
}

/** A period of whole days. */
export interface Freeze {
  /** First day, `YYYY-MM-DD`. */
  readonly from: string;
  /** Last day, `YYYY-MM-DD`. */
  readonly to: string;
  /** IANA name of the time zone. @default UTC */
  readonly zone?: string;
  readonly reason: string;
}

/** A daily period on some weekdays. If it ends before it starts, it ends on the next day. */
export interface ChangeWindow {
  readonly days: readonly Weekday[];
  /** Start (inclusive), `HH:MM`. */
  readonly from: string;
  /** End (exclusive), `HH:MM`. `24:00` is the end of the day. */
  readonly to: string;
  /** IANA name of the time zone. @default UTC */
  readonly zone?: string;
}

export const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;
export type Weekday = (typeof WEEKDAYS)[number];
