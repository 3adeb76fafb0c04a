/** The bound and the retention of a process that collects, for the lanes that are configured at the moment. */
import type { JournalConfiguration, Runtime } from '@audit-relay/core/journal';
import type { KafkaJournalConfig } from './config.ts';
import { Keeper } from './retention/keeper.ts';
import type { Held } from './source/room.ts';

export interface BoundsOptions {
  readonly config: KafkaJournalConfig;
  readonly runtime: Runtime;
  /** Those that are this process's now: what leaves of them it lets go. */
  readonly partitions: () => readonly number[];
  /** @throws when the partition is another process's by now */
  readonly confirm: (partition: number) => Promise<void>;
}

interface Running {
  readonly keeper: Keeper;
  readonly lanes: string;
  readonly ended: AbortController;
  readonly run: Promise<void>;
}

export class Bounds {
  readonly #options: BoundsOptions;
  #running: Running | undefined;

  constructor(options: BoundsOptions) {
    this.#options = options;
  }

  /** Before the first commit, and whenever a lane comes or goes. */
  async configure({ lanes }: Pick<JournalConfiguration, 'lanes'>): Promise<void> {
    const names = lanes.map(({ name }) => name).toSorted();
    if (this.#running?.lanes === JSON.stringify(names)) return;
    await this.close();
    const { config, runtime, partitions, confirm } = this.#options;
    const keeper = new Keeper({ config, lanes: names, retentionMs: config.retention, runtime, confirm });
    const ended = new AbortController();
    this.#running = { keeper, lanes: JSON.stringify(names), ended, run: keeper.run(partitions, ended.signal) };
  }

  /** What lanes have not passed. @throws ClientError */
  async measure(): Promise<Held> {
    return (await this.#running?.keeper.measure()) ?? { bytes: 0, because: 'no lane' };
  }

  async close(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    running?.ended.abort(new Error('the journal is closed'));
    // First: what it waits for then ends.
    running?.keeper.close();
    await running?.run;
  }
}
