/** One intake: who may come in, what a request may hold, and what becomes of each of its entries. */
import { no, YES } from './answers.ts';
import type { EmulatorReply, EmulatorRequest } from './exchange.ts';
import { type DatadogLog, type Entry, type Kept, logOf } from './logs.ts';
import { textsIn } from './split.ts';
import { workerEntries } from './worker.ts';

export interface IntakeSettings {
  /** API keys that are taken. */
  readonly keys: Set<string>;
  /** `worker`: an Observability Pipelines Worker whose source is the Datadog Agent, before the intake. */
  readonly receiver: 'intake' | 'worker';
  readonly maxBytes: number;
  readonly maxEntries: number;
  now(): number;
}

export class Intake {
  /** What can be searched, in order of arrival: a copy is there again. */
  readonly logs: DatadogLog[] = [];
  /** What got a yes and was dropped. */
  readonly dropped: Extract<Kept, { kind: 'dropped' }>[] = [];
  readonly #settings: IntakeSettings;

  constructor(settings: IntakeSettings) {
    this.#settings = settings;
  }

  handle(request: EmulatorRequest): EmulatorReply {
    const refusal = this.#refusal(request);
    if (refusal !== undefined) return refusal;
    const entries = this.#settings.receiver === 'worker' ? workerEntries(request.text) : entriesIn(request.text);
    if (entries === undefined) return no(400);
    if (entries.length > this.#settings.maxEntries) return no(400, `More than ${this.#settings.maxEntries} entries`);
    const texts = textsIn(request.text);
    for (const [at, entry] of entries.entries()) this.#take(entry, texts[at] ?? '');
    return this.#settings.receiver === 'worker' ? { status: 200, body: '' } : YES;
  }

  #refusal({ method, path, headers, text }: EmulatorRequest): EmulatorReply | undefined {
    const { keys, maxBytes, receiver } = this.#settings;
    if (path.split('?')[0] !== '/api/v2/logs') return no(400, 'HTTP path is invalid');
    if (method !== 'POST') return no(405);
    const key = headers['dd-api-key'];
    if (key === undefined) return receiver === 'intake' ? no(401) : no(403);
    if (!keys.has(key)) return no(403);
    if (!/^application\/json\b/.test(headers['content-type'] ?? '')) return no(415);
    if (Buffer.byteLength(text) > maxBytes) return no(413);
    return undefined;
  }

  #take(entry: Entry, text: string): void {
    const kept = logOf(entry, text, this.#settings.now());
    if (kept.kind === 'kept') this.logs.push(kept.log);
    else this.dropped.push(kept);
  }
}

/** A list of entries or one by itself; undefined: no JSON, or an entry that is no object or whose tags are no text. */
function entriesIn(text: string): readonly Entry[] | undefined {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return undefined;
  }
  const list: readonly unknown[] = Array.isArray(body) ? body : [body];
  return list.every(isEntry) ? list : undefined;
}

function isEntry(value: unknown): value is Entry {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const { ddtags, ddsource, service, hostname } = value as Entry;
  return [ddtags, ddsource, service, hostname].every((text) => text === undefined || typeof text === 'string');
}
