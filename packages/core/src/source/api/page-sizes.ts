/**
 * What a feed's pages have weighed, and so what the next one is expected to: how many records each purpose finds on a page,
 * and how many bytes a record has. `feed-api.ts` takes so much of the budget before it asks. It learns a rise at once and
 * forgets it slowly, as a page that is larger than expected may have to be asked for again.
 */
import { PAGE_EVENTS } from './query.ts';
import type { Purpose } from './rate-limit.ts';

/** Before anything is known: a record of the API has 0.5 to 2 kB. */
const FIRST_RECORD_BYTES = 2_000;
/** What stands around the records of a page. */
const ENVELOPE_BYTES = 500;
/** How much of what was learnt a smaller page leaves. */
const KEPT = 0.9;
/** A body that was given up says no more than this of its size: it may have lied. */
const MOST_LEARNT_BYTES = 8 * 2 ** 20;

export class PageSizes {
  #recordBytes = FIRST_RECORD_BYTES;
  readonly #records = new Map<Purpose, number>();

  /** Of a page with at most `limit` records, in bytes of its body. */
  expected(purpose: Purpose, limit: number): number {
    const records = Math.min(limit, this.#records.get(purpose) ?? PAGE_EVENTS);
    return ENVELOPE_BYTES + Math.ceil(records * this.#recordBytes);
  }

  /** How many records a page of so many bytes has room for, 1 to 100. */
  fitting(pageBytes: number): number {
    return Math.min(PAGE_EVENTS, Math.max(1, Math.floor((pageBytes - ENVELOPE_BYTES) / this.#recordBytes)));
  }

  /** A page with so many records has come. */
  came(purpose: Purpose, { bytes, records }: { readonly bytes: number; readonly records: number }): void {
    this.#records.set(purpose, Math.max(records, KEPT * (this.#records.get(purpose) ?? records)));
    if (records > 0) this.#recordBytes = Math.max(bytes / records, KEPT * this.#recordBytes);
  }

  /** A page that was asked for with `limit` had more than so many bytes; how many records it had is guessed. */
  exceeded(purpose: Purpose, { bytes, limit }: { readonly bytes: number; readonly limit: number }): void {
    const records = Math.max(1, Math.min(limit, this.#records.get(purpose) ?? limit));
    this.#recordBytes = Math.max(this.#recordBytes, Math.min(bytes, MOST_LEARNT_BYTES) / records);
  }
}
