/**
 * Backfill of a million events behind a round trip of 150 ms: how long it takes beside one page after
 * another, how many requests beside the fewest that could do, and how it keeps to the rate it is allowed.
 */
import { setTimeout } from 'node:timers/promises';
import type { RelayStatus } from '@audit-relay/core';
import { count, median } from './measure.ts';
import { benchSink, withRelay } from './relays.ts';
import { withSimulator } from './simulator.ts';

const EVENTS = 1_000_000;
const LATENCY_MS = 150;
const SPAN_DAYS = 90;
/** One page after another would take half an hour in all: so many are timed, and the rest is reckoned. */
const SERIAL_PAGES = 200;
/** The most that a configuration may ask for, and one that holds backfill back. */
const FASTEST = 100;
const LIMITED = 40;
const LIMITED_SECONDS = 60;

interface Run {
  readonly seconds: number;
  readonly requests: number;
  /** Of any second, by looks every few milliseconds. */
  readonly mostInASecond: number;
  /** In the time between the fifth second and the end. */
  readonly perSecond: number;
}

export async function backfill(): Promise<string> {
  let text = '';
  const order = { events: EVENTS, span: `${SPAN_DAYS}d`, more: ['--latency-ms', String(LATENCY_MS)] };
  await withSimulator(order, async (url) => {
    const pageSeconds = await secondsAPage(url);
    const limited = await run(url, LIMITED, LIMITED_SECONDS);
    const fast = await run(url, FASTEST);
    const ideal = EVENTS / 100;
    text = [
      `backfill: ${count(EVENTS)} events of ${SPAN_DAYS} days, ${LATENCY_MS} ms before each answer`,
      `  one page after another    ${count(pageSeconds * ideal)} s (${count(ideal)} pages at ${count(pageSeconds * 1000)} ms, timed over ${SERIAL_PAGES})`,
      `  backfill at ${FASTEST} requests/s  ${count(fast.seconds)} s, ${((pageSeconds * ideal) / fast.seconds).toFixed(1)} times faster (aim: 12 or more)`,
      `  requests                  ${count(fast.requests)}, ${percent(fast.requests / ideal - 1)} more than events / 100 (aim: 5 % at most)`,
      ...[fast, limited].map((each, index) => {
        const limit = [FASTEST, LIMITED][index] ?? 0;
        const share = percent(each.perSecond / limit);
        return `  limit of ${String(limit).padEnd(3)} a second     ${share} used once found (aim: 95 % or more), ${each.mostInASecond} in a second at most`;
      }),
    ].join('\n');
  });
  return text;
}

/** Pages of the organization's feed, one after another, parsed and nothing more. */
async function secondsAPage(url: string): Promise<number> {
  const seconds: number[] = [];
  let after = '';
  for (let page = 0; page < SERIAL_PAGES; page += 1) {
    const began = performance.now();
    const query = new URLSearchParams({ limit: '100', ...(after === '' ? {} : { after }) });
    const response = await fetch(`${url}/organization/audit_logs?${query.toString()}`, {
      headers: { authorization: 'Bearer sk-admin-simulator' },
    });
    // The simulator's own envelope.
    const { last_id: last } = (await response.json()) as { readonly last_id: string | null };
    if (last === null) throw new Error('the feed ended');
    after = last;
    seconds.push((performance.now() - began) / 1000);
  }
  return median(seconds);
}

/** Until all is read, or for so many seconds. */
async function run(url: string, requestsPerSecond: number, forSeconds = Number.POSITIVE_INFINITY): Promise<Run> {
  const start = new Date(Date.now() - (SPAN_DAYS + 1) * 86_400_000).toISOString().replace(/\.\d+Z$/, 'Z');
  const looks: { readonly atMs: number; readonly requests: number }[] = [];
  const began = performance.now();
  const order = { url, start, sink: benchSink({ kind: 'acked' }), requestsPerSecond };
  await withRelay(order, async (relay) => {
    for (;;) {
      const source = relay.status().sources['bench'];
      const atMs = performance.now() - began;
      looks.push({ atMs, requests: source?.requests ?? 0 });
      if (isRead(source) || atMs >= forSeconds * 1000) return;
      await setTimeout(5);
    }
  });
  const last = looks.at(-1) ?? { atMs: 0, requests: 0 };
  const early = looks.find(({ atMs }) => atMs >= 5000) ?? last;
  return {
    seconds: last.atMs / 1000,
    requests: last.requests,
    perSecond: (1000 * (last.requests - early.requests)) / (last.atMs - early.atMs),
    mostInASecond: mostInASecond(looks),
  };
}

function isRead(source: RelayStatus['sources'][string] | undefined): boolean {
  const feeds = Object.values(source?.feeds ?? {});
  return (
    feeds.length > 0 &&
    feeds.every(({ backfillSeconds, backfillWindows }) => backfillWindows > 0 && backfillSeconds === 0)
  );
}

function mostInASecond(looks: readonly { readonly atMs: number; readonly requests: number }[]): number {
  let most = 0;
  let from = 0;
  for (const look of looks) {
    // Of a window that is a second at most, so that a look that came late adds nothing to it.
    while (look.atMs - (looks[from]?.atMs ?? 0) > 1000) from += 1;
    most = Math.max(most, look.requests - (looks[from]?.requests ?? 0));
  }
  return most;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
