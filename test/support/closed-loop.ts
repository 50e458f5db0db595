import { expect } from 'vitest';
import { type ClientClass, clientsOf, newRequestHandler } from '../../adapters/aws/clients.ts';
import { READERS } from '../../adapters/aws/readers/index.ts';
import { runReader } from '../../adapters/aws/readers/run.ts';
import { inProcessPipeline } from '../../cli/in-process.ts';
import { CATALOGUE } from '../../controls/catalogue.ts';
import { REMEDIES } from '../../controls/remedies.ts';
import { factTypes, type ResourceType } from '../../core/control.ts';
import { GLOBAL, type ResourceRef } from '../../core/model.ts';
import { collectFacts } from '../../core/pipeline/collect.ts';
import { settingsEvidence } from '../../core/pipeline/collect-settings.ts';
import { collectRun } from '../../core/pipeline/sweep.ts';
import { type DeclaredParameters, type Remedy, type RunbookParameters, remedyFor, undoOf } from '../../core/remediation/model/remedy.ts';
import { reEvaluate } from '../../core/remediation/plan/re-evaluate.ts';
import type { SettingsDocument } from '../../core/settings/document.ts';
import { type ApiCall, type AutomationRun, type CallApi, runAutomation } from './automation.ts';
import { freshAccount } from './moto.ts';
import { type MotoCallerOptions, motoCaller } from './moto-caller.ts';
import { readRunbook } from './runbook-document.ts';
import { runbookNames, runbookText } from './runbooks.ts';

/** An emulated account that a loop is closed in. */
export interface LoopAccount {
  readonly accountId: string;
  readonly region: string;
  readonly credentials: MotoCallerOptions['credentials'];
  /** A client of the SDK in this account: `client(S3Client).send(…)`. @param region @default - that of the loop */
  client<C extends object>(client: ClientClass<C>, region?: string): C;
  /** Calls an API by boto's names: `call('kms', 'CreateKey', {})`. */
  readonly call: CallApi;
}

export interface LoopOptions {
  readonly controlId: string;
  /** The runbook that the remedy of the failing resource must name. */
  readonly runbook: string;
  /** Makes at least one resource on which the control fails. */
  readonly seed: (account: LoopAccount) => Promise<unknown>;
  /** Which of the failing resources is meant. @default - all: exactly one must need the runbook */
  readonly resource?: (resource: ResourceRef) => boolean;
  /** @default eu-west-1 */
  readonly region?: string;
  /** A change between the read and the run. */
  readonly before?: (account: LoopAccount) => Promise<unknown>;
  /** The state that the runbook changes and its inverse must restore, from the API. */
  readonly previous: (account: LoopAccount) => Promise<unknown>;
  /** Parameters in `remediation.parameters` of the settings. */
  readonly declared?: DeclaredParameters;
  readonly settings?: SettingsDocument;
  /** The finding after the runbook. @default passing */
  readonly after?: 'passing' | 'gone';
  /** In place of the emulator for the calls that it cannot answer: `undefined` leaves the call to the emulator. */
  readonly standIn?: (call: ApiCall, account: LoopAccount) => Promise<unknown> | undefined;
}

/** The result of a closed loop, for further assertions. */
export interface ClosedLoop {
  readonly account: LoopAccount;
  readonly resource: ResourceRef;
  readonly remedy: Remedy;
  /** With what the runbook ran. */
  readonly parameters: RunbookParameters;
  readonly first: AutomationRun;
  /** The second run of the same. */
  readonly again: AutomationRun;
  /** Absent if the remedy has no inverse. */
  readonly undo?: AutomationRun;
  readonly statuses: { readonly before: string; readonly after: string };
}

/**
 * Closes the loop in a new emulated account: the control fails on the seeded resource, its remedy plans, the runbook runs, a new
 * read passes, the score has not fallen, a second run changes nothing, and the inverse restores the previous value. It asserts
 * every step.
 */
