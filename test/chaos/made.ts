/** What the schedule adds to the API's log: events, those among them that a peer refuses, and records that are none. */
import type { Simulator } from '@audit-relay/openai-simulator';
import { type Act, EXCLUDABLE, type Schedule, SINKS, type SinkName, UNASKED } from './schedule.ts';

const TYPES = ['login.succeeded', 'tenant.user.added', EXCLUDABLE, 'project.created', UNASKED] as const;
/** What a source asks for that does not ask for everything. */
export const ASKED: readonly string[] = TYPES.filter((type) => type !== UNASKED);

export interface MadeOptions {
  readonly simulator: Simulator;
  /** The clock of servers, in milliseconds. */
  readonly now: () => number;
  readonly poison: Schedule['poison'];
  /** The type of each event that is there already, by its id. */
  readonly types: ReadonlyMap<string, string>;
}

export class Made {
  /** The type of each event, by its id. */
  readonly types: Map<string, string>;
  /** By the clock of servers. */
  lastBurstMs: number = Number.POSITIVE_INFINITY;
  readonly #options: MadeOptions;
  readonly #poisoned = new Map<string, SinkName>();
  readonly #healed = new Set<SinkName>();
  #count = 0;

  constructor(options: MadeOptions) {
    this.#options = options;
    this.types = new Map(options.types);
  }

  /** Whether the sink's peer refuses it now. */
  isPoison(sink: SinkName, id: string): boolean {
    return this.#poisoned.get(id) === sink && !this.#healed.has(sink);
  }

  /** Ids that the sink's peer refuses, or did until it was healed. */
  poisonOf(sink: SinkName): readonly string[] {
    return [...this.#poisoned].filter(([, refusedBy]) => refusedBy === sink).map(([id]) => id);
  }

  isHealed(sink: SinkName): boolean {
    return this.#healed.has(sink);
  }

  heal(sink: SinkName): void {
    this.#healed.add(sink);
  }

  burst({ count, lateS, ageS }: Extract<Act, { kind: 'burst' }>): void {
    const { now, simulator } = this.#options;
    this.lastBurstMs = now();
    const records = Array.from({ length: count }, (_, index) => {
      const id = this.#nextId();
      const user = { id: `user-${index}`, email: `u${index}@example.com` };
      const type = TYPES[index % TYPES.length] ?? '';
      this.types.set(id, type);
      return { id, type, effective_at: this.#at(index % ageS), actor: { type: 'session', session: { user } } };
    });
    this.#poison(records.filter(({ type }) => type !== EXCLUDABLE && type !== UNASKED).map(({ id }) => id));
    const late = lateS > 0 ? { late_by_s: lateS } : {};
    simulator.add(records.map((record) => ({ record, ...late })));
  }

  /** Records without an id, each with a text of its own, of a type that is always asked for. */
  nameless({ count }: Extract<Act, { kind: 'nameless' }>): void {
    this.lastBurstMs = this.#options.now();
    const records = Array.from({ length: count }, (_, index) => ({
      type: ASKED[index % 2],
      effective_at: this.#at(index % 20),
      actor: { type: 'session', session: { user: { id: `nameless-${this.#nextId()}` } } },
    }));
    this.#options.simulator.add(records.map((record) => ({ record })));
  }

  #nextId(): string {
    this.#count += 1;
    return `audit_log-${this.#count - 1}-${(Math.imul(this.#count, 0x9e3779b1) >>> 0).toString(36)}`;
  }

  #at(ageS: number): number {
    return Math.floor(this.#options.now() / 1_000) - ageS;
  }

  /** Some of the first ones, each for one sink. */
  #poison(ids: readonly string[]): void {
    if (this.#poisoned.size > 0) return;
    const { poison } = this.#options;
    const wanted = SINKS.flatMap((sink) => Array.from({ length: poison[sink] }, () => sink));
    for (const [index, sink] of wanted.entries()) {
      const id = ids[index * 2];
      if (id !== undefined) this.#poisoned.set(id, sink);
    }
  }
}
