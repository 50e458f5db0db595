import { toScore } from '../../../adapters/aws/items.ts';
import { TALLY_FIELD, type Tally } from '../../../core/evaluation/tally.ts';
import { SETTINGS, settingsRef } from '../../../core/facts/csmm-settings.ts';
import type { ConfigItem } from '../../../core/facts/parser.ts';
import { Unread } from '../../../core/facts/view.ts';
import { isoOf } from '../../../core/instant.ts';
import type { Compliance, ControlStatus } from '../../../core/model.ts';
import { canonical } from '../../../core/pipeline/collect.ts';
import { eventsOf } from '../../../core/pipeline/events.ts';
import { settingsIn } from '../../../core/pipeline/inventory.ts';
import { listsOf } from '../../../core/pipeline/lists.ts';
import { expiredLists } from '../../../core/pipeline/sweep.ts';
import { EVERYTHING, grown } from '../../../core/pipeline/wanted.ts';
import { type ListState, ORGANIZATION, type ScoreChange } from '../../../core/ports.ts';
import { combineStatuses, scoreAccount, scoreOrganization } from '../../../core/scoring/scorecard.ts';
import { expectedOf } from '../oracle.ts';
import { REGIONS } from './history.ts';
import { aheadOf, CURRENT, type World } from './world.ts';

