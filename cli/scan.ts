import {
  type Caller,
  chainedCredentials,
  enabledRegions,
  globalRegionOf,
  organizationAccounts,
  roleCredentials,
  whoAmI,
} from '../adapters/aws/access.ts';
import { type Credentials, callLimit, clientsOf } from '../adapters/aws/clients.ts';
import { CredentialsExpiredError, failureKind, reasonOf } from '../adapters/aws/failures.ts';
import { READERS } from '../adapters/aws/readers/index.ts';
import { type ReadTask, runTasks, type ScanPlan, type Target, tasksOf } from '../adapters/aws/scan.ts';
import { scanPolicy } from '../adapters/aws/scan-policy.ts';
import { CATALOGUE } from '../controls/catalogue.ts';
import { isRecord, readRecord, recordOf } from '../core/events/record.ts';
import { parseFacts, parserOf } from '../core/facts/index.ts';
import { INVENTORY, type InventoryFacts } from '../core/facts/inventory.ts';
import type { ConfigItem } from '../core/facts/parser.ts';
import type { ResourceEvidence } from '../core/pipeline/collect.ts';
import { settingsEvidence } from '../core/pipeline/collect-settings.ts';
import { scopeRegion } from '../core/pipeline/sweep.ts';
import type { SettingsDocument } from '../core/settings/document.ts';
import { BLANK, paint } from '../reporting/lines.ts';
import { plainText } from '../reporting/plain-text.ts';
import { resultLines } from '../reporting/result.ts';
import { EXIT, UsageError } from './exit.ts';
import { type InProcessPipeline, inProcessPipeline } from './in-process.ts';
import { type CliIo, canvasOf, isTerminal, write } from './io.ts';
import { readRecords } from './records.ts';
import { ScanLog, unreadLines } from './scan-log.ts';
import { scanProgress } from './scan-progress.ts';
import { assertResumable, openRecord } from './scan-record.ts';
import { readSettings } from './settings-option.ts';
import { unreadLine } from './summary.ts';

export interface ScanOptions {
  readonly profile?: string;
  /** Names of Regions, or `all` that are enabled. */
  readonly regions?: string;
  readonly accounts?: string;
  readonly organization?: boolean;
  readonly roleName?: string;
  readonly externalId?: string;
  /** Path of a `csmm.yaml`. */
  readonly settings?: string;
  /** Path to which the facts are written. */
  readonly record?: string;
  /** Path of a record that broke off. */
  readonly resume?: string;
  readonly printPolicy?: boolean;
  readonly json?: boolean;
  /** Explains the terms of the scorecard. By default only on a terminal. */
  readonly explain?: boolean;
  /** Calls under way at once. */
  readonly concurrency: number;
}

/** What a finished scan has read. */
export interface Scanned {
  readonly pipeline: InProcessPipeline;
  readonly plan: ScanPlan;
  readonly log: ScanLog;
}

