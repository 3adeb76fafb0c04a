/** What the relay hands a sink, of the simulator's events: for benches of a sink alone. */
import type { Envelope } from '@audit-relay/sink';
import { benchSink, withRelay } from './relays.ts';
import { withSimulator } from './simulator.ts';

export async function fetchEnvelopes(events: number): Promise<readonly Envelope[]> {
  const taken: Envelope[] = [];
  const plugin = benchSink({ kind: 'acked' });
  const sink: typeof plugin = {
    ...plugin,
    open: async (config, context) => ({
      ...(await plugin.open(config, context)),
      send: async ({ envelopes }) => {
        taken.push(...envelopes);
        return { kind: 'acked' };
      },
    }),
  };
  await withSimulator({ events, span: '30d' }, async (url) => {
    const start = new Date(Date.now() - 31 * 86_400_000).toISOString();
    await withRelay({ url, start, sink }, (relay) => relay.caughtUp(AbortSignal.timeout(300_000)));
  });
  return taken;
}
