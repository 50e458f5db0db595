import { globalRegionOf, partitionOf } from '../partitions.ts';

/** Options of a deployment, read once from the CDK context (`-c name=value`). */
export interface Settings {
  /**
   * Region of the security account for all resources except event forwarding.
   * @default - the Region of the CDK environment, if it is known
   */
  readonly homeRegion?: string;
  /** Other Regions whose changes csmm processes. The Region in which global services emit events is always included. */
  readonly otherRegions: readonly string[];
  /** @default - csmm evaluates only its own account */
  readonly organization?: OrganizationSettings;
  /** Whether to deploy the stacks that can remediate failing controls. The settings in `csmm.yaml` decide what they do. */
  readonly remediation: boolean;
  /** Whether to deploy the roles that can restore approved IAM policies, and so may change the policies of an account. */
  readonly policyRestore: boolean;
  /** Whether deleting the stack also deletes the tables. */
  readonly removeData: boolean;
  readonly customerManagedKey: boolean;
  /** ARN of an SNS topic in the home Region. @default - alarms send no notifications */
  readonly alarmTopicArn?: string;
  /** Days for which CloudWatch Logs keeps the logs: one of {@link RETENTIONS}. */
  readonly logRetention: number;
  /** Number of batches of changes that `collect` processes concurrently. */
  readonly collectConcurrency: number;
  /** Number of units of the sweep, an account in a Region each, that `read` processes concurrently. */
  readonly readConcurrency: number;
}

/** How csmm reaches the member accounts of an organization. */
export interface OrganizationSettings {
  readonly organizationId: string;
  /** Ids of the organizational units, or of the root, whose accounts are evaluated. */
  readonly organizationalUnits: readonly string[];
  /** Whether a delegated administrator or the management account itself manages the stack set. */
  readonly callAs: CallAs;
}

const CALL_AS = ['DELEGATED_ADMIN', 'SELF'] as const;
export type CallAs = (typeof CALL_AS)[number];

/** Thrown if a context value is invalid. The message has its name, the given value and the allowed values. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/** Returns the value of a context key as the CDK holds it: text from the command line, any JSON from a file. */
export type ReadContext = (key: string) => unknown;

/**
 * Reads and checks every option.
 * @throws SettingsError if a value is invalid, or if values contradict each other.
 */
export function readSettings(context: ReadContext, defaultRegion?: string): Settings {
  const homeRegion = optional(context, 'homeRegion', REGION, 'a Region such as eu-west-1') ?? defaultRegion;
  const organization = readOrganization(context);
  const alarmTopicArn = optional(context, 'alarmTopicArn', TOPIC_ARN, 'the ARN of an SNS topic');
  return {
    ...(homeRegion && { homeRegion }),
    otherRegions: readOtherRegions(context, homeRegion),
    ...(organization && { organization }),
    remediation: flag(context, 'remediation'),
    policyRestore: readPolicyRestore(context),
    removeData: flag(context, 'removeData'),
    customerManagedKey: flag(context, 'customerManagedKey'),
    ...(alarmTopicArn && { alarmTopicArn }),
    logRetention: readRetention(context),
    collectConcurrency: integer(context, 'collectConcurrency', { default: 20, min: 2, max: 1000 }),
    readConcurrency: integer(context, 'readConcurrency', {
      default: organization ? UNITS_AT_ONCE.organization : UNITS_AT_ONCE.account,
      min: 2,
      max: 1000,
    }),
  };
}

/** Number of batches of single reads that `read` processes concurrently: reads that events ask for, and repeated reads. */
export const LIVE_READ_CONCURRENCY = 5;

/**
 * Default numbers of units that run concurrently. The size of an organization is not known before the deployment: twenty read 10,000
 * accounts in 17 Regions within 12 hours. With fewer than four, the first sweep of one account costs more scoring runs.
 */
const UNITS_AT_ONCE = { account: 4, organization: 20 } as const;

function readPolicyRestore(context: ReadContext): boolean {
  const restores = flag(context, 'policyRestore');
  if (restores && !flag(context, 'remediation'))
    throw new SettingsError('policyRestore is true, which needs remediation to be true as well');
  return restores;
}

const REGION = /^[a-z]{2,8}(-[a-z]{2,16}){1,3}-\d{1,2}$/;
const TOPIC_ARN = /^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}$/;
/** https://docs.aws.amazon.com/organizations/latest/APIReference/API_Organization.html */
const ORGANIZATION_ID = /^o-[a-z0-9]{10,32}$/;
/** https://docs.aws.amazon.com/organizations/latest/APIReference/API_OrganizationalUnit.html and API_Root.html */
const UNIT_ID = /^(ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}|r-[0-9a-z]{4,32})$/;