export async function closeLoop(options: LoopOptions): Promise<ClosedLoop> {
  const { controlId, runbook, seed, before, previous, after = 'passing' } = options;
  const account = await newAccount(options);
  const estate = estateOf(account, options);
  await seed(account);
  const failing = await estate.score();
  expect(failing.status, `status of ${controlId} on what was seeded`).toBe('FAILED');
  const { resource, remedy } = theOne(failing.failing, options);
  const planned = await estate.look(resource);
  expect(planned.finding.kind, `the finding of ${controlId} on ${resource.resourceId}: ${planned.finding.reason}`).toBe('failing');
  const { plan } = planned;
  if (plan?.kind !== 'run') throw new Error(`${runbook} cannot run: ${plan?.reason}`);
  expect(plan.changes, `the plan of ${runbook} tells what changes`).not.toEqual([]);
  const parameters = { ...plan.parameters, AutomationAssumeRole: [`arn:aws:iam::${account.accountId}:role/csmm-remediation`] };
  const value = await previous(account);
  await before?.(account);

  const run = runnerOf(account, resource, options);
  const first = await run(runbook, parameters);
  expect(first, `${runbook}: ${first.failure}`).toMatchObject({ status: 'Success' });
  expect(changesOf(first), `${runbook} has changed something`).not.toEqual([]);
  const changed = await previous(account);
  expect(changed, `previous() sees what ${runbook} changes`).not.toEqual(value);
  const looked = await estate.look(resource);
  expect(looked.finding.kind, `the finding of ${controlId} after ${runbook}: ${looked.finding.reason}`).toBe(after);
  const passing = await estate.score();
  expect(passing.overall, 'the score has not fallen').toBeGreaterThanOrEqual(failing.overall!);
  expect(passing.potential, 'the score without gates has not fallen').toBeGreaterThanOrEqual(failing.potential!);
  if (passing.status === 'PASSED') {
    expect(passing.potential, `the score without gates has risen, as ${controlId} passes`).toBeGreaterThan(failing.potential!);
  }

  const again = await run(runbook, parameters);
  expect(again, `${runbook}, run again: ${again.failure}`).toMatchObject({ status: 'Success' });
  expect(changesOf(again), `${runbook}, run again, changes nothing`).toEqual([]);
  expect(await previous(account), `what ${runbook} changed is the same after it ran again`).toEqual(changed);

  const closed = { account, resource, remedy, parameters, first, again, statuses: { before: failing.status, after: passing.status } };
  if (!remedy.reversible) {
    expect(runbookNames(), `${runbook} is not reversible`).not.toContain(undoOf(runbook));
    return closed;
  }
  const undo = await run(undoOf(runbook), undoParameters(runbook, parameters, first));
  expect(undo, `${undoOf(runbook)}: ${undo.failure}`).toMatchObject({ status: 'Success' });
  expect(await previous(account), `${undoOf(runbook)} has brought the previous value back`).toEqual(value);
  return { ...closed, undo };
}

async function newAccount({ region = 'eu-west-1' }: LoopOptions): Promise<LoopAccount> {
  const { accountId, credentials } = await freshAccount();
  const requestHandler = newRequestHandler();
  return {
    accountId,
    region,
    credentials,
    client: (client, where = region) =>
      new client({ region: where, credentials, requestHandler, maxAttempts: 1, ...{ forcePathStyle: true } }),
    call: motoCaller({ credentials, region }),
  };
}

const GLOBAL_REGION = 'us-east-1';
const HOUR = 3_600_000;

