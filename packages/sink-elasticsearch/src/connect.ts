/**
 * The way to one cluster: its nodes in turn, each request once. Every request of this package passes here and comes back
 * as a value; what a value means is said in `answer.ts`.
 */
import type { SinkContext } from '@audit-relay/sink';
import {
  type HttpAnswer,
  type HttpClient,
  type HttpFault,
  type HttpReply,
  Rotation,
  retryAfterMs,
} from '@audit-relay/sink-http';
import { nodesOf } from './address.ts';
import type { ElasticsearchConfig } from './config.ts';
import { openNode } from './node.ts';

/** One request. */
export interface Ask {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  /** From the root, segments encoded: `/_bulk`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Serialized as JSON; a buffer goes out as it is, described by `headers`. */
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  /** Longest wait, in milliseconds; absent: `request_timeout_ms`. */
  readonly timeoutMs?: number;
  readonly signal: AbortSignal;
}

/** What the other side said. */
export interface NodeAnswer {
  readonly kind: 'answer';
  readonly status: number;
  /** Parsed when it is JSON; undefined in a 2xx of another product. Never shown to anybody: it may quote what was sent. */
  readonly body: unknown;
  /** Whether Elasticsearch itself says so; a 413 of its own does not. */
  readonly isElasticsearch: boolean;
  /** What the other side asked for, in milliseconds. */
  readonly retryAfterMs: number | undefined;
}

/** An answer, or why there is none. */
export type Reply = NodeAnswer | HttpFault;

export interface Peer {
  /** Rejects only when `signal` has fired, with its reason. */
  ask(request: Ask): Promise<Reply>;
  close(): Promise<void>;
}

/** Makes a way to the peer without touching the network. Throws, in words, when a file of `tls` cannot be used. */
export async function connect(config: ElasticsearchConfig, context: SinkContext): Promise<Peer> {
  const nodes = nodesOf(config).map((url) => openNode(url, config, context));
  const rotation = new Rotation(nodes, context);
  return {
    ask: async (request) => {
      const { endpoint: node, note } = rotation.next();
      const reply = await sent(node, request);
      note(isOfUse(reply));
      return reply.kind === 'fault' ? reply : answerOf(reply, context.now());
    },
    close: async () => {
      await Promise.all(nodes.map((node) => node.close()));
    },
  };
}

/**
 * The answer is that of version 8 on both 8 and 9; an older server refuses the type
 * (https://www.elastic.co/docs/reference/elasticsearch/rest-apis/compatibility, read in November 2026).
 */
const JSON_TYPE = 'application/vnd.elasticsearch+json; compatible-with=8';
const LINES_TYPE = 'application/vnd.elasticsearch+x-ndjson; compatible-with=8';

async function sent(node: HttpClient, request: Ask): Promise<HttpReply> {
  const { method, path, query = {}, body, headers = {}, timeoutMs, signal } = request;
  const search = new URLSearchParams(query).toString();
  const content = body === undefined || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  const type = Buffer.isBuffer(body) ? LINES_TYPE : JSON_TYPE;
  return node.request({
    method,
    path: search === '' ? path : `${path}?${search}`,
    headers: { accept: JSON_TYPE, ...(content === undefined ? {} : { 'content-type': type }), ...headers },
    ...(content === undefined ? {} : { body: content }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    signal,
  });
}

/** Of a gateway that is left without its node, or of a node that is just starting. */
const NOT_THERE = [502, 503, 504];

/** Whether the node goes on being asked in its turn. */
function isOfUse(reply: HttpReply): boolean {
  return reply.kind === 'answer' && !NOT_THERE.includes(reply.status);
}

function answerOf(answer: HttpAnswer, nowMs: number): NodeAnswer {
  const isElasticsearch = answer.header('x-elastic-product') === 'Elasticsearch';
  const isRead = isElasticsearch || answer.status < 200 || answer.status > 299;
  return {
    kind: 'answer',
    status: answer.status,
    body: isRead ? answer.json() : undefined,
    isElasticsearch,
    retryAfterMs: retryAfterMs(answer, nowMs),
  };
}
