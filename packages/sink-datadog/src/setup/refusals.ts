/** A refusal of Datadog's API in words that name the fix. Nothing but contents of ours was sent, so no answer can quote an event. */
import type { HttpFault } from '@audit-relay/sink-http';
import { isObject, type No, type Refusal } from './shapes.ts';

/** What was asked, for the words. */
export interface RequestSent {
  /** The scope that the application key needs for it, as in `monitors_write`. */
  readonly scope: string;
  /** The domain of the site, or the address of the API. */
  readonly site: string;
}

/** An answer that is no 2xx. */
export interface Refused {
  readonly status: number;
  readonly body: unknown;
  /** `x-ratelimit-reset`: seconds until the next request is taken. */
  readonly resetSeconds?: string | undefined;
}

/** Longest text of Datadog's that is passed on, in characters. */
const REASON_LENGTH = 300;

/** Statuses that are about the body alone. */
const OF_BODY: ReadonlySet<number> = new Set([400, 404, 409, 413, 422]);

export function refusedBy(answer: Refused, asked: RequestSent): No {
  return { refusal: refusalOf(answer, asked), isOfBody: OF_BODY.has(answer.status), status: answer.status };
}

/** For a request that got no answer. */
export function unanswered({ reason }: Pick<HttpFault, 'reason'>): No {
  const fix = 'look at site, tls, proxy and the network; audit-relay doctor says more';
  return { refusal: { detail: `no answer: ${reason}`, fix }, isOfBody: false };
}

function refusalOf({ status, body, resetSeconds }: Refused, { scope, site }: RequestSent): Refusal {
  const again = 'run it again: what is in place stays, and the rest follows';
  // Datadog says 401 for a rule that somebody else has changed in this moment; the keys were taken just before.
  if (status === 401 || status === 403) {
    return {
      detail: `the application key, or the user it belongs to, may not: ${scope} is missing (${status})`,
      fix: `give the key the scope ${scope}, and its user a role with that permission`,
    };
  }
  if (status === 429) {
    const wait = /^\d+$/.test(resetSeconds ?? '') ? `in ${resetSeconds} s` : 'in a minute';
    return {
      detail: 'Datadog takes no more requests for now (429)',
      fix: `run it again ${wait}: what is in place stays`,
    };
  }
  if (status === 404)
    return { detail: `${site} does not know it (404)`, fix: 'check site or api_url, and run it again' };
  if (status >= 500 || status === 408) return { detail: `Datadog answered ${status}`, fix: again };
  if (status >= 300 && status < 400) {
    return { detail: `${site} redirects (${status}), which is not followed with keys`, fix: 'check site or api_url' };
  }
  return { detail: `Datadog answered ${status}: ${reasonOf(body)}`, fix: 'report it with this text' };
}

/** `{"errors":["…"]}`, in v2 also `{"errors":[{"detail":"…"}]}`. */
export function reasonOf(body: unknown): string {
  const errors = isObject(body) ? body['errors'] : undefined;
  const texts = (Array.isArray(errors) ? errors : []).flatMap((error: unknown) => {
    const text = isObject(error) ? (error['detail'] ?? error['title']) : error;
    return typeof text === 'string' ? [text] : [];
  });
  return texts.length === 0 ? 'no reason given' : texts.join('; ').slice(0, REASON_LENGTH);
}
