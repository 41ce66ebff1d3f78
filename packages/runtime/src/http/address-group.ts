/**
 * The sender, as far as an address identifies it: one IPv4 address, or one IPv6 network of 64 bits, which is what a single
 * customer of a provider gets and can choose addresses from at will.
 */
import { isIPv6 } from 'node:net';
import { isLoopbackHost } from '../listen-config.ts';

const mappedPattern = /^::ffff:(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})$/i;

/** @param address as a socket or a trusted proxy reports it */
export function addressGroup(address: string): string {
  const mapped = mappedPattern.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(address)) return address;
  const [before = '', after] = address.toLowerCase().split('::', 2);
  const leading = before === '' ? [] : before.split(':');
  const trailing = after === undefined || after === '' ? [] : after.split(':');
  const missing = after === undefined ? 0 : Math.max(0, 8 - leading.length - trailing.length);
  const groups = [...leading, ...Array.from({ length: missing }, () => '0'), ...trailing].slice(0, 4);
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}

/** Null for a peer on loopback: a program of this machine, or a proxy that stands for all its clients. */
export function clientAddress(address: string): string | null {
  const group = addressGroup(address);
  return isLoopbackHost(address) || isLoopbackHost(group) ? null : group;
}
