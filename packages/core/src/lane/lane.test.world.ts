/** The world of the lane's tests: time that moves when nothing else can, a journal in memory, a scripted sink. */
import type { Batch, Envelope, Failure, SendCall, SendResult, SinkLimits, SinkPlugin } from '@audit-relay/sink';
import { z } from 'zod';
import type { Entry } from '../entry.ts';
import type { DeadLetter } from '../journal/dead-letter.ts';
import type { Cursor, JournaledEntry, LaneJournal, Position } from '../journal/journal.ts';
import type { Renderer } from '../normalize/renderer.ts';
import type { When } from '../normalize/when.ts';
import type { Runtime } from '../runtime.ts';
import { type LaneConfig, laneConfigSchema } from './config.ts';
import { MemoryDeadLetters } from './lane.test.dead-letters.ts';
import { aliveReplays, MemoryReplays } from './lane.test.replays.ts';
import { Time } from './lane.test.time.ts';
import { type Lane, openLane } from './lane.ts';

/** Keeps what a real one would have on disk: a new `reader` sees it as after a start. */
export class MemoryJournal {
  readonly entries: Entry[] = [];
  readonly saved: Cursor[] = [];
  readonly extended: number[] = [];
  /** What a save waits for, as on a disk that hangs. */
  held: Promise<void> | undefined;
  #reach = -1;
  /** Indexes settled before the current life: what was settled stays so, whatever a later cursor says. */
  #before: ReadonlySet<number> = new Set();
  #wake: (() => void)[] = [];

