/** Why a request has no answer, told apart by what may have happened to it. */

/** No answer, or none that can be read. */
export interface Lost {
  readonly kind: 'lost';
  /**
   * `before`: nothing was sent; `after`: the peer may have done what was asked; `untrusted`: the other side's
   * certificate, or a proxy's own refusal: only the operator can mend it.
   */
  readonly when: 'before' | 'after' | 'untrusted';
  /** Fixed words and codes, fit for a reason. */
  readonly reason: string;
}

type Cause = Omit<Lost, 'kind'>;

const IN_TIME: Cause = { when: 'after', reason: 'no answer in time' };

/** By the name of the client's error. */
const NAMES: Readonly<Record<string, Cause>> = {
  TimeoutError: IN_TIME,
  DeserializationError: { when: 'after', reason: 'an answer that is no JSON' },
};

/**
 * By the message, of which nothing is passed on: codes of Node (nodejs.org/api/errors.html), and words of undici, of
 * OpenSSL, and of hpagent on proxies, read 2026-08. Whoever comes first fits best.
 */
const MESSAGES: readonly (Cause & { readonly pattern: RegExp })[] = [
  { pattern: /^Bad response: 407\b/, when: 'untrusted', reason: 'the proxy refuses us (407): check its credentials' },
  { pattern: /^(Bad response: \d+|Proxy timeout)/, when: 'before', reason: 'the proxy does not connect' },
  // Several addresses that are refused at once come as one error without a message.
  { pattern: /^$|\bECONNREFUSED\b/, when: 'before', reason: 'the connection is refused (ECONNREFUSED)' },
  { pattern: /\b(ENOTFOUND|EAI_AGAIN)\b/, when: 'before', reason: 'no such host (ENOTFOUND)' },
  {
    pattern: /\b(EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL)\b/,
    when: 'before',
    reason: 'the network does not lead there',
  },
  { pattern: /Connect ?Timeout|\bETIMEDOUT\b/, when: 'before', reason: 'no connection in time' },
  {
    pattern: /certificate|self.signed|altnames|fingerprint|SSL routines/i,
    when: 'untrusted',
    reason: 'TLS failed: check the address, tls and ca_fingerprint',
  },
];

/**
 * Reads an error of the client, which hands on what Node said without its code.
 * @param isOverdue our own patience has ended
 */
export function lostBy(error: unknown, isOverdue: boolean): Lost {
  const { name, message } = error instanceof Error ? error : new Error('unknown');
  const byMessage = MESSAGES.find(({ pattern }) => pattern.test(message));
  const broken: Cause = { when: 'after', reason: 'the connection broke' };
  const { when, reason } = isOverdue ? IN_TIME : (NAMES[name] ?? byMessage ?? broken);
  return { kind: 'lost', when, reason };
}
