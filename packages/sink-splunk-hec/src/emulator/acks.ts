/** The acknowledgment service of one indexer process: a counter and statuses for each channel, all gone when it restarts. */
import type { HecEvent } from './envelopes.ts';

interface Request {
  readonly id: number;
  readonly events: readonly HecEvent[];
  isIndexed: boolean;
}

export class Acks {
  readonly #channels = new Map<string, { next: number; readonly requests: Map<number, Request> }>();

  /** Gives the next id of the channel. */
  add(channel: string, events: readonly HecEvent[]): number {
    const own = this.#channels.get(channel) ?? { next: 0, requests: new Map<number, Request>() };
    this.#channels.set(channel, own);
    const id = own.next;
    own.next += 1;
    own.requests.set(id, { id, events, isIndexed: false });
    return id;
  }

  /** Statuses whose `true` nobody has read, over all channels. */
  get pending(): number {
    return [...this.#channels.values()].reduce((sum, { requests }) => sum + requests.size, 0);
  }

  /** What was waiting for it. */
  index(): readonly HecEvent[] {
    const waiting = [...this.#channels.values()]
      .flatMap(({ requests }) => [...requests.values()])
      .filter(({ isIndexed }) => !isIndexed);
    for (const request of waiting) request.isIndexed = true;
    return waiting.flatMap(({ events }) => events);
  }

  /** A `true` is told once; what is not known is `false`. */
  read(channel: string, ids: readonly unknown[]): Readonly<Record<string, boolean>> {
    const requests = this.#channels.get(channel)?.requests;
    return Object.fromEntries(
      ids.map((id) => {
        const isIndexed = requests?.get(Number(id))?.isIndexed === true;
        if (isIndexed) requests?.delete(Number(id));
        return [String(id), isIndexed];
      }),
    );
  }
}
