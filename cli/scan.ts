import { type Caller, chainedCredentials, enabledRegions, organizationAccounts, roleCredentials, whoAmI } from '../adapters/aws/access.ts';
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
import { globalRegionOf } from '../core/partitions.ts';
import type { ResourceEvidence } from '../core/pipeline/collect.ts';
import { settingsEvidence } from '../core/pipeline/collect-settings.ts';
import { scopeRegion } from '../core/pipeline/sweep.ts';
import type { SettingsDocument } from '../core/settings/document.ts';
import { BLANK } from '../reporting/lines.ts';
import { plainText } from '../reporting/plain-text.ts';
import { resultLines } from '../reporting/result.ts';
import { EXIT, messageOf, UsageError } from './exit.ts';
import { type InProcessPipeline, inProcessPipeline } from './in-process.ts';
import { type CliIo, write, writeJson } from './io.ts';
import { readRecords } from './records.ts';
import { filtered, gatedCard, type Report, type ReportOptions, withReport } from './report.ts';
import { ScanLog, unreadLines } from './scan-log.ts';
import { scanProgress } from './scan-progress.ts';
import { assertResumable, openRecord } from './scan-record.ts';
import { readSettings, type SettingsOptions, settingsPaths } from './settings-option.ts';
import { didYouMean } from './suggest.ts';
import { unreadLine } from './summary.ts';

/** Options for the accounts to scan and for the record of the scan. */
export interface CollectOptions extends SettingsOptions {
  readonly profile?: string;
  /** Names of Regions, or `all` for the enabled ones, which is the default. */
  readonly regions?: string;
  readonly accounts?: string;
  readonly organization?: boolean;
  readonly roleName?: string;
  readonly externalId?: string;
  /** Path of the file for the collected facts. */
  readonly record?: string;
  /** Path of the record of an interrupted scan. */
  readonly resume?: string;
  /** Maximum number of parallel API calls. */
  readonly concurrency: number;
}

export interface ScanOptions extends CollectOptions, ReportOptions {
  readonly printPolicy?: boolean;
}

/** The result of a complete scan. */
export interface Scanned {
  readonly pipeline: InProcessPipeline;
  readonly plan: ScanPlan;
  readonly log: ScanLog;
  readonly settings: SettingsDocument | undefined;
}

/** Scans accounts with read-only API calls, and reports their score. */
export async function scan(options: ScanOptions, io: CliIo): Promise<number> {
  check(options);
  const inputs = async (): Promise<string[]> => [options.record ?? [], options.resume ?? [], settingsPaths(options, io)].flat();
  return withReport({ ...options, inputs }, io, async (report) => {
    if (options.printPolicy) {
      await writeJson(report.io.stdout, scanPolicy(options));
      return EXIT.ok;
    }
    return collect(options, report.io, (scanned) => reportScan(scanned, report));
  });
}

/** Scans accounts with read-only API calls, and shows the result with `show`, which returns the exit code. */
export async function collect(options: CollectOptions, io: CliIo, show: (scanned: Scanned) => Promise<number>): Promise<number> {
  check(options);
  // The README names the required version of Node.js. A warning of the SDK would disturb the progress.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  if (options.resume !== undefined) await assertResumable(options.resume);
  const settings = await readSettings(options, io);
  const log = new ScanLog();
  const plan = await planFrom(options, log);
  const pipeline = inProcessPipeline(CATALOGUE);
  const done = options.resume === undefined ? new Set<string>() : await readDone(options.resume, plan, pipeline, log, io);
  const record = await openRecord(options);
  const stop = new AbortController();
  const progress = scanProgress(io, log, options.quiet);
  const forget = io.onInterrupt(() => {
    stop.abort();
    progress.say(`stopping after the running calls; press Ctrl-C again to stop at once. The facts so far are in ${record.path}`);
  });
  let interruption: string | undefined;
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
    if (stop.signal.aborted) interruption = 'stopped';
  } catch (error) {
    if (!(error instanceof CredentialsExpiredError)) throw error;
    interruption = `the AWS credentials have expired: ${plainText(oneLine(error.cause ?? error))}. Fix: renew them`;
  } finally {
    progress.end();
    forget();
    await record.close();
  }
  if (interruption !== undefined) {
    await write(
      io.stderr,
      `csmm: ${interruption}. The facts so far are in ${record.path}. To continue, use the same options with --resume ${record.path}\n`,
    );
    return stop.signal.aborted ? EXIT.interrupted : EXIT.usage;
  }
  await pipeline.settle();
  const code = await show({ pipeline, plan, log, settings });
  await record.discard?.();
  return code;
}

