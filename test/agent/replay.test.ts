/** `audit-relay replay` as a process: beside an agent and without one, killed in the middle, and apart from the law. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Simulator, startSimulator } from '@audit-relay/openai-simulator';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Agents, killed } from './agents.ts';
import { type Running, run } from './command.ts';

const ENV = { KEY: 'sk-right' };
const EVENTS = 300;

/**
 * A peer in a folder: writes down what it is given, and hangs while `hang-<sink>` is there. It can overwrite unless its
 * configuration says otherwise.
 */
const SINK = `
import { appendFileSync, existsSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
export const peer = {
  type: 'peer',
  configSchema: { safeParse: (data) => ({ success: true, data }) },
  limits: () => ({ maxEvents: 20, maxBytes: 1e6, maxEventBytes: 1e5, maxInFlight: 1, sendMs: 60000 }),
  overwriteRefusal: ({ fixed }) => (fixed ? 'it is fixed' : undefined),
  open: async ({ folder }, { name }) => ({
    send: async ({ envelopes, replay, overwrite = false }, { signal }) => {
      const lines = envelopes.map(({ id, json }) => [id, replay, overwrite, JSON.parse(json).event?.kind === 'event'].join(' ') + '\\n');
      appendFileSync(folder + '/taken-' + name, lines.join(''));
      // A breath for each batch, so that a replay of some is still under way when somebody looks.
      await setTimeout(existsSync(folder + '/hang-' + name) ? 60000 : 5, undefined, { signal });
      return { kind: 'acked' };
    },
    check: async () => [],
    close: async () => {},
  }),
};`;

let folder = '';
let simulator: Simulator;
const agents = new Agents(ENV);
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'audit-relay-replay-'));
  simulator = await startSimulator({ events: EVENTS, spanMs: 10 * 3_600_000, key: ENV.KEY });
  writeFileSync(join(folder, 'peer.mjs'), SINK);
  configure({});
});
afterEach(async () => {
  await agents.end();
  await simulator.close();
  rmSync(folder, { recursive: true });
});

function configure(siem: object): void {
  const acme = { type: 'openai', api_key: '${KEY}', base_url: simulator.url, poll_interval: '1s' };
  const sink = { type: './peer.mjs', folder, batch: { max_age: '10ms' } };
  const config = {
    sources: { acme: { ...acme, requests_per_second: 100, backfill_start_time: '1d' } },
    sinks: { siem: { ...sink, ...siem }, lake: { ...sink, fixed: true } },
    journal: { path: join(folder, 'journal') },
    http: { listen: '127.0.0.1:0' },
  };
  writeFileSync(join(folder, 'audit-relay.yaml'), JSON.stringify(config));
}

const agent = (): Promise<Running> => agents.run(folder);

const replaying = (...args: readonly string[]): Running => agents.begin(folder, 'replay', '--sink', 'siem', ...args);

interface Report {
  readonly outcome: string;
  readonly counts?: Readonly<Record<string, number>>;
  readonly held?: { readonly again: number; readonly excluded: number };
}

async function replay(...args: readonly string[]): Promise<{ code: number | null; talk: string; report: Report }> {
  const { code, talk, out } = await replaying('--json', ...args).ended;
  return { code, talk, report: out === '' ? { outcome: talk } : JSON.parse(out) };
}

interface SinkStatus {
  readonly sink: string;
  readonly behind: number;
  readonly law: { readonly journaled: number; readonly acked: number; readonly held: number };
  readonly replay?: { readonly ended?: string; readonly passed: number };
  readonly replayed?: Readonly<Record<string, number>>;
}

async function status(): Promise<readonly [siem: SinkStatus, lake: SinkStatus]> {
  const { out } = await run({ args: ['status', '--json'], cwd: folder, env: ENV });
  const { sinks }: { sinks: readonly SinkStatus[] } = JSON.parse(out);
  const [siem, lake] = ['siem', 'lake'].map((name) => sinks.find(({ sink }) => sink === name));
  if (siem === undefined || lake === undefined) throw new Error(out);
  return [siem, lake];
}

