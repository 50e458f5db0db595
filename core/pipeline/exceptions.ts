import { EMPTY_TALLY, statusOf, type Tally } from '../evaluation/tally.ts';
import type { SettingsFacts } from '../facts/csmm-settings.ts';
import type { ControlStatus, ResourceRef } from '../model.ts';
import type { OpenFinding, StoredResource } from '../ports.ts';
import { type Exception, exceptionOn, isLive } from '../settings/exception.ts';

/** The live exceptions on one control in one account. */
export interface ControlExceptions {
  readonly all: readonly Exception[];
  /** The one that takes out the control as a whole. */
  readonly whole: Exception | undefined;
  /** The one that takes a finding on a resource out of the score. */
  readonly on: (resource: ResourceRef) => Exception | undefined;
}

/** Live exceptions by control id; a control without any is absent. */
export type AccountExceptions = ReadonlyMap<string, ControlExceptions>;

/**
 * The exceptions that hold in an account by its settings, as they are stored. They hold at the time at which the settings were
 * captured, and not at that of any other evidence: docs/adr/0011-exceptions-hold-when-settings-were-captured.md.
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

/** Those that name a resource are found by its name: one control may have a thousand. */
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

/** An exception, and the findings that it takes out. */
export interface AppliedException {
  readonly exception: Exception;
  readonly findings: readonly OpenFinding[];
}

/** What one control finds in one account, less what is excepted. */
export interface ControlOutcome {
  readonly status: ControlStatus;
  readonly tally: Tally;
  /** How many findings the exceptions take out. */
  readonly excepted: number;
  /** The open findings that count. */
  readonly open: readonly OpenFinding[];
  readonly exceptions: readonly AppliedException[];
}

const NOTHING = Object.freeze([]);

/** Whether the status rests on which findings are open, and not only on how many. */
export const asksForOpen = (tally: Tally, exceptions: ControlExceptions | undefined): boolean =>
  exceptions !== undefined && !exceptions.whole && tally.nonCompliant + tally.insufficientData > 0;

/**
 * A control's status in an account. `tally` counts all that it finds; `open` are those findings of it that are failing or not
 * known, to be given where they are listed or where {@link asksForOpen}. Of joins that find more than the store keeps, what is
 * not kept is not excepted.
 */
export function evaluateControl(tally: Tally, open: readonly OpenFinding[], exceptions: ControlExceptions | undefined): ControlOutcome {
  if (!exceptions) return { status: statusOf(tally), tally, excepted: 0, open, exceptions: NOTHING };
  const { applied, kept } = sorted(open, exceptions);
  const exceptedOf = (compliance: OpenFinding['compliance']): number =>
    applied.reduce((sum, { findings }) => sum + findings.filter((finding) => finding.compliance === compliance).length, 0);
  // Tally and findings may be read at different times: the change in between is scored again.
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

/** The open findings, those that are excepted with their exceptions. */
function sorted(open: readonly OpenFinding[], { all, whole, on }: ControlExceptions) {
  const applied = new Map<Exception, OpenFinding[]>(all.map((exception) => [exception, []]));
  const kept: OpenFinding[] = [];
  for (const finding of open) {
    const exception = on(finding.resource) ?? whole;
    (exception ? (applied.get(exception) ?? kept) : kept).push(finding);
  }
  return { applied: [...applied].map(([exception, findings]): AppliedException => ({ exception, findings })), kept };
}

/** Says of an exception what an event tells of it. */
export const describeException = ({ expires, owner, ticket, reason }: Exception): string =>
  `exception until ${expires} by ${owner} (${ticket}): ${reason}`;
