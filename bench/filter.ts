/**
 * What a lane's `when` costs: events per CPU-second through the whole path with several filters that all let everything
 * pass, and one decision by itself. In turn, median of several rounds.
 */
import { compileWhen } from '@audit-relay/core';
import { count, cpuSeconds, median } from './measure.ts';
import { type BenchRelay, benchSink, withRelay } from './relays.ts';
import { withSimulator } from './simulator.ts';

const EVENTS = 50_000;
const ROUNDS = 3;
const DECISIONS = 20_000;

const FILTERS: readonly (readonly [name: string, when: string | undefined])[] = [
  ['none', undefined],
  ['an equality', 'event.kind == "event"'],
  ['a field that most events lack', 'tls.client.ja3 != "x"'],
  ['matches, a short pattern', '!user_agent.original.matches("(?i)sqlmap|nikto")'],
  ['matches, a nested quantifier', '!user_agent.original.matches("^(\\\\w+;?)*$")'],
];

export async function filter(): Promise<string> {
  const rates = FILTERS.map((): number[] => []);
  await withSimulator({ events: EVENTS, span: '30d' }, async (url) => {
    // The first round of each warms the compiler up and is not counted.
    for (let round = 0; round <= ROUNDS; round++) {
      for (const [index, [, when]] of FILTERS.entries()) {
        const rate = await throughLane(url, when);
        if (round > 0) rates[index]?.push(rate);
      }
    }
  });
  const lines = FILTERS.map(([name, when], index) => {
    const one = when === undefined ? '' : `${microseconds(when).toFixed(1)} µs a decision`;
    return `  ${name.padEnd(32)}${count(median(rates[index] ?? [])).padStart(8)} events per CPU-second   ${one}`;
  });
  return [`filter: ${count(EVENTS)} events through one lane, median of ${ROUNDS} rounds`, ...lines].join('\n');
}

async function throughLane(url: string, when: string | undefined): Promise<number> {
  let acked = 0;
  const start = new Date(Date.now() - 31 * 86_400_000).toISOString().replace(/\.\d+Z$/, 'Z');
  const order: BenchRelay = { url, start, sink: benchSink({ kind: 'acked' }), ...(when === undefined ? {} : { when }) };
  const seconds = await cpuSeconds(() =>
    withRelay(order, async (relay) => {
      await relay.caughtUp(AbortSignal.timeout(300_000));
      acked = relay.status().lanes['bench']?.acked ?? 0;
    }),
  );
  if (acked === 0) throw new Error('no event passed');
  return acked / seconds;
}

/** Of a login from a browser; the making of the ECS fields, which the document needs too, is in it. */
function microseconds(when: string): number {
  const passes = compileWhen(when);
  const decide = (): void => {
    for (let round = 0; round < DECISIONS; round++) passes(LOGIN);
  };
  decide();
  const from = performance.now();
  decide();
  return ((performance.now() - from) * 1_000) / DECISIONS;
}

const LOGIN: Parameters<ReturnType<typeof compileWhen>>[0] = {
  id: 'audit_log-1',
  type: 'login.succeeded',
  timeMs: 1_795_895_416_000,
  receivedMs: 1_795_895_417_000,
  source: 'bench',
  feed: 'organization',
  dialect: 'audit_logs',
  raw: JSON.stringify({
    id: 'audit_log-1',
    type: 'login.succeeded',
    effective_at: 1_795_895_416,
    actor: {
      type: 'session',
      session: {
        user: { id: 'user-1', email: 'ada@example.com' },
        ip_address: '203.0.113.5',
        user_agent:
          'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
      },
    },
  }),
};
