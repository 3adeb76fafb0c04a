/**
 * Durations and sizes as people write them in YAML, read into milliseconds and bytes. Their range goes
 * into the JSON Schema as `title`, which has no keyword for it and which editors show.
 */
import { z } from 'zod';

const MILLISECONDS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const BYTES = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 } as const;

export interface Bounds {
  /** As it would be written in YAML: `1s`, `64MiB`. */
  readonly min: string;
  readonly max?: string;
}

/** `250ms`, `30s`, `5m`, `24h`, `7d`, whole or decimal → whole milliseconds. */
export function duration(bounds: Bounds): z.ZodType<number, string> {
  return unit({ name: 'duration', expected: 'a duration such as 30s, 5m, 24h or 7d', factors: MILLISECONDS }, bounds);
}

/** `900kB`, `64MiB`, `2GiB` → whole bytes. */
export function size(bounds: Bounds): z.ZodType<number, string> {
  return unit({ name: 'size', expected: 'a size such as 900kB, 64MiB or 2GiB', factors: BYTES }, bounds);
}

/**
 * `2026-01-01T00:00:00Z` or a date (its midnight in UTC), as text or as the date that YAML makes of it → whole seconds since the epoch, rounded down; `90d` → how long ago, in whole
 * seconds, rounded up.
 */
export function startTime(): z.ZodType<number | { readonly secondsAgo: number }, unknown> {
  const at = z
    .union([z.iso.datetime({ offset: true }), z.iso.date(), z.date()])
    .transform((value) => Math.floor(new Date(value).getTime() / 1000));
  const ago = duration({ min: '1s', max: '3650d' }).transform((ms) => ({ secondsAgo: Math.ceil(ms / 1000) }));
  return z
    .union([at, ago], {
      error: 'expected a time such as 2026-01-01T00:00:00Z, a date such as 2026-01-01, or how far back, such as 90d',
    })
    .meta({ title: 'RFC 3339 time, date, or duration' });
}

interface Kind {
  readonly name: string;
  readonly expected: string;
  readonly factors: Readonly<Record<string, number>>;
}

function unit({ name, expected, factors }: Kind, { min, max }: Bounds): z.ZodType<number, string> {
  const least = parse(min, factors);
  const most = max === undefined ? Number.POSITIVE_INFINITY : parse(max, factors);
  const range = max === undefined ? `${min} or more` : `${min} to ${max}`;
  const read = z.string({ error: `expected ${expected}` }).transform((text, context) => {
    const value = parse(text, factors);
    if (value >= least && value <= most) return value;
    const message = Number.isNaN(value) ? `expected ${expected}` : `expected ${range}`;
    context.issues.push({ code: 'custom', input: text, message });
    return z.NEVER;
  });
  return read.meta({ title: `${name}, ${range}` });
}

/** NaN when `text` is no number with a known unit. */
function parse(text: string, factors: Readonly<Record<string, number>>): number {
  const match = /^(\d+(?:\.\d+)?) ?([A-Za-z]+)$/.exec(text.trim());
  const factor = factors[match?.[2] ?? ''];
  return factor === undefined ? Number.NaN : Math.round(Number(match?.[1]) * factor);
}
