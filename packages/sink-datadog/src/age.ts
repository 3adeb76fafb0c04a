/**
 * The rule of 18 hours: Datadog says yes to a log whose date lies further back, or more than 2 hours ahead, and drops it. So each
 * event is judged at every attempt, and goes out with a date that the intake keeps, or not at all.
 */
import type { Envelope } from '@audit-relay/sink';
import type { DatadogConfig } from './config.ts';
import type { Stamp } from './entry.ts';

const MINUTE_MS = 60_000;

/** docs.datadoghq.com/api/latest/logs/#send-logs (read in November 2026). */
export const PAST_MS: number = 18 * 60 * MINUTE_MS;
/** docs.datadoghq.com/logs/log_configuration/processors/log_date_remapper (read in November 2026). */
export const AHEAD_MS: number = 2 * 60 * MINUTE_MS;

/** For the way there, and for clocks that differ: nothing is sent so near to either end. */
const MARGIN_MS = 30 * MINUTE_MS;

/** Said of a send by its date and of an answer by its `Date`: whether the intake keeps what has this date. */
export function isKept(atMs: number, nowMs: number, marginMs: number = 0): boolean {
  return nowMs - atMs <= PAST_MS - marginMs && atMs - nowMs <= AHEAD_MS - marginMs;
}

/** `send`: with which date; `old`: it had been too old when it was received, and `old_events` says that it is not sent. */
export type Judged =
  | { readonly kind: 'send'; readonly stamp: Stamp; readonly isRestamped: boolean }
  | { readonly kind: 'old'; readonly policy: 'exclude' | 'dead_letter' };

export interface Judging {
  readonly policy: DatadogConfig['old_events'];
  /** The intake's time, as far as it is known. */
  readonly nowMs: number;
}

/**
 * An event that came in time is late by an outage, of ours or theirs: it goes out with the time of sending. One that was old
 * already is of a backfill.
 */
export function judge(
  { timeMs, receivedMs }: Pick<Envelope, 'timeMs' | 'receivedMs'>,
  { policy, nowMs }: Judging,
): Judged {
  if (isKept(timeMs, nowMs, MARGIN_MS)) return { kind: 'send', stamp: { atMs: timeMs }, isRestamped: false };
  if (timeMs > nowMs) return restamped(nowMs, 'ahead:true');
  // What is not that old now was not when it was received, whatever the host's clock said then.
  const wasInTime = receivedMs - timeMs <= PAST_MS || nowMs - timeMs <= PAST_MS;
  if (policy === 'restamp' || wasInTime) return restamped(nowMs, 'late:true');
  return { kind: 'old', policy };
}

function restamped(nowMs: number, tag: string): Judged {
  return { kind: 'send', stamp: { atMs: nowMs, tag }, isRestamped: true };
}