/** Returns what is wrong in a quiet world, one sentence each. */
export async function problemsIn(world: World): Promise<string[]> {
  const problems: string[] = [];
  const same = (what: string, found: unknown, expected: unknown): void => {
    const [a, b] = [canonical(found), canonical(expected)];
    if (a !== b) problems.push(`${what}: ${difference(a, b)}`);
  };
  const members: { readonly statuses: ReadonlyMap<string, ControlStatus>; readonly weight: number }[] = [];
  for (const accountId of [...world.accountIds].sort()) await checkAccount(accountId);
  await checkOrganization();
  await checkCounters();
  checkParked();
  problems.push(
    ...[...world.forgotten]
      .filter((scope) => scope === ORGANIZATION || world.accountIds.has(scope))
      .map((scope) => `${scope}: a counted change had no run, no message and no note until a heal came`),
  );
  problems.push(...untold(world));
  return problems;

  async function checkAccount(accountId: string): Promise<void> {
    const { store } = world;
    const { items, lists, problems: odd } = newestOf(world, accountId);
    problems.push(...odd);
    const score = await store.readScore(accountId);
    if (items.length === 0 && lists.length === 0 && !score) return;
    const expected = expectedOf(CURRENT, [...items, ...lists.map(({ item }) => item)]);
    members.push({ statuses: expected.statuses, weight: 1 });
    same(`statuses of ${accountId}`, sorted(score?.statuses), sorted(expected.statuses));
    same(`scorecard of ${accountId}`, score?.scorecard, scoreAccount(CURRENT.controls, expected.statuses));
    same(`catalogue of ${accountId}`, score?.catalogueVersion, CURRENT.version);

    const [tallies, joins, cards] = [
      await store.readTallies(accountId),
      await store.readJoins(accountId),
      await store.readCards(accountId),
    ];
    const derived = listsOf(cards, CURRENT.rules, settingsIn(await store.readResource(settingsRef(accountId))));
    const counted: string[] = [];
    const open: string[] = [];
    for (const { id } of CURRENT.controls) {
      for (const tally of [tallies.get(id), joins.get(id)?.tally, derived.tallies.get(id)]) counted.push(...linesOf(id, tally));
      const findings = [...(await store.listOpenFindings(accountId, id)), ...(joins.get(id)?.open ?? []), ...(derived.open.get(id) ?? [])];
      for (const { resource, compliance } of findings)
        open.push([id, resource.region, resource.resourceType, resource.resourceId, compliance].join('|'));
    }
    const lines = expected.findings.map((line) => line.split('|'));
    same(
      `tallies of ${accountId}`,
      counted.sort(),
      lines.map(([id, , , , compliance]) => `${id} ${TALLY_FIELD[compliance as Compliance]}`).sort(),
    );
    same(
      `open findings of ${accountId}`,
      open.sort(),
      expected.findings.filter((line) => /NON_COMPLIANT|INSUFFICIENT_DATA/.test(line)),
    );
    const known = cards.flatMap(({ region, lists }) => [...lists].map(([type, list]): [string, ListState] => [`${region} ${type}`, list]));
    same(`lists of ${accountId}`, sorted(new Map(known)), sorted(new Map(lists.map(({ key, list }) => [key, list]))));
    const heads = [...(await store.readHeads(accountId))].map(([id, { tally, digest }]) => [id, tally, digest]);
    const stored = [...joins].map(([id, join]) => [id, join.tally, store.digest(JSON.stringify(join))]);
    const isCurrent = ([id]: unknown[]): boolean => CURRENT.controls.some((control) => control.id === id);
    same(`heads of ${accountId}`, heads.filter(isCurrent).sort(), stored.filter(isCurrent).sort());
    const held = [...world.tables.items('state')].filter(
      ({ pk, evidence }) => String(pk).startsWith(`R#${accountId}#`) && evidence !== undefined,
    );
    same(
      `resources of ${accountId}`,
      held.map(({ region, resourceType, resourceId, capturedAt }) => [region, resourceType, resourceId, capturedAt].join(' ')).sort(),
      items.map(({ resource, capturedAt }) => [resource.region, resource.resourceType, resource.resourceId, capturedAt].join(' ')).sort(),
    );
  }

  async function checkOrganization(): Promise<void> {
    const score = await world.store.readScore(ORGANIZATION);
    if (members.length === 0 && !score) return;
    same('statuses of the organization', sorted(score?.statuses), sorted(combineStatuses(CURRENT.controls, members)));
    same('scorecard of the organization', score?.scorecard, scoreOrganization(CURRENT.controls, members));
  }

  async function checkCounters(): Promise<void> {
    for (const scope of [...world.accountIds, ORGANIZATION]) {
      const wanted = await world.store.readWanted(scope);
      const { seen, due } = await world.store.beginScoring(scope);
      const missing = wanted.size > 0 ? [...grown(wanted, seen)] : [];
      if (missing.length > 0) problems.push(`${scope}: counted and not seen: ${missing.join(', ')}`);
      if (due.size > 0) problems.push(`${scope}: joins are due: ${[...due.keys()].join(', ')}`);
      const poison = world.history.steps.some((step) => step.kind === 'poison' && step.what === 'record' && step.accountId === scope);
      if (poison && !wanted.get(EVERYTHING)) problems.push(`${scope}: was not judged in full after a record that nobody can read`);
    }
  }

  function checkParked(): void {
    const bodies = (queue: 'rejected' | 'failures') => [...new Set(world.queues[queue].messages().map(({ body }) => body))].sort();
    const poisons = world.history.steps.filter((step) => step.kind === 'poison');
    const of = (what: string) => poisons.filter((step) => step.what === what);
    const ahead = of('ahead').map(({ accountId, number, at }) => aheadOf(accountId, number, world.start + at));
    same('rejected', bodies('rejected'), [...of('change').map(({ number }) => `poison ${number} {`), ...ahead].sort());
    const records = of('record').map(({ accountId, number }) =>
      JSON.stringify({ pk: { S: `R#${accountId}#Poison::Type` }, sk: { S: `eu-west-1#${number}` } }),
    );
    // A record that left the stream before it was read is in no dead-letter queue. All accounts are scored in full after such a loss.
    const parked = bodies('failures').filter((body) => world.trimmed === 0 || !records.includes(body));
    const mustBe = world.trimmed === 0 ? records : [];
    same('failures', parked, [...of('run').map(({ number }) => `poison ${number}`), ...mustBe].sort());
    for (const { body, attributes } of [...world.queues.rejected.messages(), ...world.queues.failures.messages()])
      if (!attributes?.reason) problems.push(`parked without a reason: ${body.slice(0, 80)}`);
  }
}

interface Known {
  readonly key: string;
  readonly list: ListState;
  readonly item: ConfigItem;
}

