/** A record of a page becomes an entry, or a malformed record when nothing could tell it from another. */
import type { Entry, Provenance } from '../../entry.ts';
import { isObject, LiveEntry } from '../../event.ts';
import type { MalformedRecord } from '../../journal/dead-letter.ts';
import { isFamiliar } from '../../normalize/drift.ts';
import { idIn, type PageRecord } from '../api/page.ts';

export type Item =
  /** `unasked`: the filters exclude it, and the API gave it all the same; see `../api/filters.ts`. */
  | { readonly kind: 'entry'; readonly entry: Entry; readonly unasked?: 'doubtful' | 'out_of_filter' }
  | { readonly kind: 'malformed'; readonly record: MalformedRecord };

/** When a page came. */
export interface Receipt {
  /** By this host's clock, in milliseconds since the epoch. */
  readonly receivedMs: number;
  /** By the server's, in seconds. */
  readonly nowSeconds?: number | undefined;
}

/**
 * Only `id` and `effective_at` are looked at, and `type` as an open set: the shapes of most payloads
 * are undocumented. Where there is no usable time, that of receipt stands in, by the server's clock if it
 * is known: by it the journal keeps the ids, and this host's may have been set.
 */
export function itemOf(
  { raw, value }: PageRecord,
  provenance: Provenance & Pick<Entry, 'again'>,
  receipt: Receipt,
): Item {
  const { receivedMs, nowSeconds } = receipt;
  if (!isObject(value)) return odd(raw, 'the record is no object', receivedMs);
  const id = idIn(value['id']);
  if (id === undefined) return odd(raw, 'the record has no id', receivedMs);
  // The older dialect knows no `type`: it says `event` and `created_at`.
  const timeMs = timeIn(value['effective_at'] ?? (value['type'] === undefined ? value['created_at'] : undefined));
  const { source, feed, dialect, organization, again } = provenance;
  const entry: Entry = {
    id,
    type: idIn(value['type'] ?? value['event']) ?? 'unknown',
    timeMs: timeMs ?? (nowSeconds === undefined ? receivedMs : nowSeconds * 1000),
    ...(timeMs === undefined ? { timeGuessed: true as const } : undefined),
    receivedMs,
    source,
    feed,
    dialect,
    ...(organization === undefined ? undefined : { organization }),
    ...(again === undefined ? undefined : { again }),
    raw,
  };
  // Without `value`: a backlog of parsed records takes three times the memory of their texts, and
  // the lane that needs one parses it again in the time that carrying it would cost the collector.
  return { kind: 'entry', entry: new LiveEntry(entry, isFamiliar(entry.type, value)) };
}

function odd(raw: string, reason: string, receivedMs: number): Item {
  return { kind: 'malformed', record: { raw, reason, receivedMs } };
}

/**
 * Seconds since the epoch, as the API gives them: a number, documented as a whole one; also with a fraction, and as
 * text. Anything else is no time.
 * @returns whole milliseconds, never of a later second: windows and checkpoints are in seconds.
 */
export function timeIn(value: unknown): number | undefined {
  const given = typeof value === 'string' && /^\d{1,16}(\.\d{1,9})?$/.test(value.trim()) ? Number(value) : value;
  if (typeof given !== 'number' || !Number.isFinite(given) || given < 0) return undefined;
  const second = Math.floor(given);
  const timeMs = second * 1000 + Math.min(999, Math.round((given - second) * 1000));
  return Number.isSafeInteger(timeMs) ? timeMs : undefined;
}
