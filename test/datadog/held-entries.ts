/**
 * What Datadog holds of an event: rendered by the core, sent by the sink itself to an intake that says yes, and processed by the pipeline of set-up.
 * The clocks of sink and intake stand some hours after the event, or a day for one that is sent late.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { pathToFileURL } from 'node:url';
import type { Envelope, SendResult } from '@audit-relay/sink';
import { datadog } from '@audit-relay/sink-datadog';
import { batchOf, testContext } from '@audit-relay/sink-testkit';
import type { Json } from './api-store.ts';
import { type LogEntry, logEntry, processed } from './log-model.ts';

export const FORMATS = ['ecs', 'ocsf', 'raw'] as const;
export type Format = (typeof FORMATS)[number];

/** When every event here happened, in seconds. */
export const HAPPENED = 1_795_890_000;
const HOUR_MS = 3_600_000;
/** Two hours later; and twenty, when an event that was received in time has waited too long for its own date. */
const CLOCK_MS = { now: HAPPENED * 1_000 + 2 * HOUR_MS, late: HAPPENED * 1_000 + 20 * HOUR_MS };

/** Entries for records, in their order. Events are sent by the hundred. */
export async function heldOf(
  records: readonly Json[],
  { format, isLate, pipeline }: Held,
): Promise<readonly LogEntry[]> {
  const clockMs = isLate ? CLOCK_MS.late : CLOCK_MS.now;
  const bodies: Json[] = [];
  const intake = createServer((request, response) => {
    const chunks: Uint8Array[] = [];
    request.on('data', (chunk: Uint8Array) => chunks.push(chunk));
    request.on('end', () => {
      bodies.push(...(JSON.parse(Buffer.concat(chunks).toString()) as readonly Json[]));
      response.writeHead(202, { date: new Date(clockMs).toUTCString() }).end('{}');
    });
  }).listen(0, '127.0.0.1');
  await once(intake, 'listening');
  // A server that listens on a port has an address with one.
  const url = `http://127.0.0.1:${(intake.address() as AddressInfo).port}`;
  const config = datadog.configSchema.parse({ url, api_key: 'key', gzip: false, tags: ['env:prod'] });
  const sink = await datadog.open(config, testContext({ format, now: () => clockMs }));
  const render = await renderer();
  const call = { signal: new AbortController().signal, accepted: () => undefined };
  for (let start = 0; start < records.length; start += 100) {
    const envelopes = records.slice(start, start + 100).map((record) => render(entryOf(record), shapeOf(format)));
    const result: SendResult = await sink.send(batchOf(envelopes), call);
    if (result.kind !== 'acked') throw new Error(`not taken: ${JSON.stringify(result)}`);
  }
  await sink.close();
  intake.close();
  return bodies.map((body) => processed(logEntry(JSON.stringify(body)), pipeline));
}

interface Held {
  readonly format: Format;
  readonly isLate: boolean;
  /** The body of the pipeline. */
  readonly pipeline: Json;
}

type Render = (entry: object, shape: object) => Envelope;

/** Within the core, which exports nothing of the kind to users. */
async function renderer(): Promise<Render> {
  const home = pathToFileURL(createRequire(import.meta.url).resolve('@audit-relay/core'));
  // A module that is named at run time has no static type.
  const { createRenderer } = (await import(new URL('normalize/renderer.js', home).href)) as Readonly<
    Record<string, unknown>
  >;
  return (createRenderer as (identity: object) => Render)({ name: 'a', version: '1' });
}

function entryOf(record: Json): object {
  const moved = { ...record, effective_at: HAPPENED };
  const timeMs = HAPPENED * 1_000;
  const times = { timeMs, receivedMs: timeMs + 60_000 };
  const { id, type } = record;
  return {
    id: String(id),
    type: String(type),
    ...times,
    source: 'acme',
    feed: 'organization',
    dialect: 'audit_logs',
    raw: JSON.stringify(moved),
  };
}

function shapeOf(format: Format): object {
  return { format, dataset: 'openai.org_audit', namespace: 'default' };
}
