/** Figures for people: short, with units, and the same width from one second to the next. */

export function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** Events a second. */
export function rate(value: number): string {
  if (value >= 1_000) return `${(value / 1_000).toFixed(1)}k`;
  return value >= 100 || value === 0 ? value.toFixed(0) : value.toFixed(1);
}

const UNITS: readonly (readonly [seconds: number, unit: string])[] = [
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'min'],
  [1, 's'],
];

/** `4.2 s`, `3 min 20 s`, `2 d 4 h`: at most two units. */
export function duration(ms: number): string {
  const seconds = Math.max(0, ms) / 1_000;
  if (seconds < 10) return `${seconds.toFixed(1).replace('.0', '')} s`;
  const at = UNITS.findIndex(([size]) => seconds >= size);
  const [size, unit] = UNITS[at] ?? [1, 's'];
  const whole = Math.floor(seconds / size);
  const next = UNITS[at + 1];
  const rest = next === undefined ? 0 : Math.floor((seconds - whole * size) / next[0]);
  return rest === 0 || next === undefined ? `${whole} ${unit}` : `${whole} ${unit} ${rest} ${next[1]}`;
}

export function bytes(value: number): string {
  if (value < 1024) return `${value} B`;
  const [size, unit] = value < 2 ** 20 ? [1024, 'KiB'] : value < 2 ** 30 ? [2 ** 20, 'MiB'] : [2 ** 30, 'GiB'];
  const shown = value / size;
  return `${shown.toFixed(shown < 10 && shown !== Math.round(shown) ? 1 : 0)} ${unit}`;
}

/** Of the day, by this browser's zone: `02:13:05`. */
export function clock(ms: number): string {
  return new Date(ms).toLocaleTimeString('en-GB');
}

/** As the commands print it: `2026-11-29T02:13:05Z`. */
export function utc(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** `12 s ago`; what a clock that is a little ahead makes negative is now. */
export function ago(ms: number, nowMs: number): string {
  return nowMs - ms < 1_000 ? 'now' : `${duration(nowMs - ms)} ago`;
}

/** As `rate`, in few characters. */
export function rateTick(value: number): string {
  return rate(value).replace(/\.0$/, '');
}

/** `0.5 s`, `90 s`, `5 m`, `2.5 h`: one unit. */
export function secondsTick(seconds: number): string {
  const [size, unit] =
    seconds < 120 ? [1, 's'] : seconds < 7_200 ? [60, 'm'] : seconds < 172_800 ? [3_600, 'h'] : [86_400, 'd'];
  return `${Number((seconds / size).toFixed(1))} ${unit}`;
}
