/** From one reply of the HTTP Event Collector to what it means: its own code first, the status where it gives none. */
import type { Failure, SendResult } from '@audit-relay/sink';
import { failureOf, type HttpAnswer, type HttpReply, retryAfterMs } from '@audit-relay/sink-http';
import { CODES, type Code } from './codes.ts';
import type { SplunkHecConfig } from './config.ts';

/** Splunk's own words in a body. */
export interface HecWords {
  readonly code: number;
  /** What the code means; only for one that is known and comes with its status. */
  readonly known?: Code;
  /** From 0; what comes before it may be stored. */
  readonly invalidEvent?: number;
  readonly ackId?: number;
}

/** A yes, or why there is none. */
export type Told =
  | { readonly kind: 'yes'; readonly isBusy: boolean; readonly ackId?: number }
  | { readonly kind: 'no'; readonly result: Exclude<SendResult, { readonly kind: 'acked' }> };

/** What the request was about. */
export interface RequestSent {
  readonly config: Pick<SplunkHecConfig, 'receiver' | 'index'>;
  /** Events sent. */
  readonly count: number;
  readonly nowMs: number;
  /** Whether this address has said yes before, so that a 404 is no wrong address. */
  readonly hasWorked: boolean;
}

/** What the body says, if it is one of HEC's. */
export function wordsOf(answer: HttpAnswer): HecWords | undefined {
  const body: unknown = answer.json();
  // Read key by key.
  const { code, ackId, 'invalid-event-number': invalid } = Object(body) as Record<string, unknown>;
  if (!isCount(code)) return undefined;
  const known = CODES[code];
  return {
    code,
    // Something between that makes another status of it, or another server's own code, is judged by the status.
    ...(known !== undefined && isOfKind(answer.status, known.status) ? { known } : {}),
    ...(isCount(invalid) ? { invalidEvent: invalid } : {}),
    ...(isCount(ackId) ? { ackId } : {}),
  };
}

export function told(reply: HttpReply, asked: RequestSent): Told {
  if (reply.kind === 'fault') return { kind: 'no', result: failureOf(reply) };
  const words = wordsOf(reply);
  const { known } = words ?? {};
  if (known?.meaning === 'yes' || known?.meaning === 'busy yes') {
    const ackId = words?.ackId === undefined ? {} : { ackId: words.ackId };
    return { kind: 'yes', isBusy: known.meaning === 'busy yes', ...ackId };
  }
  if (asked.config.receiver === 'other' && words === undefined && isPlainYes(reply))
    return { kind: 'yes', isBusy: false };
  return { kind: 'no', result: noOf(reply, words, asked) };
}

function noOf(
  answer: HttpAnswer,
  words: HecWords | undefined,
  asked: RequestSent,
): Exclude<SendResult, { kind: 'acked' }> {
  const { known } = words ?? {};
  // HTML comes with it; and a code of its own would say no more.
  if (answer.status === 413 || words === undefined || known === undefined) return byStatus(answer, asked);
  const reason = reasonOf(answer, words);
  switch (known.meaning) {
    case 'blocked':
      return { kind: 'blocked', reason: words.code === 7 ? `${reason}: ${indexFix(asked.config)}` : reason };
    case 'rejected':
      return rejection(words, reason, asked.count);
    case 'refused':
    case 'unhealthy':
      return { kind: 'retryable', why: 'refused', reason, ...waitOf(answer, asked.nowMs) };
    case 'failed':
      return { kind: 'retryable', why: 'failed', reason, ...waitOf(answer, asked.nowMs) };
    default:
      return byStatus(answer, asked);
  }
}

/** The one that Splunk names, and all others again: those before it may be stored, those behind it are not. */
function rejection(
  { invalidEvent }: HecWords,
  reason: string,
  count: number,
): Extract<SendResult, { readonly kind: 'rejected' | 'partial' }> | Failure {
  if (count === 1 || invalidEvent === undefined || invalidEvent >= count) return { kind: 'rejected', reason };
  const named = { index: invalidEvent, failure: { kind: 'rejected', reason } } as const;
  const again = { kind: 'retryable', why: 'unanswered', reason: `another event of the request: ${reason}` } as const;
  const failures = Array.from({ length: count }, (_, index) =>
    index === invalidEvent ? named : { index, failure: again },
  );
  return { kind: 'partial', acked: 0, failures };
}

function byStatus(answer: HttpAnswer, { config, nowMs, hasWorked }: RequestSent): Failure {
  const { status } = answer;
  // While indexers restart one after another the address may be gone for a while.
  if (status === 404 && hasWorked) {
    return { kind: 'retryable', why: 'failed', reason: 'HTTP 404 where events were taken before' };
  }
  if (status === 415)
    return { kind: 'blocked', reason: 'HTTP 415: the receiver does not take gzip: set gzip to false' };
  if (status >= 200 && status < 300) {
    const hint = config.receiver === 'splunk' ? hintFor(answer) : '';
    return { kind: 'retryable', why: 'unanswered', reason: `HTTP ${status} without the collector’s own yes${hint}` };
  }
  return failureOf(answer, { nowMs, credentials: 'token' });
}

/** A page is another server's; a plain yes may be that of a receiver which is not Splunk. */
function hintFor(answer: HttpAnswer): string {
  return isPlainYes(answer)
    ? ': if the receiver is not Splunk, set receiver: other'
    : ': check that url leads to the HTTP Event Collector, not to a web page';
}

/** The status, the code and what the code means: never the text, which may quote what was sent. */
export function reasonOf({ status }: HttpAnswer, { code, known }: HecWords): string {
  return `HTTP ${status} code ${code}${known === undefined ? '' : `, ${known.words}`}`;
}

function indexFix({ index }: Pick<SplunkHecConfig, 'index'>): string {
  return index === undefined
    ? 'the default index of the token does not exist or is not allowed: mend it for the token in Splunk, or set index'
    : `the token does not allow the index ${index}, or there is none: add it to the token’s allowed indexes in Splunk, or set index to one of them`;
}

function waitOf(answer: HttpAnswer, nowMs: number): { readonly retryAfterMs?: number } {
  const waitMs = retryAfterMs(answer, nowMs);
  return waitMs === undefined ? {} : { retryAfterMs: waitMs };
}

/** A receiver that gives no code; a page for people is no receiver. */
function isPlainYes(answer: HttpAnswer): boolean {
  if (answer.status !== 200) return false;
  const isHtml = /^\s*</.test(answer.text()) || /html/i.test(answer.header('content-type') ?? '');
  return !isHtml;
}

/** Statuses that take each other's place in some versions; of all others each code has its own. */
const ALIKE: readonly ReadonlySet<number>[] = [new Set([401, 403]), new Set([429, 503])];

function isOfKind(status: number, expected: number): boolean {
  return status === expected || ALIKE.some((alike) => alike.has(status) && alike.has(expected));
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
