/**
 * A world for the source's tests: a clock that jumps from one sleep to the next, an API in memory and
 * a journal in memory. Nothing here takes real time, and nothing is random but what a test passes in.
 */
import type { Entry, Feed } from '../../entry.ts';
import type { Doubt, Judgement, Origin } from '../../journal/binding.ts';
import { type Checkpoint, idsNeededFrom } from '../../journal/checkpoint.ts';
import type { CommitResult, FeedCommit, SourceJournal } from '../../journal/journal.ts';
import type { KeptMalformedRecord, MalformedRecord } from '../../journal/dead-letter.ts';
import type { Runtime } from '../../runtime.ts';
import type { Evidence } from '../api/answer.ts';
import type { ByteBudget } from '../api/byte-budget.ts';
import type { Client, Reply } from '../api/client.ts';
import type { SourceConfig } from '../config.ts';
import { openSource, type Source } from '../source.ts';

/** 2026-01-01T00:00:00Z, in seconds: when every world begins. */
export const T0 = 1_767_225_600;

export interface FakeEvent {
  readonly id: string;
  /** `effective_at`. */
  readonly at: number;
  /** Server time in seconds from which on it is listed; default: `at`. */
  readonly visibleAt?: number;
  readonly feed?: Feed;
  /** Stands in for the record's text. */
  readonly raw?: string;
}

export interface FakeRequest {
  readonly atMs: number;
  readonly feed: Feed;
  readonly from: number;
  readonly to: number;
  readonly after: string | undefined;
  readonly before: string | undefined;
  /** All of its parameters. */
  readonly query: URLSearchParams;
}

export interface LoggedLine {
  readonly level: string;
  readonly code: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

const TOO_LARGE: Reply = { kind: 'none', failure: 'too_large', hasBegun: true, reason: 'there is no room for it' };

export class SourceWorld {
  nowMs: number = T0 * 1000;
  /** Server time less this host's, as long as nobody sets the host's clock. */
  serverAheadMs = 0;
  /** By how much the host's clock has been set; sleeps and the server know nothing of it. */
  hostSetByMs = 0;
  /** What stands in `Date`, by true server time in seconds; undefined: no such header. */
  dateOf: (serverSeconds: number) => string | undefined = (serverSeconds) => new Date(serverSeconds * 1000).toUTCString();
  random: () => number = () => 0.5;
  events: FakeEvent[] = [];
  /** Gives another reply, or undefined for the true one. */
  disturb: (request: FakeRequest, page: () => Reply) => Reply | undefined = () => undefined;
  /** Of memory; absent: the default. */
  budget: ByteBudget | undefined;
  /** How long an answer takes. */
  latencyMs = 0;
  readonly requests: FakeRequest[] = [];
  readonly log: LoggedLine[] = [];
  readonly journal: MemoryJournal = new MemoryJournal();
  refused = 0;
  /** For how long the monotonic clock has stood still. */
  #stillMs = 0;
  #sleepers: { atMs: number; readonly wake: () => void }[] = [];

  get serverSeconds(): number {
    return Math.floor((this.nowMs + this.serverAheadMs) / 1000);
  }

  readonly runtime: Runtime = {
    now: () => this.nowMs + this.hostSetByMs,
    elapsedMs: () => this.nowMs - this.#stillMs,
    random: () => this.random(),
    sleep: (ms, signal) => this.#sleep(ms, signal),
    log: (level, code, message, fields = {}) => this.log.push({ level, code, message, fields }),
  };

  open(config: Partial<SourceConfig> = {}): Source {
    return openSource(
      { name: 'acme', config: configOf(config) },
      {
        journal: this.journal,
        ...(this.budget === undefined ? {} : { budget: this.budget }),
        runtime: this.runtime,
        proxyFor: () => undefined,
        userAgent: 'test',
        onRefused: () => {
          this.refused += 1;
        },
        openClient: () => this.client,
      },
    );
  }

  /** Lets `seconds` pass; every sleep that ends in it is woken in its turn. */
  async pass(seconds: number): Promise<void> {
    await this.#until(this.nowMs + seconds * 1000, () => false);
  }

