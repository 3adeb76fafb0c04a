/** What keeps somebody from what he waits for at the cluster: said once when it lasts, shown until it is over, and then said that it is. */
import { RelayError, type Runtime, type Unwritable } from '@audit-relay/core/journal';
import { problemOf, unwritable } from './faults.ts';

export interface PeerWatchOptions {
  readonly runtime: Pick<Runtime, 'now' | 'log'>;
  /** Who waits, and for what: `the group audit-relay.collectors cannot be joined`. */
  readonly what: string;
  readonly fields?: Readonly<Record<string, unknown>>;
}

export class PeerWatch {
  readonly #options: PeerWatchOptions;
  #unwritable: Unwritable | undefined;

  constructor(options: PeerWatchOptions) {
    this.#options = options;
  }

  /** Undefined: as far as anybody has tried, nothing is. */
  get unwritable(): Unwritable | undefined {
    return this.#unwritable;
  }

  /** Of a failure that has lasted for more than one try. Says it once, until another takes its place. */
  failed(error: unknown): void {
    const { runtime, what, fields = {} } = this.#options;
    const text = `${what} (${problemOf(error)}): it is tried again and again, nothing is lost`;
    const fault = new RelayError('JOURNAL_PEER', text, error);
    const before = this.#unwritable;
    this.#unwritable = unwritable(fault, before?.sinceMs ?? runtime.now());
    if (before?.problem !== text) runtime.log('error', fault.code, text, fields);
  }

  /** It was had. */
  back(): void {
    const { runtime, what, fields = {} } = this.#options;
    if (this.#unwritable === undefined) return;
    this.#unwritable = undefined;
    runtime.log('info', 'JOURNAL_PEER_BACK', `no longer: ${what}`, fields);
  }

  /** Nobody waits for it any more. */
  forget(): void {
    this.#unwritable = undefined;
  }
}
