/** How long the other side wants to be left alone. */
import { parseHttpDate } from './http-date.ts';

/** A day: what asks for more is a mistake. */
const LONGEST_WAIT_MS = 86_400_000;

/** Headers as an answer gives them. */
export interface WithHeaders {
  header(name: string): string | undefined;
}

/**
 * `retry-after-ms`, then `Retry-After` in seconds or as a date (RFC 9110, section 10.2.3): milliseconds, from 0 to a day.
 * Undefined: nothing usable was asked for. A date in the past asks for nothing.
 * @param nowMs what dates are compared with: milliseconds since the epoch.
 */
export function retryAfterMs(answer: WithHeaders, nowMs: number): number | undefined {
  const millis = decimal(answer.header('retry-after-ms'));
  const text = answer.header('retry-after')?.trim();
  const seconds = decimal(text);
  const dateMs = parseHttpDate(text, nowMs);
  const asked = millis ?? (seconds === undefined ? (dateMs ?? Number.NaN) - nowMs : seconds * 1_000);
  return asked >= 0 ? Math.min(Math.ceil(asked), LONGEST_WAIT_MS) : undefined;
}

function decimal(text: string | undefined): number | undefined {
  return /^\s*\d+(\.\d+)?\s*$/.test(text ?? '') ? Number(text) : undefined;
}