/** Reads accounts through the AWS APIs, and shows their score, or what else is to be shown of it. It can change nothing. */
export async function scan(
  options: ScanOptions,
  io: CliIo,
  show: (scanned: Scanned, options: ScanOptions, io: CliIo) => Promise<void> = report,
): Promise<number> {
  check(options);
  // Which version of Node.js is needed is the README's to say, and not a warning's amid the progress.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  if (options.printPolicy) {
    await write(io.stdout, `${JSON.stringify(scanPolicy(options), null, 2)}\n`);
    return EXIT.ok;
  }
  if (options.resume !== undefined) await assertResumable(options.resume);
  const settings = await readSettings(options.settings, io);
  const log = new ScanLog();
  const plan = await planFrom(options, log);
  const pipeline = inProcessPipeline(CATALOGUE);
  const done = options.resume === undefined ? new Set<string>() : await readDone(options.resume, plan, pipeline, log, io);
  const record = await openRecord(options);
  const stop = new AbortController();
  const progress = scanProgress(io, log);
  const forget = io.onInterrupt(() => {
    stop.abort();
    progress.say(`stopping when the calls under way have ended; Ctrl-C stops at once. What was read is in ${record.path}`);
  });
  let brokenOff: string | undefined;
  try {
    const take = async (evidence: ResourceEvidence): Promise<void> => {
      await pipeline.take(evidence);
      await record.write(`${JSON.stringify(recordOf(evidence))}\n`);
    };
    if (settings) await takeSettings(settings, plan, take);
    const tasks = tasksOf(plan).filter((task) => !isDone(task, plan, done));
    progress.begin(tasks.length);
    await runTasks(
      tasks,
      plan,
      {
        now: () => new Date(),
        began: (task) => progress.began(task),
        ended: () => progress.ended(),
        found: async (item) => {
          const evidence = evidenceOf(item);
          log.note(evidence);
          await take(evidence);
        },
      },
      stop.signal,
    );
    if (stop.signal.aborted) brokenOff = 'stopped';
  } catch (error) {
    if (!(error instanceof CredentialsExpiredError)) throw error;
    brokenOff = `the credentials have expired: renew them (${plainText(oneLine(error.cause ?? error))})`;
  } finally {
    progress.end();
    forget();
    await record.close();
  }
  if (brokenOff !== undefined) {
    await write(
      io.stderr,
      `csmm: ${brokenOff}; what was read is in ${record.path}. Go on with the same options and --resume ${record.path}\n`,
    );
    return stop.signal.aborted ? EXIT.interrupted : EXIT.usage;
  }
  await pipeline.settle();
  await show({ pipeline, plan, log }, options, io);
  await record.discard?.();
  const hasScore = (await pipeline.result()).organization.overall !== null;
  return log.isComplete && hasScore ? EXIT.ok : EXIT.unread;
}

function check({ accounts, organization, roleName, externalId, record, resume }: ScanOptions): void {
  if (accounts !== undefined && organization) throw new UsageError('--accounts and --organization exclude each other');
  if ((accounts !== undefined || organization) && roleName === undefined) {
    throw new UsageError(
      'other accounts are read through a role: give --role-name, a role that may read and that your credentials may assume',
    );
  }
  if (accounts === undefined && !organization && roleName !== undefined) {
    throw new UsageError('--role-name needs the accounts to assume it in: give --accounts 111111111111,222222222222 or --organization');
  }
  if (externalId !== undefined && roleName === undefined) throw new UsageError('--external-id goes with --role-name');
  if (record !== undefined && resume !== undefined) throw new UsageError('--resume goes on in its own file: leave --record out');
}

const HOME_REGION = (): string => process.env.AWS_REGION || process.env.AWS_DEFAULT_REGION || 'us-east-1';

/** What is to be read, as the options and the accounts themselves tell. */
async function planFrom(options: ScanOptions, log: ScanLog): Promise<ScanPlan> {
  const ownCredentials = chainedCredentials(options.profile);
  const caller = await introduce(options, ownCredentials);
  const limit = callLimit(options.concurrency);
  const globalRegion = globalRegionOf(caller.partition);
  const clientsFor = (accountId: string, credentials: Credentials) =>
    clientsOf({ credentials, limit, observer: log.observerOf(accountId) });
  const own = { accountId: caller.accountId, clients: clientsFor(caller.accountId, ownCredentials) };
  const accountIds = await accountsFrom(options, own, globalRegion);
  const ownRegions = await regionsFrom(options, own);
  const isNamed = (region: string): boolean => options.regions === undefined || options.regions === 'all' || ownRegions.includes(region);
  const targets = await Promise.all(
    accountIds.map(async (accountId): Promise<Target> => {
      if (accountId === own.accountId) return { ...own, enabledRegions: ownRegions };
      const { roleName = '', externalId } = options;
      const role = { roleName, ...(externalId !== undefined && { externalId }) };
      const credentials = roleCredentials(accountId, role, caller, globalRegion, ownCredentials);
      const unreachable = await limit(() => tryCredentials(credentials));
      const target = { accountId, clients: clientsFor(accountId, credentials), enabledRegions: ownRegions };
      if (unreachable !== undefined) return { ...target, unreachable: `the role ${roleName} cannot be assumed: ${unreachable}` };
      return { ...target, enabledRegions: (await regionsOf(target))?.filter(isNamed) ?? ownRegions };
    }),
  );
  const regions = [...new Set(targets.flatMap(({ enabledRegions = [] }) => enabledRegions))].sort();
  return { targets, regions, partition: caller.partition, globalRegion, readers: READERS, own };
}

