/**
 * The world of one scenario: a simulated API whose events happen in virtual time, the network before it, and the
 * host of the relay. `run.ts` puts a relay into it.
 */
import { type DirectSimulator, directSimulator, type Knobs } from '@audit-relay/openai-simulator';
import type { Chance } from './chance.ts';
import type { Client, Feed } from './core.ts';
import { Host } from './host.ts';
import { type Asker, Network } from './network.ts';
import type { Scenario, Trouble } from './scenario.ts';
import { T0, VirtualTime } from './virtual-time.ts';

/** What the core's own client takes of a body. */
const MAX_BODY_BYTES = 64 * 2 ** 20;

export class World {
  readonly time: VirtualTime = new VirtualTime(T0 * 1000);
  readonly simulator: DirectSimulator;
  readonly host: Host;
  readonly scenario: Scenario;
  /** When an empty list last hid what was there, in milliseconds; its events became visible again then. */
  readonly hiddenUntilMs: Record<Feed, number> = { organization: 0, tenant: 0 };
  readonly #network: Network;
  readonly #troubles: Set<Trouble> = new Set();
  #maxBodyBytes: number;

  constructor(scenario: Scenario, chance: Chance) {
    this.scenario = scenario;
    this.simulator = directSimulator({ now: () => Math.floor(this.time.nowMs), knobs: scenario.server });
    this.host = new Host(this.time, scenario.naps);
    this.#maxBodyBytes = scenario.maxBodyBytes ?? MAX_BODY_BYTES;
    this.#network = new Network({
      time: this.time,
      host: this.host,
      simulator: this.simulator,
      chance,
      skewMs: this.skewMs,
      trouble: () => [...this.#troubles].findLast(({ network }) => network !== undefined)?.network,
      maxBodyBytes: () => this.#maxBodyBytes,
    });
    this.simulator.add(scenario.history);
    for (const { atS, events } of scenario.events) this.#at(atS, () => this.simulator.add(events));
    for (const trouble of scenario.troubles) this.#plan(trouble);
    for (const { atS, offsetMs } of scenario.hostClock) this.#at(atS, () => this.host.set(offsetMs));
  }

  /** The server's clock as its `Date` shows it less the one its events go by while nothing is wrong with it, in milliseconds. */
  get skewMs(): number {
    return (this.scenario.server.clock_skew_s ?? 0) * 1000;
  }

  /** From now on nothing goes wrong any more. */
  calm(): void {
    this.#troubles.clear();
    this.#turn();
    this.simulator.set({ faults: [], insert_during_walk: 0, clock_flap_s: 0, body_bytes_per_s: 0 });
    this.#maxBodyBytes = MAX_BODY_BYTES;
  }

  /** Whether the journal's disk takes no entries at this moment. */
  get isDiskFull(): boolean {
    return [...this.#troubles].some(({ disk }) => disk === 'full');
  }

  client(asker: Asker): Client {
    return {
      get: (path, signal, mayTake) => asker.orNever(this.#network.get(path, signal, { asker, mayTake })),
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
    this.simulator.set(Object.assign({}, CALM, this.scenario.server, ...turned));
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
  record_bytes: 0,
  slow_body_ms: 0,
  body_bytes_per_s: 0,
  gzip: 'accepted',
  clock_skew_s: 0,
  clock_flap_s: 0,
  date_form: 'imf',
  latencyMs: 0,
  repeat_page: false,
  ignore_window_with_after: false,
  ignore_filters: [],
  has_more_lies: 'no',
  cursor_expires_s: 0,
  faults: [],
};
