import { isIP } from 'node:net';
import { count, type Shapes } from './shape.ts';
import type { View } from './view.ts';

/** Returns whether a CIDR block is the whole internet by its mask, such as `10.0.0.0/0`, or `undefined` if the text is not a CIDR block. */
export function isWholeInternet(block: string): boolean | undefined {
  const [address = '', mask = '', ...rest] = block.trim().split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0 || !/^(0|[1-9]\d{0,2})$/.test(mask) || Number(mask) > (version === 4 ? 32 : 128)) return undefined;
  return mask === '0';
}

/** A range of ports, with both ends. An absent bound means no limit. */
export interface PortRange {
  from?: number;
  to?: number;
}

export const PORTS: Shapes<PortRange> = { from: count, to: count };

/** TCP ports of SSH and RDP. */
export const ADMIN_PORTS = [22, 3389] as const;

export const coversPort = ({ from = 0, to = 65_535 }: PortRange, port: number): boolean => from <= port && port <= to;

/**
 * Returns the range between two bounds, or `undefined` if a bound cannot be read. A bound that is absent or -1 ("all" in AWS) means no
 * limit.
 */
export function readPorts(from: View, to: View): PortRange | undefined {
  const [low, high] = [from.number(), to.number()];
  if ((from.exists && low === undefined) || (to.exists && high === undefined)) return undefined;
  const range: PortRange = {};
  if (low !== undefined && low >= 0) range.from = low;
  if (high !== undefined && high >= 0) range.to = high;
  return range;
}

const PROTOCOL = /^(-1|tcp|udp|icmp|icmpv6|\d{1,3})$/;

/**
 * Returns an IP protocol: `tcp` for its name or number, `-1` for all protocols, and any other protocol as written. Returns
 * `undefined` if the value is not a protocol.
 */
export function readProtocol(view: View): string | undefined {
  const raw = view.raw();
  const protocol = (typeof raw === 'number' ? String(raw) : view.text())?.toLowerCase();
  if (protocol === undefined || !PROTOCOL.test(protocol)) return undefined;
  return protocol === '6' ? 'tcp' : protocol;
}
