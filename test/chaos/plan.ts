/** From a seed to a schedule. */
import { survivableFaults } from '@audit-relay/openai-simulator';
import { Chance } from '../invariants/chance.ts';
import { faultsOf } from './peers.ts';
import {
  type Act,
  type Between,
  CORRUPTIONS,
  type End,
  type Life,
  type LifeConfig,
  PROXIABLE,
  type Schedule,
  SINKS,
  type SinkName,
  TUNNEL_MODES,
  type WireMode,
} from './schedule.ts';

/** The steps of the data's path at which a life may be killed. */
const STEPS = [
  'PAGE_READ',
  'WINDOW_WALKED',
  'JOURNAL_COMMITTING',
  'JOURNAL_COMMITTED',
  'WINDOW_COMMITTED',
  'REACH_EXTENDED',
  'BATCH_SENDING',
  'BATCH_SETTLED',
  'CURSOR_SAVING',
  'CURSOR_SAVED',
] as const;
const WIRES: readonly WireMode[] = ['refused', 'reset', 'silent', 'slow', 'cut', 'answer_lost', 'answer_held'];
const LONG_FAULTS = ['429_hour', 'date_ahead', 'date_behind'] as const;

export function scheduleOf(seed: number): Schedule {
  const chance = new Chance(seed).stream('chaos');
  const lives = chance.whole(2, 4);
  const base = configOf(chance);
  const poison = Object.fromEntries(
    SINKS.map((sink) => [sink, chance.is(0.25) ? chance.whole(1, 2) : 0]),
  ) as Schedule['poison'];
  const refusing = SINKS.filter((sink) => poison[sink] > 0);
  return {
    seed,
    history: { events: chance.whole(40, 250), spanS: chance.pick([600, 6 * 3_600, 14 * 3_600]) },
    backfill: chance.is(0.8),
    mode: chance.pick(['index', 'data_stream'] as const),
    acknowledges: chance.is(0.6),
    requiresAcks: chance.is(0.5),
    indexers: chance.pick([1, 1, 2, 3]),
    idempotent: chance.is(0.5),
    proxied: chance.is(0.5) ? PROXIABLE.filter(() => chance.is(0.6)) : [],
    poison,
    smallDisk: chance.is(0.1),
    lives: Array.from({ length: lives }, (_, index) => lifeOf(chance, { base, refusing, isLast: index === lives - 1 })),
    quietWithin: chance.is(0.7),
  };
}

function configOf(chance: Chance): LifeConfig {
  return {
    sinks: SINKS,
    filtered: chance.is(0.3) ? SINKS.filter(() => chance.is(0.5)) : [],
    someTypes: false,
    format: chance.pick(['ecs', 'ocsf', 'raw'] as const),
    maxEvents: chance.pick([5, 20, 100]),
    concurrency: chance.whole(1, 4),
  };
}

interface Living {
  readonly base: LifeConfig;
  /** Sinks whose peers refuse an event or two. */
  readonly refusing: readonly SinkName[];
  readonly isLast: boolean;
}

/** What goes wrong in a life. */
function faults(chance: Chance): readonly Act[] {
  return [
    ...(chance.is(0.9) ? [burst(chance)] : []),
    ...chance.some(5, sinkFault),
    ...(chance.is(0.5) ? [sinkFault(chance)] : []),
    ...(chance.is(0.6) ? [apiFault(chance)] : []),
    ...(chance.is(0.4) ? [wireFault(chance)] : []),
    ...(chance.is(0.3) ? [tunnelFault(chance)] : []),
  ];
}

/** What changes around it, and what is asked for. */
function changes(chance: Chance, { base, refusing }: Omit<Living, 'isLast'>): readonly Act[] {
  return [
    ...(chance.is(0.2) ? [reload(chance, base)] : []),
    ...(chance.is(0.2) ? [nameless(chance)] : []),
    ...(chance.is(0.3) ? requests(chance, refusing) : []),
    ...(chance.is(0.15) ? [{ kind: 'pause', atMs: chance.whole(0, 600), forMs: chance.whole(100, 900) } as const] : []),
    ...(chance.is(0.15) ? [clockJump(chance)] : []),
    ...(chance.is(0.15) ? [rotation(chance)] : []),
    ...(chance.is(0.1)
      ? [{ kind: 'disk_full', atMs: chance.whole(0, 500), forMs: chance.whole(100, 700) } as const]
      : []),
  ];
}

