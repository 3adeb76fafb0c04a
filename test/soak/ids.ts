/**
 * What an agent keeps of each event by design: its id, for the hour of its time and the one before. At a steady rate it grows all
 * through an hour, and ends with it; a soak of one hour would take that for a leak.
 */
const HOUR_MS = 3_600_000;

/** Bytes of an `IdTable` of so many ids: 16 a slot, three quarters of the slots filled at most. */
export function tableBytes(ids: number): number {
  return 16 * slotsFor((slots) => ids * 4 <= slots * 3, 16);
}

/** Bytes of an `IdHours` of so many ids: 6 a slot. */
export function hoursBytes(ids: number): number {
  return 6 * slotsFor((slots) => (ids - 1) * 4 < slots * 3, 1_024);
}

function slotsFor(holds: (slots: number) => boolean, least: number): number {
  let slots = least;
  while (!holds(slots)) slots *= 2;
  return slots;
}

export interface SteadyRate {
  /** Events a second. */
  readonly rate: number;
  /** Milliseconds since the epoch. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** In MB of a million bytes. */
export function idsMb({ rate, fromMs, toMs }: SteadyRate): number {
  const hourMs = Math.floor(toMs / HOUR_MS) * HOUR_MS;
  const between = (from: number, to: number): number => (Math.max(0, to - Math.max(from, fromMs)) / 1_000) * rate;
  const [own, before] = [between(hourMs, toMs), between(hourMs - HOUR_MS, hourMs)].map(Math.floor);
  const all = Math.floor(((toMs - fromMs) / 1_000) * rate);
  return (tableBytes(own ?? 0) + tableBytes(before ?? 0) + hoursBytes(all)) / 1e6;
}
