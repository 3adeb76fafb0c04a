/**
 * The first step of an answer: reasons to give no page at all, in the order of the checks. Each is a
 * function of the request and the knobs; the first that has an answer gives it.
 */
import type { AnswerContext } from './answer-context.ts';
import { dateText } from './http-date.ts';
import type { Knobs } from './knobs.ts';
import { type ApiRequest, errorReply, type Reply } from './reply.ts';

type Refusal = (request: ApiRequest, context: AnswerContext) => Reply | undefined;

/** An answer in place of a page; undefined: the request may have one. */
export function refusal(request: ApiRequest, context: AnswerContext): Reply | undefined {
  for (const refuses of refusals) {
    const reply = refuses(request, context);
    if (reply !== undefined) return reply;
  }
  return undefined;
}

const refusals: readonly Refusal[] = [
  (request, { knobs }) => knobs.intercept?.(request),
  ({ number }, { knobs }) => knobs.fail.find(({ afterRequests }) => afterRequests === number - 1),
  ({ method, path }) =>
    method === 'GET' ? undefined : errorReply(405, { message: `${path} takes GET, not ${method}.` }),
  overRate,
  refusedAnyway,
  withoutKey,
  (_, { knobs }) =>
    knobs.logging_off === '403'
      ? errorReply(403, { message: 'Audit logging is not enabled for this organization.' })
      : undefined,
];

function overRate(_: ApiRequest, { knobs, history, now }: AnswerContext): Reply | undefined {
  if (knobs.rate_limit === 0 || history.admits(knobs.rate_limit, now())) return undefined;
  return withAdvice(errors['429'], knobs, now());
}

function refusedAnyway(_: ApiRequest, { knobs, now }: AnswerContext): Reply | undefined {
  return knobs.refuse === 'no' ? undefined : withAdvice(errors[knobs.refuse], knobs, now());
}

/** A key of another kind is known to the API, but lacks the scope; one that is not known is no key at all. */
function withoutKey({ headers }: ApiRequest, { key }: AnswerContext): Reply | undefined {
  const token = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  if (token === key) return undefined;
  if (token === undefined) {
    return errorReply(401, { message: 'No API key was given: send it as Authorization: Bearer <admin key>.' });
  }
  if (token.startsWith('sk-') && !token.startsWith('sk-admin-')) return errors['401_object'];
  return errorReply(401, { message: 'The API key is not correct, or it was revoked.', code: 'invalid_api_key' });
}

/** Texts are ours. Keys that were in order have been seen to get the 401 for a while. */
const errors: Readonly<Record<Exclude<Knobs['refuse'], 'no'>, Reply>> = {
  '400': errorReply(400, { message: 'The request could not be understood.' }),
  '401_object': errorReply(401, {
    message: 'You have insufficient permissions for this operation. Missing scopes: api.audit_logs.read.',
  }),
  '401_text': {
    status: 401,
    headers: { 'content-type': 'application/json' },
    body: '{"error":"You have insufficient permissions for this operation."}',
  },
  '403': errorReply(403, { message: 'This country, region or territory is not supported.' }),
  '429': errorReply(429, { message: 'Too many requests.', type: 'requests', code: 'rate_limit_exceeded' }),
  '500': errorReply(500, { message: 'The server had an error.', type: 'server_error' }),
  '502_html': {
    status: 502,
    headers: { 'content-type': 'text/html' },
    body: '<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>\n',
  },
  '503': errorReply(503, { message: 'The server is overloaded.', type: 'service_unavailable' }),
};

/** How far ahead a date of return lies. */
const returnMs = 2_000;

/** When to come back, and whether to: what the API's own clients read before the status. */
function withAdvice(reply: Reply, knobs: Knobs, nowMs: number): Reply {
  const isBusy = reply.status === 429 || reply.status === 503;
  return {
    ...reply,
    headers: {
      ...reply.headers,
      ...(isBusy ? retryAfter(knobs, nowMs) : {}),
      ...(knobs.should_retry === 'absent' ? {} : { 'x-should-retry': knobs.should_retry }),
    },
  };
}

function retryAfter({ retry_after, clock_skew_s, date_form }: Knobs, nowMs: number): Readonly<Record<string, string>> {
  switch (retry_after) {
    case 'seconds':
      return { 'retry-after': '1' };
    case 'date':
      // By the clock that the same answer's `Date` shows.
      return { 'retry-after': dateText(nowMs + clock_skew_s * 1_000 + returnMs, date_form) };
    case 'zero':
      return { 'retry-after': '0' };
    case 'hour':
      return { 'retry-after': '3600' };
    case 'ms':
      return { 'retry-after-ms': '250' };
    case 'absent':
      return {};
  }
}