function readOtherRegions(context: ReadContext, homeRegion: string | undefined): string[] {
  const regions = list(context, 'regions', REGION, 'Regions such as eu-west-1,us-east-1');
  if (regions.length > 0 && homeRegion === undefined) {
    throw new SettingsError('regions needs to know the home Region: give -c homeRegion=eu-west-1, or set AWS_REGION');
  }
  const global = homeRegion === undefined ? [] : [globalRegionOf(partitionOf(homeRegion))];
  return [...new Set([...regions, ...global])].filter((region) => region !== homeRegion);
}

function readOrganization(context: ReadContext): OrganizationSettings | undefined {
  const organizationId = optional(context, 'organizationId', ORGANIZATION_ID, 'an organization id such as o-a1b2c3d4e5');
  const organizationalUnits = list(context, 'organizationalUnits', UNIT_ID, 'ids such as ou-ab12-a1b2c3d4 or the root r-ab12');
  const callAs = text(context, 'stackSetCallAs');
  if (organizationId === undefined) {
    if (organizationalUnits.length > 0 || callAs !== undefined) {
      throw new SettingsError('organizationalUnits and stackSetCallAs mean nothing without -c organizationId=o-…');
    }
    return undefined;
  }
  if (organizationalUnits.length === 0) {
    throw new SettingsError(
      'organizationId needs -c organizationalUnits=ou-…,ou-… too: the units, or the root r-…, whose accounts are to be evaluated',
    );
  }
  return { organizationId, organizationalUnits, callAs: oneOf('stackSetCallAs', callAs ?? 'DELEGATED_ADMIN', CALL_AS) };
}

/**
 * Days for which CloudWatch Logs can keep logs.
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
 */
export const RETENTIONS: readonly number[] = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

function readRetention(context: ReadContext): number {
  const days = integer(context, 'logRetentionDays', { default: 30, min: 1, max: 3653 });
  if (!RETENTIONS.includes(days)) throw invalid('logRetentionDays', String(days), `one of ${RETENTIONS.join(', ')}`);
  return days;
}

/** Returns a value as text; `undefined` if it was not given. */
function text(context: ReadContext, key: string): string | undefined {
  const value = context(key);
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value === 'string') return value.trim();
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw invalid(key, JSON.stringify(value), 'text');
}

function optional(context: ReadContext, key: string, pattern: RegExp, allowed: string): string | undefined {
  const value = text(context, key);
  if (value !== undefined && !pattern.test(value)) throw invalid(key, value, allowed);
  return value;
}

/** Returns the distinct values of a comma-separated text or a JSON list. */
function list(context: ReadContext, key: string, pattern: RegExp, allowed: string): string[] {
  const value = context(key);
  const parts = Array.isArray(value) ? value.map(String) : (text(context, key)?.split(',') ?? []);
  const trimmed = [...new Set(parts.map((part) => part.trim()))].filter((part) => part !== '');
  for (const part of trimmed) if (!pattern.test(part)) throw invalid(key, part, allowed);
  return trimmed;
}

const flag = (context: ReadContext, key: string): boolean =>
  oneOf(key, text(context, key) ?? 'false', ['true', 'false'] as const) === 'true';

function integer(
  context: ReadContext,
  key: string,
  { default: fallback, min, max }: { default: number; min: number; max: number },
): number {
  const value = text(context, key);
  if (value === undefined) return fallback;
  const number = Number(value);
  if (!Number.isInteger(number) || number < min || number > max) throw invalid(key, value, `a whole number from ${min} to ${max}`);
  return number;
}

function oneOf<T extends string>(key: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((candidate) => candidate === value);
  if (found === undefined) throw invalid(key, value, `one of ${allowed.join(', ')}`);
  return found;
}

const invalid = (key: string, given: string, allowed: string): SettingsError =>
  new SettingsError(`${key} is ${JSON.stringify(given)}, but must be ${allowed}`);

/**
 * Whether the deploying account processes its own changes. A stack set reaches a delegated administrator like any member of its
 * units, but never the management account.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-orgs-manage-auto-deployment.html
 */
export const takesOwnChanges = ({ organization }: Settings): boolean => organization === undefined || organization.callAs === 'SELF';
