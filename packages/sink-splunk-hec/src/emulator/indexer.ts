/** One indexer with its HTTP Event Collector: a request → a reply, with Splunk's codes, and the events that it keeps. */
import { Acks } from './acks.ts';
import { type Allowed, type HecEvent, readBody } from './envelopes.ts';
import type { EmulatorReply, EmulatorRequest } from './exchange.ts';

/** What an administrator sets for a token. */
export interface TokenSettings {
  /** Default false. */
  readonly isDisabled?: boolean;
  /** Allowed indexes; absent: all. */
  readonly indexes?: readonly string[];
  /** Default `main`. */
  readonly defaultIndex?: string;
  /** Indexer acknowledgment; default false. */
  readonly useAck?: boolean;
}

export interface IndexerSettings {
  readonly tokens: Map<string, TokenSettings>;
  /** Events that may wait to be indexed; beyond it 503 with code 9. */
  queueEvents: number;
  /** Acknowledgments that nobody has read, at most. */
  maxPendingAcks: number;
  /** Bytes of a request as unpacked; beyond it 413. */
  maxRequestBytes: number;
  /** `backpressureState` of 10.2: codes 24 to 27 in place of plain success and 503. */
  warnsAt80: boolean;
  /** False: what is taken waits for `index()`. */
  indexesAtOnce: boolean;
}

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export class Indexer {
  /** What can be searched, in order. */
  readonly events: HecEvent[] = [];
  readonly #settings: IndexerSettings;
  #acks = new Acks();
  #waiting: HecEvent[] = [];

  constructor(settings: IndexerSettings) {
    this.#settings = settings;
  }

  /** Writes what waits to disk. */
  index(): void {
    this.#acks.index();
    this.events.push(...this.#waiting);
    this.#waiting = [];
  }

  /** A new process: what was not indexed is lost, and ids begin at 0. */
  restart(): void {
    this.#waiting = [];
    this.#acks = new Acks();
  }

  handle(request: EmulatorRequest): EmulatorReply {
    const [path = '', query = ''] = request.path.split('?');
    if (!path.startsWith('/services/collector')) return NOT_FOUND;
    if (/\/health(\/1\.0)?$/.test(path)) return this.#health(request);
    return request.method === 'POST' ? this.#post(request, path, query) : html(405, 'Method Not Allowed');
  }

  #post(request: EmulatorRequest, path: string, query: string): EmulatorReply {
    const token = this.#tokenOf(request, query);
    if (typeof token === 'number') return answer(token);
    const channel = request.headers['x-splunk-request-channel'] ?? new URLSearchParams(query).get('channel') ?? '';
    const isAck = path.endsWith('/ack');
    const wrong = channelProblem(channel, isAck || token.useAck === true);
    if (wrong !== undefined) return answer(wrong);
    if (isAck) return token.useAck ? this.#status(channel, request.text) : answer(14);
    if (!/\/collector(\/event)?(\/1\.0)?$/.test(path)) return html(404, 'Not Found');
    return this.#take(request, { token, channel });
  }

  #health({ method, headers }: EmulatorRequest): EmulatorReply {
    if (method !== 'GET') return html(405, 'Method Not Allowed');
    const value = /^Splunk (.+)$/.exec(headers['authorization'] ?? '')?.[1];
    const token = this.#settings.tokens.get(value ?? '');
    if (value !== undefined && token === undefined) return answer(21);
    if (token?.isDisabled) return answer(22);
    return answer(this.#waiting.length >= this.#settings.queueEvents ? 18 : 17);
  }

  #tokenOf({ headers }: EmulatorRequest, query: string): TokenSettings | number {
    if (new URLSearchParams(query).has('token')) return 16;
    const { authorization } = headers;
    if (authorization === undefined) return 2;
    const value = /^Splunk (\S+)$/.exec(authorization)?.[1];
    if (value === undefined) return 3;
    const token = this.#settings.tokens.get(value);
    if (token === undefined) return 4;
    return token.isDisabled ? 1 : token;
  }

  #status(channel: string, text: string): EmulatorReply {
    const { acks } = Object(parsed(text)) as { acks?: unknown };
    if (!Array.isArray(acks)) return answer(6);
    return { status: 200, body: JSON.stringify({ acks: this.#acks.read(channel, acks) }) };
  }

  #take({ text }: EmulatorRequest, { token, channel }: Sender): EmulatorReply {
    const { maxRequestBytes, indexesAtOnce } = this.#settings;
    if (Buffer.byteLength(text) > maxRequestBytes) return html(413, 'Request Entity Too Large');
    if (text.trim() === '') return answer(5);
    const { useAck = false } = token;
    const { events, wrong } = readBody(text, allowedFor(token));
    const full = this.#fullness(events.length, useAck);
    if (full !== undefined) return answer(full);
    // Those before the wrong one are taken, as Splunk does it.
    this.#waiting.push(...events);
    const ack = useAck && wrong === undefined ? { ackId: this.#acks.add(channel, events) } : {};
    const yes = this.#yes(useAck);
    if (indexesAtOnce || !useAck) this.index();
    if (wrong !== undefined) return answer(wrong.code, { 'invalid-event-number': wrong.at });
    return answer(yes, ack);
  }

  /** The code with which so many more are refused; undefined: there is room. */
  #fullness(events: number, useAck: boolean): number | undefined {
    const { queueEvents, maxPendingAcks, warnsAt80 } = this.#settings;
    if (this.#waiting.length + events > queueEvents) return warnsAt80 ? 26 : 9;
    if (useAck && this.#acks.pending >= maxPendingAcks) return warnsAt80 ? 27 : 9;
    return undefined;
  }

  /** The code of a yes: plain, or with a word on what is nearly full. */
  #yes(useAck: boolean): number {
    const { queueEvents, maxPendingAcks, warnsAt80 } = this.#settings;
    if (!warnsAt80) return 0;
    if (this.#waiting.length >= queueEvents * 0.8) return 24;
    return useAck && this.#acks.pending >= maxPendingAcks * 0.8 ? 25 : 0;
  }
}

/** Who sends, and on which channel. */
interface Sender {
  readonly token: TokenSettings;
  readonly channel: string;
}

function allowedFor({ indexes, defaultIndex = 'main' }: TokenSettings): Allowed {
  return { defaultIndex, ...(indexes === undefined ? {} : { indexes }) };
}

const NOT_FOUND: EmulatorReply = {
  status: 404,
  headers: { 'content-type': 'application/json' },
  body: '{"text":"The requested URL was not found on this server.","code":404}',
};

function channelProblem(channel: string, isRequired: boolean): number | undefined {
  if (channel === '') return isRequired ? 10 : undefined;
  return GUID.test(channel) ? undefined : 11;
}

/** Splunk's own texts: "Troubleshoot HTTP Event Collector". */
const ANSWERS: Readonly<Record<number, readonly [status: number, text: string]>> = {
  0: [200, 'Success'],
  1: [403, 'Token disabled'],
  2: [401, 'Token is required'],
  3: [401, 'Invalid authorization'],
  4: [403, 'Invalid token'],
  5: [400, 'No data'],
  6: [400, 'Invalid data format'],
  7: [400, 'Incorrect index'],
  8: [500, 'Internal server error'],
  9: [503, 'Server is busy'],
  10: [400, 'Data channel is missing'],
  11: [400, 'Invalid data channel'],
  12: [400, 'Event field is required'],
  13: [400, 'Event field cannot be blank'],
  14: [400, 'ACK is disabled'],
  15: [400, 'Error in handling indexed fields'],
  16: [400, 'Query string authorization is not enabled'],
  17: [200, 'HEC is healthy'],
  18: [503, 'HEC is unhealthy, queues are full'],
  19: [503, 'HEC is unhealthy, ack service unavailable'],
  20: [503, 'HEC is unhealthy, queues are full, ack service unavailable'],
  21: [400, 'Invalid token'],
  22: [400, 'Token disabled'],
  23: [503, 'Server is shutting down'],
  24: [200, 'Success; queues are nearly full'],
  25: [200, 'Success; ACK channel is nearly full'],
  26: [429, 'Queues are full'],
  27: [429, 'ACK channel is full'],
};

/** As Splunk answers with this code, for scripts too. */
export function answer(code: number, more: object = {}): EmulatorReply {
  const [status, text] = ANSWERS[code] ?? [500, 'unknown'];
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ text, code, ...more }) };
}

/** As splunkd's web server answers by itself. */
export function html(status: number, title: string): EmulatorReply {
  const headers = { 'content-type': 'text/html; charset=UTF-8' };
  return { status, headers, body: `<!doctype html><html><head><title>${status} ${title}</title></head></html>` };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
