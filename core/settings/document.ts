import type { Pillar } from '../model.ts';

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
