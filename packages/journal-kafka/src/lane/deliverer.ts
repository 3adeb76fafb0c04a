/** One lane in this process: a member of the lane's group, and for each assignment that it is given the lane's way out of the journal. */
import { RelayError, type Runtime, type Unwritable } from '@audit-relay/core/journal';
import { LogThrottle } from '@audit-relay/sink-http';
import { Connection } from '@audit-relay/sink-kafka/connection';
import type { Client } from '../client/client.ts';
import type { KafkaJournalConfig } from '../config.ts';
import type { GroupAssignment } from '../group/assignment.ts';
import { GroupMember } from '../group/member.ts';
import { openClient } from '../open.ts';
import { namesOf } from '../topics/names.ts';
import type { KafkaLaneJournal } from './lane-journal.ts';
import type { LaneStanding } from './law.ts';
import { type OpenedLane, openLane } from './open-lane.ts';
import type { Begin } from './start.ts';

export interface DelivererOptions {
  readonly config: KafkaJournalConfig;
  readonly name: string;
  readonly begin: Begin;
  readonly runtime: Runtime;
  /** How long the group misses nobody, and how long it waits for who has to come again, in milliseconds. Default: 30 s, 60 s. */
  readonly times?: { readonly sessionMs: number; readonly rebalanceMs: number };
}

export interface Delivery {
  readonly assignment: GroupAssignment;
  readonly lane: OpenedLane | { readonly kind: 'refused'; readonly error: Error };
}

const TIMES = { sessionMs: 30_000, rebalanceMs: 60_000 };
const HEARTBEATS_A_SESSION = 10;
/** Until a lane is tried again that could not be opened. */
const AGAIN_MS = 1_000;

export class Deliverer {
  readonly #options: DelivererOptions;
  readonly #connection: Connection;
  readonly #client: Client;
  readonly #member: GroupMember;
  #journal: KafkaLaneJournal | undefined;

  /** Touches no network. @throws TlsFileError */
  constructor(options: DelivererOptions) {
    const { config, name, runtime, times = TIMES } = options;
    const { elapsedMs, log } = runtime;
    const say = (code: string, fields: object, level: 'info' | 'warn' = 'warn'): void =>
      log(level, code, 'the Kafka client says something', { lane: name, ...fields });
    const throttle = new LogThrottle({ elapsedMs, log: say });
    this.#options = options;
    // Of its own: while a member waits for the others, its connection waits with it.
    this.#connection = new Connection({ config, brokers: config.brokers, log: throttle });
    this.#client = openClient(config, runtime);
    this.#member = new GroupMember({
      connection: this.#connection,
      groupId: laneGroupOf(config.topic_prefix, name),
      topic: namesOf(config.topic_prefix).entries,
      partitions: config.partitions,
      ...times,
      heartbeatMs: times.sessionMs / HEARTBEATS_A_SESSION,
      runtime,
    });
  }

  /**
   * Gives up what it has and waits for the next assignment, and for the lane in it. A cluster that does not answer is waited for.
   * @throws the signal's reason when it fires first.
   */
  async next(signal: AbortSignal): Promise<Delivery> {
    for (;;) {
      await this.#endLane();
      const assignment = await this.#member.next(signal);
      const lane = await this.#open(assignment, signal);
      if (lane === undefined) continue;
      if (lane.kind === 'ready') this.#journal = lane.journal;
      return { assignment, lane };
    }
  }

  /** Undefined: the assignment was over before it could be. */
  async #open(assignment: GroupAssignment, signal: AbortSignal): Promise<Delivery['lane'] | undefined> {
    const { config, name, begin, runtime } = this.#options;
    const names = namesOf(config.topic_prefix);
    const order = { name, begin, client: this.#client, names, member: this.#member, assignment, runtime };
    const either = AbortSignal.any([signal, assignment.revoked]);
    for (;;) {
      signal.throwIfAborted();
      if (assignment.revoked.aborted) return undefined;
      try {
        return await openLane(order);
      } catch (error) {
        const problem = error instanceof Error ? error : new Error(String(error));
        if (problem instanceof RelayError && problem.code !== 'JOURNAL_REASSIGNED')
          return { kind: 'refused', error: problem };
        runtime.log('warn', 'LANE_NOT_OPENED', `${name}: ${problem.message}: tried again`, { lane: name });
        await runtime.sleep(AGAIN_MS, either).catch(() => undefined);
      }
    }
  }

  /** Of what it has now. Undefined: it has nothing. */
  standing(written: ReadonlyMap<number, number> = new Map()): LaneStanding | undefined {
    return this.#journal?.standing(written);
  }

  /** What keeps it from its partitions, or from what is in them. */
  get unwritable(): Unwritable | undefined {
    return this.#member.unwritable ?? this.#journal?.unreadable;
  }

  async close(): Promise<void> {
    await this.#endLane();
    await this.#member.close();
    this.#client.destroy();
    this.#connection.destroy();
  }

  async #endLane(): Promise<void> {
    const journal = this.#journal;
    this.#journal = undefined;
    await journal?.close();
  }
}

export function laneGroupOf(prefix: string, lane: string): string {
  return `${prefix}.lane.${lane}`;
}