function lifeOf(chance: Chance, { base, refusing, isLast }: Living): Life {
  const acts = [...faults(chance), ...changes(chance, { base, refusing })];
  return {
    config: chance.is(0.4) ? changed(chance, { base, isLast }) : base,
    acts: acts.toSorted((a, b) => a.atMs - b.atMs),
    end: isLast ? { kind: 'drained' } : endOf(chance),
    between: isLast ? [] : betweenOf(chance),
  };
}

/** A sink that is taken out comes back in another life; the last one has all of them. */
function changed(
  chance: Chance,
  { base, isLast }: { readonly base: LifeConfig; readonly isLast: boolean },
): LifeConfig {
  const other = configOf(chance);
  const fewer = SINKS.filter(() => chance.is(0.7));
  return {
    ...other,
    filtered: chance.is(0.5) ? other.filtered : base.filtered,
    sinks: isLast || fewer.length === 0 ? SINKS : fewer,
    someTypes: chance.is(0.2),
  };
}

function burst(chance: Chance): Act {
  const isLate = chance.is(0.4);
  const lateS = isLate ? chance.pick([1, 2, 60, 600, 3_000, 40_000]) : 0;
  return {
    kind: 'burst',
    atMs: chance.whole(-1, 500),
    count: chance.pick([3, 20, 60, 150]),
    lateS,
    ageS: chance.whole(1, 40),
  };
}

function sinkFault(chance: Chance): Act {
  const sink = chance.pick(SINKS);
  const share = chance.pick([0.2, 0.5, 1]);
  const lasts = chance.is(0.6) ? { forMs: chance.whole(200, 1_500) } : {};
  return { kind: 'sink', atMs: chance.whole(-1, 1_500), ...lasts, sink, fault: chance.pick(faultsOf(sink)), share };
}

function apiFault(chance: Chance): Act {
  const lasts = chance.is(0.6) ? { forMs: chance.whole(300, 1_500) } : {};
  const plan = (kinds: Parameters<typeof chance.pick>[0]): object => ({
    faults: [{ rate: chance.pick([0.1, 0.3, 0.6]), seed: chance.whole(1, 1_000_000), kinds }],
  });
  const [name, knobs] = chance.pick<() => readonly [string, object]>([
    () => ['faults', plan(survivableFaults)],
    () => ['faults', plan(survivableFaults)],
    () => {
      const kind = chance.pick(survivableFaults);
      return [kind, { ...plan([kind]) }];
    },
    () => {
      const kind = chance.pick(LONG_FAULTS);
      return [kind, plan([kind])];
    },
    () => {
      const refuse = chance.pick(['400', '401_object', '401_text', '403', '429', '500', '502_html', '503']);
      return [`refuse ${refuse}`, { refuse, retry_after: chance.pick(['seconds', 'date', 'absent', 'zero', 'ms']) }];
    },
    () => {
      const skewS = chance.pick([60, 3_600, 86_400]) * chance.pick([1, -1]);
      return chance.is(0.5) ? ['clock_skew_s', { clock_skew_s: skewS }] : ['clock_flap_s', { clock_flap_s: skewS }];
    },
    () => chance.pick(KNOBS),
  ])();
  return { kind: 'api', atMs: chance.whole(-1, 400), ...lasts, name, knobs };
}

const KNOBS: readonly (readonly [string, object])[] = [
  ['rate_limit', { rate_limit: 3 }],
  ['tenant_unavailable', { tenant_unavailable: 403 }],
  ['cursor_swap', { cursor_swap: true }],
  ['repeat_page', { repeat_page: true }],
  ['ignore_window_with_after', { ignore_window_with_after: true }],
  ['ignore_filters', { ignore_filters: ['effective_at'] }],
  ['order asc', { order: 'asc' }],
  ['after_unknown empty', { after_unknown: 'empty' }],
  ['cursor_expires_s', { cursor_expires_s: 1 }],
  ['envelope', { envelope: { object: 'absent', ids: 'null' } }],
  ['has_more_lies', { has_more_lies: 'true' }],
  ['several_documents', { several_documents: true }],
  ['slow_body_ms', { slow_body_ms: 400 }],
  ['latency', { latencyMs: 300 }],
  ['date_form', { date_form: 'asctime' }],
  ['logging_off', { logging_off: '403' }],
];

