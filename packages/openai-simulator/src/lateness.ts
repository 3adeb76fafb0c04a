/** How long after it happened an event is shown. The API promises nothing here, so a collector must expect anything. */
import { Random } from './generator/random.ts';

export interface Lateness {
  /** 0 to 1: which part of the generated events is late at all. */
  readonly share: number;
  /** Seconds: the longest delay. Short ones are more frequent than long ones. */
  readonly maxS: number;
}

const latenessStream = 3;

/** Milliseconds that generated event `number` stays hidden: 0 for most, the same for the same seed. */
export function delayMs(seed: number, number: number, { share, maxS }: Lateness): number {
  const random = new Random(seed, latenessStream, number);
  return random.chance(share) ? Math.ceil(random.next() ** 2 * maxS * 1000) : 0;
}
