/**
 * What befalls one simulated organization and its relay, made from a seed: which events happen and when they
 * become visible, what kind of server the API is, what goes wrong with it for a while. Pure data; `world.ts`
 * lets it happen. How the relay lives and dies in it is drawn in `simulation.ts`.
 */
import type { Knobs, NewEvent } from '@audit-relay/openai-simulator';
import type { Chance } from './chance.ts';
import { type EventGroup, eventStream } from './event-stream.ts';
import type { ClockSet, Nap } from './host.ts';
import { faultsOf, fullDisks, type Trouble, troublesOf } from './troubles.ts';
import { DAY, HOUR, T0 } from './virtual-time.ts';

export type { Trouble };

export interface Scenario {
  /** For so many seconds from `T0` on things go wrong; then all is well. */
  readonly activeS: number;
  /** `sweep` and `overlap` of the source, in seconds. */
  readonly sweepS: number;
  readonly overlapS: number;
  /** `backfill_start_time` of the runs that begin from then on, each earlier than the one before; seconds since the epoch. */
  readonly starts: readonly { readonly atS: number; readonly startS: number }[];
  /** What is in the log when the relay begins. */
  readonly history: readonly NewEvent[];
  readonly events: readonly EventGroup[];
  /** What kind of server it is, all along. */
  readonly server: Partial<Knobs>;
  /** Whether its relay is killed and stopped while things go wrong. */
  readonly isMortal: boolean;
  /** In the order in which they begin. */
  readonly troubles: readonly Trouble[];
  /** By how much this host's clock is off, from when on. */
  readonly hostClock: readonly ClockSet[];
  /** When this host sleeps. */
  readonly naps: readonly Nap[];
  /** While things go wrong, larger bodies do not come through, in bytes; absent: what the client takes. */
  readonly maxBodyBytes?: number;
  /** Between two polls, in seconds; absent: drawn anew for each run. */
  readonly pollS?: number;
  /** How many runs of a hundred leave out one of the feeds. */
  readonly feedsLeftOut: number;
  /** How many runs of a hundred are told to journal some past time once more. */
  readonly reIngests: number;
  /** Of what may be in flight between the API and the journal; absent: the default. */
  readonly memoryBytes?: number;
}

export function storyOf(chance: Chance): Scenario {
  const sweepS = chance.pick([HOUR, 2 * HOUR, 6 * HOUR, DAY]);
  const overlapS = chance.pick([120, 600, 1800]);
  const outage = firstOutageOf(chance.stream('outage'));
  const outageS = outage === undefined ? 0 : outage.toS - T0;
  const activeS = outageS + chance.mostlySmall(HOUR, 30 * HOUR);
  const large = chance.stream('large');
  const maxBodyBytes = large.is(0.25) ? large.pick([3_000, 20_000, 100_000]) : undefined;
  const largeBytes = large.is(0.25) ? large.pick([2_000, 30_000, 120_000]) : large.is(0.05) ? 2_000_000 : 0;
  const hostClock = hostClockOf(chance.stream('clock'), activeS);
  const feedsLeftOut = chance.stream('feeds').pick([0, 0, 0, 10, 40]);
  const disks = fullDisks(chance.stream('disk'), activeS);
  const memory = chance.stream('memory');
  const memoryBytes = memory.is(0.25) ? memory.pick([400_000, 2_000_000, 8_000_000]) : undefined;
  const areShared = feedsLeftOut === 0 && outage === undefined;
  const widths = { activeS, areShared, sweepS, overlapS, largeBytes, unsettled: large.is(0.3) ? 0.05 : 0 };
  const { history, live } = eventStream(chance.stream('events'), widths);
  return {
    activeS,
    sweepS,
    overlapS,
    starts: startsOf(chance.stream('starts'), activeS, hostClock),
    history,
    events: live,
    isMortal: true,
    server: serverOf(chance.stream('server')),
    troubles: [
      ...(outage === undefined ? [] : [outage]),
      ...inOrder([...troublesOf(chance.stream('troubles'), activeS), ...disks]),
    ],
    hostClock,
    naps: napsOf(chance.stream('naps'), activeS),
    ...(maxBodyBytes === undefined ? {} : { maxBodyBytes }),
    feedsLeftOut,
    reIngests: chance.stream('re-ingest').pick([0, 0, 20, 60]),
    ...(memoryBytes === undefined ? {} : { memoryBytes }),
  };
}

/**
 * Half of the scenarios have a start from the first; in some it comes later, or an earlier one does. None lies ahead of
 * a clock that is days behind: it would be refused.
 */
function startsOf(chance: Chance, activeS: number, hostClock: Scenario['hostClock']): Scenario['starts'] {
  const earlier = chance.some(2, () => T0 + chance.whole(1, activeS)).toSorted((a, b) => a - b);
  const given = [...(chance.is(0.5) ? [T0] : []), ...earlier];
  let startS = T0 + Math.floor(Math.min(0, ...hostClock.map(({ offsetMs }) => offsetMs / 1000)));
  return given.map((atS) => {
    startS -= chance.mostlySmall(60, 12 * DAY);
    return { atS, startS };
  });
}

/** The first answer comes hours or days late: the key is wrong, or nothing can be reached. */
function firstOutageOf(chance: Chance): Trouble | undefined {
  if (!chance.is(0.12)) return undefined;
  const wrong = chance.pick<Pick<Trouble, 'knobs' | 'network'>>([
    { network: 'down' },
    { knobs: { refuse: '401_object' } },
    { knobs: { tenant_unavailable: 403 } },
  ]);
  return { fromS: T0, toS: T0 + chance.whole(6 * HOUR, 6 * DAY), ...wrong };
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
    date_form: chance.pick(['imf', 'imf', 'imf', 'imf', 'rfc850', 'asctime']),
    faults: chance.is(0.7) ? [faultsOf(chance)] : [],
  };
}

/** Wrong from the first, set right, set wrong: minutes for a host without a time server, hours for a wrong zone, days for a dead battery. */
function hostClockOf(chance: Chance, activeS: number): Scenario['hostClock'] {
  const offsets = [
    0,
    0,
    250,
    -400,
    90_000,
    -90_000,
    6 * HOUR * 1000,
    -6 * HOUR * 1000,
    5 * DAY * 1000,
    -5 * DAY * 1000,
  ];
  const steps = chance.some(3, () => ({ atS: T0 + chance.whole(0, activeS), offsetMs: chance.pick(offsets) }));
  const first = { atS: T0, offsetMs: chance.pick([0, 0, 0, 0, ...offsets, 3 * HOUR * 1000, -3 * HOUR * 1000]) };
  return [first, ...steps.toSorted((a, b) => a.atS - b.atS)];
}

/** In the order in which they begin. */
function inOrder(troubles: readonly Trouble[]): readonly Trouble[] {
  return troubles.toSorted((a, b) => a.fromS - b.fromS);
}

/** Minutes under a lid that is shut, or a night. */
function napsOf(chance: Chance, activeS: number): Scenario['naps'] {
  const naps = chance.some(4, () => {
    const fromS = T0 + chance.whole(60, activeS);
    return { fromS, toS: fromS + chance.mostlySmall(60, 12 * HOUR), isCounted: chance.is(0.5) };
  });
  const sorted = naps.toSorted((a, b) => a.fromS - b.fromS);
  return sorted.filter(({ fromS }, index) => sorted.slice(0, index).every(({ toS }) => toS < fromS));
}
