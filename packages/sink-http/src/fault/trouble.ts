/** What is known of a trouble on the network, and what is made of it; `fault.ts` has the table. */

/**
 * `timeout`: nothing in time. `unreachable`: no connection. `broken`: a connection that ended, or an answer in no HTTP.
 * `too_large`: more bytes than wanted. `unreadable`: a 2xx that cannot be unpacked. `untrusted`: TLS does not come about.
 * `proxy_refused`: the proxy's own no. The last two are for the operator to mend.
 */
export type FaultKind =
  | 'timeout'
  | 'unreachable'
  | 'broken'
  | 'too_large'
  | 'unreadable'
  | 'untrusted'
  | 'proxy_refused';

/** Why a request has no answer. */
export interface HttpFault {
  readonly kind: 'fault';
  readonly fault: FaultKind;
  /** False: nothing of the request has reached the other side. True: it may have done what was asked. */
  readonly sent: boolean;
  /** The head of an answer had come: the other side is there, and it is the body that broke, was too large or too slow. */
  readonly hasBegun: boolean;
  /** `ECONNREFUSED`, `CERT_HAS_EXPIRED`, `PROXY_407`: for counters and searches. */
  readonly code: string;
  /** What is wrong and what to do, fit for a log: no name, address, header or body is in it. */
  readonly reason: string;
  /** Of an `unreadable` answer: its bytes as they came. */
  readonly body?: Uint8Array;
}

/** The part of a way that is being made. */
export type Step = 'connect' | 'connect_proxy' | 'tls_proxy' | 'tunnel' | 'tls';

/** What is known of a trouble. */
export interface Trouble {
  readonly code: string;
  /** Where a way ended that was never made. Absent: on a connection that was there. */
  readonly step?: Step;
  /** Whether the request had begun to go out. */
  readonly sent: boolean;
  /** Whether the head of an answer had come; absent: no. */
  readonly hasBegun?: boolean;
  /** The key of the configuration that holds the address: `url`. */
  readonly urlKey: string;
}

/** One row's verdict. */
export interface FaultVerdict {
  readonly fault: FaultKind;
  /** What is wrong, and after a colon what to do. */
  readonly words: string;
}
