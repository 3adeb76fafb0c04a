/** `NO_PROXY`: which hosts are reached without the proxy. */
import { BlockList, isIP } from 'node:net';

/** A host and port that is asked for. */
export interface Target {
  /** As `URL.hostname` has it: lower case, IPv6 in brackets. */
  readonly hostname: string;
  readonly port: number;
}

/**
 * Whether a host is this machine itself, which no proxy reaches for us: `localhost` and names below it, 127.0.0.0/8, ::1.
 * @param hostname with or without the brackets of IPv6, without a port.
 */
export function isLoopbackHost(hostname: string): boolean {
  const host = bare(hostname);
  if (host === 'localhost' || host.endsWith('.localhost')) return true;
  return isIP(host) !== 0 && LOOPBACK.check(host, familyOf(host));
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8);
LOOPBACK.addAddress('::1', 'ipv6');

/**
 * Whether a list leaves this target out. As curl and Go read it: parted by commas or spaces; `*` is everything; a name
 * covers its subdomains, whether it begins with a dot or not (`*.name` the subdomains alone), and may end with one;
 * an address may be IPv6 with or without brackets, or a range such as `10.0.0.0/8`; a name or address may have a port.
 * An entry that is none of these covers nothing.
 */
export function isLeftOut({ hostname, port }: Target, list: string): boolean {
  const host = bare(hostname);
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => covers(entry, host, port));
}

function covers(entry: string, host: string, port: number): boolean {
  if (entry === '*') return true;
  if (entry.includes('/')) return isInRange(entry, host);
  const [, name = '', asked] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(entry) ?? [undefined, entry];
  if (asked !== undefined && Number(asked) !== port) return false;
  return isIP(bare(name)) === 0 ? coversName(name, host) : sameAddress(bare(name), host);
}

function coversName(entry: string, host: string): boolean {
  const name = bare(entry.replace(/^\*?\./, ''));
  if (name === '' || isIP(host) !== 0) return false;
  return host.endsWith(`.${name}`) || (host === name && !entry.startsWith('*.'));
}

function sameAddress(entry: string, host: string): boolean {
  if (isIP(host) === 0) return false;
  const one = new BlockList();
  one.addAddress(entry, familyOf(entry));
  return one.check(host, familyOf(host));
}

function isInRange(entry: string, host: string): boolean {
  const [start = '', bits = ''] = entry.split('/');
  const address = bare(start);
  const most = isIP(address) === 6 ? 128 : 32;
  if (isIP(address) === 0 || isIP(host) === 0 || !/^\d{1,3}$/.test(bits) || Number(bits) > most) return false;
  const range = new BlockList();
  range.addSubnet(address, Number(bits), familyOf(address));
  return range.check(host, familyOf(host));
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}

/** Without the brackets of IPv6 and the dot that ends a full name. */
function bare(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '');
}
