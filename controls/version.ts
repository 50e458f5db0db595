/**
 * Version of the catalogue. Scores compare only within one version. Major: the set of evaluated controls, or a pillar, level or severity
 * changes. Minor: a rule or a fact changes so that a verdict can. Patch: a correction that few accounts see. Set it with
 * `npm run catalogue`.
 */
export const CATALOGUE_VERSION = '2.0.0';

/** Fingerprint of the code that gives verdicts. A test fails if it changes, so that the version is not forgotten. */
export const CATALOGUE_FINGERPRINT = 'b32014fa05384d69';
