/**
 * What a peer that speaks HTTP may answer in place of its own word. None of these says that events are wrong, so that all of them
 * must arrive in the end: a refusal of single events for good is the poison of a schedule.
 */

export interface HttpReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
  readonly fault?: 'reset' | 'hang';
}

export interface Faulted {
  /** Events in the request; 0: it carries none. */
  readonly events: number;
  /** Does what was asked. */
  handled(): HttpReply;
}

const plain = (status: number, headers: Readonly<Record<string, string>> = {}): HttpReply => ({
  status,
  headers,
  body: status === 204 ? '' : `${status}`,
});
const html = (status: number): HttpReply => ({
  status,
  headers: { 'content-type': 'text/html' },
  body: '<html><body>please wait</body></html>',
});
const json = (body: string): HttpReply => ({ status: 200, headers: { 'content-type': 'application/json' }, body });

/** Undefined: this request is answered as usual. */
export type HttpFault = (request: Faulted) => HttpReply | undefined;

export const HTTP_FAULTS: Readonly<Record<string, HttpFault>> = {
  '401': () => plain(401),
  '403': () => plain(403),
  '408': () => plain(408),
  '413': ({ events }) => (events > 1 ? plain(413) : undefined),
  '429': () => plain(429),
  '429 with Retry-After': () => plain(429, { 'retry-after': '1' }),
  '500': () => plain(500),
  '502 with a page': () => html(502),
  '503': () => plain(503),
  '503 with Retry-After': () => plain(503, { 'retry-after': '1' }),
  '504 though it was done': ({ handled }) => {
    handled();
    return plain(504);
  },
  'a redirect': () => plain(307, { location: 'http://127.0.0.1:9/' }),
  'no answer': () => ({ ...plain(200), fault: 'hang' }),
  reset: () => ({ ...plain(200), fault: 'reset' }),
  'done, the connection reset': ({ handled }) => {
    handled();
    return { ...plain(200), fault: 'reset' };
  },
  'done, and no answer': ({ handled }) => {
    handled();
    return { ...plain(200), fault: 'hang' };
  },
  'half of an answer': ({ handled }) => {
    const { body, headers = {} } = handled();
    return { status: 200, headers, body: body.slice(0, body.length >> 1) };
  },
  'JSON of another kind': () => json('[{"errors":{}}]'),
  'JSON that is none': () => json('{"items":['),
};

/** Datadog's intake, for whoever asks it at a wrong address: the lane waits for an operator. */
export const DATADOG_FAULTS: Readonly<Record<string, HttpFault>> = {
  '404': () => json404,
  '405': () => ({ ...json404, status: 405 }),
};
const json404: HttpReply = {
  status: 404,
  headers: { 'content-type': 'application/json' },
  body: '{"errors":[{"status":"404","title":"Not Found"}]}',
};

/** A node that does not know our media type: the lane waits for an operator. */
export const ELASTIC_FAULTS: Readonly<Record<string, HttpFault>> = {
  '406': () => ({
    status: 406,
    headers: { 'content-type': 'application/json', 'x-elastic-product': 'Elasticsearch' },
    body: '{"error":{"type":"not_acceptable","reason":"Content-Type header is not supported"},"status":406}',
  }),
};