/** The account as csmm sees it: the product itself reads, evaluates and scores it. */
function estateOf({ accountId, region, credentials }: LoopAccount, { controlId, declared = {}, settings }: LoopOptions) {
  const pipeline = inProcessPipeline(CATALOGUE);
  const collecting = { store: pipeline.store, rules: CATALOGUE.rules };
  const control = CATALOGUE.controls.find(({ id }) => id === controlId);
  if (!control) throw new Error(`there is no control ${controlId}`);
  let hours = 0;
  const read = async (_account: string, _region: string, types: readonly ResourceType[]): Promise<string> => {
    // Reads are an hour apart, so that a resource that a list no longer contains is gone.
    const startedAt = new Date(Date.now() + hours++ * HOUR).toISOString();
    const place = { accountId, partition: 'aws', startedAt, accountIds: [accountId], clients: clientsOf({ credentials, maxAttempts: 1 }) };
    for (const reader of READERS.filter(({ lists }) => lists.some((type) => types.includes(type)))) {
      await collectRun(runReader(reader, { ...place, region: reader.scope === 'region' ? region : GLOBAL_REGION }), collecting);
    }
    return startedAt;
  };
  const remedies = REMEDIES[controlId] ?? [];
  return {
    /** Returns the control's findings after a new read, and the scores. */
    score: async () => {
      if (settings && hours === 0) {
        await collectFacts(settingsEvidence(settings, accountId, new Date(Date.now() - HOUR).toISOString()), collecting);
      }
      await read(accountId, region, [...new Set([...factTypes(control), ...remedies.flatMap(({ reads }) => reads)])]);
      await pipeline.settle();
      const scored = (await pipeline.result()).accounts[accountId];
      const found = scored?.controls[controlId];
      if (!scored || !found) throw new Error(`${controlId} was not scored`);
      return { overall: scored.overall, potential: scored.potential, status: found.status, failing: found.failing };
    },
    look: async (resource: ResourceRef) => {
      const looked = await reEvaluate(controlId, resource, declared, {
        state: pipeline.store,
        rules: CATALOGUE.rules,
        remedies: REMEDIES,
        read,
      });
      if (!looked.known) throw new Error(`${controlId} on ${resource.resourceId} is not known: ${looked.reason}`);
      return looked.value;
    },
  };
}

/** The one failing resource that the runbook is for. */
function theOne(failing: readonly ResourceRef[], { controlId, runbook, resource = () => true }: LoopOptions) {
  const meant = failing.filter(resource).flatMap(({ accountId, region, resourceType, resourceId }) => {
    const remedy = remedyFor(REMEDIES, controlId, { resourceType });
    return remedy?.runbook === runbook ? [{ remedy, resource: { accountId, region, resourceType, resourceId } }] : [];
  });
  const listed = failing.map(({ resourceType, resourceId, region }) => `${resourceType} ${resourceId} in ${region}`).join(', ');
  const [first, ...others] = meant;
  if (!first || others.length > 0) throw new Error(`${runbook} is for ${meant.length} of the failing resources, not one: ${listed}`);
  return first;
}

/** Runs documents where the resource is; a global one is changed where global services answer. */
function runnerOf(account: LoopAccount, resource: ResourceRef, { standIn }: LoopOptions) {
  const region = resource.region === GLOBAL ? GLOBAL_REGION : resource.region;
  const { accountId, credentials } = account;
  const emulated = motoCaller({ credentials, region });
  const call: CallApi = (service, api, input) => standIn?.({ service, api, input }, account) ?? emulated(service, api, input);
  return (runbook: string, parameters: RunbookParameters) => runAutomation(runbookText(runbook), parameters, { call, region, accountId });
}

/** The calls of a run that are not reads. */
export const changesOf = ({ calls }: AutomationRun): string[] =>
  calls.flatMap(({ service, api }) => (/^(Describe|Get|List|BatchGet|Lookup)/.test(api) ? [] : [`${service}:${api}`]));

/** Returns the input of an inverse: by name, the parameters and outputs of the run that it rolls back. */
export function undoParameters(runbook: string, parameters: RunbookParameters, { outputs }: AutomationRun): RunbookParameters {
  const told = Object.entries(outputs).map(([name, texts]) => [name.slice(name.indexOf('.') + 1), texts] as const);
  const known: RunbookParameters = { ...parameters, ...Object.fromEntries(told) };
  const names = Object.keys(readRunbook(runbookText(undoOf(runbook))).parameters);
  return Object.fromEntries(names.flatMap((name) => (known[name] ? [[name, known[name]]] : [])));
}
