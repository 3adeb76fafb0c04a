/**
 * The world of one story: a simulated API whose events happen in virtual time, the network before it, and the
 * clock of the host. `life.ts` puts a relay into it.
 */
import { type DirectSimulator, directSimulator, type Knobs } from '@audit-relay/openai-simulator';
import type { Chance } from './chance.ts';
import type { Client, Feed, Reply } from './core.ts';
import type { Story, Trouble } from './story.ts';
import { T0, VirtualTime } from './virtual-time.ts';

/** What the core's own client allows an answer, in milliseconds. */
const SILENCE_MS = 30_000;
/** One way through the network, in milliseconds. */
const LONGEST_WAY_MS = 150;

/** A first page that the API has given: what is visible in its window by then can be known to the relay. */
export interface FirstPage {
  readonly feed: Feed;
  /** The window that was asked for, in seconds. */
  readonly from: number;
  readonly to: number;
  /** When it was made, in milliseconds by the simulator's clock. */
  readonly madeMs: number;
  /** The `Date` that it bears, in seconds. */
  readonly dateS: number;
}

/** Who lives in this world and may die in the middle of anything. */
export interface Mortal {
  readonly isAlive: boolean;
  /** One more step of its life, which may be the last. */
  step(): void;
  /** What `work` gives, as long as it lives; whoever has died hears nothing any more. */
  orNever<T>(work: Promise<T>): Promise<T>;
}

/** Somebody who asks, and remembers what it was shown. */
export interface Asker extends Mortal {
  shown(page: FirstPage): void;
}

export class World {
  readonly time: VirtualTime = new VirtualTime(T0 * 1000);
  readonly simulator: DirectSimulator;
  readonly story: Story;
  /** When an empty list last hid what was there, in milliseconds; its events became visible again then. */
  readonly hiddenUntilMs: Record<Feed, number> = { organization: 0, tenant: 0 };
  /** When the host's clock was set, in milliseconds of virtual time. */
  readonly hostClockSets: number[] = [];
  readonly #chance: Chance;
  readonly #troubles: Set<Trouble> = new Set();
  #hostOffsetMs = 0;

  constructor(story: Story, chance: Chance) {
    this.story = story;
    this.#chance = chance;
    this.simulator = directSimulator({ now: () => Math.floor(this.time.nowMs), knobs: story.server });
    this.simulator.add(story.history);
    for (const { atS, events } of story.happenings) this.#at(atS, () => this.simulator.add(events));
    for (const trouble of story.troubles) this.#plan(trouble);
    for (const { atS, offsetMs } of story.hostClock) {
      this.#at(atS, () => {
        this.#hostOffsetMs = offsetMs;
        this.hostClockSets.push(this.time.nowMs);
      });
    }
  }

  /** Milliseconds since the epoch as this host believes. */
  get hostMs(): number {
    return Math.floor(this.time.nowMs + this.#hostOffsetMs);
  }

  /** The server's clock as its `Date` shows it less the one its events go by, in milliseconds. */
  get skewMs(): number {
    return (this.story.server.clock_skew_s ?? 0) * 1000;
  }

  /** From now on nothing goes wrong any more. */
  calm(): void {
    this.#troubles.clear();
    this.#turn();
    this.simulator.set({ faults: [], insert_during_walk: 0 });
  }

  client(asker: Asker): Client {
    return {
      get: (path, signal) => asker.orNever(this.#get(path, signal, asker)),
      close: async () => undefined,
    };
  }

  #at(seconds: number, happen: () => void): void {
    const inMs = seconds * 1000 - this.time.nowMs;
    if (inMs <= 0) happen();
    else this.time.after(inMs, happen);
  }

  #plan(trouble: Trouble): void {
    this.#at(trouble.fromS, () => {
      this.#troubles.add(trouble);
      this.#turn();
    });
    this.#at(trouble.toS, () => {
      for (const feed of hiddenBy(trouble)) this.hiddenUntilMs[feed] = this.time.nowMs;
      this.#troubles.delete(trouble);
      this.#turn();
    });
  }

  /** Of two troubles at once the later one wins where they turn the same knob. */
  #turn(): void {
    const turned = [...this.#troubles].map(({ knobs }) => knobs ?? {});
    this.simulator.set(Object.assign({}, CALM, this.story.server, ...turned));
  }

  /** The way there, the answer as of its arrival there, the way back. */
  async #get(path: string, signal: AbortSignal, asker: Asker): Promise<Reply> {
    asker.step();
    await this.#wait(this.#wayMs(), signal, asker);
    const network = [...this.#troubles].findLast((trouble) => trouble.network !== undefined)?.network;
    if (network === 'down') return { kind: 'none', failure: 'unreachable', reason: 'ECONNREFUSED' };
    if (network === 'silent') return this.#timeout(signal, asker);
    const askedMs = this.time.nowMs;
    const { afterMs, response } = this.simulator.ask(path);
    if (afterMs > SILENCE_MS) return this.#timeout(signal, asker);
    await this.#wait(this.#wayMs() + afterMs, signal, asker);
    asker.step();
    if (response === undefined) return { kind: 'none', failure: 'broken', reason: 'ECONNRESET' };
    const { status, headers, body } = response;
    if (status === 200) this.#note(path, { madeMs: askedMs, dateS: Date.parse(headers['date'] ?? '') / 1000 }, asker);
    return { kind: 'response', status, body, header: (name) => headers[name] };
  }

  #wayMs(): number {
    return this.#chance.next() * LONGEST_WAY_MS;
  }

  async #timeout(signal: AbortSignal, asker: Asker): Promise<Reply> {
    await this.#wait(SILENCE_MS, signal, asker);
    return { kind: 'none', failure: 'timeout', reason: 'UND_ERR_HEADERS_TIMEOUT' };
  }

  #note(path: string, made: Pick<FirstPage, 'madeMs' | 'dateS'>, asker: Asker): void {
    const { searchParams } = new URL(path, 'http://localhost/');
    if (searchParams.has('after') || searchParams.has('before')) return;
    asker.shown({
      feed: searchParams.get('tenant_only') === 'true' ? 'tenant' : 'organization',
      from: Number(searchParams.get('effective_at[gte]')),
      to: Number(searchParams.get('effective_at[lt]')),
      ...made,
    });
  }

  #wait(ms: number, signal: AbortSignal, asker: Mortal): Promise<void> {
    return asker.orNever(this.time.sleep(ms, signal));
  }
}

/**
 * The feeds in whose place an empty list may be given, and nobody can know: with logging off, and for the tenant's feed
 * where `tenant_only` has no effect and the organization's list is empty.
 */
function hiddenBy({ knobs = {} }: Trouble): readonly Feed[] {
  if (knobs.logging_off === 'empty') return ['organization', 'tenant'];
  return knobs.ignore_filters?.includes('tenant_only') === true ? ['tenant'] : [];
}

/** Every knob that a trouble turns, as it stands without one. */
const CALM: Partial<Knobs> = {
  refuse: 'no',
  retry_after: 'seconds',
  should_retry: 'absent',
  tenant_unavailable: undefined,
  logging_off: 'no',
  reset: 'no',
  truncated_json: false,
  several_documents: false,
  bad_utf8: false,
  big_record_bytes: 0,
  slow_body_ms: 0,
  latencyMs: 0,
  repeat_page: false,
  ignore_window_with_after: false,
  ignore_filters: [],
  has_more_lies: 'no',
  cursor_expires_s: 0,
  faults: [],
};
