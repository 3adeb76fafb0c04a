/**
 * Who may read the agent's endpoints. They show names, counts and problems, so whoever asks shows the token where there
 * is one; without one the port is on loopback, where another danger is left: a page in a browser on this machine that
 * has its own name resolve to 127.0.0.1 (DNS rebinding). Its requests bear that name in `Host`.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import { isLoopbackHost } from '@audit-relay/sink-http';
import type { HttpConfig } from '../config/schema.ts';

/** What decides; the address itself has been checked with the configuration. */
export type Access = Pick<HttpConfig, 'token' | 'allow_unauthenticated'>;

/** The headers that are looked at, as Node gives them. */
export interface AskedWith {
  readonly host?: string | undefined;
  readonly authorization?: string | undefined;
}

/** Whether this request may read, or why not. */
export type Permission = 'may_read' | 'no_token' | 'wrong_token' | 'strange_host';

export function permissionOf({ token, allow_unauthenticated }: Access, { host, authorization }: AskedWith): Permission {
  if (token !== undefined) {
    // RFC 6750, section 2.1; the scheme's name is in any case of letters (RFC 9110, section 11.1).
    const shown = /^bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
    if (shown === undefined) return 'no_token';
    return isSame(shown, token) ? 'may_read' : 'wrong_token';
  }
  return allow_unauthenticated === true || isOfThisMachine(host) ? 'may_read' : 'strange_host';
}

/** In one time, whatever the two have in common. */
function isSame(one: string, other: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}

/** Nobody can have an address, or `localhost`, resolve to something else. HTTP/1.0 needs no `Host`, and no browser speaks it. */
function isOfThisMachine(host: string | undefined): boolean {
  if (host === undefined) return true;
  const name = /^(\[[^\]]*\]|[^:]*)(?::\d*)?$/.exec(host)?.[1] ?? '';
  return isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0 || isLoopbackHost(name);
}
