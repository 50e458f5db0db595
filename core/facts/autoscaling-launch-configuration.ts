import { type LaunchSettings, launchSettingsReaders } from './ec2-launch-template.ts';
import { factParser } from './parser.ts';

export interface LaunchConfigurationFacts extends LaunchSettings {}

export const launchConfigurationParser = factParser<LaunchConfigurationFacts>(launchSettingsReaders(({ configuration }) => configuration));
