/**
 * What the relay costs: CPU of its own command, all threads, user and system, from the API to peers that only count, beside a
 * bare loop that does the same work without a promise, in the same run. Simulator and peers are other processes.
 */

import type { Peer } from './floor/loop.ts';
import { measurePairs, type PairResult, sinksOf } from './floor/pairs.ts';
import { count } from './measure.ts';
import { withPeer } from './servers.ts';

const EVENTS = 100_000;
const PAIRS = 5;
const KINDS: readonly Peer[] = ['null', 'elasticsearch', 'splunk', 'datadog'];

export async function cost(): Promise<string> {
  const results = new Map<Peer, PairResult>();
  let twice: PairResult | undefined;
  await withPeer(async (peer) => {
    for (const kind of KINDS) results.set(kind, await measurePairs({ kind, peer, events: EVENTS, pairs: PAIRS }));
    const { sink } = sinksOf('elasticsearch', peer);
    const sinks = { one: sink ?? {}, two: sink ?? {} };
    twice = await measurePairs({ kind: 'elasticsearch', peer, events: EVENTS, pairs: PAIRS, sinks });
  });
  const rows = [...results].map(([kind, result]) => row(`${kind} sink`, result));
  const head = `cost: ${count(EVENTS)} events, median of ${PAIRS} interleaved pairs, CPU of the process alone less its start`;
  return [head, ...rows, ...further(results, twice)].join('\n');
}

function row(name: string, { loopMicros, relayMicros, share, relayStart }: PairResult): string {
  const figures = `loop ${micros(loopMicros)}   relay ${micros(relayMicros)}   share ${share.toFixed(2)}`;
  const aim = name.startsWith('elasticsearch') ? ' (aim: 0.50 or more)' : '';
  return `  ${name.padEnd(20)} ${figures}   start ${relayStart.toFixed(2)} s${aim}`;
}

/** What a second sink of the same format adds, beside what the bare loop pays for wrapping, gzip and POST. */
function further(results: ReadonlyMap<Peer, PairResult>, twice: PairResult | undefined): readonly string[] {
  const [none, one] = [results.get('null'), results.get('elasticsearch')];
  if (none === undefined || one === undefined || twice === undefined) return [];
  const added = twice.relayMicros - one.relayMicros;
  const least = one.loopMicros - none.loopMicros;
  return [
    `  a second elasticsearch sink adds ${micros(added)}; wrapping, gzip and POST cost the loop ${micros(least)}: ${(added / least).toFixed(2)} (aim: 1.20 or less)`,
  ];
}

function micros(value: number): string {
  return `${value.toFixed(1).padStart(6)} µs`;
}
