/**
 * What an answer to a whole request means when it is not Elasticsearch's yes. Pure; one item's answer within a yes is
 * read in `bulk/item.ts`.
 */
import type { Failure } from '@audit-relay/sink';
import { failureOf as failureOfFault, type HttpFault } from '@audit-relay/sink-http';
import type { NodeAnswer, Reply } from './connect.ts';
import { blockIn, errorIn, privilegeIn, type ServerError, wordsOf } from './words.ts';

/** What a failure is told about the request that failed. */
export interface Request {
  /** Events in it; 0 when it would write nothing. */
  readonly events: number;
  /** The stream or the indices, as privileges name them. */
  readonly target: string;
  /** The privilege that it uses, for a 403 that does not say so. */
  readonly privilege: string;
}

/** How long until a block of the cluster is worth another look; disks are not freed in seconds. */
const BLOCK_RETRY_MS = 60_000;

/** Why a request without events, or a whole bulk, did not do its work. */
export function failureOf(reply: Reply, request: Request): Failure {
  if (reply.kind === 'fault') return ofFault(reply, request);
  const error = errorIn(reply.body);
  return heldBack(error) ?? ofStatus(reply, error, request);
}

/** A block of the cluster comes as 403, 429 or 503; it is never the event's fault, and passes. */
export function heldBack(error: ServerError | undefined): Failure | undefined {
  const block = error === undefined ? undefined : blockIn(error);
  if (block === undefined) return undefined;
  // What is blocked is never given up, however long a disk stays full.
  if (block.isLasting) return { kind: 'blocked', reason: block.words };
  return { kind: 'retryable', why: 'failed', reason: block.words, retryAfterMs: BLOCK_RETRY_MS };
}

function ofStatus(answer: NodeAnswer, error: ServerError | undefined, request: Request): Failure {
  const { status } = answer;
  switch (status) {
    case 400:
      return ofBadRequest(answer, error, request);
    case 401:
      return blocked('HTTP 401: the credentials under auth are not valid');
    case 403:
      return blocked(forbidden(error, request));
    case 407:
      return blocked('HTTP 407: the proxy refuses our credentials');
    case 413:
      return { kind: 'too_large', reason: 'HTTP 413: larger than the peer, or a proxy before it, takes' };
    case 429:
    case 503:
      return refused(answer, error);
    default:
      if (status >= 500 || status === 408 || isGood(status)) return unclear(answer, request);
      return blocked(`HTTP ${status}${said(error)}: nodes does not lead to Elasticsearch`);
  }
}

function isGood(status: number): boolean {
  return status >= 200 && status < 300;
}

/** By the table that the source and all sinks share; what would write nothing cannot have been stored. */
function ofFault(fault: HttpFault, { events }: Request): Failure {
  return failureOfFault({ ...fault, sent: fault.sent && events > 0 });
}

/** Overload: fewer at a time. */
function refused({ status, retryAfterMs }: NodeAnswer, error: ServerError | undefined): Failure {
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
  return { kind: 'retryable', why: 'refused', reason: `HTTP ${status}${said(error)}`, ...wait };
}

/** A gateway's 502 or 504, or a 200 that is not Elasticsearch's: the request may have gone through all the same. */
function unclear({ status }: NodeAnswer, { events }: Request): Failure {
  const reason = isGood(status) ? `HTTP ${status} that is no answer of Elasticsearch` : `HTTP ${status}`;
  return { kind: 'retryable', why: events > 0 ? 'unanswered' : 'failed', reason };
}

/** Types of a 400 for which the events of the bulk can be the reason. All others have the configuration for it. */
const OF_CONTENT = new Set([
  'action_request_validation_exception',
  'illegal_argument_exception',
  'json_parse_exception',
  'parse_exception',
  'parsing_exception',
  'x_content_parse_exception',
]);

/**
 * One bad event, an over-long id say, makes Elasticsearch refuse its whole bulk: core finds it by halving, and alone it
 * goes. Where something else answers, or the request itself is wrong, that would bury every event one by one.
 */
function ofBadRequest({ isElasticsearch }: NodeAnswer, error: ServerError | undefined, { events }: Request): Failure {
  if (!isElasticsearch)
    return blocked('HTTP 400: nodes does not lead to Elasticsearch, or a proxy refuses the request');
  if (error !== undefined && /unrecognized parameter/.test(error.reason)) {
    return blocked(
      `HTTP 400${said(error)}: before 8.18 the version must be known: grant the cluster privilege monitor`,
    );
  }
  if (error === undefined || !OF_CONTENT.has(error.type)) {
    const fix =
      error?.type === 'media_type_header_exception' ? 'the server is older than 8' : 'the request is not understood';
    return blocked(`HTTP 400${said(error)}: ${fix}`);
  }
  if (events === 0) return blocked(`HTTP 400${said(error)}`);
  return { kind: 'rejected', reason: `HTTP 400 for the whole request (${wordsOf(error)})` };
}

/** Told by the body: where a privilege is missing, Elasticsearch (seen with 9.5.3) leaves its header out. */
function forbidden(error: ServerError | undefined, { target, privilege }: Request): string {
  if (error === undefined) return 'HTTP 403: something before Elasticsearch refuses us';
  return missingPrivilege(privilegeIn(error, privilege), target);
}

/** The sentence for a privilege that is not granted. */
export function missingPrivilege(privilege: string, target: string): string {
  const on = privilege === 'monitor' ? 'the cluster' : target;
  return `the credentials lack the privilege ${privilege} on ${on}: grant it to the API key or role`;
}

function blocked(reason: string): Failure {
  return { kind: 'blocked', reason };
}

function said(error: ServerError | undefined): string {
  return error === undefined ? '' : ` (${error.type})`;
}
