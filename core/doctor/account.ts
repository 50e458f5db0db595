import type { Settings } from '../deployment/options.ts';
import { takesOwnChanges } from '../deployment/options.ts';
import { partitionOf } from '../partitions.ts';
import { type Check, fail, isKnown, type Known, ok, type Subject, shellWord, unknown, unread, warn } from './check.ts';

/** The identity behind the credentials. */
export interface Identity {
  readonly accountId: string;
  readonly arn: string;
  readonly partition: string;
}

/** A Region of the partition, and whether the account has enabled it. */
export interface RegionStatus {
  readonly name: string;
  /** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Region.html */
  readonly optIn: string;
}

/** The bootstrap of the CDK in one Region. */
export interface Bootstrap {
  readonly region: string;
  /** Version of the bootstrap template, as text. `undefined` if the Region is not bootstrapped. */
  readonly version: Known<string | undefined>;
}

export interface AccountFacts {
  readonly identity: Identity;
  readonly regions: Known<readonly RegionStatus[]>;
  readonly bootstraps: readonly Bootstrap[];
}

/** The options of a deployment whose home Region is known. */
export type Placed = Settings & { readonly homeRegion: string };

/** Oldest bootstrap template that can deploy csmm: the CDK publishes assets through it. https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html */
export const MIN_BOOTSTRAP = 6;

/** Returns the Regions that need a bootstrap: those with a stack of the CDK. */
export const bootstrappedRegions = (options: Placed): string[] => [
  options.homeRegion,
  ...(takesOwnChanges(options) ? options.otherRegions : []),
];

/** Evaluates the credentials, the Regions and their bootstrap. */
export function accountChecks({ identity, regions, bootstraps }: AccountFacts, options: Placed): Check[] {
  return [
    ...identityChecks(identity, options),
    ...regionChecks(regions, options, identity),
    ...bootstraps.map((one) => bootstrapCheck(one, identity)),
  ];
}

function identityChecks({ accountId, arn, partition }: Identity, { homeRegion }: Placed): Check[] {
  const subject: Subject = { group: 'account', id: 'credentials', accountId };
  const needed = partitionOf(homeRegion);
  if (partition === needed) return [ok(subject, `signed in as ${arn}`)];
  return [
    fail(subject, `signed in as ${arn} of the partition ${partition}, but ${homeRegion} is in ${needed}`, {
      fix: `sign in to an account of ${needed}, or change homeRegion`,
    }),
  ];
}

function regionChecks(regions: AccountFacts['regions'], options: Placed, { accountId }: Identity): Check[] {
  const subject = (region?: string): Subject => ({
    group: 'account',
    id: 'regions-enabled',
    accountId,
    ...(region !== undefined && { region }),
  });
  if (!isKnown(regions)) return [unread(subject(), 'whether the Regions are enabled', regions)];
  const needed = [options.homeRegion, ...options.otherRegions];
  const problems = needed.flatMap((region) => {
    const found = regions.find(({ name }) => name === region);
    if (!found) return fail(subject(region), `${region} is not a Region of this partition`, { fix: 'correct homeRegion or regions' });
    if (ENABLED.has(found.optIn)) return [];
    if (found.optIn !== 'not-opted-in') return unknown(subject(region), `whether ${region} is enabled`, found.optIn);
    const fix = {
      fix: 'enable the Region, or leave it out of regions',
      command: `aws account enable-region --region-name ${shellWord(region)}`,
    };
    const isNeeded = region === options.homeRegion || takesOwnChanges(options);
    return isNeeded
      ? fail(subject(region), `${region} is not enabled in this account`, fix)
      : warn(subject(region), `${region} is not enabled in this account, and each account of the organizational units needs it`, fix);
  });
  return problems.length > 0 ? problems : [ok(subject(), `${needed.join(', ')}: enabled`)];
}

const ENABLED: ReadonlySet<string> = new Set(['opt-in-not-required', 'opted-in']);

function bootstrapCheck({ region, version }: Bootstrap, { accountId }: Identity): Check {
  const subject: Subject = { group: 'account', id: 'bootstrap', accountId, region };
  if (!isKnown(version)) return unread(subject, 'the CDK bootstrap', version);
  const fix = { fix: 'bootstrap the Region', command: `npx cdk bootstrap aws://${accountId}/${region}` };
  if (version === undefined) return fail(subject, 'the CDK bootstrap is missing', fix);
  const number = /^\d{1,6}$/.test(version) ? Number(version) : undefined;
  if (number === undefined) return unknown(subject, 'the version of the CDK bootstrap', version);
  if (number < MIN_BOOTSTRAP) return fail(subject, `the CDK bootstrap has version ${number} (required: ${MIN_BOOTSTRAP})`, fix);
  return ok(subject, `the CDK bootstrap has version ${number}`);
}
