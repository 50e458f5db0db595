import { LAUNCH_SETTINGS, type LaunchSettings, launchSettingsReaders } from './ec2-launch-template.ts';
import { factParser } from './parser.ts';
import { View } from './view.ts';

export interface LaunchConfigurationFacts extends LaunchSettings {}

const NOTHING = new View(undefined, { last: undefined });

export const launchConfigurationParser = factParser<LaunchConfigurationFacts>(
  LAUNCH_SETTINGS,
  // Absent settings have defaults, but only in an item that describes a launch configuration.
  launchSettingsReaders(({ configuration }) => (configuration.at('launchConfigurationName').exists ? configuration : NOTHING)),
);
