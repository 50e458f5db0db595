import { accepted } from '../characters.ts';
import { EMPTY_TALLY, statusOf, type Tally } from '../evaluation/tally.ts';
import type { SettingsFacts } from '../facts/csmm-settings.ts';
import type { ControlStatus, ResourceRef } from '../model.ts';
import type { JoinFinding, OpenFinding, StoredResource } from '../ports.ts';
import { type Exception, exceptionOn, isLive } from '../settings/exception.ts';

/** The live exceptions for one control in one account. */
export interface ControlExceptions {
  readonly all: readonly Exception[];
  /** The exception for the control as a whole. */
  readonly whole: Exception | undefined;
  /** Returns the exception that removes a finding on a resource from the score. */
  readonly on: (resource: ResourceRef) => Exception | undefined;
}

/** Live exceptions by control id. Controls without an exception are absent. */
export type AccountExceptions = ReadonlyMap<string, ControlExceptions>;

/**
 * Returns the exceptions in an account's stored settings that are live at the capture time of the settings. The time of other
 * evidence does not matter: docs/adr/0011-exceptions-hold-when-settings-were-captured.md.
 */
export function liveExceptions(settings: StoredResource | undefined): AccountExceptions {
  const facts = settings?.parsed?.facts as SettingsFacts | undefined;
  const at = settings?.capturedAt ?? '';
  const groups = new Map<string, Exception[]>();
  for (const exception of facts?.settings?.exceptions ?? []) {
    if (!isLive(exception, at)) continue;
    const group = groups.get(exception.controlId);
    if (group) group.push(exception);
    else groups.set(exception.controlId, [exception]);
  }
  return new Map([...groups].map(([controlId, all]) => [controlId, exceptionsOn(controlId, all, at)]));
}

/** Looks up exceptions for a resource by its name: one control may have a thousand. */
function exceptionsOn(controlId: string, all: readonly Exception[], at: string): ControlExceptions {
  const broad = all.filter(({ resource }) => resource === undefined);
  const named = new Map<string, Exception[]>();
  for (const exception of all) {
    if (!exception.resource) continue;
    const key = nameOf(exception.resource.type, exception.resource.id);
    named.set(key, [...(named.get(key) ?? []), exception]);
  }
  return {
    all,
    whole: exceptionOn(broad, controlId, undefined, at),
    on: (resource) =>
      exceptionOn([...(named.get(nameOf(resource.resourceType, resource.resourceId)) ?? []), ...broad], controlId, resource, at),
  };
}

const nameOf = (type: string, id: string): string => `${type} ${id}`;

/** An exception, and the findings that it removes from the score. */
export interface AppliedException<F extends JoinFinding = OpenFinding> {
  readonly exception: Exception;
  readonly findings: readonly F[];
}

/** Findings of one control in one account, after its exceptions. */
export interface ControlOutcome<F extends JoinFinding = OpenFinding> {
  readonly status: ControlStatus;
  readonly tally: Tally;
  /** Number of findings that the exceptions remove. */
  readonly excepted: number;
  /** The open findings that count. */
  readonly open: readonly F[];
  readonly exceptions: readonly AppliedException<F>[];
}

const NOTHING = Object.freeze([]);

/** Whether the status depends on which findings are open, and not only on their number. */
export const asksForOpen = (tally: Tally, exceptions: ControlExceptions | undefined): boolean =>
  exceptions !== undefined && !exceptions.whole && tally.nonCompliant + tally.insufficientData > 0;

/**
 * Evaluates a control's status in an account. `tally` counts all findings. `open` contains the findings that fail or lack data.
 * Pass it if they are listed, or if {@link asksForOpen} requires it. If joins find more than the store keeps, the exceptions do
 * not cover the rest.
 */
export function evaluateControl<F extends JoinFinding>(
  tally: Tally,
  open: readonly F[],
  exceptions: ControlExceptions | undefined,
): ControlOutcome<F> {
  if (!exceptions) return { status: statusOf(tally), tally, excepted: 0, open, exceptions: NOTHING };
  const { applied, kept } = sorted(open, exceptions);
  const exceptedOf = (compliance: OpenFinding['compliance']): number =>
    applied.reduce((sum, { findings }) => sum + findings.filter((finding) => finding.compliance === compliance).length, 0);
  // Tally and findings may be read at different times: the change in between causes another scoring run.
  const nonCompliant = exceptions.whole ? 0 : Math.max(0, tally.nonCompliant - exceptedOf('NON_COMPLIANT'));
  const insufficientData = exceptions.whole ? 0 : Math.max(0, tally.insufficientData - exceptedOf('INSUFFICIENT_DATA'));
  const left = { ...tally, nonCompliant, insufficientData };
  const excepted = tally.nonCompliant - nonCompliant + tally.insufficientData - insufficientData;
  const isLeft = Object.keys(EMPTY_TALLY).some((field) => left[field as keyof Tally] > 0);
  return {
    status: exceptions.whole || (excepted > 0 && !isLeft) ? 'NOT_APPLICABLE' : statusOf(left),
    tally: left,
    excepted,
    open: kept,
    exceptions: applied,
  };
}

/** Splits the open findings into those that count and those with an exception. */
function sorted<F extends JoinFinding>(open: readonly F[], { all, whole, on }: ControlExceptions) {
  const applied = new Map<Exception, F[]>(all.map((exception) => [exception, []]));
  const kept: F[] = [];
  for (const finding of open) {
    const exception = on(finding.resource) ?? whole;
    (exception ? (applied.get(exception) ?? kept) : kept).push(finding);
  }
  return { applied: [...applied].map(([exception, findings]): AppliedException<F> => ({ exception, findings })), kept };
}

/** Describes an exception for an event. */
export const describeException = ({ expires, owner, ticket, reason }: Exception): string =>
  accepted(`exception until ${expires} by ${owner} (${ticket}): ${reason}`);