/** The newest of what came in, and whether it is what there is. */
function newestOf(world: World, accountId: string) {
  const problems: string[] = [];
  const newest = new Map<string, ConfigItem>();
  for (const item of world.inputs.items) {
    if (item.resource.accountId !== accountId) continue;
    const key = canonical(item.resource);
    const known = newest.get(key);
    if (!known || item.capturedAt > known.capturedAt) newest.set(key, item);
  }
  const truth = new Set(
    REGIONS.flatMap((region) => world.truth(accountId, region, world.clock.now())).map(({ resource }) => canonical(resource)),
  );
  const items = [...newest.values()].filter(({ resource }) => truth.has(canonical(resource)) || resource.resourceType === SETTINGS);
  for (const key of truth) if (!newest.has(key)) problems.push(`the history is wrong: nothing told of ${key}`);

  const lists = new Map<string, Known>();
  for (const { item } of world.inputs.lists) {
    const { resource, capturedAt } = item;
    if (resource.accountId !== accountId) continue;
    const { resources } = item.configuration as { resources: number | Unread };
    const list: ListState = resources instanceof Unread ? { capturedAt, gap: gapIn(resources) } : { capturedAt, resources };
    const key = `${resource.region} ${resource.resourceId}`;
    const known = lists.get(key);
    if (!known || isNewer(list, known.list)) lists.set(key, { key, list, item });
  }
  return { items, lists: [...lists.values()].map((known) => expired(world, known)), problems };
}

const gapIn = ({ reason }: Unread): string => reason;

/** At one time, a complete list counts more than an incomplete one, and of two alike the one whose text is greater. */
function isNewer(list: ListState, known: ListState): boolean {
  if (list.capturedAt !== known.capturedAt) return list.capturedAt > known.capturedAt;
  if ((list.gap === undefined) !== (known.gap === undefined)) return list.gap === undefined;
  return String(list.gap ?? list.resources) > String(known.gap ?? known.resources);
}

/** Returns the state of a list that no read made again. */
function expired(world: World, { key, list, item }: Known): Known {
  const { accountId, region, resourceId } = item.resource;
  const card = { accountId, region, lists: new Map([[resourceId, list]]), revision: 1 };
  const [entry] = expiredLists(card, isoOf(world.expiredAt));
  if (!entry) return { key, list, item };
  const { resources } = entry.configuration as { resources: Unread };
  return { key, list: { capturedAt: entry.capturedAt, gap: gapIn(resources) }, item: entry };
}

/** Every change of a scorecard raises its revision by one, and events with ids of their own report it. */
function untold({ cards }: World): string[] {
  const problems: string[] = [];
  const ids = new Set<string>();
  const revisions = new Map<string, number>();
  for (const { before, after } of cards) {
    if (!after) continue;
    const change: ScoreChange = { before: before && toScore(before), after: toScore(after) };
    const { scope, revision, statuses } = change.after;
    const expected = (revisions.get(scope) ?? 0) + 1;
    if (revision !== expected) problems.push(`${scope}: revision ${revision} follows ${expected - 1}`);
    revisions.set(scope, revision);
    if (change.before && canonical(factsOf(change.before)) === canonical(factsOf(change.after)))
      problems.push(`${scope}: revision ${revision} changes nothing`);
    const events = eventsOf(change);
    for (const { detail } of events) {
      if (ids.has(detail.id)) problems.push(`${scope}: the event ${detail.id} is told twice`);
      ids.add(detail.id);
    }
    const moved = [...statuses].filter(([id, status]) => status !== (change.before?.statuses.get(id) ?? 'NO_DATA')).map(([id]) => id);
    const told = events.flatMap((event) => (event.detailType === 'CSMM Control Status Changed' ? [event.detail.controlId] : []));
    if (canonical(moved.sort()) !== canonical(told.sort()))
      problems.push(`${scope}: revision ${revision} moves ${moved}, and tells of ${told}`);
  }
  return problems;
}

const factsOf = ({ statuses, scorecard, catalogueVersion }: ScoreChange['after']) => [[...statuses], scorecard, catalogueVersion];

const linesOf = (id: string, tally: Tally | undefined): string[] =>
  Object.entries(tally ?? {}).flatMap(([field, count]) => (count < 0 ? [`${id} ${field} ${count}`] : Array(count).fill(`${id} ${field}`)));

const sorted = (map: ReadonlyMap<string, unknown> | undefined) => [...(map ?? [])].sort(([a], [b]) => (a < b ? -1 : 1));

/** The first difference of two texts, with what is around it. */
function difference(found: string, expected: string): string {
  let at = 0;
  while (at < found.length && found[at] === expected[at]) at++;
  const from = Math.max(0, at - 80);
  return `is …${found.slice(from, at + 120)}…, but must be …${expected.slice(from, at + 120)}…`;
}
