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
