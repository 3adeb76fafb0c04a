/** Interleaved pairs: the bare loop and the relay on the same log, in turn, so that what else the machine does meets both alike. */
import { median } from '../measure.ts';
import { withSimulator } from '../simulator.ts';
import type { Peer } from './loop.ts';
import { loopSeconds, NULL, relayCpu, type Sinks } from './measured.ts';

const SPAN_DAYS = 30;

export interface PairOrder {
  readonly kind: Peer;
  /** Where the peers listen. */
  readonly peer: string;
  readonly events: number;
  readonly pairs: number;
  /** Of the relay; default: the one sink of `kind`. */
  readonly sinks?: Sinks;
  /** Of Node, for the relay alone. */
  readonly flags?: readonly string[];
}

/** CPU an event, without what a start costs; `share` is the loop's part of the relay's, 1 if promises were free. */
export interface PairResult {
  readonly loopMicros: number;
  readonly relayMicros: number;
  /** Median of the shares of each pair. */
  readonly share: number;
  /** Seconds of CPU from a start to the first answers of an empty log. */
  readonly relayStart: number;
}

export async function measurePairs(order: PairOrder): Promise<PairResult> {
  const starts = await seconds({ ...order, events: 0 });
  const [loopStart, relayStart] = [median(starts.loop), median(starts.relay)];
  const { loop, relay } = await seconds(order);
  const micros = (total: number, start: number): number => ((total - start) * 1e6) / order.events;
  return {
    loopMicros: micros(median(loop), loopStart),
    relayMicros: micros(median(relay), relayStart),
    share: median(loop.map((one, pair) => (one - loopStart) / ((relay[pair] ?? Number.NaN) - relayStart))),
    relayStart,
  };
}

interface Seconds {
  readonly loop: readonly number[];
  readonly relay: readonly number[];
}

async function seconds({
  kind,
  peer,
  events,
  pairs,
  sinks = sinksOf(kind, peer),
  flags = [],
}: PairOrder): Promise<Seconds> {
  const loop: number[] = [];
  const relay: number[] = [];
  await withSimulator({ events, span: `${SPAN_DAYS}d` }, async (api) => {
    for (let pair = 0; pair < pairs; pair += 1) {
      const turns = [
        async () => loop.push(await loopSeconds({ api, peer, kind }, events)),
        async () => relay.push((await relayCpu({ api, sinks, events, spanDays: SPAN_DAYS, flags })).seconds),
      ];
      // Each goes first as often as the other.
      for (const turn of pair % 2 === 0 ? turns : turns.reverse()) await turn();
    }
  });
  return { loop, relay };
}

/** As in YAML; all gzip at level 1, as the loop does. */
export function sinksOf(kind: Peer, peer: string): Sinks {
  const configured = {
    null: NULL['sink'],
    elasticsearch: { type: 'elasticsearch', nodes: [peer], mode: 'index', manage_template: false },
    splunk: { type: 'splunk-hec', url: peer, token: 'bench', indexer_ack: 'off' },
    datadog: { type: 'datadog', url: peer, api_key: '0123456789abcdef0123456789abcdef' },
  };
  return { sink: configured[kind] ?? {} };
}

/** What is measured beside others in one round. */
export interface Turn {
  readonly name: string;
  /** Absent: the bare loop for this peer. */
  readonly sinks?: Sinks;
  readonly kind: Peer;
}

export interface RoundsOrder {
  readonly peer: string;
  readonly events: number;
  readonly rounds: number;
  readonly turns: readonly Turn[];
}

/** Microseconds of CPU an event by the name of each turn, one for each round, without what a start costs. */
export async function measureRounds(order: RoundsOrder): Promise<ReadonlyMap<string, readonly number[]>> {
  const starts = await roundsOf({ ...order, events: 0 });
  const whole = await roundsOf(order);
  const start = (name: string): number => median(starts.get(name) ?? []);
  return new Map(
    [...whole].map(([name, all]) => [name, all.map((seconds) => ((seconds - start(name)) * 1e6) / order.events)]),
  );
}

async function roundsOf({ peer, events, rounds, turns }: RoundsOrder): Promise<ReadonlyMap<string, readonly number[]>> {
  const seconds = new Map<string, number[]>(turns.map(({ name }) => [name, []]));
  await withSimulator({ events, span: `${SPAN_DAYS}d` }, async (api) => {
    for (let round = 0; round < rounds; round += 1) {
      // The other way round each time, so that none is always first.
      for (const { name, kind, sinks } of round % 2 === 0 ? turns : turns.toReversed()) {
        const used =
          sinks === undefined
            ? await loopSeconds({ api, peer, kind }, events)
            : (await relayCpu({ api, sinks, events, spanDays: SPAN_DAYS })).seconds;
        seconds.get(name)?.push(used);
        console.error(`  ${events} events, ${name}: ${used.toFixed(2)} s`);
      }
    }
  });
  return seconds;
}
