/** Points in time on the command line, as `backfill_start_time` has them in YAML. */
import { z } from 'zod';
import { parseDuration } from './duration.ts';

const written = z.union([z.iso.datetime({ offset: true }), z.iso.date()]);

/** What `parsePoint` takes, for whoever wrote something else. */
export const POINT_FORMS = '2026-01-01T00:00:00Z, 2026-01-01, or how long ago, such as 90d';

/**
 * An RFC 3339 time, a date (its midnight in UTC), or a duration before `nowMs` → whole seconds since the epoch,
 * rounded down; undefined when it is none of them.
 */
export function parsePoint(text: string, nowMs: number): number | undefined {
  const agoMs = parseDuration(text);
  if (agoMs !== undefined) return Math.floor((nowMs - agoMs) / 1_000);
  return written.safeParse(text).success ? Math.floor(Date.parse(text) / 1_000) : undefined;
}

/** `2026-01-01T00:00:00Z` */
export function pointText(seconds: number): string {
  return new Date(seconds * 1_000).toISOString().replace('.000Z', 'Z');
}

const UNITS = [
  { name: 'd', seconds: 86_400 },
  { name: 'h', seconds: 3_600 },
  { name: 'min', seconds: 60 },
  { name: 's', seconds: 1 },
] as const;

/** The two largest units that say something, rounded up to the smaller one: `3 d 4 h`, `12 min`; `1 s` at least. */
export function lengthText(seconds: number): string {
  const whole = Math.max(1, Math.ceil(seconds));
  const larger = UNITS.find((unit) => whole >= unit.seconds) ?? UNITS[3];
  // From ten of the larger on, the smaller one says little.
  const smaller = whole >= 10 * larger.seconds ? larger : (UNITS[UNITS.indexOf(larger) + 1] ?? larger);
  const rounded = Math.ceil(whole / smaller.seconds) * smaller.seconds;
  const text = `${Math.floor(rounded / larger.seconds)} ${larger.name}`;
  const rest = (rounded % larger.seconds) / smaller.seconds;
  return rest === 0 ? text : `${text} ${rest} ${smaller.name}`;
}
