import { factParser } from './parser.ts';

export type LaunchConfigurationFacts = {};

export const launchConfigurationParser = factParser<LaunchConfigurationFacts>({});
