/**
 * The honest floor: a bare loop that does the relay's work on the same events and keeps no promise. Pages of the API → an
 * object like ECS → one text → the peer's own wrapping → gzip level 1 → POST. No journal, no retry, no second look.
 * A process of its own; argument: one JSON object of `LoopOrder`. Ends by itself when both feeds are read.
 */
import { Agent, type IncomingMessage, type RequestOptions, request } from 'node:http';
import { gunzipSync, gzipSync } from 'node:zlib';
import { type ApiEvent, documentOf } from './document.ts';

/** Whom the texts go to; `null`: nobody, they are made and let go. */
export type Peer = 'null' | 'elasticsearch' | 'splunk' | 'datadog';

export interface LoopOrder {
  /** Of the API, with its `/v1`. */
  readonly api: string;
  /** Of the counting peer. */
  readonly peer: string;
  readonly kind: Peer;
}

interface Page {
  readonly data: readonly ApiEvent[];
  readonly last_id: string | null;
  readonly has_more: boolean;
}

/** One event's own part of a body, and what stands around all of them. */
interface Wrapping {
  readonly path: string;
  /** As many as the relay puts into a request. */
  readonly events: number;
  one(event: ApiEvent, text: string): string;
  readonly around: readonly [before: string, between: string, after: string];
}

const WRAPPINGS: Readonly<Record<Exclude<Peer, 'null'>, Wrapping>> = {
  elasticsearch: {
    path: '/logs-openai.org_audit-default/_bulk',
    events: 1_000,
    one: ({ id }, text) => `{"create":{"_id":${JSON.stringify(id)}}}\n${text}\n`,
    around: ['', '', ''],
  },
  splunk: {
    path: '/services/collector/event',
    events: 500,
    one: ({ effective_at }, text) =>
      `{"time":${effective_at},"source":"openai","sourcetype":"openai:audit","event":${text}}`,
    around: ['', '', ''],
  },
  datadog: {
    path: '/api/v2/logs',
    events: 1_000,
    one: ({ effective_at }, text) =>
      `{"ddsource":"openai-audit","service":"openai","timestamp":${effective_at * 1000},"ecs":${text}}`,
    around: ['[', ',', ']'],
  },
};

// Written by the bench that started this process.
const order = JSON.parse(process.argv[2] ?? '') as LoopOrder;
const agent = new Agent({ keepAlive: true });
const wrapping = order.kind === 'null' ? undefined : WRAPPINGS[order.kind];
let waiting: string[] = [];
let made = 0;

for (const tenant of ['false', 'true']) {
  for (let after: string | null = ''; after !== null; ) {
    const page: Page = await pageAfter(after, tenant);
    for (const event of page.data) await take(event);
    after = page.has_more ? page.last_id : null;
  }
}
await flush();
agent.destroy();
console.log(JSON.stringify({ events: made }));

async function pageAfter(after: string, tenant: string): Promise<Page> {
  const query = new URLSearchParams({ limit: '100', tenant_only: tenant, ...(after === '' ? {} : { after }) });
  const body = await ask(`${order.api}/organization/audit_logs?${query.toString()}`, {
    headers: { authorization: 'Bearer sk-admin-simulator', 'accept-encoding': 'gzip' },
  });
  // The API's own envelope.
  return JSON.parse(body.toString()) as Page;
}

async function take(event: ApiEvent): Promise<void> {
  const text = JSON.stringify(documentOf(event));
  made += 1;
  if (wrapping === undefined) return;
  waiting.push(wrapping.one(event, text));
  if (waiting.length === wrapping.events) await flush();
}

async function flush(): Promise<void> {
  if (wrapping === undefined || waiting.length === 0) return;
  const [before, between, after] = wrapping.around;
  const body = gzipSync(`${before}${waiting.join(between)}${after}`, { level: 1 });
  waiting = [];
  const headers = {
    'content-type': 'application/json',
    'content-encoding': 'gzip',
    'content-length': body.length,
    authorization: 'none',
  };
  await ask(`${order.peer}${wrapping.path}`, { method: 'POST', headers }, body);
}

async function ask(url: string, options: RequestOptions, body?: Buffer): Promise<Buffer> {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    request(url, { ...options, agent }, resolve)
      .once('error', reject)
      .end(body);
  });
  const parts: Buffer[] = [];
  for await (const part of answer) parts.push(part as Buffer);
  if (answer.statusCode !== 200 && answer.statusCode !== 202) throw new Error(`status ${answer.statusCode}`);
  const whole = Buffer.concat(parts);
  return answer.headers['content-encoding'] === 'gzip' ? gunzipSync(whole) : whole;
}
