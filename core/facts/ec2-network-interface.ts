import { factParser } from './parser.ts';

export type NetworkInterfaceFacts = {};

export const networkInterfaceParser = factParser<NetworkInterfaceFacts>({});