/** @throws UsageError if options contradict each other. */
function check({ accounts, organization, roleName, externalId, record, resume }: CollectOptions): void {
  if (accounts !== undefined && organization) throw new UsageError('cannot use --accounts with --organization. Fix: remove one of them');
  if ((accounts !== undefined || organization) && roleName === undefined) {
    throw new UsageError(
      'cannot scan other accounts: --role-name is missing. Fix: pass a role that exists in each account and that your credentials can assume',
    );
  }
  if (accounts === undefined && !organization && roleName !== undefined) {
    throw new UsageError(
      '--role-name has no effect without other accounts. Fix: pass --accounts 111111111111,222222222222 or --organization',
    );
  }
  if (externalId !== undefined && roleName === undefined) {
    throw new UsageError('--external-id has no effect without a role. Fix: pass --role-name, or remove --external-id');
  }
  if (record !== undefined && resume !== undefined) {
    throw new UsageError('cannot use --record with --resume, which adds to its own file. Fix: remove --record');
  }
}

const HOME_REGION = (): string => process.env.AWS_REGION || process.env.AWS_DEFAULT_REGION || 'us-east-1';

/** Returns the plan of a scan, from the options and from the accounts. */
async function planFrom(options: CollectOptions, log: ScanLog): Promise<ScanPlan> {
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

/** Returns the enabled Regions of a member account. Returns `undefined` if they cannot be read. */
async function regionsOf({ clients }: Target): Promise<string[] | undefined> {
  try {
    return await enabledRegions(clients, HOME_REGION());
  } catch (error) {
    if (error instanceof CredentialsExpiredError) {
      throw new UsageError(`the AWS credentials have expired: ${oneLine(error.cause)}. Fix: renew them`);
    }
    return undefined;
  }
}

async function introduce({ profile }: CollectOptions, own: Credentials): Promise<Caller> {
  try {
    return await whoAmI(HOME_REGION(), own);
  } catch (error) {
    const where = profile === undefined ? 'the default credential chain' : `the profile ${profile}`;
    throw new UsageError(`${where} has no valid AWS credentials: ${oneLine(error)}. Fix: sign in, or pass --profile`);
  }
}

/** Returns the reason why a role has no credentials. Returns `undefined` if it has some. */
async function tryCredentials(credentials: Credentials): Promise<string | undefined> {
  try {
    if (typeof credentials === 'function') await credentials();
    return undefined;
  } catch (error) {
    if (failureKind(error) === 'expired') {
      throw new UsageError(`the AWS credentials have expired: ${oneLine(error)}. Fix: renew them`);
    }
    return oneLine(error);
  }
}

const oneLine = (error: unknown): string => messageOf(error).replaceAll(/\s+/g, ' ').slice(0, 300);

async function accountsFrom({ accounts, organization }: CollectOptions, own: Target, region: string): Promise<string[]> {
  if (accounts !== undefined) return listOf(accounts, /^\d{12}$/, 'account IDs of 12 digits, such as 111111111111,222222222222');
  if (!organization) return [own.accountId];
  let active: string[];
  try {
    active = await organizationAccounts(own.clients, region);
  } catch (error) {
    throw new UsageError(
      `cannot list the accounts of the organization: ${reasonOf(error)}. Fix: allow the call, or name them with --accounts`,
    );
  }
  if (active.length === 0) {
    throw new UsageError('the organization has no active account. Fix: name the accounts with --accounts');
  }
  return active;
}

async function regionsFrom({ regions = 'all' }: CollectOptions, own: Target): Promise<string[]> {
  const named =
    regions === 'all' ? undefined : listOf(regions, /^[a-z]{2,8}(-[a-z]{2,16}){1,3}-\d{1,2}$/, 'Regions such as eu-west-1,us-east-1');
  let enabled: string[];
  try {
    enabled = await enabledRegions(own.clients, HOME_REGION());
  } catch (error) {
    if (named) return named;
    throw new UsageError(`cannot list the enabled Regions: ${reasonOf(error)}. Fix: allow the call, or name them with --regions`);
  }
  const disabled = named?.filter((region) => !enabled.includes(region)) ?? [];
  if (disabled.length > 0) {
    const hint = didYouMean(disabled[0] ?? '', enabled);
    throw new UsageError(`not enabled in ${own.accountId}: ${disabled.join(', ')}${hint || '.'} Enabled Regions: ${enabled.join(', ')}`);
  }
  return named ?? enabled;
}

function listOf(text: string, pattern: RegExp, allowed: string): string[] {
  const parts = [...new Set(text.split(',').map((part) => part.trim()))].filter((part) => part !== '');
  const wrong = parts.find((part) => !pattern.test(part));
  if (wrong !== undefined || parts.length === 0) {
    throw new UsageError(`invalid list: given ${JSON.stringify(wrong ?? text)}; allowed ${allowed}`);
  }
  return parts;
}

const doneKey = (accountId: string, region: string, resourceType: string): string => `${accountId} ${region} ${resourceType}`;

/**
 * Collects the record of an interrupted scan. Returns the lists that are complete: the record has as many resources as the list says.
 *
 * @throws UsageError if the record has other accounts than the scan.
 */
async function readDone(path: string, { targets }: ScanPlan, pipeline: InProcessPipeline, log: ScanLog, io: CliIo): Promise<Set<string>> {
  const accountIds = new Set(targets.map(({ accountId }) => accountId));
  const lists = listCheck();
  for await (const read of readRecords(path)) {
    const reasons = 'document' in read ? await pipeline.feed(read.document) : [read.error];
    for (const reason of reasons) await write(io.stderr, `csmm: ${unreadLine(read, `${reason}; csmm reads its list again`)}`);
    const evidence = 'document' in read && reasons.length === 0 && isRecord(read.document) ? readRecord(read.document) : undefined;
    if (evidence === undefined || typeof evidence === 'string') continue;
    const { accountId } = evidence.resource;
    if (!accountIds.has(accountId)) {
      const place = `${path}:${read.line}`;
      throw new UsageError(`${place} belongs to account ${accountId}, which this scan does not include. Fix: use the options of that scan`);
    }
    lists.note(evidence);
  }
  const done = lists.complete();
  log.resumed(done.size);
  return done;
}

/** Compares the number of resources in a record with the number that its lists say, for each account and type. */
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

async function reportScan({ pipeline, plan, log }: Scanned, report: Report): Promise<number> {
  const result = await pipeline.result();
  for (const { accountId } of plan.targets) {
    for (const type of new Set(plan.readers.flatMap(({ lists }) => lists))) {
      for (const stored of await pipeline.store.listResources(accountId, type)) log.noteUnread(stored);
    }
  }
  const { filter, explain } = report;
  const scan = { accounts: plan.targets.map(({ accountId }) => accountId), regions: plan.regions, ...log.summary() };
  await report.print(
    () => ({ ...filtered(result, filter), scan }),
    (canvas) => {
      const { controls } = result.organization;
      const shown = filter.apply(controls);
      const view = { catalogue: CATALOGUE.controls, shows: (id: string) => Object.hasOwn(shown, id), explain };
      const lines = [...resultLines(result, { ...canvas, ...view }), ...filter.lines(controls, canvas.columns)];
      return [...lines, BLANK, ...unreadLines(log, result, canvas.columns)];
    },
  );
  const hasScore = result.organization.overall !== null;
  return report.gate(gatedCard(result), log.isComplete && hasScore ? EXIT.ok : EXIT.unread);
}