/** All that is journaled is settled. */
async function settled(): Promise<readonly [siem: SinkStatus, lake: SinkStatus]> {
  const look = async (): Promise<readonly [SinkStatus, SinkStatus] | false> => {
    const all = await status();
    return all.every(({ behind, law }) => behind === 0 && law.journaled >= EVENTS) && all;
  };
  return vi.waitUntil(look, { timeout: 60_000, interval: 200 });
}

interface Taken {
  readonly id: string;
  readonly replay: boolean;
  readonly overwrite: boolean;
  readonly isEcs: boolean;
}

function taken(sink: string): readonly Taken[] {
  const path = join(folder, `taken-${sink}`);
  const lines = existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : [];
  return lines.map((line) => {
    const [id = '', isReplay, overwrite, isEcs] = line.split(' ');
    return { id, replay: isReplay === 'true', overwrite: overwrite === 'true', isEcs: isEcs === 'true' };
  });
}

const truth = (): readonly string[] => [...simulator.truth()].flatMap(({ id }) => (id === null ? [] : [id])).toSorted();
const idsOf = (some: readonly Taken[]): readonly string[] => some.map(({ id }) => id).toSorted();

describe('beside an agent', () => {
  test('what the journal holds goes to the one sink again, by the present configuration, and the law stays as it was', async () => {
    const first = await agent();
    await settled();
    first.child.kill('SIGTERM');
    await first.ended;
    configure({ format: 'ocsf' });
    await agent();
    const before = await settled();
    const { code, talk, report } = await replay('--from', '1d');
    expect([code, report]).toEqual([0, expect.objectContaining({ outcome: 'replayed', counts: { acked: EVENTS } })]);
    expect(talk).toContain('the agent that runs on the journal does it');
    const again = taken('siem').slice(EVENTS);
    expect(idsOf(again)).toEqual(truth());
    expect(again.every(({ replay: isReplay, overwrite, isEcs }) => isReplay && !overwrite && !isEcs)).toBe(true);
    expect(idsOf(taken('lake'))).toEqual(truth());
    const [siem, lake] = await status();
    expect([siem.law, lake]).toEqual([before[0].law, before[1]]);
    expect(siem).toMatchObject({ replayed: { acked: EVENTS }, replay: { ended: expect.stringMatching(/Z$/) } });
  });

  test('of a part of the time exactly that goes, with the word to overwrite where the sink can', async () => {
    await agent();
    await settled();
    const [from, to] = [7, 3].map((hours) => new Date(Math.floor(Date.now() / 1_000 - hours * 3_600) * 1_000));
    const span = ['--from', from?.toISOString() ?? '', '--to', to?.toISOString() ?? ''];
    const dry = await replay(...span, '--dry-run');
    const { code } = await replay(...span, '--overwrite');
    const wanted = [...simulator.truth()].filter(
      ({ effectiveAt }) => Number(from) / 1_000 <= effectiveAt && effectiveAt < Number(to) / 1_000,
    );
    const again = taken('siem').slice(EVENTS);
    expect([code, dry.code]).toEqual([0, 0]);
    expect(dry.report.held).toMatchObject({ again: wanted.length, excluded: 0 });
    expect(wanted.length).toBeGreaterThan(20);
    expect(new Set(idsOf(again))).toEqual(new Set(wanted.map(({ id }) => id)));
    expect(again).toHaveLength(wanted.length);
    expect(again.every(({ overwrite }) => overwrite)).toBe(true);
    expect(
      taken('siem')
        .slice(0, EVENTS)
        .some(({ overwrite }) => overwrite),
    ).toBe(false);
  });

  test('killed in the middle it goes on after the restart, and is counted once', async () => {
    const first = await agent();
    const [{ law }] = await settled();
    const command = replaying('--from', '1d');
    await vi.waitUntil(() => taken('siem').length > EVENTS + 60, { timeout: 30_000, interval: 5 });
    await killed(first);
    expect((await command.ended).code).toBe(1);
    expect((await command.ended).talk).toContain('AGENT_GONE');
    const [stopped] = await status();
    expect(stopped.replay?.ended).toBeUndefined();
    await agent();
    await vi.waitUntil(async () => (await status())[0].replay?.ended !== undefined, { timeout: 30_000, interval: 200 });
    const [siem] = await status();
    expect([siem.law, siem.replayed]).toEqual([law, { acked: EVENTS }]);
    const again = taken('siem').slice(EVENTS);
    expect([...new Set(idsOf(again))]).toEqual(truth());
    expect(again.every(({ replay: isReplay }) => isReplay)).toBe(true);
    // What was not on disk yet went twice: a few batches.
    expect(again.length).toBeLessThan(EVENTS + 200);
  });

  test('another one is refused meanwhile; ended, it stays ended', async () => {
    await agent();
    await settled();
    writeFileSync(join(folder, 'hang-siem'), '');
    const command = replaying('--from', '1d');
    await vi.waitUntil(() => taken('siem').length > EVENTS, { timeout: 30_000, interval: 20 });
    const other = await replay('--from', '2h');
    expect([other.code, other.talk]).toEqual([
      1,
      expect.stringContaining('REPLAY_RUNNING: sink siem is at a replay of'),
    ]);
    const { code, talk } = await replaying('--stop').ended;
    expect([code, talk]).toEqual([0, 'sink siem: its replay is ended; audit-relay status says where\n']);
    expect(await command.ended).toMatchObject({ code: 1, talk: expect.stringContaining('somebody ended it') });
    expect((await replaying('--stop').ended).talk).toBe('sink siem: no replay is under way\n');
  });

  test('a sink that cannot overwrite refuses, and says why', async () => {
    await agent();
    await settled();
    const { code, talk } = await run({
      args: ['replay', '--sink', 'lake', '--from', '1d', '--overwrite'],
      cwd: folder,
      env: ENV,
    });
    expect(code).toBe(1);
    expect(talk).toMatch(/^OVERWRITE_UNSUPPORTED: sink lake cannot overwrite: it is fixed\n/);
    expect(taken('lake')).toHaveLength(EVENTS);
  });
});

