/**
 * What befalls one simulated organization and its relay, made from a seed: which events happen and when they
 * become visible, what kind of server the API is, what goes wrong with it for a while. Pure data; `world.ts`
 * lets it happen. How the relay lives and dies in it is drawn in `simulation.ts`.
 */
import type { Knobs, NewEvent } from '@audit-relay/openai-simulator';
import { survivableFaults } from '@audit-relay/openai-simulator';
import type { Chance } from './chance.ts';
import { type Happening, happenings } from './happenings.ts';
import { DAY, HOUR, T0 } from './virtual-time.ts';

export interface Story {
  /** For so many seconds from `T0` on things go wrong; then all is well. */
  readonly activeS: number;
  /** `sweep` and `overlap` of the source, in seconds. */
  readonly sweepS: number;
  readonly overlapS: number;
  /** `backfill_start_time`, in seconds since the epoch. */
  readonly startS?: number;
  /** What is in the log when the relay begins. */
  readonly history: readonly NewEvent[];
  readonly happenings: readonly Happening[];
  /** What kind of server it is, all along. */
  readonly server: Partial<Knobs>;
  /** Whether its relay is killed and stopped while things go wrong. */
  readonly isMortal: boolean;
  /** In the order in which they begin. */
  readonly troubles: readonly Trouble[];
  /** By how much this host's clock is off, from when on. */
  readonly hostClock: readonly { readonly atS: number; readonly offsetMs: number }[];
}

/** Something that is wrong for a while; seconds since the epoch. */
export interface Trouble {
  readonly fromS: number;
  readonly toS: number;
  readonly knobs?: Partial<Knobs>;
  /** `down`: nothing can be reached. `silent`: no answer ever comes. */
  readonly network?: 'down' | 'silent';
}

export function storyOf(chance: Chance): Story {
  const sweepS = chance.pick([HOUR, 2 * HOUR, 6 * HOUR, DAY]);
  const overlapS = chance.pick([120, 600, 1800]);
  const activeS = chance.mostlySmall(HOUR, 30 * HOUR);
  const widths = { activeS, sweepS, overlapS };
  const { history, live } = happenings(chance.stream('events'), widths);
  return {
    ...widths,
    ...(chance.is(0.5) ? { startS: T0 - chance.mostlySmall(60, 12 * DAY) } : {}),
    history,
    happenings: live,
    isMortal: true,
    server: serverOf(chance.stream('server')),
    troubles: troublesOf(chance.stream('troubles'), activeS),
    hostClock: hostClockOf(chance.stream('clock'), activeS),
  };
}

/** Both orders are possible, and so is every member of the envelope that servers were seen to leave out. */
function serverOf(chance: Chance): Partial<Knobs> {
  return {
    order: chance.pick(['desc', 'desc', 'desc', 'asc']),
    envelope: {
      object: chance.pick(['present', 'absent']),
      ids: chance.pick(['present', 'present', 'null', 'absent']),
    },
    no_last_id: chance.is(0.1),
    cursor_swap: chance.is(0.1),
    ignore_unknown_params: chance.is(0.5),
    after_unknown: chance.pick(['400', 'empty']),
    cursor_expires_s: chance.pick([0, 0, 0, 30, 300]),
    insert_during_walk: chance.pick([0, 0, 0, 1, 5]),
    rate_limit: chance.pick([0, 0, 0, 2, 10]),
    clock_skew_s: chance.pick([0, 0, 0, 1, -1, 30, -30, 290, -290]),
    latencyMs: chance.pick([0, 0, 0, 900]),
    faults: chance.is(0.7) ? [faultsOf(chance)] : [],
  };
}

/** All but records of 4 MiB: they are what `big_record_bytes` brings, at a size that costs less time. */
const faultKinds = survivableFaults.filter((kind) => kind !== 'big_record');

function faultsOf(chance: Chance): Knobs['faults'][number] {
  return { rate: chance.pick([0.01, 0.05, 0.1, 0.3]), seed: chance.whole(1, 1_000_000), kinds: faultKinds };
}

function troublesOf(chance: Chance, activeS: number): readonly Trouble[] {
  const made = Array.from({ length: chance.mostlySmall(0, 8) }, (): Trouble => {
    const fromS = T0 + chance.whole(0, activeS);
    const toS = Math.min(T0 + activeS, fromS + chance.mostlySmall(10, 6 * HOUR));
    return { fromS, toS, ...badTime(chance) };
  });
  return made.toSorted((a, b) => a.fromS - b.fromS);
}

function badTime(chance: Chance): Pick<Trouble, 'knobs' | 'network'> {
  const knobs = chance.pick<(() => Partial<Knobs>) | 'down' | 'silent'>([
    'down',
    'silent',
    () => ({ refuse: chance.pick(['400', '401_object', '401_text', '403', '429', '500', '502_html', '503']) }),
    () => ({ refuse: '429', retry_after: chance.pick(['seconds', 'date', 'absent', 'zero', 'hour', 'ms']) }),
    () => ({ refuse: chance.pick(['400', '500']), should_retry: chance.pick(['true', 'false']) }),
    () => ({ tenant_unavailable: chance.pick([400, 401, 403] as const) }),
    () => ({ logging_off: chance.pick(['empty', '403']) }),
    () => ({ reset: chance.pick(['before_head', 'before_body', 'mid_body']) }),
    () => ({ truncated_json: true }),
    () => ({ several_documents: true }),
    () => ({ bad_utf8: true }),
    () => ({ big_record_bytes: 20_000 }),
    () => ({ slow_body_ms: 20_000 }),
    () => ({ latencyMs: 5000 }),
    () => ({ repeat_page: true }),
    () => ({ ignore_window_with_after: true }),
    () => ({ ignore_filters: [chance.pick(['effective_at', 'tenant_only'] as const)] }),
    () => ({ has_more_lies: chance.pick(['true', 'false'] as const) }),
    () => ({ cursor_expires_s: 1 }),
    () => ({ faults: [faultsOf(chance), faultsOf(chance)] }),
    () => ({ faults: [{ rate: 0.02, kinds: ['429_hour'] }] }),
  ]);
  return typeof knobs === 'string' ? { network: knobs } : { knobs: knobs() };
}

/** Wrong from the first, set right, set wrong: minutes for a host without a time server, hours for a wrong zone. */
function hostClockOf(chance: Chance, activeS: number): Story['hostClock'] {
  const steps = chance.some(3, () => ({
    atS: T0 + chance.whole(0, activeS),
    offsetMs: chance.pick([0, 250, -400, 90_000, -90_000, 6 * HOUR * 1000, -6 * HOUR * 1000]),
  }));
  const first = { atS: T0, offsetMs: chance.pick([0, 0, 700, 60_000, -60_000, 3 * HOUR * 1000, -3 * HOUR * 1000]) };
  return [first, ...steps.toSorted((a, b) => a.atS - b.atS)];
}
