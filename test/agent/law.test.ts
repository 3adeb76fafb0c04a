/** The law's five numbers as `status` reads them off the disk right after kill -9, with nothing drained in between: those of the peers and of the log itself. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Simulator, startSimulator } from '@audit-relay/openai-simulator';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Agents, killed } from './agents.ts';
import { run } from './command.ts';

const EVENTS = 90;
const KEY = 'sk-right';

/** Of each five events it refuses one and leaves one out, notes what it has answered, and after `most` answers no more. */
const SINK = `
import { appendFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
const ways = [
  { kind: 'rejected', reason: 'no' },
  { kind: 'excluded', rule: 'odd', reason: 'odd' },
];
const numberOf = ({ id }) => Number(id.split('-')[1]);
export const picky = {
  type: 'picky',
  configSchema: { safeParse: (data) => ({ success: true, data }) },
  limits: () => ({ maxEvents: 5, maxBytes: 1e6, maxEventBytes: 1e5, maxInFlight: 1, sendMs: 60000 }),
  exclusions: () => [{ name: 'odd', events: 'odd ones' }],
  open: async ({ path, most }) => {
    let answered = 0;
    return {
      send: async ({ envelopes }, { signal }) => {
        if (answered >= most) await setTimeout(60000, undefined, { signal });
        answered += envelopes.length;
        appendFileSync(path, envelopes.map((one) => numberOf(one) + '\\n').join(''));
        const failures = envelopes.flatMap((one, index) => {
          const failure = ways[numberOf(one) % 5];
          return failure === undefined ? [] : [{ index, failure }];
        });
        return { kind: 'partial', acked: envelopes.length - failures.length, failures };
      },
      check: async () => [],
      close: async () => {},
    };
  },
};`;

let folder = '';
let simulator: Simulator;
const agents = new Agents({});
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'audit-relay-law-'));
  simulator = await startSimulator({ events: 0, key: KEY });
  const begin = Math.floor(Date.now() / 1_000) - 1_000;
  const type = (number: number): string => (isLogout(number) ? 'logout.succeeded' : 'login.succeeded');
  simulator.add(
    numbers(() => true).map((number) => ({
      record: {
        object: 'organization.audit_log',
        id: `audit_log-${number}`,
        type: type(number),
        effective_at: begin + number,
      },
    })),
  );
  writeFileSync(join(folder, 'picky.mjs'), SINK);
  const source = { type: 'openai', api_key: KEY, base_url: simulator.url, poll_interval: '1s' };
  const sink = (name: string): object => ({ type: './picky.mjs', path: join(folder, name) });
  const config = {
    sources: { acme: { ...source, requests_per_second: 100, backfill_start_time: '2h' } },
    sinks: {
      whole: { ...sink('whole'), most: EVENTS, when: 'event.action != "logout.succeeded"' },
      hung: { ...sink('hung'), most: 40 },
    },
    journal: { path: join(folder, 'journal') },
    http: { listen: '127.0.0.1:0' },
  };
  writeFileSync(join(folder, 'audit-relay.yaml'), JSON.stringify(config));
});
afterEach(async () => {
  await agents.end();
  await simulator.close();
  rmSync(folder, { recursive: true });
});

const isLogout = (number: number): boolean => number % 4 === 0;
const isRefused = (number: number): boolean => number % 5 === 0;
const isOdd = (number: number): boolean => number % 5 === 1;

function numbers(which: (number: number) => boolean): readonly number[] {
  return Array.from({ length: EVENTS }, (_, number) => number).filter(which);
}

/** What a peer has answered. */
function answered(sink: string): ReadonlySet<number> {
  const path = join(folder, sink);
  return new Set(existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n').map(Number) : []);
}

interface Sink {
  readonly sink: string;
  readonly behind: number;
  readonly law: object;
}

async function status(): Promise<{ readonly running: boolean; readonly sinks: readonly Sink[] }> {
  return JSON.parse((await run({ args: ['status', '--json'], cwd: folder })).out);
}

test('are each lane’s own after kill -9, of one that had everything and of one in the middle', async () => {
  const agent = await agents.run(folder);
  // By how far each is behind, which is none of the five; the one that hangs has settled what it has answered.
  const isThere = async (): Promise<boolean> => {
    const { sinks } = await status();
    const behind = Object.fromEntries(sinks.map((each) => [each.sink, each.behind]));
    const hung = answered('hung').size;
    return hung >= 40 && behind['whole'] === 0 && behind['hung'] === EVENTS - hung;
  };
  await vi.waitUntil(isThere, { timeout: 60_000, interval: 200 });
  await killed(agent);

  const { running, sinks } = await status();
  expect([running, [...simulator.truth()].length]).toEqual([false, EVENTS]);
  const had = answered('hung');
  const count = (which: (number: number) => boolean): number => numbers(which).length;
  expect(Object.fromEntries(sinks.map(({ sink, law }) => [sink, law]))).toEqual({
    whole: {
      journaled: EVENTS,
      acked: count((one) => !isLogout(one) && !isRefused(one) && !isOdd(one)),
      deadLettered: count((one) => !isLogout(one) && isRefused(one)),
      excluded: { when: count(isLogout), odd: count((one) => !isLogout(one) && isOdd(one)) },
      held: 0,
    },
    hung: {
      journaled: EVENTS,
      acked: count((one) => had.has(one) && !isRefused(one) && !isOdd(one)),
      deadLettered: count((one) => had.has(one) && isRefused(one)),
      excluded: { odd: count((one) => had.has(one) && isOdd(one)) },
      held: count((one) => !had.has(one)),
    },
  });
});
