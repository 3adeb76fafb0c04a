/**
 * How many requests a source makes in a day of so many events: the real source and journal in virtual time before a simulated
 * API that answers in 200 ms. What is counted is what arrived at the API, polls, lookback scans and the sweep together.
 */
import { rmSync } from 'node:fs';
import { sourceConfigSchema } from '@audit-relay/core';
import { directSimulator } from '@audit-relay/openai-simulator';
import { openJournal } from '../invariants/core.ts';
import { memoryFolder, runtimeOf, sourceIn } from '../invariants/in-virtual-time.ts';
import { DAY, HOUR, T0, VirtualTime } from '../invariants/virtual-time.ts';

/** There and back. */
const NETWORK_MS = 200;
/** So often events happen, in seconds of virtual time: in the same second for a source that has fewer than one a minute. */
const STEP_S = 10;
/** Until the lookbacks run as on any other day: the first of both are done. */
const WARM_UP_S: number = DAY + HOUR;

export interface SourceDay {
  readonly eventsPerDay: number;
  readonly requests: number;
  /** CPU seconds of source, journal and simulator together: what measuring took, no figure of the relay. */
  readonly cpuSeconds: number;
  /** Must be what happened meanwhile: a source that cannot keep up makes fewer requests than it needs. */
  readonly journaled: number;
  readonly happened: number;
}

/** @param eventsPerDay in the organization's feed; the tenant's stays empty */
export async function sourceDay(eventsPerDay: number, requestsPerSecond = 5): Promise<SourceDay> {
  const folder = memoryFolder('scale');
  const cpu = process.cpuUsage();
  try {
    const counts = await inVirtualTime(folder, eventsPerDay, requestsPerSecond);
    const { user, system } = process.cpuUsage(cpu);
    return { eventsPerDay, ...counts, cpuSeconds: (user + system) / 1e6 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

type Counts = Pick<SourceDay, 'requests' | 'journaled' | 'happened'>;

async function inVirtualTime(folder: string, eventsPerDay: number, requestsPerSecond: number): Promise<Counts> {
  const time = new VirtualTime(T0 * 1_000);
  const runtime = runtimeOf(time);
  const simulator = directSimulator({ now: () => Math.floor(time.nowMs) });
  const happened = happening(time, simulator, eventsPerDay);
  const config = sourceConfigSchema.parse({
    type: 'openai',
    api_key: 'k',
    base_url: 'http://127.0.0.1:1',
    requests_per_second: requestsPerSecond,
  });
  const journal = await openJournal({ path: folder, max_bytes: 2 ** 33, retention: 0, create: 'auto' }, runtime);
  await journal.configure({ sources: [{ name: 'acme', feeds: config.feeds }], lanes: [] });
  let requests = 0;
  let journaled = 0;
  const place = { time, runtime, simulator, journal };
  const source = sourceIn(place, {
    name: 'acme',
    config,
    networkMs: NETWORK_MS,
    onRequest: () => {
      requests += 1;
    },
    onJournaled: (entries) => {
      journaled += entries;
    },
  });
  source.start();
  await time.pass((T0 + WARM_UP_S) * 1_000);
  const before = { requests, journaled, happened: happened() };
  await time.pass((T0 + WARM_UP_S + DAY) * 1_000);
  const counts = {
    requests: requests - before.requests,
    journaled: journaled - before.journaled,
    happened: happened() - before.happened,
  };
  await source.stop();
  await journal.close();
  return counts;
}

/** Events evenly over the day. @returns how many there were until now. */
function happening(
  time: VirtualTime,
  simulator: ReturnType<typeof directSimulator>,
  eventsPerDay: number,
): () => number {
  let made = 0;
  const happen = (): void => {
    const elapsedS = time.nowMs / 1_000 - T0;
    const due = Math.floor((elapsedS * eventsPerDay) / DAY) - made;
    const second = Math.floor(time.nowMs / 1_000);
    if (due > 0) simulator.add(Array.from({ length: due }, (_, index) => ({ record: record(made + index, second) })));
    made += Math.max(0, due);
    time.after(STEP_S * 1_000, happen);
  };
  time.after(STEP_S * 1_000, happen);
  return () => made;
}

function record(number: number, effective_at: number): string {
  return JSON.stringify({ id: `audit_log-${number}`, type: 'login.succeeded', effective_at, actor: ACTOR });
}

const ACTOR = {
  type: 'session',
  session: { user: { id: 'user-abc', email: 'ada@example.com' }, ip_address: '192.0.2.1' },
};
