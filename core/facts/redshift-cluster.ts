import { factParser } from './parser.ts';

export type RedshiftClusterFacts = {};

export const redshiftClusterParser = factParser<RedshiftClusterFacts>({});
