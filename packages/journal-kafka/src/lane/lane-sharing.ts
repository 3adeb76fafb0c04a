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
}

export class LaneSharing {
  readonly #options: LaneSharingOptions;
  readonly #begins = new Map<string, LaneBegin>();
  readonly #deliverers = new Map<string, Deliverer>();

  constructor(options: LaneSharingOptions) {
    this.#options = options;
  }

  /** Which lanes there are, and where those begin that have never been. */
  configure(lanes: readonly { readonly name: string; readonly startFrom: LaneBegin }[]): void {
    for (const { name, startFrom } of lanes) this.#begins.set(name, startFrom);
  }

  /** As `Sharing.lane`. @throws RelayError `LANE_UNKNOWN` when `configure` has not named it. */
  async lane(name: string, signal: AbortSignal): Promise<Share<LaneJournal>> {
    const begin = this.#begins.get(name);
    if (begin === undefined) throw new RelayError('LANE_UNKNOWN', `no lane ${name}: configure it first`);
    const deliverer = this.#deliverers.get(name) ?? new Deliverer({ ...this.#options, name, begin });
    this.#deliverers.set(name, deliverer);
    return shareOf(name, await deliverer.next(signal));
  }

  /** Of the partitions that are delivered here, by lane. @param written how many entries a partition was ever given, where that is known better */
  stats(written: ReadonlyMap<number, number> = new Map()): Readonly<Record<string, LaneStanding>> {
    const all: [string, LaneStanding][] = [];
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
  }
}

function shareOf(name: string, { assignment, lane }: Delivery): Share<LaneJournal> {
  const { revoked, drainMs, partitions } = assignment;
  // What was given is given up by asking for the next.
  const share = { revoked, drainMs, release: () => undefined };
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
