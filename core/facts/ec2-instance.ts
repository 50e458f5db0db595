import { known, readPublicIps } from './ec2-network-interface.ts';
import { fleetOf } from './fleet.ts';
import { factParser } from './parser.ts';
import { listOf, nullable, type Shapes, text } from './shape.ts';
import type { View } from './view.ts';

export interface InstanceFacts {
  /** Instance state, such as `running`, `stopped` or `terminated`. */
  state?: string;
  /** Public IPv4 and Elastic IP addresses of all interfaces. */
  publicIps?: readonly string[];
  /** Session tokens of the metadata service (IMDSv2): `required` or `optional`. */
  httpTokens?: string;
  /** HTTP endpoint of the metadata service: `enabled` or `disabled`. */
  httpEndpoint?: string;
  /** Replacement mechanism of the instance, from its tags (see `fleetOf`), or `null`. */
  fleet?: string | null;
}

const SHAPES: Shapes<InstanceFacts> = { state: text, publicIps: listOf(text), httpTokens: text, httpEndpoint: text, fleet: nullable(text) };

export const instanceParser = factParser<InstanceFacts>(SHAPES, {
  state: ({ configuration }) => configuration.at('state').at('name', 'value').text(),
  // A known address decides, even if another one cannot be read.
  publicIps: ({ configuration }) => known(readAddresses(configuration.quietly())) ?? readAddresses(configuration),
  httpTokens: ({ configuration }) => configuration.at('metadataOptions').at('httpTokens').text(),
  httpEndpoint: ({ configuration }) => configuration.at('metadataOptions').at('httpEndpoint').text(),
  fleet: ({ tags }) => {
    const all = tags();
    return all && fleetOf(all);
  },
});

function readAddresses(instance: View): string[] | undefined {
  const primary = instance.at('publicIpAddress').text() || undefined;
  const interfaces = instance.at('networkInterfaces').list();
  if (primary === undefined && !interfaces) return undefined;
  return [...new Set([...(primary ? [primary] : []), ...(interfaces ?? []).flatMap(readPublicIps)])];
}
