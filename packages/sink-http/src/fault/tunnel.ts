/** A proxy that makes no tunnel, in words. */
import type { FaultVerdict, Trouble } from './trouble.ts';

const KEY = 'proxy (or HTTPS_PROXY)';

/** Codes of our own for a proxy's answer to CONNECT: `PROXY_407`, or one that is no HTTP. */
export function tunnelCode(status: number | undefined): string {
  return status === undefined ? 'PROXY_NO_HTTP' : `PROXY_${status}`;
}

/** Undefined: it did not end at the proxy's answer. */
export function tunnelProblem({ code, step }: Trouble): FaultVerdict | undefined {
  if (step !== 'tunnel') return undefined;
  if (code === 'OVERDUE' || code === 'ETIMEDOUT') {
    return {
      fault: 'timeout',
      words: `the proxy does not answer CONNECT in time: check ${KEY}, and that it is an HTTP proxy`,
    };
  }
  const [, digits] = /^PROXY_(\d{3})$/.exec(code) ?? [];
  if (digits !== undefined) return ofStatus(Number(digits));
  if (code === 'PROXY_NO_HTTP') {
    return { fault: 'proxy_refused', words: `the proxy answers in no HTTP: check the port and scheme of ${KEY}` };
  }
  return {
    fault: 'broken',
    words: `the proxy closed the connection instead of answering CONNECT: check ${KEY}, and the proxy's log`,
  };
}

function ofStatus(status: number): FaultVerdict {
  const refused = (words: string): FaultVerdict => ({ fault: 'proxy_refused', words });
  if (status === 407 || status === 401) {
    return refused(`the proxy wants credentials, or refuses ours: put user:password into ${KEY}, before an @`);
  }
  if (status === 403 || status === 451) {
    return refused('the proxy does not allow this host: have it allowed there, or put it into NO_PROXY');
  }
  if (status === 429 || status === 408 || status >= 500) {
    return { fault: 'unreachable', words: "the proxy does not reach the host: check the proxy's own network and DNS" };
  }
  return refused(`the proxy opens no tunnel: check ${KEY}; it may be no proxy, or not allow this port`);
}
