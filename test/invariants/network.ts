/**
 * The network between a relay and the simulated API, with the limits that the core's own client keeps: a question
 * goes there, is answered as of its arrival, and the answer comes back, or something goes wrong on the way.
 */
import type { DirectSimulator } from '@audit-relay/openai-simulator';
import type { Chance } from './chance.ts';
import type { Feed, Reply } from './core.ts';
import type { Host } from './host.ts';
import type { Trouble } from './scenario.ts';
import type { VirtualTime } from './virtual-time.ts';

/** What the core's own client allows an answer, in milliseconds. */
const SILENCE_MS = 30_000;
const REPLY_MS = 120_000;
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
  /** The `Date` that it bears, in seconds, or the one that it should have borne if that is later. */
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

interface Getting {
  readonly asker: Asker;
  /** Whether the relay has room for a body of so many bytes. */
  readonly mayTake?: ((bytes: number) => boolean) | undefined;
}

export interface NetworkParts {
  readonly time: VirtualTime;
  readonly host: Host;
  readonly simulator: DirectSimulator;
  readonly chance: Chance;
  /** The server's `Date` less the clock of its events while its clocks agree, in milliseconds. */
  readonly skewMs: number;
  /** What is wrong with the network at this moment. */
  trouble(): Trouble['network'];
  /** The largest body that comes through, in bytes. */
  maxBodyBytes(): number;
}

type NoReply = Extract<Reply, { kind: 'none' }>;

export class Network {
  readonly #parts: NetworkParts;
  /** By how much the last `Date` was ahead: what the next answer without one is taken to be. */
  #aheadMs = 0;

  constructor(parts: NetworkParts) {
    this.#parts = parts;
  }

  async get(path: string, signal: AbortSignal, { asker, mayTake = () => true }: Getting): Promise<Reply> {
    const { time, host, simulator, trouble } = this.#parts;
    const sentMs = time.nowMs;
    asker.step();
    // On its way there a question needs no host any more.
    await asker.orNever(time.sleep(this.#wayMs(), signal));
    const network = trouble();
    if (network === 'down') return { kind: 'none', failure: 'unreachable', reason: 'ECONNREFUSED' };
    if (network === 'silent') return this.#late(SILENCE_MS, signal, asker);
    const madeMs = time.nowMs;
    const { afterMs, response } = simulator.ask(path);
    if (afterMs > REPLY_MS) return { ...(await this.#late(REPLY_MS, signal, asker)), hasBegun: true };
    await asker.orNever(host.sleep(this.#wayMs() + afterMs, signal));
    asker.step();
    if (response === undefined || this.#isCutBySleep(sentMs))
      return { kind: 'none', failure: 'broken', reason: 'ECONNRESET' };
    const { status, headers, body } = response;
    if (headers['content-encoding'] !== undefined) return { ...BAD_ENCODING, reason: 'Z_DATA_ERROR' };
    const isTaken = status !== 200 || mayTake(body.length);
    if (body.length > this.#parts.maxBodyBytes() || !isTaken) return TOO_LARGE;
    if (status === 200) this.#note(path, { madeMs, date: headers['date'] }, asker);
    return { kind: 'response', status, body, header: (name) => headers[name] };
  }

  /** After a sleep some answers are still there to be read, as old as they are; other connections are gone. */
  #isCutBySleep(sentMs: number): boolean {
    return this.#parts.host.hasSlept(sentMs) && this.#parts.chance.is(0.5);
  }

  #wayMs(): number {
    return this.#parts.chance.next() * LONGEST_WAY_MS;
  }

  async #late(afterMs: number, signal: AbortSignal, asker: Asker): Promise<NoReply> {
    await asker.orNever(this.#parts.host.sleep(afterMs, signal));
    return { kind: 'none', failure: 'timeout', reason: 'TimeoutError' };
  }

  #note(path: string, { madeMs, date }: { readonly madeMs: number; readonly date: string | undefined }, asker: Asker) {
    const { searchParams } = new URL(path, 'http://localhost/');
    if (searchParams.has('after') || searchParams.has('before')) return;
    const trueMs = madeMs + this.#parts.skewMs;
    const toldMs = Date.parse(`${date ?? ''}${date?.endsWith('GMT') === true ? '' : ' GMT'}`);
    // Without one, an event that is shown tells the time as well, and that is told by the clock of the events.
    const leastMs = Number.isNaN(toldMs) ? Math.max(trueMs, madeMs) : trueMs;
    if (!Number.isNaN(toldMs)) this.#aheadMs = toldMs - trueMs;
    asker.shown({
      feed: searchParams.get('tenant_only') === 'true' ? 'tenant' : 'organization',
      from: Number(searchParams.get('effective_at[gte]')),
      to: Number(searchParams.get('effective_at[lt]')),
      madeMs,
      dateS: (leastMs + Math.max(0, this.#aheadMs)) / 1000,
    });
  }
}

const BAD_ENCODING: NoReply = { kind: 'none', failure: 'broken', hasBegun: true, reason: '' };
const TOO_LARGE: NoReply = { kind: 'none', failure: 'too_large', hasBegun: true, reason: 'the body is too large' };
