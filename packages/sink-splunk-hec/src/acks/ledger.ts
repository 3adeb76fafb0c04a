/**
 * Which batches wait for the word that they are indexed, at one address on one channel, and whom a word is about. Ids count
 * from 0 for each indexer process, so an indexer that restarts gives them a second time: what it then says of an id may be
 * about another batch than the one that had it first. Nothing here knows time or the network.
 */

/** What became of a batch that waited. */
export type AckOutcome =
  | 'indexed'
  /** The indexer has begun to count anew: whether it had indexed the batch, nobody can say any more. */
  | 'restarted'
  /** The acknowledgment service is refused, to the token or at all. */
  | 'refused';

/** One request on its way. */
export interface Ticket {
  readonly number: number;
  /** The highest id that had come when it began: an indexer that goes on counting gives it a higher one. */
  readonly floor: number;
  readonly epoch: number;
}

/** A batch that waits. */
export interface Waiting {
  readonly id: number;
  readonly outcome: Promise<AckOutcome>;
}

interface Entry extends Waiting {
  settle(outcome: AckOutcome): void;
  /** Said to be indexed; believed once no request up to this number is on its way. */
  barrier?: number;
  /** The first request whose answer was lost while this one waited: a new process may have given it the same id. */
  doubt?: number;
}

export class AckLedger {
  readonly #waiting = new Map<number, Entry>();
  /** Numbers of the requests that are on their way. */
  readonly #open = new Set<number>();
  #number = 0;
  #highest = -1;
  #epoch = 0;
  /** The newest request whose answer was lost, and which had begun by then. */
  #loss: { readonly number: number; readonly upTo: number } | undefined;

  /** How many wait. */
  get size(): number {
    return this.#waiting.size;
  }

  begin(): Ticket {
    this.#number += 1;
    this.#open.add(this.#number);
    return { number: this.#number, floor: this.#highest, epoch: this.#epoch };
  }

  /** The request has taken none of the ids. */
  refused({ number }: Ticket): void {
    this.#open.delete(number);
    this.#settleReady();
  }

  /** No answer came: it may have an id that is not known. */
  lost({ number }: Ticket): void {
    this.#open.delete(number);
    this.#loss = { number, upTo: this.#number };
    for (const entry of this.#waiting.values()) entry.doubt ??= number;
    this.#settleReady();
  }

  /** The request has this id. `hasRestarted`: all that waited before has been settled as `restarted`. */
  took(ticket: Ticket, id: number): { readonly waiting: Waiting; readonly hasRestarted: boolean } {
    this.#open.delete(ticket.number);
    const isAgain = ticket.epoch === this.#epoch && id <= ticket.floor;
    const hasRestarted = isAgain || this.#waiting.has(id);
    if (hasRestarted) this.#restart();
    else this.#clearDoubts(ticket, id);
    this.#highest = Math.max(this.#highest, id);
    const waiting = entryOf(id);
    const loss = this.#loss;
    if (loss !== undefined && ticket.number <= loss.upTo) waiting.doubt = loss.number;
    this.#waiting.set(id, waiting);
    this.#settleReady();
    return { waiting, hasRestarted };
  }

  /** Those whose word has not come. */
  asked(): readonly Waiting[] {
    return [...this.#waiting.values()].filter(({ barrier }) => barrier === undefined);
  }

  /** The indexer says of these, as they were asked for, that they are indexed. It says so once, so it is kept here. */
  indexed(asked: readonly Waiting[]): void {
    for (const waiting of asked) {
      const entry = this.#waiting.get(waiting.id);
      // By now the id may be another's.
      if (entry === waiting) entry.barrier ??= this.#number;
    }
    this.#settleReady();
  }

  /** Nobody waits for it any longer. */
  forget(waiting: Waiting): void {
    if (this.#waiting.get(waiting.id) === waiting) this.#waiting.delete(waiting.id);
  }

  /** All that wait end so. */
  settleAll(outcome: AckOutcome): void {
    const entries = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const entry of entries) entry.settle(outcome);
  }

  #restart(): void {
    this.settleAll('restarted');
    this.#epoch += 1;
    this.#highest = -1;
    this.#loss = undefined;
  }

  /** A process that had begun to count anew would have given an id below the number of requests since then. */
  #clearDoubts({ number, epoch }: Ticket, id: number): void {
    if (epoch !== this.#epoch) return;
    for (const entry of this.#waiting.values()) {
      const { doubt } = entry;
      if (doubt !== undefined && number > doubt && id > number - doubt) delete entry.doubt;
    }
  }

  #settleReady(): void {
    const [first = Number.POSITIVE_INFINITY] = [...this.#open].sort((a, b) => a - b);
    for (const entry of this.#waiting.values()) {
      const { barrier, doubt } = entry;
      if (barrier === undefined || doubt !== undefined || first <= barrier) continue;
      this.#waiting.delete(entry.id);
      entry.settle('indexed');
    }
  }
}

function entryOf(id: number): Entry {
  let settle = (_outcome: AckOutcome): void => undefined;
  const outcome = new Promise<AckOutcome>((resolve) => {
    settle = resolve;
  });
  return { id, outcome, settle };
}