/** The Regions that are enabled in a member account; `undefined` where it does not tell. */
async function regionsOf({ clients }: Target): Promise<string[] | undefined> {
  try {
    return await enabledRegions(clients, HOME_REGION());
  } catch (error) {
    if (error instanceof CredentialsExpiredError) throw new UsageError(`the AWS credentials have expired: ${oneLine(error.cause)}`);
    return undefined;
  }
}

async function introduce({ profile }: ScanOptions, own: Credentials): Promise<Caller> {
  try {
    return await whoAmI(HOME_REGION(), own);
  } catch (error) {
    const where = profile === undefined ? 'the default chain of the AWS SDKs' : `the profile ${profile}`;
    throw new UsageError(`${where} gives no valid AWS credentials: ${oneLine(error)}`);
  }
}

/** Why credentials cannot be had; `undefined` where they can. */
async function tryCredentials(credentials: Credentials): Promise<string | undefined> {
  try {
    if (typeof credentials === 'function') await credentials();
    return undefined;
  } catch (error) {
    if (failureKind(error) === 'expired') throw new UsageError(`the AWS credentials have expired: ${oneLine(error)}`);
    return oneLine(error);
  }
}

const oneLine = (error: unknown): string => (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, ' ').slice(0, 300);

async function accountsFrom({ accounts, organization }: ScanOptions, own: Target, region: string): Promise<string[]> {
  if (accounts !== undefined) return listOf(accounts, /^\d{12}$/, 'account ids of 12 digits, such as 111111111111,222222222222');
  if (!organization) return [own.accountId];
  let active: string[];
  try {
    active = await organizationAccounts(own.clients, region);
  } catch (error) {
    throw new UsageError(`the accounts of the organization cannot be listed: ${reasonOf(error)}; or name them with --accounts`);
  }
  if (active.length === 0) throw new UsageError('the organization shows no active account: name the accounts with --accounts');
  return active;
}

async function regionsFrom({ regions = 'all' }: ScanOptions, own: Target): Promise<string[]> {
  const named =
    regions === 'all' ? undefined : listOf(regions, /^[a-z]{2,8}(-[a-z]{2,16}){1,3}-\d{1,2}$/, 'Regions such as eu-west-1,us-east-1');
  let enabled: string[];
  try {
    enabled = await enabledRegions(own.clients, HOME_REGION());
  } catch (error) {
    if (named) return named;
    throw new UsageError(`the enabled Regions cannot be listed: ${reasonOf(error)}; or name them with --regions`);
  }
  const disabled = named?.filter((region) => !enabled.includes(region)) ?? [];
  if (disabled.length > 0) {
    throw new UsageError(`${disabled.join(', ')}: not among the Regions that are enabled in ${own.accountId}: ${enabled.join(', ')}`);
  }
  return named ?? enabled;
}

function listOf(text: string, pattern: RegExp, allowed: string): string[] {
  const parts = [...new Set(text.split(',').map((part) => part.trim()))].filter((part) => part !== '');
  const wrong = parts.find((part) => !pattern.test(part));
  if (wrong !== undefined || parts.length === 0) throw new UsageError(`${JSON.stringify(wrong ?? text)} is not one of ${allowed}`);
  return parts;
}

const doneKey = (accountId: string, region: string, resourceType: string): string => `${accountId} ${region} ${resourceType}`;

/**
 * Takes in a record that broke off. Returns which lists it has in full: those that say so, and of which as many resources can be read.
 * @throws UsageError where it is of other accounts.
 */