function wireFault(chance: Chance): Act {
  const to = chance.pick<SinkName | 'api'>([...SINKS, 'api']);
  return { kind: 'wire', atMs: chance.whole(-1, 500), forMs: chance.whole(200, 1_500), to, mode: chance.pick(WIRES) };
}

function tunnelFault(chance: Chance): Act {
  return {
    kind: 'tunnel',
    atMs: chance.whole(-1, 500),
    forMs: chance.whole(300, 1_500),
    mode: chance.pick(TUNNEL_MODES),
  };
}

/** A sink that is left out is back in the next life. */
function reload(chance: Chance, base: LifeConfig): Act {
  const config = changed(chance, { base, isLast: chance.is(0.5) });
  return { kind: 'reload', atMs: chance.whole(0, 900), config };
}

function nameless(chance: Chance): Act {
  return { kind: 'nameless', atMs: chance.whole(-1, 500), count: chance.whole(1, 4) };
}

/** What operators ask for while it burns; now and then what was refused is taken before it goes again. */
function requests(chance: Chance, refusing: readonly SinkName[]): readonly Act[] {
  const atMs = chance.whole(100, 1_500);
  if (refusing.length > 0 && chance.is(0.7)) {
    const of = chance.pick(refusing);
    const what = chance.pick(['retry', 'retry', 'drop'] as const);
    const isHealed = what === 'retry' && chance.is(0.7);
    return [...(isHealed ? [{ kind: 'heal', atMs: atMs - 1, of } as const] : []), { kind: 'ask', atMs, what, of }];
  }
  const what = chance.pick(['replay', 'replay', 'replay, and stop it'] as const);
  return [{ kind: 'ask', atMs, what, of: chance.pick(SINKS), ...(chance.is(0.3) && { lastS: 120 }) }];
}

function rotation(chance: Chance): Act {
  return { kind: 'rotate', atMs: chance.whole(0, 500), of: chance.pick<SinkName | 'api'>([...SINKS, 'api', 'api']) };
}

function clockJump(chance: Chance): Act {
  const byS = chance.pick([60, 3_600, 86_400, 30 * 86_400]) * chance.pick([1, -1]);
  return { kind: 'clock', atMs: chance.whole(0, 500), byS };
}

function endOf(chance: Chance): End {
  const kind = chance.next();
  if (kind < 0.55) {
    const at = {
      step: chance.pick(STEPS),
      occurrence: chance.is(0.5) ? chance.mostlySmall(1, 12) : chance.whole(10, 60),
      withinMs: chance.whole(1_000, 4_000),
    };
    return kind < 0.1 ? { kind: 'power_cut', ...at, seed: chance.whole(1, 1_000_000) } : { kind: 'kill_at', ...at };
  }
  if (kind < 0.7) return { kind: 'kill', afterMs: chance.whole(100, 6_000) };
  if (kind < 0.9) return { kind: 'term', afterMs: chance.whole(0, 3_000), graceMs: chance.pick([100, 500, 1_500]) };
  return { kind: 'term_twice', afterMs: chance.whole(0, 3_000), gapMs: chance.whole(0, 100) };
}

function betweenOf(chance: Chance): readonly Between[] {
  return [
    ...(chance.is(0.25) ? [{ kind: 'leap', byS: chance.pick([10, 400, 3_600, 90_000]) } as const] : []),
    ...(chance.is(0.12) ? [damage(chance)] : []),
  ];
}

function damage(chance: Chance): Between {
  return {
    kind: 'corrupt',
    how: chance.pick(CORRUPTIONS),
    starts: chance.is(0.2),
    seed: chance.whole(1, 1_000_000),
  };
}
