/**
 * The one table of what can go wrong between us and the other side: from a code of Node, OpenSSL, undici or a proxy to
 * what it is, whether the request may have arrived, and words that name the cause and the fix. Codes are Node's
 * (nodejs.org/api/errors.html and tls.html#x509-certificate-error-codes, read 2026-08); nothing of a message is passed on,
 * since it may quote the URL or the other side.
 */
import { certificateProblem } from './tls.ts';
import type { FaultVerdict, HttpFault, Trouble } from './trouble.ts';
import { tunnelProblem } from './tunnel.ts';

export type { FaultKind, HttpFault, Step, Trouble } from './trouble.ts';

/** The code that stands for our own patience, and for an end of the connection that nobody explains. */
export const OVERDUE = 'OVERDUE';
export const CLOSED = 'CLOSED';

export function faultOf(trouble: Trouble): HttpFault {
  const { code, sent, hasBegun = false } = trouble;
  const { fault, words } = verdictOn(trouble);
  const [problem = '', fix = ''] = words.split(': ', 2);
  // A handshake that the other side refuses afterwards has let no request through.
  const isSent = sent && fault !== 'untrusted';
  const shown = code === OVERDUE || code === CLOSED ? '' : ` (${code})`;
  return { kind: 'fault', fault, sent: isSent, hasBegun, code, reason: `${problem}${shown}: ${fix}` };
}

function verdictOn(trouble: Trouble): FaultVerdict {
  const isOnTheWay = trouble.step !== undefined || !trouble.sent;
  return (
    certificateProblem(trouble) ??
    tunnelProblem(trouble) ??
    (isOnTheWay ? unconnected(trouble) : interrupted(trouble)) ?? {
      fault: isOnTheWay ? 'unreachable' : 'broken',
      words: `the connection failed: check ${trouble.urlKey}, the network and the proxy`,
    }
  );
}

const NO_ROUTE = /^(EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|ENETDOWN|EHOSTDOWN|ENONET)$/;

function unconnected({ code, step, urlKey }: Trouble): FaultVerdict | undefined {
  const isProxy = step === 'connect_proxy' || step === 'tls_proxy';
  const who = isProxy ? 'the proxy' : 'the host';
  const key = isProxy ? 'proxy (or HTTPS_PROXY)' : urlKey;
  if (code === OVERDUE || code === 'ETIMEDOUT') {
    return { fault: 'timeout', words: `no connection to ${who} in time: check ${key}, the firewall and the network` };
  }
  const words = unconnectedWords(code, { who, key });
  if (words !== undefined) return { fault: 'unreachable', words };
  if (!/^(ECONNRESET|ECONNABORTED|EPIPE|CLOSED)$/.test(code)) return undefined;
  const when = step === 'tls' || step === 'tls_proxy' ? 'during the TLS handshake' : 'at once';
  return { fault: 'broken', words: `${who} closed the connection ${when}: check ${key}, and what stands before it` };
}

function unconnectedWords(code: string, { who, key }: { who: string; key: string }): string | undefined {
  if (code === 'ENOTFOUND') return `DNS knows no such name for ${who}: check ${key} and this machine's DNS`;
  if (code === 'EAI_AGAIN') return `DNS does not answer for ${who}: check this machine's DNS and network`;
  if (code === 'ECONNREFUSED') return `${who} refuses the connection: check its port in ${key}, and that it runs`;
  if (NO_ROUTE.test(code)) return `the network does not lead to ${who}: check ${key}, routes and the firewall`;
  if (code === 'EACCES' || code === 'EPERM') return `this machine forbids the connection: look at its own firewall`;
  if (code === 'EMFILE' || code === 'ENFILE')
    return 'this machine has no file handle left: raise its limit of open files';
  return undefined;
}

/** On a connection that was there: by now nobody can tell how far the request has come. */
function interrupted({ code, urlKey, hasBegun }: Trouble): FaultVerdict | undefined {
  if (code === OVERDUE || code === 'ETIMEDOUT') {
    const words =
      hasBegun === true
        ? 'an answer began and did not end in time: check the load of the other side, and what stands between'
        : 'no answer in time: check the load of the other side, and what stands between';
    return { fault: 'timeout', words };
  }
  if (/^HPE_|^HTTPParserError$|^UND_ERR_HEADERS_OVERFLOW$/.test(code)) {
    return { fault: 'broken', words: `the answer is no HTTP: check ${urlKey}; the other side may expect https` };
  }
  if (/^(UND_ERR_RES|UND_ERR_RESPONSE)/.test(code)) {
    return { fault: 'broken', words: 'the answer is shorter or longer than it says: a proxy or the other side cut it' };
  }
  if (
    /^(UND_ERR_SOCKET|UND_ERR_ABORTED|UND_ERR_CLOSED|UND_ERR_DESTROYED|ECONNRESET|ECONNABORTED|EPIPE|CLOSED)$/.test(
      code,
    )
  ) {
    const words = `the connection broke before the answer was whole: a proxy or the other side closed it, or expects https or a client certificate`;
    return { fault: 'broken', words };
  }
  return undefined;
}

/** An error's code, or its name; `AggregateError`s of several addresses have the code of the last. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'UNKNOWN';
  if ('code' in error && typeof error.code === 'string' && error.code !== '') return error.code;
  return error.name;
}
