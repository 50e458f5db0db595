import { isIP } from 'node:net';
import type { View } from './view.ts';

/** Whether a CIDR block is the whole Internet by its mask, as `10.0.0.0/0` is. `undefined` where the text is no block. */
export function isWholeInternet(block: string): boolean | undefined {
  const [address = '', mask = '', ...rest] = block.trim().split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0 || !/^(0|[1-9]\d{0,2})$/.test(mask) || Number(mask) > (version === 4 ? 32 : 128)) return undefined;
  return mask === '0';
}

/** A range of ports, both ends included. A bound left out is open. */
export interface PortRange {
  from?: number;
  to?: number;
}

/** TCP ports of SSH and RDP. */
export const ADMIN_PORTS = [22, 3389] as const;

export const coversPort = ({ from = 0, to = 65_535 }: PortRange, port: number): boolean => from <= port && port <= to;

/** The range between two bounds. A bound that is absent, or -1 (AWS's "all"), is open; `undefined` where a bound cannot be read. */
export function readPorts(from: View, to: View): PortRange | undefined {
  const [low, high] = [from.number(), to.number()];
  if ((from.exists && low === undefined) || (to.exists && high === undefined)) return undefined;
  const range: PortRange = {};
  if (low !== undefined && low >= 0) range.from = low;
  if (high !== undefined && high >= 0) range.to = high;
  return range;
}

const PROTOCOL = /^(-1|tcp|udp|icmp|icmpv6|\d{1,3})$/;

/** An IP protocol: `tcp` also where it is written as its number, `-1` for all protocols, any other as it is written. `undefined` where it is none. */
export function readProtocol(view: View): string | undefined {
  const raw = view.raw();
  const protocol = (typeof raw === 'number' ? String(raw) : view.text())?.toLowerCase();
  if (protocol === undefined || !PROTOCOL.test(protocol)) return undefined;
  return protocol === '6' ? 'tcp' : protocol;
}
