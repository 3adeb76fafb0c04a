/**
 * Keeps `starts.json` true to the journal: at once when a start or a binding has changed, and now and then what is surely
 * delivered. Behind it is only ever what costs a second reading: the journal itself is written first.
 */
import type { Runtime } from '../../runtime.ts';
import { hasLostEntries } from '../bound.ts';
import { type Checkpoint, idsNeededFrom, type Span } from '../checkpoint.ts';
import { deadLettersOf } from '../dead-letter-table.ts';
import { type Store, stateOf } from '../store.ts';
import { type FeedStart, type SourceStart, type Starts, writeStartsText } from './starts.ts';

/** How often it is looked whether more is surely delivered. What is not noted is read again after damage. */
const NOTE_MS = 600_000;
/** Of more dead letters nobody notes which times they are of, and so nothing more counts as delivered. */
const MOST_LETTERS = 500;

export interface KeeperOptions {
  readonly folder: string;
  readonly store: Store;
  readonly runtime: Pick<Runtime, 'log' | 'elapsedMs'>;
  /** Fired when the journal is another process's. */
  readonly lost: AbortSignal;
  /** As found at the start. */
  readonly known?: Starts | undefined;
}

export class StartsKeeper {
  readonly #options: KeeperOptions;
  #last: Starts | undefined;
  #written = '';
  #notedMs: number;
  #due: Promise<void> | undefined;
  #isClosed = false;

  constructor(options: KeeperOptions) {
    this.#options = options;
    this.#last = options.known;
    this.#notedMs = options.runtime.elapsedMs();
  }

  /**
   * After a commit that may have changed a start or a binding. Resolves when it is written, once for all who ask in one turn of
   * the event loop: each for itself, a thousand organizations that begin together took 100 s of CPU. Never rejects: the journal
   * has it, and it is tried again.
   */
  keep(): Promise<void> {
    this.#due ??= new Promise((resolve) => {
      setImmediate(() => {
        this.#due = undefined;
        if (!this.#isClosed && !this.#options.lost.aborted) this.#write(false);
        resolve();
      });
    });
    return this.#due;
  }

  /** After any commit. */
  note(): void {
    const nowMs = this.#options.runtime.elapsedMs();
    if (nowMs - this.#notedMs < NOTE_MS) return;
    this.#notedMs = nowMs;
    this.#write(true);
  }

  /** What is delivered by now stands there too. */
  close(): void {
    this.#isClosed = true;
    this.#write(true);
  }

  #write(isNote: boolean): void {
    const { folder, store, runtime } = this.#options;
    try {
      const starts = startsOf(store, this.#last, isNote && isAllPassed(store) ? letterSeconds(store) : undefined);
      const text = JSON.stringify(starts);
      if (isNote && text === this.#written) return;
      writeStartsText(folder, text);
      this.#last = starts;
      this.#written = text;
    } catch (error) {
      const code: unknown = Object(error).code;
      const message = `starts.json cannot be written (${String(code)}): it is tried again; the journal itself has it`;
      runtime.log('warn', 'STARTS_UNWRITTEN', message, { error: String(code) });
    }
  }
}

/** @param delivered which seconds are not delivered though every lane has passed them; undefined: nothing more is known to be. */
export function startsOf(store: Store, last: Starts | undefined, delivered: ReadonlySet<number> | undefined): Starts {
  const sources: Record<string, SourceStart> = {};
  for (const { key, value } of store.bindings.getRange()) sources[key] = { binding: value, feeds: {} };
  for (const { key, value } of store.checkpoints.getRange()) {
    const [source, feed] = key;
    const known = last?.sources[source]?.feeds[feed]?.settled ?? [];
    const settled = delivered === undefined ? common(known, value.done) : without(finalIn(value), delivered);
    const said = sources[source] ?? { feeds: {} };
    sources[source] = { ...said, feeds: { ...said.feeds, [feed]: { ...startIn(value), settled } } };
  }
  return { lanes: stateOf(store).lanes, sources };
}

function startIn({ startSeconds, startProvisional, waiting, sawEvent }: Checkpoint): Omit<FeedStart, 'settled'> {
  return { startSeconds, startProvisional, ...(waiting && { waiting }), ...(sawEvent && { sawEvent }) };
}

/** What no lookback reads again. */
function finalIn(checkpoint: Checkpoint): readonly Span[] {
  const end = idsNeededFrom(checkpoint);
  return checkpoint.done.flatMap(({ from, to }) => (from < end ? [{ from, to: Math.min(to, end) }] : []));
}

/** Every lane that can go on has settled all there is. */
function isAllPassed(store: Store): boolean {
  const { lanes, next } = stateOf(store);
  return lanes.every((lane) => {
    const position = store.cursors.get(lane)?.position ?? 0;
    return position >= next - 1 || hasLostEntries(store, position);
  });
}

/** When the events of dead letters happened: they are not delivered. Undefined: there are too many to say. */
function letterSeconds(store: Store): ReadonlySet<number> | undefined {
  const { deadLetters } = stateOf(store);
  const counts = Object.values(deadLetters);
  if (counts.reduce((sum, count) => sum + count, 0) > MOST_LETTERS) return undefined;
  const seconds = new Set<number>();
  for (const lane of Object.keys(deadLetters)) {
    for (const { entry } of deadLettersOf(store, lane)) seconds.add(Math.floor(entry.timeMs / 1000));
  }
  return seconds;
}

function without(spans: readonly Span[], seconds: ReadonlySet<number>): readonly Span[] {
  const left: Span[] = [];
  for (const span of spans) {
    let from = span.from;
    for (const second of [...seconds].filter((one) => one >= span.from && one < span.to).toSorted((a, b) => a - b)) {
      if (second > from) left.push({ from, to: second });
      from = second + 1;
    }
    if (from < span.to) left.push({ from, to: span.to });
  }
  return left;
}

function common(some: readonly Span[], others: readonly Span[]): readonly Span[] {
  return some.flatMap((one) =>
    others.flatMap((other) => {
      const [from, to] = [Math.max(one.from, other.from), Math.min(one.to, other.to)];
      return from < to ? [{ from, to }] : [];
    }),
  );
}
