/**
 * The way to the API over HTTP: one request, one reply as a value. It neither retries nor judges;
 * `answer.ts` does. The key goes to the configured base URL only: redirects are replies like others. The network
 * itself, its limits and its faults are `@audit-relay/sink-http`'s.
 */
import { type FaultKind, type HttpClient, type HttpFault, openHttpClient } from '@audit-relay/sink-http';
import { hasCode, RelayError } from '../../errors.ts';
import type { SourceConfig } from '../config.ts';
import { MOST_CONCURRENT } from './concurrency-limit.ts';

/** Larger bodies are given up, as sent and as unpacked: a page of 100 events is about 200 kB. */
const MAX_BODY_BYTES = 64 * 2 ** 20;
/** Backfill's requests and the loops of two feeds: no request waits for another's connection. */
const CONNECTIONS = MOST_CONCURRENT + 8;
const CONNECT_MS = 10_000;
/** Longest silence before the headers and between two parts of a body. */
const SILENCE_MS = 30_000;
/** Longest time for one reply in all, so that a body that drips does not hold a walk. */
const REPLY_MS = 120_000;

/** What came back: an HTTP response with its whole body, or none and why. */
export type Reply =
  | {
      readonly kind: 'response';
      readonly status: number;
      /** Of what is no 2xx perhaps empty: its status says enough. */
      readonly body: Uint8Array;
      header(name: string): string | undefined;
    }
  | {
      readonly kind: 'none';
      readonly failure: FaultKind;
      /** What is wrong and what to do, in words. */
      readonly reason: string;
      /** The head of an answer had come: the server is there, and it is the body that broke, was too large or too slow. */
      readonly hasBegun?: true;
      /** Of an `unreadable` one, as it came. */
      readonly body?: Uint8Array;
    };

export interface Client {
  /**
   * Asks for a path below the base URL.
   * @param mayTake whether there is room for a body of so many bytes, asked as it comes; false: it is given up as `too_large`.
   * @throws the signal's reason when it fires first; every other trouble is a reply.
   */
  get(path: string, signal: AbortSignal, mayTake?: (bytes: number) => boolean): Promise<Reply>;
  /** Gives up what is in flight. */
  close(): Promise<void>;
}

export interface ClientOptions {
  readonly config: SourceConfig;
  readonly userAgent: string;
  /** The proxy for a URL by the environment. */
  proxyFor(url: string): string | undefined;
  /** Stand in for the times above, in milliseconds. */
  readonly limits?: { readonly silenceMs: number; readonly replyMs: number };
}

/** @throws RelayError `TLS_FILE_UNUSABLE`, `PROXY_INVALID` */
export function openClient(options: ClientOptions): Client {
  const http = openHttp(options);
  return {
    get: async (path, signal, mayTake) => {
      const reply = await http.request({ path, signal, ...(mayTake === undefined ? {} : { mayTake }) });
      return reply.kind === 'fault' ? noReply(reply) : { ...reply, kind: 'response' };
    },
    close: () => http.close(),
  };
}

function openHttp({ config, userAgent, proxyFor, limits }: ClientOptions): HttpClient {
  try {
    const proxy = config.proxy ?? proxyFor(config.base_url);
    return openHttpClient({
      url: config.base_url,
      urlKey: 'base_url',
      tls: config.tls ?? {},
      ...(proxy === undefined ? {} : { proxy }),
      headers: { authorization: `Bearer ${config.api_key}`, accept: 'application/json', 'user-agent': userAgent },
      connections: CONNECTIONS,
      connectMs: CONNECT_MS,
      silenceMs: limits?.silenceMs ?? SILENCE_MS,
      timeoutMs: limits?.replyMs ?? REPLY_MS,
      maxBytes: MAX_BODY_BYTES,
    });
  } catch (error) {
    const code = ['TLS_FILE_UNUSABLE', 'PROXY_INVALID'].find((one) => hasCode(error, one));
    // Both are errors with words of their own.
    throw code === undefined ? error : new RelayError(code, (error as Error).message, error);
  }
}

function noReply({ fault, reason, hasBegun, body }: HttpFault): Reply {
  return {
    kind: 'none',
    failure: fault,
    reason,
    ...(hasBegun ? { hasBegun } : {}),
    ...(body === undefined ? {} : { body }),
  };
}
