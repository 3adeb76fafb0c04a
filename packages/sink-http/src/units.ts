/** Durations and sizes as they stand in YAML, such as `30s` and `64MiB`. */
import { z } from 'zod';

const MILLISECONDS = { ms: 1, s: 1_000, m: 60_000 } as const;
const BYTES = { kB: 1e3, MB: 1e6, GB: 1e9, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 } as const;

/** As it would be written in YAML. */
interface Range {
  readonly min: string;
  readonly max: string;
}

/** `250ms`, `30s`, `5m` → whole milliseconds. */
export function duration(range: Range): z.ZodType<number, string> {
  return unit({ name: 'duration', expected: 'a duration such as 30s or 5m', factors: MILLISECONDS }, range);
}

/** `900kB`, `64MiB` → whole bytes. */
export function size(range: Range): z.ZodType<number, string> {
  return unit({ name: 'size', expected: 'a size such as 900kB or 64MiB', factors: BYTES }, range);
}

interface Kind {
  readonly name: string;
  readonly expected: string;
  readonly factors: Readonly<Record<string, number>>;
}

function unit({ name, expected, factors }: Kind, { min, max }: Range): z.ZodType<number, string> {
  const read = z.string({ error: `expected ${expected}` }).transform((text, context) => {
    const value = parse(text, factors);
    if (value >= parse(min, factors) && value <= parse(max, factors)) return value;
    const message = Number.isNaN(value) ? `expected ${expected}` : `expected ${min} to ${max}`;
    context.issues.push({ code: 'custom', input: text, message });
    return z.NEVER;
  });
  return read.meta({ title: `${name}, ${min} to ${max}` });
}

/** NaN when `text` is no number with a known unit. */
function parse(text: string, factors: Readonly<Record<string, number>>): number {
  const match = /^(\d+(?:\.\d+)?) ?([A-Za-z]+)$/.exec(text.trim());
  const factor = factors[match?.[2] ?? ''];
  return factor === undefined ? Number.NaN : Math.round(Number(match?.[1]) * factor);
}
