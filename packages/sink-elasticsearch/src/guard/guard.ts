/**
 * Keeps a data stream from holding an event twice. An id exists once in a backing index, and only the newest of them is
 * written to: what was stored before a rollover would be taken again. So events that may be held already are looked for
 * first, in real time where a search might not see them yet. What window remains is said in the README.
 */
import type { Envelope, Failure, SinkContext } from '@audit-relay/sink';
import { backingIndices, type Found, heldNow, type Looking, searched } from './look.ts';
import { LostBulks } from './lost-bulks.ts';

/**
 * The newest backing indices are read by id, since a search sees only what was refreshed: two rollovers within one
 * refresh interval would have to be exceeded for an event to be missed.
 */
const READ_BY_ID = 3;

/** How a guard is set up. */
export interface GuardOptions {
  readonly stream: string;
  /** One cluster; streams of the same name elsewhere are others. */
  readonly cluster: string;
  readonly isRequired: boolean;
  /** An ingest pipeline gives the documents ids of its own. */
  readonly isByEventId: boolean;
  /** How long the server may work on one bulk, in milliseconds. */
  readonly bulkMs: number;
  readonly context: Pick<SinkContext, 'elapsedMs'>;
}

/** The ids that are held, or why nothing may be written now. */
export type Looked = Found<ReadonlySet<string>>;

export class Guard {
  readonly #options: GuardOptions;
  readonly #lost: LostBulks;

  constructor(options: GuardOptions) {
    this.#options = options;
    const { bulkMs, context } = options;
    this.#lost = new LostBulks(`${options.cluster} ${options.stream}`, { bulkMs, context });
  }

  /** Called for every bulk of which nobody knows whether it was done. */
  noteLost(): void {
    this.#lost.note();
  }

  /** Which of these events the stream holds. */
  async look(envelopes: readonly Envelope[], call: Omit<Looking, 'stream'>): Promise<Looked> {
    const { isRequired, stream } = this.#options;
    const waitMs = this.#lost.remainingMs();
    if (isRequired && waitMs > 0) return stillRunning(waitMs);
    const looking = { ...call, stream };
    const indices = await backingIndices(looking);
    if (indices.kind !== 'found') return indices;
    const ids = envelopes.map(({ id }) => id);
    return this.#heldIn(indices.found, ids, looking);
  }

  async #heldIn(indices: readonly string[], ids: readonly string[], looking: Looking): Promise<Looked> {
    const { isByEventId } = this.#options;
    if (indices.length === 0) return { kind: 'found', found: new Set() };
    if (isByEventId) return searched(looking, ids, true);
    const byId = await heldNow(looking, ids, indices.slice(-READ_BY_ID));
    const open = byId.kind === 'found' ? ids.filter((id) => !byId.found.has(id)) : [];
    if (byId.kind !== 'found' || indices.length <= READ_BY_ID || open.length === 0) return byId;
    const older = await searched(looking, open, false);
    return older.kind === 'found' ? { kind: 'found', found: new Set([...byId.found, ...older.found]) } : older;
  }
}

/** What is looked up before a bulk has ended may be stored a moment later. */
function stillRunning(waitMs: number): Failure {
  const reason = 'a bulk without an answer may still be at work: what it has stored is looked up after its timeout';
  return { kind: 'retryable', why: 'failed', reason, retryAfterMs: waitMs };
}