  /** The machine sleeps, and its timers with it; `isStill`: so does the monotonic clock. */
  sleepFor(seconds: number, isStill: boolean): void {
    this.nowMs += seconds * 1000;
    if (!isStill) return;
    this.#stillMs += seconds * 1000;
    for (const sleeper of this.#sleepers) sleeper.atMs += seconds * 1000;
  }

  /** Lets time pass until `done`, for a day at most. */
  async until(done: () => boolean): Promise<void> {
    await this.#until(this.nowMs + 86_400_000, done);
    if (!done()) throw new Error('it did not come about within a day');
  }

  readonly client: Client = {
    get: async (path, signal, mayTake = () => true) => {
      const request = requestOf(path, this.nowMs);
      this.requests.push(request);
      const latencyMs = this.latencyOf(request);
      if (latencyMs > 0) await this.runtime.sleep(latencyMs, signal);
      const page = (): Reply => this.page(request);
      const reply = this.disturb(request, page) ?? page();
      return reply.kind === 'none' || mayTake(reply.body.length) ? reply : TOO_LARGE;
    },
    close: async () => undefined,
  };

  latencyOf(_request: FakeRequest): number {
    return this.latencyMs;
  }

  /** The true answer: newest first, ties in an order that has nothing to do with their ids. */
  page({ feed, from, to, after, before, query }: FakeRequest, change: object = {}): Reply {
    const limit = Number(query.get('limit') ?? 20);
    const places = new Map(this.events.map((event, place) => [event, place]));
    const listed = this.events
      .filter((event) => (event.feed ?? 'organization') === feed && event.at >= from && event.at < to)
      .filter((event) => (event.visibleAt ?? event.at) <= this.serverSeconds)
      .toSorted((a, b) => b.at - a.at || (places.get(a) ?? 0) - (places.get(b) ?? 0));
    const end = before === undefined ? undefined : listed.findIndex(({ id }) => id === before);
    const start = after === undefined ? Math.max(0, (end ?? limit) - limit) : listed.findIndex(({ id }) => id === after) + 1;
    const part = listed.slice(start, end ?? start + limit);
    const data = part.map((event) => event.raw ?? recordOf(event)).join(', ');
    const rest = { has_more: start + limit < listed.length, last_id: part.at(-1)?.id ?? null, ...change };
    return this.reply(200, `{"object":"list","data":[${data}],${JSON.stringify(rest).slice(1)}`);
  }

  reply(status: number, body: string, headers: Readonly<Record<string, string>> = {}): Reply {
    const date = this.dateOf(this.serverSeconds);
    const all: Readonly<Record<string, string>> = {
      ...(date === undefined ? {} : { date }),
      'x-request-id': 'req_1',
      ...headers,
    };
    return { kind: 'response', status, body: new TextEncoder().encode(body), header: (name) => all[name] };
  }

  codes(level?: string): readonly string[] {
    return this.log.filter((line) => line.level !== 'debug' && (level ?? line.level) === line.level).map(({ code }) => code);
  }

  async #until(endMs: number, done: () => boolean): Promise<void> {
    for (;;) {
      // Everything in this world but sleep is a microtask: after this they have all run.
      await new Promise((resolve) => setImmediate(resolve));
      if (done()) return;
      const next = this.#sleepers.toSorted((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined || next.atMs > endMs) break;
      this.nowMs = Math.max(this.nowMs, next.atMs);
      next.wake();
    }
    this.nowMs = endMs;
  }

  #sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const remove = (): void => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        signal.removeEventListener('abort', giveUp);
      };
      const giveUp = (): void => {
        remove();
        reject(signal.reason);
      };
      const sleeper = {
        atMs: this.nowMs + Math.max(0, ms),
        wake: () => {
          remove();
          resolve();
        },
      };
      signal.addEventListener('abort', giveUp, { once: true });
      this.#sleepers.push(sleeper);
    });
  }
}

