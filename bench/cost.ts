/**
 * What the relay costs: CPU of its own command, all threads, user and system, from the API to peers that only count, beside a
 * bare loop that does the same work without a promise, in the same run. Simulator and peers are other processes.
 */

import { NULL } from './floor/measured.ts';
import { measureRounds, sinksOf, type Turn } from './floor/pairs.ts';
import { count, median } from './measure.ts';
import { withPeer } from './servers.ts';

/** Fewer where the machine has much else to do; the warming up of V8 then weighs more. */
const EVENTS = Number(process.env['BENCH_EVENTS'] ?? 100_000);
const ROUNDS = 3;
const SIZES = [10_000, 100_000, 1_000_000].map((size) => Math.min(size, Number(process.env['BENCH_EVENTS'] ?? size)));

/** Null, one, two of one format, and the other format; all within each round. */
export async function cost(): Promise<string> {
  let micros: ReadonlyMap<string, readonly number[]> = new Map();
  await withPeer(async (peer) => {
    micros = await measureRounds({ peer, events: EVENTS, rounds: ROUNDS, turns: turnsAt(peer) });
  });
  const of = (name: string): readonly number[] => micros.get(name) ?? [];
  const rows = [...micros].map(([name, all]) => `  ${name.padEnd(34)} ${text(median(all))}   ${spread(all)}`);
  const share = (loop: string, relay: string): string => ratio(of(loop), of(relay)).toFixed(2);
  const further = differences(of('relay, two elasticsearch sinks'), of('relay, elasticsearch'));
  const least = differences(of('loop, elasticsearch'), of('loop, null'));
  const format = ratio(of('relay, elasticsearch as OCSF'), of('relay, elasticsearch'));
  return [
    `cost: ${count(EVENTS)} events, ${ROUNDS} interleaved rounds, CPU an event of the process alone less its start: median, and all`,
    ...rows,
    `  share of the floor, null sink             ${share('loop, null', 'relay, null')}`,
    `  share of the floor, elasticsearch         ${share('loop, elasticsearch', 'relay, elasticsearch')} (aim: 0.50 or more)`,
    `  a further sink beside the loop's wrapping, gzip and POST  ${ratio(further, least).toFixed(2)} (aim: 1.20 or less)`,
    `  OCSF beside ECS, the whole relay          ${format.toFixed(2)} (aim: 1.50 or less)`,
  ].join('\n');
}

/** One sink, from few events to many: what an event costs must not depend on how many there are. */
export async function sizes(): Promise<string> {
  const rows: string[] = [];
  await withPeer(async (peer) => {
    const sinks = sinksOf('elasticsearch', peer);
    for (const events of SIZES) {
      const turns: readonly Turn[] = [
        { name: 'loop', kind: 'elasticsearch' },
        { name: 'relay', kind: 'elasticsearch', sinks },
      ];
      const micros = await measureRounds({ peer, events, rounds: 1, turns });
      const [loop, relay] = [micros.get('loop') ?? [], micros.get('relay') ?? []];
      rows.push(`  ${count(events).padStart(9)} events   loop ${text(median(loop))}   relay ${text(median(relay))}`);
    }
  });
  return ['sizes: one elasticsearch sink, CPU an event less the start (aim: within 10 %)', ...rows].join('\n');
}

function turnsAt(peer: string): readonly Turn[] {
  const { sink = {} } = sinksOf('elasticsearch', peer);
  return [
    { name: 'loop, null', kind: 'null' },
    { name: 'relay, null', kind: 'null', sinks: NULL },
    { name: 'loop, elasticsearch', kind: 'elasticsearch' },
    { name: 'relay, elasticsearch', kind: 'elasticsearch', sinks: { one: sink } },
    { name: 'relay, two elasticsearch sinks', kind: 'elasticsearch', sinks: { one: sink, two: sink } },
    { name: 'relay, elasticsearch as OCSF', kind: 'elasticsearch', sinks: { one: { ...sink, format: 'ocsf' } } },
  ];
}

/** Median of the ratios of each round. */
function ratio(some: readonly number[], others: readonly number[]): number {
  return median(some.map((one, round) => one / (others[round] ?? Number.NaN)));
}

function differences(some: readonly number[], others: readonly number[]): readonly number[] {
  return some.map((one, round) => one - (others[round] ?? Number.NaN));
}

function text(micros: number): string {
  return `${micros.toFixed(1).padStart(6)} µs`;
}

function spread(all: readonly number[]): string {
  return all.map((one) => one.toFixed(1)).join(' ');
}