  append(entries: readonly Entry[]): void {
    this.entries.push(...entries);
    for (const wake of this.#wake.splice(0)) wake();
  }

  get reach(): number {
    return this.#reach;
  }

  /** Indexes of the entries that are settled. */
  settled(): ReadonlySet<number> {
    const settled = new Set(this.#before);
    const cursor = this.saved.at(-1);
    for (let at = 0; cursor?.position !== undefined && at <= indexOf(cursor.position); at += 1) settled.add(at);
    for (const { first, last } of cursor?.settled ?? []) {
      for (let at = indexOf(first); at <= indexOf(last); at += 1) settled.add(at);
    }
    return settled;
  }

  reader(portion = 1_000): LaneJournal {
    const before = this.settled();
    this.#before = before;
    const reachAtStart = this.#reach;
    let next = 0;
    return {
      refusals: this.saved.at(-1)?.refusals ?? 0,
      read: async (_maxBytes, signal) => {
        signal.throwIfAborted();
        for (;;) {
          const found: JournaledEntry[] = [];
          for (; next < this.entries.length && found.length < portion; next += 1) {
            const entry = this.entries[next];
            if (entry !== undefined && !before.has(next)) {
              const withinReach = next <= reachAtStart;
              const replay = withinReach || entry.again === true;
              found.push({ position: positionOf(next), entry, withinReach, replay });
            }
          }
          if (found.length > 0) return found;
          await new Promise<void>((resolve, reject) => {
            this.#wake.push(resolve);
            signal.addEventListener('abort', () => reject(signal.reason), { once: true });
          });
        }
      },
      extend: async (count) => {
        this.extended.push(count);
        const reach = next - 1 + count;
        await new Promise(setImmediate); // A flush takes its time, and moves nothing before it is over.
        this.#reach = reach;
      },
      save: async (saved) => {
        if (this.held !== undefined) await this.held;
        this.saved.push(saved);
      },
    };
  }
}

// The journal alone makes positions; here it is this file.
const positionOf = (index: number): Position => `p${index}` as Position;
export const indexOf = (position: Position): number => Number(position.slice(1));

/** One `send` as the sink saw it. */
export interface Sent {
  readonly ids: readonly string[];
  readonly replay: boolean;
  readonly overwrite: boolean;
  readonly bytes: number;
  readonly atMs: number;
}

export type Script = (batch: Batch, call: SendCall, index: number) => SendResult | Promise<SendResult>;

export interface LaneWorldOptions {
  /** How many events the journal holds at the start; ids are e0, e1 … */
  readonly events?: number;
  readonly script?: Script;
  readonly limits?: Partial<SinkLimits>;
  readonly config?: Partial<LaneConfig>;
  readonly when?: When;
  /** Bytes of a document by its id. */
  readonly bytesOf?: (id: string) => number;
  readonly fromMs?: number;
  /** 0 to 1; a half unless told. */
  readonly random?: () => number;
  /** How many dead letters fit. */
  readonly lettersFit?: number;
  readonly open?: () => void | Promise<void>;
  readonly close?: () => void | Promise<void>;
  /** In place of parts of the plugin, for one that keeps to no type. */
  readonly plugin?: Partial<SinkPlugin<unknown>>;
  /** Called once a life. Absent: the raw text is the document. */
  readonly render?: () => Renderer;
}

type WhileAlive = <T>(work: () => Promise<T>) => Promise<T>;

export class LaneWorld {
  readonly time: Time = new Time();
  readonly journal: MemoryJournal = new MemoryJournal();
  readonly sent: Sent[] = [];
  readonly deadLetters: MemoryDeadLetters = new MemoryDeadLetters();
  readonly replays: MemoryReplays = new MemoryReplays();
  /** Of each life: fires when its lane renders nothing more. */
  readonly renderersGone: AbortSignal[] = [];
  /** Codes and texts of the log. */
  readonly logged: string[] = [];
  readonly told: string[] = [];
  script: Script;
  opened = 0;
  closed = 0;
  refused = 0;
  lane: Lane;
  readonly #options: LaneWorldOptions;
  #life = 0;
  #openWith: unknown = {};

  constructor(options: LaneWorldOptions = {}) {
    this.#options = options;
    this.script = options.script ?? (() => acked);
    this.deadLetters.fit = options.lettersFit ?? Number.POSITIVE_INFINITY;
    this.journal.append(Array.from({ length: options.events ?? 0 }, (_, index) => entry(`e${index}`)));
    this.lane = this.#openLane();
  }

  get letters(): readonly DeadLetter[] {
    return this.deadLetters.kept;
  }

  /** What the newest `open` was given. */
  get openedWith(): unknown {
    return this.#openWith;
  }

  start(): this {
    this.lane.start();
    return this;
  }

  /** As after a kill: a new lane on what the journal has saved; the old one is never heard of again. */
  restart(): this {
    this.lane = this.#openLane();
    return this.start();
  }

  async idle(): Promise<void> {
    await this.time.until(() => this.settledAll());
    await this.time.pass(this.lane.idle(new AbortController().signal));
  }

  settledAll(): boolean {
    return this.journal.settled().size === this.journal.entries.length;
  }

  ids(): readonly (readonly string[])[] {
    return this.sent.map(({ ids }) => ids);
  }

  #openLane(): Lane {
    const { time, journal } = this;
    const whileAlive = this.#newLife();
    const reader = journal.reader();
    const { config, when, bytesOf, random = () => 0.5 } = this.#options;
    const runtime: Runtime = {
      now: () => time.nowMs,
      elapsedMs: () => time.elapsedMs,
      sleep: (ms, signal) => time.sleep(ms, signal),
      random,
      log: (_level, code, text) => {
        this.logged.push(code);
        this.told.push(text);
      },
    };
    const render = ({ id, type, timeMs, receivedMs, source, feed, raw }: Entry): Envelope => {
      const facts = { source, feed, summary: id, severity: 1, outcome: 'success' } as const;
      return { id, type, timeMs, receivedMs, json: raw, bytes: bytesOf?.(id) ?? 100, facts };
    };
    const rendering: Renderer = this.#options.render?.() ?? render;
    return openLane(
      {
        name: 'siem',
        plugin: this.#plugin(whileAlive),
        sinkConfig: {},
        config: { ...laneConfigSchema.parse({ type: 'x' }), ...config },
      },
      {
        journal: {
          refusals: reader.refusals,
          fromMs: this.#options.fromMs ?? 0,
          read: (maxBytes, signal) => whileAlive(() => reader.read(maxBytes, signal)),
          extend: (count) => whileAlive(() => reader.extend(count)),
          save: (cursor) => whileAlive(() => reader.save(cursor)),
        },
        deadLetters: alive(this.deadLetters.reader(), whileAlive),
        replays: aliveReplays(this.replays.reader(), whileAlive),
        renderAlone: rendering,
        renderFor: (shape, gone) => {
          this.renderersGone.push(gone);
          return (entry) => rendering(entry, shape);
        },
        ...(when === undefined ? {} : { when }),
        runtime,
        context: {
          name: 'siem',
          userAgent: 'test',
          now: runtime.now,
          elapsedMs: runtime.elapsedMs,
          proxyFor: () => undefined,
          log: () => undefined,
        },
        onRefused: () => {
          this.refused += 1;
        },
      },
    );
  }

  /** What a lane of an earlier life still does has no effect: it was killed. */
  #newLife(): WhileAlive {
    this.#life += 1;
    const life = this.#life;
    return (work) => (life === this.#life ? work() : new Promise(() => undefined));
  }

  #plugin(whileAlive: WhileAlive): SinkPlugin<unknown> {
    const limits: SinkLimits = {
      maxEvents: 10,
      maxBytes: 1e6,
      maxEventBytes: 1e5,
      maxInFlight: 1,
      sendMs: 30_000,
      ...this.#options.limits,
    };
    return {
      type: 'x',
      configSchema: z.unknown(),
      limits: () => limits,
      open: async (config) => {
        await this.#options.open?.();
        this.opened += 1;
        this.#openWith = config;
        return {
          send: (batch, call) => whileAlive(() => this.#send(batch, call)),
          check: async () => [],
          close: async () => {
            this.closed += 1;
            await this.#options.close?.();
          },
        };
      },
      ...this.#options.plugin,
    };
  }

  async #send(batch: Batch, call: SendCall): Promise<SendResult> {
    const { envelopes, replay, overwrite = false, bytes } = batch;
    this.sent.push({ ids: envelopes.map(({ id }) => id), replay, overwrite, bytes, atMs: this.time.elapsedMs });
    return this.script(batch, call, this.sent.length - 1);
  }
}

