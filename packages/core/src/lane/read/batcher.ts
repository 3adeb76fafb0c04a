/** The third step of a lane: makes batches by count, bytes and age, within what the sink takes. */
import type { Runtime } from '../../runtime.ts';
import type { Rendered } from './rendered.ts';

export interface BatchRules {
  readonly maxEvents: number;
  readonly maxBytes: number;
  /** Longest wait of the first event for others to join it, in milliseconds. */
  readonly maxAgeMs: number;
}

/**
 * Batches in journal order, each of 1 event or more. One is cut where `replay` changes, which is at
 * the reach that was found at the start and around what was read from the API once more; a single event
 * may be larger than `maxBytes`. While nobody asks for the next batch nothing is read, so that a slow
 * peer costs no memory.
 */
export async function* batchEntries(
  portions: AsyncIterable<readonly Rendered[]>,
  rules: BatchRules,
  runtime: Pick<Runtime, 'sleep'>,
): AsyncGenerator<readonly Rendered[]> {
  const open = new OpenBatch(rules, runtime);
  try {
    yield* cut(portions, open);
  } finally {
    // When the lane ends early, its wait must not hold the process.
    open.take();
  }
}

async function* cut(
  portions: AsyncIterable<readonly Rendered[]>,
  open: OpenBatch,
): AsyncGenerator<readonly Rendered[]> {
  const source = portions[Symbol.asyncIterator]();
  let arriving = next(source);
  for (;;) {
    const portion = await (open.ripe === undefined ? arriving : Promise.race([arriving, open.ripe]));
    if (portion === 'ripe') {
      yield open.take();
      continue;
    }
    if (portion.done === true) break;
    for (const item of portion.value) {
      if (!open.fits(item)) yield open.take();
      open.add(item);
      if (open.isFull()) yield open.take();
    }
    arriving = next(source);
  }
  // The end comes with a drain: what was read goes out without waiting for more.
  if (open.size > 0) yield open.take();
}

function next<T>(source: AsyncIterator<T>): Promise<IteratorResult<T>> {
  const arriving = source.next();
  // It is awaited in time unless the lane ends first; then nobody is left to hear of it.
  arriving.catch(() => undefined);
  return arriving;
}

class OpenBatch {
  readonly #rules: BatchRules;
  readonly #runtime: Pick<Runtime, 'sleep'>;
  #items: Rendered[] = [];
  #bytes = 0;
  #taken = new AbortController();
  #ripe: Promise<'ripe'> | undefined;

  constructor(rules: BatchRules, runtime: Pick<Runtime, 'sleep'>) {
    this.#rules = rules;
    this.#runtime = runtime;
  }

  get size(): number {
    return this.#items.length;
  }

  /** Resolves when the first event has waited long enough. Undefined while there is none. */
  get ripe(): Promise<'ripe'> | undefined {
    return this.#ripe;
  }

  fits({ envelope, replay, ordered }: Rendered): boolean {
    const [first] = this.#items;
    if (first === undefined) return true;
    // Of one replay: another one may overwrite, or be ended.
    return (
      first.replay === replay &&
      first.ordered?.by === ordered?.by &&
      this.#bytes + envelope.bytes <= this.#rules.maxBytes
    );
  }

  add(item: Rendered): void {
    if (this.#items.length === 0) this.#startAging();
    this.#items.push(item);
    this.#bytes += item.envelope.bytes;
  }

  isFull(): boolean {
    return this.#items.length >= this.#rules.maxEvents || this.#bytes >= this.#rules.maxBytes;
  }

  take(): readonly Rendered[] {
    const items = this.#items;
    this.#items = [];
    this.#bytes = 0;
    this.#ripe = undefined;
    this.#taken.abort();
    return items;
  }

  #startAging(): void {
    this.#taken = new AbortController();
    const aged = this.#runtime.sleep(this.#rules.maxAgeMs, this.#taken.signal);
    this.#ripe = new Promise((resolve) => {
      aged.then(
        () => resolve('ripe'),
        () => undefined,
      );
    });
  }
}
