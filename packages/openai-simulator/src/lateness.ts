/** How long after it happened an event is shown. The API promises nothing here, so a collector must expect anything. */
import { Random } from './generator/random.ts';

export interface Lateness {
  /** 0 to 1: which part of the generated events is late at all. */
  readonly share: number;
  /** Seconds: the longest delay. Short ones are more frequent than long ones. */
  readonly maxS: number;
}

/** Events that are written into the log long after they happened: a short-lived `source` in the API's reference was `backfill`. */
export interface Backfill {
  /** 0 to 1: which part of the generated events comes that way. */
  readonly share: number;
  /** Seconds: the longest delay. None is shorter than half of it. */
  readonly maxS: number;
}

const latenessStream = 3;
const backfillStream = 5;

/** Milliseconds that generated event `number` stays hidden: 0 for most, the same for the same seed. */
export function delayMs(
  seed: number,
  number: number,
  { late, backfill }: { readonly late: Lateness; readonly backfill: Backfill },
): number {
  const long = new Random(seed, backfillStream, number);
  if (long.chance(backfill.share)) return Math.ceil(((1 + long.next()) / 2) * backfill.maxS * 1000);
  const short = new Random(seed, latenessStream, number);
  return short.chance(late.share) ? Math.ceil(short.next() ** 2 * late.maxS * 1000) : 0;
}
