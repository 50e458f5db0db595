import type { Pillar } from '../model.ts';
import type { Risk } from '../remediation/model/risk.ts';

/** What `csmm.yaml` says, key by key as it is written. Its JSON Schema is schemas/csmm.schema.json, its page docs/settings.md. */
export interface SettingsDocument {
  readonly version: 1;
  /** Regions that may be used. Absent: not declared. */
  readonly approvedRegions?: readonly string[];
  /** ARNs with the wildcards of IAM. */
  readonly breakGlassPrincipals?: readonly string[];
  /** ARNs with the wildcards of IAM. */
  readonly pipelinePrincipals?: readonly string[];
  /** ARNs with the wildcards of IAM. */
  readonly exemptPrincipals?: readonly string[];
  /** Ids of accounts outside the organization. */
  readonly trustedAccounts?: readonly string[];
  /** CIDR blocks and ids of VPCs. */
  readonly expectedNetworks?: readonly string[];
  readonly rootTasks?: readonly RootTaskEntry[];
  readonly backup?: Partial<BackupSettings>;
  readonly targets?: Targets;
  readonly exceptions?: readonly ExceptionEntry[];
  /** Absent: nothing is ever put right, nor planned. */
  readonly remediation?: RemediationDocument;
}

/** A planned use of the root user. */
export interface RootTask {
  /** First moment of the window, RFC 3339. */
  readonly from: string;
  /** End of the window, which no longer belongs to it, RFC 3339. */
  readonly to: string;
  readonly reason: string;
  readonly ticket: string;
}

/** A root task as it is written: `accounts` absent means every account. */
export interface RootTaskEntry extends RootTask {
  readonly accounts?: readonly string[];
}

export interface BackupSettings {
  /** The greatest age of the newest recovery point, in hours. */
  readonly recoveryPointHours: number;
  /** The shortest retention of a service's own backups, in days. */
  readonly minRetentionDays: number;
}

/** The score to reach, 0 to 100. Shown beside the score, never part of it. */
export type Targets = { readonly [K in Pillar | 'overall']?: number };

/** The resource that an exception names. */
export interface ExceptedResource {
  /** CloudFormation type, such as `AWS::S3::Bucket`. */
  readonly type: string;
  readonly id: string;
}

/** What every exception says, as it is written and as it holds in one account. */
export interface ExceptionTerms {
  /** Absent: every Region. */
  readonly region?: string;
  /** Absent: every resource. */
  readonly resource?: ExceptedResource;
  readonly owner: string;
  readonly reason: string;
  readonly ticket: string;
  /** RFC 3339; in the file also a date, which stands for the end of that day UTC. */
  readonly expires: string;
}

/** An exception as it is written: it has either `control` or `controls`; `accounts` absent means every account. */
export interface ExceptionEntry extends ExceptionTerms {
  readonly control?: string;
  readonly controls?: readonly string[];
  readonly accounts?: readonly string[];
}

/** What csmm does about a failing resource: nothing; say what it would do; do it once a person agrees; do it. */
export const REMEDIATION_MODES = ['off', 'plan', 'approve', 'auto'] as const;
export type RemediationMode = (typeof REMEDIATION_MODES)[number];

/** Which failing resources are put right, and within what limits. */
export interface RemediationDocument {
  /** The first rule that fits a finding decides. No rule fits: `off`. */
  readonly rules: readonly RemediationRule[];
  /** The highest risk that is ever acted on. @default safe; `destructive` is never acted on without an approval */
  readonly maxRisk?: Risk;
  /** @default 10 for each account, 50 for each control */
  readonly budget?: Partial<RemediationBudget>;
  /** When runbooks may start, in UTC. Absent: at any time. */
  readonly changeWindows?: readonly ChangeWindow[];
  /** Resources with one of these tags are never touched. The value `*` stands for any; keys and values are told apart by case. */
  readonly exemptTags?: Readonly<Record<string, string>>;
  readonly parameters?: DeclaredParameters;
}

/** Findings, and what is done about them. What is absent does not matter. */
export interface RemediationRule {
  readonly mode: RemediationMode;
  /** Ids of controls. */
  readonly controls: readonly string[];
  readonly accounts?: readonly string[];
  /** Ids of units, or of the root, below one of which the account is, at any depth. */
  readonly organizationalUnits?: readonly string[];
  /** What global services hold, of the Region `global`, fits only where `global` is named. */
  readonly regions?: readonly string[];
  /** The resource has each of these tags. The value `*` stands for any. */
  readonly tags?: Readonly<Record<string, string>>;
  /** In place of that of the document. */
  readonly maxRisk?: Risk;
  /** Why `auto` may begin for these controls though they never ran in `plan` or `approve`. */
  readonly withoutPlan?: string;
}

/** How many runbooks may start within an hour for one control. */
export interface RemediationBudget {
  readonly perAccount: number;
  readonly perControl: number;
}

/** Values that runbooks need and that no resource tells. */
export interface DeclaredParameters {
  /** Name of the SNS topic, in each account and Region, that alarms tell; it must have a confirmed subscription. */
  readonly alarmTopicName?: string;
}

/** A stretch of each of some days, in UTC. One that ends before it begins goes on into the next day. */
export interface ChangeWindow {
  readonly days: readonly Weekday[];
  /** `HH:MM` */
  readonly from: string;
  /** `HH:MM`, which no longer belongs to it; `24:00` is the end of the day. */
  readonly to: string;
}

export const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;
export type Weekday = (typeof WEEKDAYS)[number];
