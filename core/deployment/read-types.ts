import { type ControlDefinition, factTypes, isEvaluated } from '../control.ts';
import { isInConfig } from '../facts/index.ts';

/** Returns the resource types that the evaluated controls read and that AWS Config records, sorted. */
export function readTypes(controls: readonly ControlDefinition[]): string[] {
  return [...new Set(controls.filter(isEvaluated).flatMap(factTypes))].filter(isInConfig).sort();
}