/** Keeps what is committed, and forgets ids exactly when it may. */
export class MemoryJournal implements SourceJournal {
  readonly entries: Entry[] = [];
  readonly malformedRecords: MalformedRecord[] = [];
  readonly evidence: Evidence[] = [];
  readonly commits: { readonly feed: Feed; readonly flush: boolean; readonly entries: readonly Entry[] }[] = [];
  /** Rejects the next commit with this. */
  fail: Error | undefined;
  /** What a commit waits for. */
  room: (commit: FeedCommit) => Promise<void> | undefined = () => undefined;
  readonly #checkpoints = new Map<Feed, Checkpoint>();
  readonly #ids = new Map<string, number>();

  checkpoint(feed: Feed): Checkpoint | undefined {
    return this.#checkpoints.get(feed);
  }

  async commit(commit: FeedCommit): Promise<CommitResult> {
    const { feed, advance, entries, malformedRecords = [], again = false, flush = false } = commit;
    await this.room(commit);
    const error = this.fail;
    this.fail = undefined;
    if (error !== undefined) throw error;
    const journaled = entries.filter((entry) => again || !this.#ids.has(entry.id));
    for (const entry of journaled) this.#ids.set(entry.id, entry.timeMs / 1000);
    const oddOnes = malformedRecords.filter(({ raw }) => !this.malformedRecords.some((known) => known.raw === raw));
    this.#checkpoints.set(feed, advance(this.#checkpoints.get(feed)));
    this.#forget();
    this.entries.push(...journaled);
    this.malformedRecords.push(...oddOnes);
    this.commits.push({ feed, flush, entries: journaled });
    return { journaled, duplicates: entries.length - journaled.length, malformedRecords: oddOnes.map(keptOf) };
  }

  /** What is not certain about where it is read; settled by whatever is found. */
  doubted: Doubt | undefined;
  readonly judgements: Judgement[] = [];

  doubt(): Doubt | undefined {
    return this.doubted;
  }

  async decideOrigin(_origin: Origin, judgement: Judgement): Promise<void> {
    this.judgements.push(judgement);
    if (judgement !== 'other') this.doubted = undefined;
  }

  keepEvidence(evidence: Evidence): void {
    this.evidence.push(evidence);
  }

  /** Ids of every second before both feeds' bound: sooner than a journal that keeps whole hours. */
  #forget(): void {
    const bound = Math.min(...[...this.#checkpoints.values()].map(idsNeededFrom));
    for (const [id, seconds] of this.#ids) if (seconds < bound) this.#ids.delete(id);
  }
}

/** By its own text in place of a hash. */
function keptOf(record: MalformedRecord): KeptMalformedRecord {
  return { ...record, source: 'acme', hash: record.raw, id: `acme/record ${record.raw}` };
}

export function configOf(config: Partial<SourceConfig> = {}): SourceConfig {
  return {
    type: 'openai',
    api_key: 'sk-admin-canary',
    base_url: 'https://api.example.com/v1',
    dialect: 'audit_logs',
    feeds: ['organization'],
    poll_interval: 30_000,
    overlap: 1_800_000,
    sweep: 86_400_000,
    requests_per_second: 5,
    ...config,
  };
}

export function recordOf({ id, at }: FakeEvent): string {
  return JSON.stringify({ object: 'organization.audit_log', id, type: 'project.created', effective_at: at });
}

function requestOf(path: string, atMs: number): FakeRequest {
  const { searchParams } = new URL(path, 'https://api.example.com/v1/');
  return {
    atMs,
    feed: searchParams.get('tenant_only') === 'true' ? 'tenant' : 'organization',
    from: Number(searchParams.get('effective_at[gte]')),
    to: Number(searchParams.get('effective_at[lt]')),
    after: searchParams.get('after') ?? undefined,
    before: searchParams.get('before') ?? undefined,
    query: searchParams,
  };
}

/** A source that runs, five seconds after its start. */
export async function started(world: SourceWorld, config: Partial<SourceConfig> = {}): Promise<Source> {
  const source = world.open(config);
  source.start();
  await world.pass(5);
  return source;
}

/** What is journaled, in its order. */
export function ids(world: SourceWorld): readonly string[] {
  return world.journal.entries.map(({ id }) => id);
}

/** `count` events, one every `step` seconds from `from` on. */
export function series(count: number, from: number, step: number): FakeEvent[] {
  return Array.from({ length: count }, (_, n) => ({ id: `e${n}`, at: from + Math.floor(n * step) }));
}
