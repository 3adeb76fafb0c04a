/** The emulator: a server before one indexer or several, with a balancer's sticky cookie between, and faults on request. */
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import type { HecEvent } from './envelopes.ts';
import type { EmulatorReply, EmulatorRequest } from './exchange.ts';
import { html, Indexer, type IndexerSettings, type TokenSettings } from './indexer.ts';

export interface EmulatorOptions {
  /** By their value; without one none is let in. */
  readonly tokens: Readonly<Record<string, TokenSettings>>;
  /** Behind the balancer; default 1. */
  readonly indexers?: number;
  /** Default 5,000 events. */
  readonly queueEvents?: number;
  /** Default 1,000,000, as Splunk has it for a channel. */
  readonly maxPendingAcks?: number;
  /** Default 838,860,800 bytes, as Splunk has it. */
  readonly maxRequestBytes?: number;
  /** Default false. */
  readonly warnsAt80?: boolean;
  /** Default true; false: acknowledgments come with `index()`. */
  readonly indexesAtOnce?: boolean;
  /** PEM texts; absent: http. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

/** A fault: what is answered in place of the collector; undefined: it answers itself. `handled` is what it would have said. */
export type Fault = (request: EmulatorRequest, handled: () => EmulatorReply) => EmulatorReply | undefined;

/** A running emulator, on 127.0.0.1. */
export class HecEmulator {
  /** All requests so far, in order of arrival. */
  readonly requests: EmulatorRequest[] = [];
  readonly indexers: readonly Indexer[];
  readonly settings: IndexerSettings;
  readonly #server: ReturnType<typeof createServer>;
  readonly #isTls: boolean;
  #fault: Fault = () => undefined;
  #turn = 0;

  constructor(options: EmulatorOptions) {
    const { tokens, indexers = 1, queueEvents = 5_000, maxRequestBytes = 838_860_800, tls } = options;
    const { warnsAt80 = false, indexesAtOnce = true, maxPendingAcks = 1_000_000 } = options;
    const bounds = { queueEvents, maxPendingAcks, maxRequestBytes };
    this.settings = { tokens: new Map(Object.entries(tokens)), ...bounds, warnsAt80, indexesAtOnce };
    this.indexers = Array.from({ length: indexers }, () => new Indexer(this.settings));
    this.#isTls = tls !== undefined;
    const listener: RequestListener = (request, response) => {
      this.#serve(request, response).catch(() => response.destroy());
    };
    this.#server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  }

  get url(): string {
    // A server that listens on TCP has such an address.
    return `http${this.#isTls ? 's' : ''}://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** What can be searched, over all indexers. */
  get events(): readonly HecEvent[] {
    return this.indexers.flatMap(({ events }) => events);
  }

  /** From the next request on. */
  answer(fault: Fault): void {
    this.#fault = fault;
  }

  /** All that waits is indexed, and acknowledged from then on. */
  index(): void {
    for (const indexer of this.indexers) indexer.index();
  }

  /** All processes begin anew: what was not indexed is lost. */
  restart(): void {
    for (const indexer of this.indexers) indexer.restart();
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await requestOf(message);
    if (request === undefined) return give(html(415, 'Unsupported Media Type'), response);
    this.requests.push(request);
    const handled = (): EmulatorReply => this.#balance(request);
    give(this.#fault(request, handled) ?? handled(), response);
  }

  /** A client that brings no cookie comes to the next in turn. */
  #balance(request: EmulatorRequest): EmulatorReply {
    const cookie = /(?:^|;\s*)AWSALB=(\d+)/.exec(request.headers['cookie'] ?? '')?.[1];
    const place = cookie === undefined ? this.#turn++ % this.indexers.length : Number(cookie) % this.indexers.length;
    const reply = this.indexers[place]?.handle(request) ?? html(502, 'Bad Gateway');
    if (this.indexers.length === 1) return reply;
    return { ...reply, headers: { ...reply.headers, 'set-cookie': `AWSALB=${place}; Path=/; Max-Age=604800` } };
  }
}

export async function startHecEmulator(options: EmulatorOptions): Promise<HecEmulator> {
  const emulator = new HecEmulator(options);
  await emulator.listen();
  return emulator;
}

/** Undefined: packed in a way that Splunk does not know. */
async function requestOf(message: IncomingMessage): Promise<EmulatorRequest | undefined> {
  const parts: Buffer[] = [];
  // Without `setEncoding` a request yields nothing but buffers.
  for await (const part of message) parts.push(part as Buffer);
  const body = Buffer.concat(parts);
  const coding = message.headers['content-encoding'] ?? 'identity';
  if (coding !== 'identity' && coding !== 'gzip') return undefined;
  const text = (coding === 'gzip' ? gunzipSync(body) : body).toString('utf8');
  const headers = Object.fromEntries(Object.entries(message.headers).map(([name, value]) => [name, String(value)]));
  return { method: message.method ?? '', path: message.url ?? '', headers, text };
}

function give({ status, headers, body, fault }: EmulatorReply, response: ServerResponse): void {
  if (fault === 'hang') return;
  if (fault === 'reset') response.socket?.resetAndDestroy();
  else response.writeHead(status, headers).end(body);
}
