/**
 * Version of the set of controls, with their pillars, levels and severities. Raise it with every change of these: scores are
 * comparable only within one version.
 */
export const CATALOGUE_VERSION = '1.0.0';
