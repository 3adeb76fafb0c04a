/**
 * Events per CPU-second through source → journal → ECS → a sink that takes everything, beside the floor: bare
 * JSON.parse and JSON.stringify of the same pages. Both in this process, in turn, median of several rounds.
 */

import { count, cpuSeconds, median } from './measure.ts';
import { benchSink, withRelay } from './relays.ts';
import { withSimulator } from './simulator.ts';

const EVENTS = 100_000;
const ROUNDS = 5;
const SPAN_DAYS = 30;

export async function throughput(): Promise<string> {
  const floors: number[] = [];
  const paths: number[] = [];
  let bytes = 0;
  await withSimulator({ events: EVENTS, span: `${SPAN_DAYS}d` }, async (url) => {
    const pages = await fetchPages(url);
    bytes = pages.reduce((sum, page) => sum + page.length, 0) / (pages.length * 100);
    // The first round of each warms the compiler up and is not counted.
    for (let round = 0; round <= ROUNDS; round++) {
      const floor = (FLOOR_REPEATS * pages.length * 100) / (await cpuSeconds(async () => parseAndWrite(pages)));
      const path = await throughRelay(url);
      if (round > 0) {
        floors.push(floor);
        paths.push(path);
      }
    }
  });
  const [floor, path] = [median(floors), median(paths)];
  return [
    `throughput: ${count(EVENTS)} events of ${count(bytes)} bytes, median of ${ROUNDS} rounds`,
    `  floor, JSON.parse + JSON.stringify   ${count(floor)} events per CPU-second`,
    `  source → journal → ECS → null sink   ${count(path)} events per CPU-second`,
    `  ratio                                ${(path / floor).toFixed(2)} (aim: 0.50 or more)`,
  ].join('\n');
}

/** All full pages of both feeds, newest first, as their bodies. */
async function fetchPages(url: string): Promise<string[]> {
  const pages: string[] = [];
  for (const tenant of ['false', 'true']) {
    for (let after = ''; ; ) {
      const query = new URLSearchParams({ limit: '100', tenant_only: tenant, ...(after === '' ? {} : { after }) });
      const response = await fetch(`${url}/organization/audit_logs?${query.toString()}`, {
        headers: { authorization: 'Bearer sk-admin-simulator' },
      });
      const body = await response.text();
      // The simulator's own envelope.
      const page = JSON.parse(body) as { readonly last_id: string | null; readonly has_more: boolean };
      if (!page.has_more || page.last_id === null) break;
      pages.push(body);
      after = page.last_id;
    }
  }
  return pages;
}

/** Repeated until it takes long enough for the clock of CPU time. */
const FLOOR_REPEATS = 5;

async function parseAndWrite(pages: readonly string[]): Promise<void> {
  let written = 0;
  for (let repeat = 0; repeat < FLOOR_REPEATS; repeat++) {
    for (const page of pages) written += JSON.stringify(JSON.parse(page)).length;
  }
  if (written === 0) throw new Error('nothing was written');
}

async function throughRelay(url: string): Promise<number> {
  let acked = 0;
  const order = { url, start: startOf(), sink: benchSink({ kind: 'acked' }) };
  const seconds = await cpuSeconds(() =>
    withRelay(order, async (relay) => {
      await relay.caughtUp(AbortSignal.timeout(300_000));
      acked = relay.status().lanes['bench']?.acked ?? 0;
    }),
  );
  return acked / seconds;
}

function startOf(): string {
  return new Date(Date.now() - (SPAN_DAYS + 1) * 86_400_000).toISOString().replace(/\.\d+Z$/, 'Z');
}
