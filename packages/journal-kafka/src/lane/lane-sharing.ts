/** What this process delivers of each lane, as the core asks for it: every lane a group of its own. */
import {
  type LaneBegin,
  type LaneJournal,
  RelayError,
  type Runtime,
  type Share,
  type Unwritable,
} from '@audit-relay/core/journal';
import type { KafkaJournalConfig } from '../config.ts';
import { Deliverer, type DelivererOptions, type Delivery } from './deliverer.ts';
import type { LaneStanding } from './law.ts';

export interface LaneSharingOptions extends Pick<DelivererOptions, 'times'> {
  readonly config: KafkaJournalConfig;
  readonly runtime: Runtime;
  /** Of a lane. Default: a member of its group at the cluster. */
  readonly delivererOf?: (options: DelivererOptions) => LaneDeliverer;
}

export type LaneDeliverer = Pick<Deliverer, 'next' | 'standing' | 'unwritable' | 'close'>;

export class LaneSharing {
  readonly #options: LaneSharingOptions;
  readonly #begins = new Map<string, LaneBegin>();
  readonly #deliverers = new Map<string, LaneDeliverer>();
  /** As a lane stood when it ended here, for whoever sums up at the end. */
  readonly #last = new Map<string, LaneStanding>();
  /** Of lanes that have ended here. */
  readonly #leaving = new Set<Promise<void>>();

  constructor(options: LaneSharingOptions) {
    this.#options = options;
  }

  /** Which lanes there are, and where those begin that have never been. */
  configure(lanes: readonly { readonly name: string; readonly startFrom: LaneBegin }[]): void {
    for (const { name, startFrom } of lanes) this.#begins.set(name, startFrom);
  }

  /** As `Sharing.lane`. Once `signal` has fired and the share is released the group hears that this process has the lane no more. @throws RelayError `LANE_UNKNOWN` when `configure` has not named it. */
  async lane(name: string, signal: AbortSignal): Promise<Share<LaneJournal>> {
    const begin = this.#begins.get(name);
    if (begin === undefined) throw new RelayError('LANE_UNKNOWN', `no lane ${name}: configure it first`);
    const { delivererOf = (options) => new Deliverer(options), ...options } = this.#options;
    const deliverer = this.#deliverers.get(name) ?? delivererOf({ ...options, name, begin });
    this.#deliverers.set(name, deliverer);
    this.#last.delete(name);
    const leave = (): void => {
      if (signal.aborted) this.#leave(name, deliverer);
    };
    try {
      return { ...shareOf(name, await deliverer.next(signal)), release: leave };
    } catch (error) {
      leave();
      throw error;
    }
  }

  /** Whoever wants the lane again is another member. */
  #leave(name: string, deliverer: LaneDeliverer): void {
    if (this.#deliverers.get(name) !== deliverer) return;
    this.#deliverers.delete(name);
    const standing = deliverer.standing();
    if (standing !== undefined) this.#last.set(name, standing);
    const leaving: Promise<void> = deliverer
      .close()
      .catch((error: unknown) => {
        const text = `${name}: its group was not left: ${String(error)}: the others have its work once the session is over`;
        this.#options.runtime.log('warn', 'SHARE_FAILED', text, { lane: name });
      })
      .finally(() => this.#leaving.delete(leaving));
    this.#leaving.add(leaving);
  }

  /** Of the partitions that are delivered here, by lane. @param written how many entries a partition was ever given, where that is known better */
  stats(written: ReadonlyMap<number, number> = new Map()): Readonly<Record<string, LaneStanding>> {
    const all: [string, LaneStanding][] = [...this.#last];
    for (const [name, deliverer] of this.#deliverers) {
      const standing = deliverer.standing(written);
      if (standing !== undefined) all.push([name, standing]);
    }
    return Object.fromEntries(all);
  }

  /** The first lane that waits for the cluster. */
  get unwritable(): Unwritable | undefined {
    return [...this.#deliverers.values()].map(({ unwritable }) => unwritable).find((one) => one !== undefined);
  }

  /** After all lanes were released. */
  async close(): Promise<void> {
    await Promise.all([...this.#deliverers.values()].map((deliverer) => deliverer.close()));
    this.#deliverers.clear();
    await Promise.all(this.#leaving);
  }
}

function shareOf(name: string, { assignment, lane }: Delivery): Omit<Share<LaneJournal>, 'release'> {
  const { revoked, drainMs, partitions } = assignment;
  // What was given is given up by asking for the next, or by leaving.
  const share = { revoked, drainMs };
  switch (lane.kind) {
    case 'ready':
      return { ...share, way: partitions.length === 0 ? undefined : lane.journal };
    case 'refused':
      return { ...share, way: undefined, refused: lane.error };
    case 'entries_gone': {
      const text = `entries that the lane ${name} had not passed have left partitions ${lane.partitions.join(', ')}`;
      return { ...share, way: undefined, refused: new RelayError('ENTRIES_GONE', text) };
    }
  }
}
