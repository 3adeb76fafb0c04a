/** What every peer of the harness is, and which of its requests meet a fault. */
import type { Chance } from '../invariants/chance.ts';
import type { Deliveries } from './deliveries.ts';
import { type Faulted, HTTP_FAULTS, type HttpFault, type HttpReply } from './http-faults.ts';
import type { Schedule, SinkName } from './schedule.ts';
import type { Wire } from './wire.ts';

/** One peer as the harness sees it. */
export interface ChaosPeer {
  readonly wire: Wire;
  /** The keys of the sink's YAML, without the lane's. */
  readonly keys: (secretFile: string) => object;
  /** Of the events that are held, one for each copy. */
  readonly deliveries: Deliveries;
  /** From now on for such a share of the requests; undefined ends it. */
  fault(name: string | undefined, share: number): void;
  /** From now on only this secret is taken. */
  rotate(secret: string): void;
  /** How many requests, or connections of its wire, met a fault, by its name. */
  readonly met: () => ReadonlyMap<string, number>;
  close(): Promise<void>;
}

export interface PeerOptions {
  readonly schedule: Schedule;
  readonly chance: Chance;
  /** The clock of servers, in milliseconds. */
  readonly now: () => number;
  /** Whether the peer refuses the event with this id for ever. */
  readonly isPoison: (sink: SinkName, id: string) => boolean;
  /** How many lives have begun before the present one. */
  readonly life: () => number;
}

/** So long that a busy machine does not reach it: a copy must have a cause in the schedule. */
export const REQUEST_TIMEOUT_MS = 3_000;

/** With which each peer is opened at first. */
export const SECRET: Readonly<Record<SinkName, string>> = {
  elastic: 'c2VjcmV0LW9mLWVsYXN0aWM=',
  splunk: '0b1d2c3e-aaaa-bbbb-cccc-1234567890ab',
  datadog: '0123456789abcdef0123456789abcdef',
  kafka: 'secret-of-kafka',
};

/** Which fault is in force, and by chance whether a request meets it. */
export class Faults {
  readonly met: Map<string, number> = new Map();
  readonly #chance: Chance;
  #now: { readonly name: string; readonly share: number } | undefined;

  constructor(chance: Chance) {
    this.#chance = chance;
  }

  set(name: string | undefined, share: number): void {
    this.#now = name === undefined ? undefined : { name, share };
  }

  /** The fault that this request meets. */
  get drawn(): string | undefined {
    if (this.#now === undefined || !this.#chance.is(this.#now.share)) return undefined;
    return this.#now.name;
  }

  /** The answer in place of the usual one. @param own faults of one peer alone, by their names */
  reply(request: Faulted, own: Readonly<Record<string, HttpFault>> = {}): HttpReply | undefined {
    const name = this.drawn ?? '';
    const reply = (own[name] ?? HTTP_FAULTS[name])?.(request);
    if (reply !== undefined) this.note(name);
    return reply;
  }

  /** One more has met it. */
  note(name: string): void {
    this.met.set(name, (this.met.get(name) ?? 0) + 1);
  }
}

/** Of a peer: what its requests met, and what its wire's connections did. */
export function metBy(sink: SinkName, faults: Faults, wire: Wire): ReadonlyMap<string, number> {
  const ofWire = [...wire.met].map(([mode, times]) => [`wire to ${sink}: ${mode}`, times] as const);
  return new Map([...[...faults.met].map(([name, times]) => [`${sink}: ${name}`, times] as const), ...ofWire]);
}
