import { indexRules } from '../core/evaluation/evaluate.ts';
import type { Catalogue } from '../core/pipeline/rescore.ts';
import { CATALOGUE_VERSION, CONTROLS } from './index.ts';

/** The catalogue as the pipeline uses it. */
export const CATALOGUE: Catalogue = { version: CATALOGUE_VERSION, controls: CONTROLS, rules: indexRules(CONTROLS) };