type LaneLetters = ReturnType<MemoryDeadLetters['reader']>;

function alive(letters: LaneLetters, whileAlive: WhileAlive): LaneLetters {
  return {
    add: (added) => whileAlive(() => letters.add(added)),
    takeRetries: (lane, maxBytes, signal) => whileAlive(() => letters.takeRetries(lane, maxBytes, signal)),
    settle: (lane, sequences, how) => whileAlive(() => letters.settle(lane, sequences, how)),
    failAgain: (lane, failures) => whileAlive(() => letters.failAgain(lane, failures)),
  };
}

/** With `again` it was read from the API once more. */
export function entry(id: string, again: boolean = false): Entry {
  const timeMs = 1_600_000_000_000;
  const place = { source: 'acme', feed: 'organization', dialect: 'audit_logs' } as const;
  return {
    id,
    type: 'login.succeeded',
    timeMs,
    receivedMs: timeMs,
    ...place,
    ...(again ? { again: true } : {}),
    raw: JSON.stringify({ id }),
  };
}

export const acked: SendResult = { kind: 'acked' };
export const refused: Extract<Failure, { readonly kind: 'retryable' }> = {
  kind: 'retryable',
  why: 'refused',
  reason: 'HTTP 503',
};
export const unanswered: Failure = { kind: 'retryable', why: 'unanswered', reason: 'reset' };
export const blocked: Failure = { kind: 'blocked', reason: 'HTTP 401: give it a key' };
export const rejected: Failure = { kind: 'rejected', reason: 'no such field' };
export const tooLarge: Failure = { kind: 'too_large', reason: 'HTTP 413' };

/** These answers in turn, then acked. */
export const inTurn =
  (...answers: SendResult[]): Script =>
  (_batch, _call, index) =>
    answers[index] ?? acked;

/** An answer that stays away until its signal fires, and then throws. */
export const hangs: Script = (_batch, { signal }) =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))));

export const never: Script = () => new Promise(() => undefined);
