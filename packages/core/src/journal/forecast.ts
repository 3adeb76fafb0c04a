/** When the journal will be full, from how fast it has been filling. Pure: the clock comes in, a monotonic one. */

const LEVELS = [50, 80, 95] as const;
const HOUR_MS = 3_600_000;
const YEAR_MS = 365 * 24 * HOUR_MS;
/** Notes are taken no closer than this, so that an hour is a few of them. */
const STEP_MS = 60_000;

export interface Foretold {
  /** The level just reached, in percent of the bound. */
  readonly percent: 50 | 80 | 95;
  /** How long until then, in milliseconds, 0 or more. Absent: too early to say, or not within a year. */
  readonly leftMs?: number;
}

interface Note {
  /** By a monotonic clock. */
  readonly atMs: number;
  readonly bytes: number;
}

export class Forecast {
  readonly #maxBytes: number;
  /** Of the last hour or since it began to grow, and the last one before the hour; oldest first. */
  #notes: Note[] = [];
  #told = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Takes note of the pinned bytes; gives each level once until they have fallen below it again. */
  observe(bytes: number, elapsedMs: number): Foretold | undefined {
    this.#note({ atMs: elapsedMs, bytes });
    const reached = LEVELS.findLast((percent) => bytes * 100 >= percent * this.#maxBytes);
    const before = this.#told;
    this.#told = reached ?? 0;
    if (reached === undefined || reached <= before) return undefined;
    const grown = bytes - (this.#notes[0]?.bytes ?? bytes);
    const leftMs = grown > 0 ? ((this.#maxBytes - bytes) / grown) * this.#growingMs(elapsedMs) : YEAR_MS;
    return { percent: reached, ...(leftMs < YEAR_MS && { leftMs: Math.max(0, leftMs) }) };
  }

  #note(note: Note): void {
    const [oldest] = this.#notes;
    const newest = this.#notes.at(-1);
    if (oldest === undefined || newest === undefined || note.bytes <= oldest.bytes) {
      this.#notes = [note];
    } else if (note.atMs - newest.atMs >= STEP_MS) {
      this.#notes.push(note);
    }
    const second = this.#notes.findIndex(({ atMs }) => atMs > note.atMs - HOUR_MS);
    this.#notes.splice(0, second - 1);
  }

  /** How long it took to grow from the oldest note: what that says held until the hour began. */
  #growingMs(elapsedMs: number): number {
    return Math.min(HOUR_MS, elapsedMs - (this.#notes[0]?.atMs ?? elapsedMs));
  }
}
