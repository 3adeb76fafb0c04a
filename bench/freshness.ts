/**
 * How fresh the journal is: from an event's becoming visible in the API to its being journaled and given
 * to a sink, by live polling alone.
 */
import { setTimeout } from 'node:timers/promises';
import type { SinkPlugin } from '@audit-relay/sink';
import { benchSink, withRelay } from './relays.ts';
import { withSimulator } from './simulator.ts';

const POLL_SECONDS = 5;
const REQUESTS_PER_SECOND = 5;
const SECONDS = 60;
const NEAR_SECONDS = 120;

export async function freshness(): Promise<string> {
  const lines: string[] = [];
  for (const rate of [1, 50]) {
    const delays = (await delaysAt(rate)).toSorted((a, b) => a - b);
    const at = (share: number): string => ((delays[Math.floor(delays.length * share)] ?? Number.NaN) / 1000).toFixed(1);
    // Both feeds are polled; the near band holds two minutes.
    const pages = rate === 1 ? 0 : Math.ceil((rate * NEAR_SECONDS) / 100);
    const aim = POLL_SECONDS + 0.5 + pages / REQUESTS_PER_SECOND;
    lines.push(
      `  ${String(rate).padStart(2)} events/s: p50 ${at(0.5)} s, p99 ${at(0.99)} s of ${delays.length} events (aim: ${aim.toFixed(1)} s)`,
    );
  }
  const head = `freshness: polls every ${POLL_SECONDS} s, ${REQUESTS_PER_SECOND} requests/s; from an event to its sink`;
  return [head, ...lines].join('\n');
}

/** In milliseconds, of what happened while the relay ran. */
async function delaysAt(rate: number): Promise<readonly number[]> {
  const delays: number[] = [];
  await withSimulator({ events: 0, span: '1h', more: ['--rate', String(rate)] }, async (url) => {
    const start = new Date(Date.now() - 3_600_000).toISOString().replace(/\.\d+Z$/, 'Z');
    const order = {
      url,
      start,
      sink: noting(delays),
      requestsPerSecond: REQUESTS_PER_SECOND,
      pollInterval: `${POLL_SECONDS}s`,
      // The sink stands for the journal here: nothing waits before it.
      maxAge: '10ms',
    };
    // The first polls find what is there already.
    await withRelay(order, async () => {
      await setTimeout(2 * POLL_SECONDS * 1000);
      delays.length = 0;
      await setTimeout(SECONDS * 1000);
    });
  });
  return delays;
}

/** `effective_at` is cut to whole seconds, so an event may be visible up to a second after it: half of one is taken off. */
const CUT_MS = 500;

function noting(delays: number[]): SinkPlugin<object> {
  const plain = benchSink({ kind: 'acked' });
  return {
    ...plain,
    open: async (config, context) => ({
      ...(await plain.open(config, context)),
      send: async ({ envelopes }) => {
        const now = Date.now();
        for (const { timeMs } of envelopes) delays.push(now - timeMs - CUT_MS);
        return { kind: 'acked' };
      },
    }),
  };
}
