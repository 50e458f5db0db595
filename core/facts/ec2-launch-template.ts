import { factParser } from './parser.ts';

export type LaunchTemplateFacts = {};

export const launchTemplateParser = factParser<LaunchTemplateFacts>({});
