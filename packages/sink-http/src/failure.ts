/** What a reply means to a sink: the table of SINK-SPEC.md, section 11, for a peer that means nothing else by a status. */
import type { Failure } from '@audit-relay/sink';

import type { HttpFault } from './fault/fault.ts';
import type { HttpAnswer, HttpReply } from './reply.ts';
import { retryAfterMs } from './retry-after.ts';

/** What the words need to know. */
export interface FailureOptions {
  /** Milliseconds since the epoch: `context.now()`. */
  readonly nowMs: number;
  /** The key of the configuration that holds the credentials, for words: default `the credentials`. */
  readonly credentials?: string;
  /** The key that holds the address: default `url`. */
  readonly urlKey?: string;
}

/**
 * Why what was sent is not acked. Of an answer it reads the status and `Retry-After` alone: whether a 2xx is the
 * peer's yes is for its own sink to say, before; here it is none.
 */
export function failureOf(fault: HttpFault): Failure;
export function failureOf(reply: HttpReply, options: FailureOptions): Failure;
export function failureOf(reply: HttpReply, options: FailureOptions = { nowMs: 0 }): Failure {
  return reply.kind === 'fault' ? ofFault(reply) : ofStatus(reply, options);
}

function ofFault({ fault, sent, reason }: HttpFault): Failure {
  if (fault === 'untrusted' || fault === 'proxy_refused') return { kind: 'blocked', reason };
  return { kind: 'retryable', why: sent ? 'unanswered' : 'failed', reason };
}

/** Statuses that pass: too early, locked by another, and their like. */
const PASSING: ReadonlySet<number> = new Set([408, 421, 423, 425]);
/** Those that are about this content. */
const OF_CONTENT: ReadonlySet<number> = new Set([400, 422]);

function ofStatus(
  answer: HttpAnswer,
  { nowMs, credentials = 'the credentials', urlKey = 'url' }: FailureOptions,
): Failure {
  const { status } = answer;
  const http = `HTTP ${status}`;
  if (status >= 200 && status < 300) {
    return { kind: 'retryable', why: 'unanswered', reason: `${http} that is not the yes of the peer` };
  }
  if (status === 429 || status === 503) {
    const waitMs = retryAfterMs(answer, nowMs);
    return {
      kind: 'retryable',
      why: 'refused',
      reason: http,
      ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }),
    };
  }
  if (status >= 500 || PASSING.has(status)) return { kind: 'retryable', why: 'failed', reason: http };
  if (status === 413)
    return { kind: 'too_large', reason: `${http}: larger than the peer, or a proxy before it, takes` };
  if (OF_CONTENT.has(status)) return { kind: 'rejected', reason: http };
  return { kind: 'blocked', reason: `${http}: ${blockedWords(status, credentials, urlKey)}` };
}

function blockedWords(status: number, credentials: string, urlKey: string): string {
  if (status === 401) return `${credentials} not valid: put valid ones there`;
  if (status === 403) return `${credentials} lack the right, or something before the peer refuses us`;
  if (status === 407) return 'a proxy wants credentials: put user:password into its URL';
  if (status >= 300 && status < 400)
    return `it redirects, which is not followed with credentials: write the final address into ${urlKey}`;
  return `${urlKey} does not lead to the peer`;
}