async function readDone(path: string, { targets }: ScanPlan, pipeline: InProcessPipeline, log: ScanLog, io: CliIo): Promise<Set<string>> {
  const accountIds = new Set(targets.map(({ accountId }) => accountId));
  const lists = listCheck();
  for await (const read of readRecords(path)) {
    const reasons = 'document' in read ? await pipeline.feed(read.document) : [read.error];
    for (const reason of reasons) await write(io.stderr, `csmm: ${unreadLine(read, `${reason}; its list is read again`)}`);
    const evidence = 'document' in read && reasons.length === 0 && isRecord(read.document) ? readRecord(read.document) : undefined;
    if (evidence === undefined || typeof evidence === 'string') continue;
    const { accountId } = evidence.resource;
    if (!accountIds.has(accountId)) {
      throw new UsageError(`${path}:${read.line} is of ${accountId}, an account that this scan does not read: go on with the same options`);
    }
    lists.note(evidence);
  }
  const done = lists.complete();
  log.resumed(done.size);
  return done;
}

/** Compares how many resources of a type a record holds of an account with how many its lists there are said to have. */
function listCheck() {
  const counts = new Map<string, { surplus: number; readonly lists: string[] }>();
  return {
    note: ({ resource: { accountId, region, resourceType, resourceId }, parsed }: ResourceEvidence): void => {
      const type = resourceType === INVENTORY ? resourceId : resourceType;
      const count = counts.get(`${accountId} ${type}`) ?? { surplus: 0, lists: [] };
      counts.set(`${accountId} ${type}`, count);
      const { resources: listed }: InventoryFacts = resourceType === INVENTORY ? (parsed?.facts ?? {}) : {};
      if (resourceType !== INVENTORY) count.surplus++;
      else if (listed !== undefined) {
        count.surplus -= listed;
        count.lists.push(doneKey(accountId, region, type));
      }
    },
    complete: (): Set<string> => new Set([...counts.values()].flatMap(({ surplus, lists }) => (surplus < 0 ? [] : lists))),
  };
}

function isDone(task: ReadTask, { targets }: ScanPlan, done: ReadonlySet<string>): boolean {
  const accountIds = task.reader.scope === 'organization' ? targets.map(({ accountId }) => accountId) : [task.target.accountId];
  const region = scopeRegion(task.reader, task.region);
  return accountIds.every((accountId) => task.reader.lists.every((type) => done.has(doneKey(accountId, region, type))));
}

function evidenceOf(item: ConfigItem): ResourceEvidence {
  const parser = parserOf(item.resource.resourceType);
  return { resource: item.resource, capturedAt: item.capturedAt, parsed: parser && parseFacts(item, parser) };
}

async function takeSettings(
  document: SettingsDocument,
  { targets }: ScanPlan,
  take: (evidence: ResourceEvidence) => Promise<void>,
): Promise<void> {
  const capturedAt = new Date().toISOString();
  for (const { accountId } of targets) await take(settingsEvidence(document, accountId, capturedAt));
}

async function report({ pipeline, plan, log }: Scanned, { json, explain }: ScanOptions, io: CliIo): Promise<void> {
  const result = await pipeline.result();
  for (const { accountId } of plan.targets) {
    for (const type of new Set(plan.readers.flatMap(({ lists }) => lists))) {
      for (const stored of await pipeline.store.listResources(accountId, type)) log.noteUnread(stored);
    }
  }
  if (json) {
    const scan = { accounts: plan.targets.map(({ accountId }) => accountId), regions: plan.regions, ...log.summary() };
    await write(io.stdout, `${JSON.stringify({ ...result, scan }, null, 2)}\n`);
    return;
  }
  const canvas = canvasOf(io.stdout, io.env);
  const lines = resultLines(result, { ...canvas, catalogue: CATALOGUE.controls, explain: explain ?? isTerminal(io.stdout, io.env) });
  await write(io.stdout, paint([...lines, BLANK, ...unreadLines(log, result, canvas.columns)], canvas));
}
