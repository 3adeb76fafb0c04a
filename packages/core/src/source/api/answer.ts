/** Judges one reply of the API: the one place that knows statuses, headers and error bodies. */
import { parseHttpDate, retryAfterMs } from '@audit-relay/sink-http';
import type { Dialect, Feed } from '../../entry.ts';
import type { FeedCause } from '../health/cause.ts';
import type { Reply } from './client.ts';
import { type Page, readPage } from './page.ts';
import { refusalOf } from './refusal.ts';

/** A page, or a fault in one of three kinds. Texts hold no word of a body or a header but the request's id. */
export type ApiAnswer = PageAnswer | Fault;

export interface PageAnswer {
  readonly kind: 'page';
  readonly page: Page;
  /** The `Date` of the answer in seconds since the epoch, for what is done never past what `server-clock.ts` allows. Undefined: it had none. */
  readonly serverSeconds: number | undefined;
  /** Server time when it came, in seconds, as far as anything says it. */
  readonly nowSeconds?: number | undefined;
  readonly receivedMs: number;
  /** `x-request-id`. */
  readonly requestId?: string;
}

export interface Fault {
  /**
   * `retry`: may be better next time. `refused`: credentials, rights or, for the tenant feed, the
   * question itself. `unreadable`: a 200 whose body is no page.
   */
  readonly kind: 'retry' | 'refused' | 'unreadable';
  /** For counters: `http_429`, `timeout`, `unreadable` … */
  readonly failure: string;
  readonly cause: FeedCause;
  /** What is wrong and what to do, in words. */
  readonly problem: string;
  /** How long the server wants to be left alone, in milliseconds. */
  readonly waitMs?: number;
  /** `x-request-id`: what the vendor's support asks for. */
  readonly requestId?: string;
  /** Of an unreadable answer. */
  readonly evidence?: Evidence;
}

/** What came instead of a page, and in what way it is none: `the_body_is_not_JSON`. For a human to look at. */
export interface Evidence {
  readonly condition: string;
  readonly body: Uint8Array;
}

export interface RequestSent {
  readonly feed: Feed;
  readonly dialect: Dialect;
  /** When the reply came, in milliseconds since the epoch. */
  readonly receivedMs: number;
}

type Response = Extract<Reply, { kind: 'response' }>;

/** No wait is longer, whatever the server asks: an hour later it may think otherwise. */
const LONGEST_WAIT_MS = 3_600_000;
/** The wait when the server says that trying again is of no use. */
const USELESS_WAIT_MS = 60_000;

export function judge(reply: Reply, asked: RequestSent): ApiAnswer {
  if (reply.kind === 'none') return reply.failure === 'unreadable' ? packedWrongly(reply) : noResponse(reply);
  if (reply.status === 200) return pageIn(reply, asked);
  const failure = `http_${reply.status}`;
  const requestId = requestIdOf(reply);
  if (isRefusal(reply, asked.feed)) return { kind: 'refused', failure, ...refusalOf(reply), ...requestId };
  const waitMs = waitAsked(reply, asked.receivedMs);
  const wait = waitMs === undefined ? {} : { waitMs };
  const cause = reply.status === 429 ? 'rate_limited' : 'api_in_trouble';
  return { kind: 'retry', failure, cause, problem: statusProblem(reply.status), ...wait, ...requestId };
}

type NoResponse = Extract<Reply, { kind: 'none' }>;

function noResponse({ failure, reason }: NoResponse): Fault {
  return { kind: 'retry', failure, cause: 'api_unreachable', problem: reason };
}

/** As unreadable as a page of HTML, and as well worth a human's look. */
function packedWrongly({ failure, body = new Uint8Array() }: NoResponse): Fault {
  return unreadable({ failure, why: 'the body is not packed as it says', body });
}

function unreadable({ failure, why, body }: { failure: string; why: string; body: Uint8Array }): Fault {
  const problem = `an answer is no page: ${why}; check that base_url is the API and no proxy alters it`;
  return {
    kind: 'unreadable',
    failure,
    cause: 'unreadable',
    problem,
    evidence: { condition: why.replaceAll(/\W+/g, '_'), body },
  };
}

function pageIn(reply: Response, { receivedMs, dialect }: RequestSent): ApiAnswer {
  const page = readPage(reply.body, dialect);
  const requestId = requestIdOf(reply);
  if ('unreadable' in page) {
    return { ...unreadable({ failure: 'unreadable', why: page.unreadable, body: reply.body }), ...requestId };
  }
  return { kind: 'page', page, serverSeconds: serverSecondsOf(reply, receivedMs), receivedMs, ...requestId };
}

/** The `Date` of any answer, in seconds since the epoch. Undefined: it has none that can be read. */
export function serverSecondsOf(reply: Reply, receivedMs: number): number | undefined {
  const dateMs = parseHttpDate(reply.kind === 'response' ? reply.header('date') : undefined, receivedMs);
  return dateMs === undefined ? undefined : Math.floor(dateMs / 1000);
}

function requestIdOf(reply: Response): { readonly requestId?: string } {
  const id = reply.header('x-request-id');
  return id === undefined ? {} : { requestId: id };
}

/** `x-should-retry: true` is the server's own word that it is no refusal. */
function isRefusal(reply: Response, feed: Feed): boolean {
  if (reply.header('x-should-retry') === 'true') return false;
  // An organization without a tenant may answer 400 to `tenant_only`.
  return reply.status === 401 || reply.status === 403 || (reply.status === 400 && feed === 'tenant');
}

function statusProblem(status: number): string {
  if (status === 429) return 'the API asks for fewer requests (429): lower requests_per_second if this lasts';
  if (status >= 300 && status < 400)
    return `base_url redirects (${status}), which is not followed with a key: configure the final URL`;
  if (status === 407) return 'a proxy on the way wants credentials (407): put user and password into proxy';
  if (status === 511) return 'the network wants a login first (511): log this host in, or take it to another network';
  if (status === 404) return 'nothing is there (404): check base_url, which ends in /v1 for the public API';
  if (status >= 400 && status < 500)
    return `the API does not accept the request (${status}): check base_url and the version of audit-relay`;
  return `the API is in trouble (${status}): it is asked again`;
}

/** Undefined: nothing usable was asked. */
function waitAsked(reply: Response, receivedMs: number): number | undefined {
  // A date is by the server's clock; its own `Date` says how far off ours is.
  const serverMs = parseHttpDate(reply.header('date'), receivedMs) ?? receivedMs;
  const asked = retryAfterMs(reply, serverMs) ?? 0;
  const least = reply.header('x-should-retry') === 'false' ? USELESS_WAIT_MS : 0;
  const waitMs = Math.min(LONGEST_WAIT_MS, Math.max(asked, least));
  return waitMs > 0 ? waitMs : undefined;
}
