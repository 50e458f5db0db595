import { indexRules } from '../core/evaluation/evaluate.ts';
import type { Catalogue } from '../core/pipeline/rescore.ts';
import { CONTROLS } from './index.ts';
import { CATALOGUE_VERSION } from './version.ts';

/** The catalogue as the pipeline uses it: its version, the controls and the index of their rules. */
export const CATALOGUE: Catalogue = { version: CATALOGUE_VERSION, controls: CONTROLS, rules: indexRules(CONTROLS) };