describe('without an agent', () => {
  test('it relays until it is done; a kill in the middle of it leaves the request, which --stop ends', async () => {
    const first = await agent();
    await settled();
    await killed(first);
    const { code, talk, report } = await replay('--from', '1d');
    expect([code, report.counts]).toEqual([0, { acked: EVENTS }]);
    expect(talk).toContain('no agent runs on the journal: this process relays until it is done');
    const command = replaying('--from', '1d');
    await vi.waitUntil(() => taken('siem').length > 2 * EVENTS + 60, { timeout: 30_000, interval: 5 });
    await killed(command);
    const [siem] = await status();
    expect(siem.replay?.ended).toBeUndefined();
    expect((await replaying('--stop').ended).talk).toContain('its replay is ended');
    const given = taken('siem').length;
    await agent();
    await settled();
    expect(taken('siem')).toHaveLength(given);
  });

  test.each<{ args: readonly string[]; code: number; words: string }>([
    { args: [], code: 2, words: 'Say --from' },
    { args: ['--stop', '--from', '1h'], code: 2, words: '--stop alone' },
    { args: ['--from', 'noon'], code: 2, words: '--from noon is no time' },
    { args: ['--from', '1d'], code: 1, words: 'JOURNAL_MISSING' },
    { args: ['--stop'], code: 1, words: 'JOURNAL_MISSING' },
  ])('$args: $words', async ({ args, code, words }) => {
    expect(await replaying(...args).ended).toMatchObject({ code, talk: expect.stringContaining(words) });
  });
});
