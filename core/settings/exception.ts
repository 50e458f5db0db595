import type { ResourceRef } from '../model.ts';
import type { ExceptionEntry, ExceptionTerms } from './document.ts';
import { endOf } from './instant.ts';

/** What one control is not held to in one account: a resource, a Region, or all. */
export interface Exception extends ExceptionTerms {
  readonly controlId: string;
  /** ISO-8601 UTC with milliseconds. */
  readonly expires: string;
}

/** The exceptions that an entry of the file stands for, one for each control that it names. */
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

/** Whether an exception holds at a time (ISO-8601). It no longer does at the very moment `expires`, nor where either time cannot be read. */
export const isLive = ({ expires }: Pick<Exception, 'expires'>, at: string): boolean => Date.parse(at) < Date.parse(expires);

/**
 * The first live exception that takes a finding of a control on `resource` out of the score; without a resource, the first
 * that takes out the control as a whole, in every Region. `exceptions` are those of the resource's account.
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
