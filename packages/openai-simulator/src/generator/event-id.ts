/**
 * Ids of generated events: `audit_log-` and 24 letters and digits, as live records have them. The
 * event's number is hidden in the first six, so that a cursor is found again without a table of a
 * million ids, while ids still carry neither time nor order.
 */
import { fromLetters, mix32, Random, toLetters, unmix32 } from './random.ts';

const prefix = 'audit_log-';
const numberLength = 6;
const restLength = 18;
const idForm = /^audit_log-[A-Za-z0-9]{24}$/;
/** 13 × 2^32 is the greatest multiple of 2^32 below 62^6: the first six characters use nearly their whole range. */
const spread = 13;

/** The id of event `number`, 0 to 2^32 − 1. */
export function eventId(seed: number, number: number): string {
  const random = new Random(seed, idStream, number);
  const hidden = mix32((number ^ mix32(seed)) >>> 0) + random.below(spread) * 2 ** 32;
  return prefix + toLetters(hidden, numberLength) + random.letters(restLength);
}

/** The number of the event that has this id under this seed; undefined when there is none. */
export function eventNumber(seed: number, id: string): number | undefined {
  if (!idForm.test(id)) return undefined;
  const hidden = fromLetters(id.slice(prefix.length, prefix.length + numberLength));
  if (hidden === undefined) return undefined;
  const number = (unmix32(hidden % 2 ** 32) ^ mix32(seed)) >>> 0;
  return eventId(seed, number) === id ? number : undefined;
}

/** Keeps the stream of ids apart from the stream of contents. */
const idStream = 1;
