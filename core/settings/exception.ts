import { millisecondsOf } from '../instant.ts';
import type { ResourceRef } from '../model.ts';
import type { ExceptionEntry, ExceptionTerms } from './document.ts';
import { endOf } from './instant.ts';

/** An exception from one control in one account. It covers a resource, a Region or the whole control. */
export interface Exception extends ExceptionTerms {
  readonly controlId: string;
  /** ISO-8601 UTC with milliseconds. */
  readonly expires: string;
}

/** Returns the exceptions of an entry of the file, one for each control that it names. */
export function exceptionsOf({ control, controls, region, resource, owner, reason, ticket, expires }: ExceptionEntry): Exception[] {
  const ids = [...(control === undefined ? [] : [control]), ...(controls ?? [])];
  return ids.map((controlId) => ({
    controlId,
    ...(region !== undefined && { region }),
    ...(resource && { resource: { type: resource.type, id: resource.id } }),
    owner,
    reason,
    ticket,
    expires: endOf(expires),
  }));
}

/** Whether an exception is live at a time (ISO-8601). It is not live at the time `expires` itself, or if either time is invalid. */
export const isLive = ({ expires }: Pick<Exception, 'expires'>, at: string): boolean => millisecondsOf(at) < millisecondsOf(expires);

/**
 * Returns the first live exception that covers a finding of a control on `resource`. Without a resource, returns the first one that covers
 * the whole control in every Region. `exceptions` are those of the account of the resource.
 */
export function exceptionOn(
  exceptions: readonly Exception[],
  controlId: string,
  resource: Pick<ResourceRef, 'region' | 'resourceType' | 'resourceId'> | undefined,
  at: string,
): Exception | undefined {
  return exceptions.find((exception) => exception.controlId === controlId && covers(exception, resource) && isLive(exception, at));
}

function covers(exception: Exception, resource: Pick<ResourceRef, 'region' | 'resourceType' | 'resourceId'> | undefined): boolean {
  if (!resource) return exception.region === undefined && exception.resource === undefined;
  if (exception.region !== undefined && exception.region !== resource.region) return false;
  if (exception.resource === undefined) return true;
  return exception.resource.type === resource.resourceType && exception.resource.id === resource.resourceId;
}
