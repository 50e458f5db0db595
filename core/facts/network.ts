import { familyOf } from '../policy/internet.ts';
import { count, type Shapes, textThat } from './shape.ts';
import type { View } from './view.ts';

export const cidrBlock = textThat('a CIDR block', (block) => familyOf(block) !== undefined);

/** Returns whether a CIDR block is the whole internet by its mask, such as `10.0.0.0/0`, or `undefined` if the text is not a CIDR block. */
export const isWholeInternet = (block: string): boolean | undefined =>
  familyOf(block) === undefined ? undefined : block.trim().endsWith('/0');

/** A range of ports, with both ends. An absent bound means no limit. */
export interface PortRange {
  from?: number;
  to?: number;
}

export const PORTS: Shapes<PortRange> = { from: count, to: count };

/** TCP ports of SSH and RDP. */
export const ADMIN_PORTS = [22, 3389] as const;

/** Traffic that a rule of a security group or a network ACL allows or denies. */
export interface Traffic extends PortRange {
  /** Protocol, such as `tcp`, or `-1` for all protocols, whose ports do not matter. */
  readonly protocol: string;
}

/** Returns the ports of SSH and RDP that the traffic includes. */
export const adminPortsIn = (traffic: Traffic): number[] =>
  ADMIN_PORTS.filter((port) => traffic.protocol === '-1' || (traffic.protocol === 'tcp' && coversPort(traffic, port)));

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

/** A protocol as {@link readProtocol} returns it. */
export const ipProtocol = textThat('a protocol such as tcp or -1', (protocol) => protocol !== '6' && PROTOCOL.test(protocol));

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
