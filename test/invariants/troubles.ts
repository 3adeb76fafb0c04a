/** What goes wrong for a while in a scenario: the network, the API, its clocks, and how its answers come. */
import type { Knobs } from '@audit-relay/openai-simulator';
import { survivableFaults } from '@audit-relay/openai-simulator';
import type { Chance } from './chance.ts';
import { DAY, HOUR, T0 } from './virtual-time.ts';

/** Something that is wrong for a while; seconds since the epoch. */
export interface Trouble {
  readonly fromS: number;
  readonly toS: number;
  readonly knobs?: Partial<Knobs>;
  /** `down`: nothing can be reached. `silent`: no answer ever comes. */
  readonly network?: 'down' | 'silent';
  /** The journal's disk takes no entries. */
  readonly disk?: 'full';
}

/** All but records of 4 MiB: they are what `big_record_bytes` brings, at a size that costs less time. */
const faultKinds = survivableFaults.filter((kind) => kind !== 'big_record');

export function faultsOf(chance: Chance): Knobs['faults'][number] {
  return { rate: chance.pick([0.01, 0.05, 0.1, 0.3]), seed: chance.whole(1, 1_000_000), kinds: faultKinds };
}

/** In the order in which they begin. */
export function troublesOf(chance: Chance, activeS: number): readonly Trouble[] {
  const made = [
    ...Array.from({ length: chance.mostlySmall(0, 8) }, () => badTime(chance, activeS, badKnobs)),
    ...Array.from({ length: chance.mostlySmall(0, 3) }, () => badTime(chance, activeS, wrongDate)),
    ...Array.from({ length: chance.mostlySmall(0, 3) }, () => badTime(chance, activeS, badBody)),
  ];
  return made.toSorted((a, b) => a.fromS - b.fromS);
}

/** Whether the server tells a wrong time meanwhile. */
export function hasWrongDate({ knobs = {} }: Trouble): boolean {
  return (
    knobs.clock_skew_s !== undefined || knobs.clock_flap_s !== undefined || [knobs.faults ?? []].flat().some(isOfDates)
  );
}

function isOfDates({ kinds = [] }: Knobs['faults'][number]): boolean {
  return kinds.some((kind) => kind === 'date_ahead' || kind === 'date_behind');
}

/** A name for what is wrong, for counting: `refuse`, `down`, `clock_skew_s ahead`. */
export function nameOf({ knobs = {}, network, disk }: Trouble): string {
  const { clock_skew_s: skewS } = knobs;
  if (skewS !== undefined) return `clock_skew_s ${skewS > 0 ? 'ahead' : 'behind'}`;
  if (disk !== undefined) return `disk ${disk}`;
  return network ?? Object.keys(knobs).join(' ');
}

/** A disk that has no room for entries, for minutes or hours: what was asked for by then waits, and may die waiting. */
export function fullDisks(chance: Chance, activeS: number): readonly Trouble[] {
  const times = chance.is(0.3) ? chance.whole(1, 3) : 0;
  return Array.from({ length: times }, () => {
    const fromS = T0 + chance.whole(0, activeS);
    return { fromS, toS: Math.min(T0 + activeS, fromS + chance.mostlySmall(10, 6 * HOUR)), disk: 'full' as const };
  });
}

function badTime(
  chance: Chance,
  activeS: number,
  knobs: (chance: Chance) => Partial<Knobs> | NonNullable<Trouble['network']>,
): Trouble {
  const fromS = T0 + chance.whole(0, activeS);
  const toS = Math.min(T0 + activeS, fromS + chance.mostlySmall(10, 6 * HOUR));
  const drawn = knobs(chance);
  return { fromS, toS, ...(typeof drawn === 'string' ? { network: drawn } : { knobs: drawn }) };
}

function badKnobs(chance: Chance): Partial<Knobs> | NonNullable<Trouble['network']> {
  const knobs = chance.pick<(() => Partial<Knobs>) | 'down' | 'silent'>([
    'down',
    'silent',
    () => ({ refuse: chance.pick(['400', '401_object', '401_text', '403', '429', '500', '502_html', '503']) }),
    () => ({ refuse: '429', retry_after: chance.pick(['seconds', 'date', 'absent', 'zero', 'hour', 'ms']) }),
    () => ({ refuse: chance.pick(['400', '500']), should_retry: chance.pick(['true', 'false']) }),
    () => ({ tenant_unavailable: chance.pick([400, 401, 403] as const) }),
    () => ({ logging_off: chance.pick(['empty', '403']) }),
    () => ({ several_documents: true }),
    () => ({ bad_utf8: true }),
    () => ({ big_record_bytes: 20_000 }),
    () => ({ latencyMs: 5000 }),
    () => ({ repeat_page: true }),
    () => ({ ignore_window_with_after: true }),
    () => ({ ignore_filters: [chance.pick(['effective_at', 'tenant_only'] as const)] }),
    () => ({ has_more_lies: chance.pick(['true', 'false'] as const) }),
    () => ({ cursor_expires_s: 1 }),
    () => ({ faults: [faultsOf(chance), faultsOf(chance)] }),
    () => ({ faults: [{ rate: 0.02, kinds: ['429_hour'] }] }),
  ]);
  return typeof knobs === 'string' ? knobs : knobs();
}

const SKEWS_S: readonly number[] = [60, 600, HOUR, 6 * HOUR, 2 * DAY, 30 * DAY];

/** Ahead or behind by minutes to a month, on all answers, on some, or on those of one of two backends; or in another form. */
function wrongDate(chance: Chance): Partial<Knobs> {
  const skewS = chance.pick(SKEWS_S) * chance.pick([1, 1, -1]);
  const kind = chance.next();
  if (kind < 0.35) return { clock_skew_s: skewS };
  if (kind < 0.6) return { clock_flap_s: skewS };
  const seed = chance.whole(1, 1_000_000);
  const kinds = [chance.pick(['date_ahead', 'date_behind'] as const)];
  if (kind < 0.75) return { faults: [{ rate: chance.pick([0.02, 0.2]), seed, kinds }] };
  return { date_form: chance.pick(['rfc850', 'asctime', 'absent']) };
}

/** Cut short, dripping, or not what the headers say. */
function badBody(chance: Chance): Partial<Knobs> {
  const kind = chance.next();
  if (kind < 0.2) return { reset: chance.pick(['before_head', 'before_body', 'mid_body', 'end_mid_body']) };
  if (kind < 0.3) return { truncated_json: true };
  if (kind < 0.5) return { gzip: chance.pick(['unlabelled', 'mislabelled', 'truncated', 'x_gzip']) };
  if (kind < 0.7) return { slow_body_ms: chance.pick([20_000, 100_000, 200_000]) };
  // A page of 100 ordinary records takes longer than any client waits, one of 10 or of 1 does not.
  return { body_bytes_per_s: chance.pick([10, 50, 200, 2000]) };
}
