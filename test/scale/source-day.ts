/**
 * How many requests a source makes in a day of so many events: the real source and journal in virtual time before a simulated
 * API that answers in 200 ms. What is counted is what arrived at the API, polls, lookback scans and the sweep together.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sourceConfigSchema } from '@audit-relay/core';
import { directSimulator } from '@audit-relay/openai-simulator';
import { openJournal, openSource, type Runtime } from '../invariants/core.ts';
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
  const memory = statSync('/dev/shm', { throwIfNoEntry: false })?.isDirectory() === true ? '/dev/shm' : tmpdir();
  const folder = mkdtempSync(join(memory, 'audit-relay-scale-'));
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
  const runtime: Runtime = {
    now: () => Math.floor(time.nowMs),
    elapsedMs: () => time.nowMs,
    sleep: (ms, signal) => time.sleep(ms, signal),
    random: () => 0.5,
    log: () => undefined,
  };
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
  const door = journal.source('acme');
  let requests = 0;
  let journaled = 0;
  const source = openSource(
    { name: 'acme', config },
    {
      journal: {
        checkpoint: (feed) => door.checkpoint(feed),
        commit: async (commit, signal) => {
          const result = await time.during(door.commit(commit, signal));
          journaled += result.journaled.length;
          return result;
        },
        doubt: (origin) => door.doubt(origin),
        decideOrigin: (origin, judgement) => time.during(door.decideOrigin(origin, judgement)),
        keepEvidence: (evidence) => door.keepEvidence(evidence),
      },
      runtime,
      proxyFor: () => undefined,
      userAgent: 'scale',
      onRefused: () => undefined,
      openClient: () => ({
        get: async (path, signal) => {
          requests += 1;
          await time.sleep(NETWORK_MS / 2, signal);
          const { response } = simulator.ask(path);
          await time.sleep(NETWORK_MS / 2, signal);
          if (response === undefined) return { kind: 'none', failure: 'broken', reason: 'ECONNRESET' };
          const { status, headers, body } = response;
          return { kind: 'response', status, body, header: (name) => headers[name] };
        },
        close: async () => undefined,
      }),
    },
  );
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
