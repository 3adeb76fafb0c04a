/** What each partition of a lane holds, as far as this process has seen: for how far behind it is. Looked at again when somebody asks. */
import type { Present, Runtime } from '@audit-relay/core/journal';
import type { Client } from '../client/client.ts';
import { endsOf } from './log-ends.ts';

export type KnownEnd = Pick<Present, 'oldest' | 'next'>;

/** How old a look may be that answers. */
const LOOK_MS = 10_000;

export class KnownEnds {
  readonly #ends: Map<number, KnownEnd>;
  readonly #look: (partition: number) => Promise<KnownEnd>;
  readonly #elapsedMs: () => number;
  #lookedMs: number;
  #looking = false;

  /** @param look at a partition. */
  constructor(
    ends: ReadonlyMap<number, KnownEnd>,
    look: (partition: number) => Promise<KnownEnd>,
    { elapsedMs }: Pick<Runtime, 'elapsedMs'>,
  ) {
    this.#ends = new Map(ends);
    this.#look = look;
    this.#elapsedMs = elapsedMs;
    this.#lookedMs = elapsedMs();
  }

  /** Of a partition that is not this lane's: nothing is held. */
  of(partition: number): KnownEnd {
    return this.#ends.get(partition) ?? { oldest: 1, next: 1 };
  }

  /** Entries up to and without `next` were seen. */
  saw(partition: number, next: number): void {
    const end = this.of(partition);
    if (next > end.next) this.#ends.set(partition, { ...end, next });
  }

  /** Looks again in the background where the last look is old; one that fails leaves what was known. */
  refresh(): void {
    if (this.#looking || this.#elapsedMs() - this.#lookedMs < LOOK_MS) return;
    this.#looking = true;
    const looks = [...this.#ends.keys()].map(async (partition) => {
      const { oldest, next } = await this.#look(partition);
      const known = this.of(partition);
      // A log without a record says of neither how far it was.
      this.#ends.set(partition, { oldest: Math.max(oldest, known.oldest), next: Math.max(next, known.next) });
    });
    Promise.allSettled(looks)
      .finally(() => {
        this.#looking = false;
        this.#lookedMs = this.#elapsedMs();
      })
      .catch(() => undefined);
  }
}

export function lookAt(client: Client, topic: string): (partition: number) => Promise<KnownEnd> {
  return async (partition) => (await endsOf(client, { topic, partition })).ends;
}
