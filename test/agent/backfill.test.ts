/** `audit-relay backfill` as a process: beside an agent, by itself, twice over the same time, and killed in the middle. */
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Simulator, type SimulatorOptions, startSimulator } from '@audit-relay/openai-simulator';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Agents } from './agents.ts';
import { type Running, run } from './command.ts';

const DAY_MS = 86_400_000;
const KEY = 'sk-right';

let folder = '';
let simulator: Simulator;
const agents = new Agents({ KEY });
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'audit-relay-backfill-'));
});
afterEach(async () => {
  await agents.end();
  await simulator.close();
  rmSync(folder, { recursive: true });
});

/** A month of events, a source that reads nothing of the past by itself, and a file that holds each event once. */
async function world(options: SimulatorOptions = {}): Promise<void> {
  simulator = await startSimulator({ events: 1_500, spanMs: 30 * DAY_MS, key: KEY, ...options });
  configure('acme');
}

function configure(source: string): void {
  const acme = {
    type: 'openai',
    api_key: '${KEY}',
    base_url: simulator.url,
    poll_interval: '1s',
    requests_per_second: 100,
  };
  const config = {
    sources: { [source]: acme },
    sinks: { disk: { type: 'file', path: join(folder, 'out.ndjson') } },
    journal: { path: join(folder, 'journal') },
    http: { listen: '127.0.0.1:0' },
  };
  writeFileSync(join(folder, 'audit-relay.yaml'), JSON.stringify(config));
}

const env = { KEY };

const agent = (): Promise<Running> => agents.run(folder);
const backfilling = (...args: readonly string[]): Running => agents.begin(folder, 'backfill', '--json', ...args);

/** The exit code, what was said, and the report. */
async function backfill(...args: readonly string[]): Promise<{ code: number | null; talk: string; report: Report }> {
  const { code, talk, out } = await backfilling(...args).ended;
  return { code, talk, report: out === '' ? { outcome: talk, to: '' } : JSON.parse(out) };
}

interface Report {
  readonly outcome: string;
  /** RFC 3339. */
  readonly to: string;
  readonly estimate?: { readonly events: number };
  readonly counts?: { readonly events: number };
}

/** What the file holds, in its order. */
function written(): readonly string[] {
  const file = join(folder, 'out.ndjson');
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line).event.id);
}

/** Every event that happened before then, in seconds since the epoch. */
function truth(before = Date.now() / 1_000): readonly string[] {
  return [...simulator.truth()].flatMap(({ id, effectiveAt }) => (id !== null && effectiveAt < before ? [id] : []));
}

async function allWritten(): Promise<void> {
  await expect.poll(() => written().length, { timeout: 60_000 }).toBeGreaterThanOrEqual(truth().length);
  expect(written().toSorted()).toEqual(truth().toSorted());
}

/** What `audit-relay status` knows. */
async function status(): Promise<Status> {
  const { out } = await run({ args: ['status', '--json'], cwd: folder, env });
  return JSON.parse(out);
}

interface Status {
  readonly running: boolean;
  readonly feeds: readonly { readonly health?: string }[];
  readonly room: { readonly entries: number };
}

describe('beside an agent', () => {
  test('the agent reads what was before its start, and each event arrives once', async () => {
    await world();
    await agent();
    const { code, talk, report } = await backfill('--from', '31d');
    expect({ code, report }).toMatchObject({ code: 0, report: { outcome: 'read', counts: { events: 1_500 } } });
    expect(talk).toMatch(
      /organization {2}(?:nothing|\d+ s) of it .*journaled.*the agent that runs .* reads it;.*\n100 %/s,
    );
    await allWritten();
  });

  test('an interrupted command leaves the request with it', async () => {
    await world({ events: 4_000, knobs: { latencyMs: 100 } });
    await agent();
    const command = backfilling('--from', '31d');
    await command.seen(/^0 %/m);
    command.child.kill('SIGINT');
    const { code, talk, out } = await command.ended;
    expect({ code, outcome: JSON.parse(out).outcome }).toEqual({ code: 1, outcome: 'interrupted' });
    expect(talk).toMatch(/the agent goes on with the request/);
    const { running, feeds } = await status();
    expect({ running, health: feeds.map(({ health }) => health) }).toEqual({
      running: true,
      health: ['quiet', 'quiet'],
    });
    await allWritten();
  });

  test('a source that it does not know is named, and nothing is asked for', async () => {
    await world();
    await agent();
    configure('other');
    const { code, talk } = await backfill('--from', '31d');
    expect(code).toBe(1);
    expect(talk).toMatch(/^SOURCE_UNKNOWN: no source is named other: there is acme$/m);
  });
});

describe('without an agent', () => {
  test('it relays by itself until everything is delivered, and then there is nothing left to do', async () => {
    await world();
    const first = await backfill('--from', '31d');
    expect(first).toMatchObject({ code: 0, report: { outcome: 'delivered', counts: { events: 1_500 } } });
    expect(written().toSorted()).toEqual(truth().toSorted());
    const second = await backfill('--from', '31d', '--to', '1d');
    expect(second).toMatchObject({ code: 0, report: { outcome: 'nothing' } });
    expect(second.talk).toMatch(/30 d of it journaled: left out \(--again sends it once more\)/);
  });

  test('after a pause it reads what was missed, too', async () => {
    await world({ rate: 5 });
    const idle = await agent();
    await expect.poll(() => written().length, { timeout: 30_000 }).toBeGreaterThan(5);
    idle.child.kill('SIGTERM');
    await idle.ended;
    const { code, report } = await backfill('--from', '31d');
    expect({ code, report }).toMatchObject({ code: 0, report: { outcome: 'delivered' } });
    const begun = Math.floor(Date.parse(report.to) / 1_000);
    const held = written();
    const unique = new Set(held);
    expect(truth(begun).filter((id) => !unique.has(id))).toEqual([]);
    expect(unique.size).toBe(held.length);
  });

  test('--again journals the time once more, marked: the file, which knows its events, still has each once', async () => {
    await world();
    await backfill('--from', '31d');
    expect((await status()).room.entries).toBe(1_500);
    const older = truth((Date.now() - 10 * DAY_MS) / 1_000).length;
    const { code, report } = await backfill('--from', '31d', '--to', '10d', '--again');
    expect({ code, report }).toMatchObject({ code: 0, report: { outcome: 'delivered', counts: { events: older } } });
    expect(await status()).toMatchObject({ running: false, room: { entries: 1_500 + older } });
    expect(written().toSorted()).toEqual(truth().toSorted());
  });

  test('a key that the API refuses ends it with the reason, and the request stays', async () => {
    await world({ key: 'sk-other' });
    const { code, talk, report } = await backfill('--from', '31d');
    expect({ code, outcome: report.outcome }).toEqual({ code: 1, outcome: 'refused' });
    expect(talk).toMatch(/organization {2}cannot be looked at: the key /);
    expect(talk).toMatch(/feed organization is not read: the key .*the request stays in the journal/s);
    expect(talk).not.toMatch(KEY);
  });
});

describe('--dry-run', () => {
  test('says how much there is, and makes no journal', async () => {
    await world();
    const { code, talk, report } = await backfill('--from', '30d', '--dry-run');
    expect({ code, outcome: report.outcome }).toEqual({ code: 0, outcome: 'planned' });
    expect(Math.abs((report.estimate?.events ?? 0) - 1_500)).toBeLessThan(300);
    expect(talk).toMatch(/nothing was changed/);
    expect(existsSync(join(folder, 'journal'))).toBe(false);
  });

  test('changes nothing in a journal', async () => {
    await world();
    await backfill('--from', '5d');
    const before = dataDigest();
    expect(await backfill('--from', '31d', '--again', '--dry-run')).toMatchObject({ code: 0 });
    expect(dataDigest()).toBe(before);
  });

  test('fails where the API says nothing', async () => {
    await world({ key: 'sk-other' });
    const { code, report } = await backfill('--from', '31d', '--dry-run');
    expect({ code, outcome: report.outcome }).toEqual({ code: 1, outcome: 'unknown' });
  });
});

function dataDigest(): string {
  return createHash('sha256')
    .update(readFileSync(join(folder, 'journal', 'data.mdb')))
    .digest('hex');
}

describe('ended in the middle, it goes on at the next start, and every event is there once', () => {
  const slow: SimulatorOptions = { events: 6_000, knobs: { latencyMs: 100 } };

  test.each(['SIGKILL', 'SIGINT'] as const)('by %s, without an agent', async (signal) => {
    await world(slow);
    const command = backfilling('--from', '31d');
    await command.seen(/^[1-9]\d? %/m);
    command.child.kill(signal);
    const { talk } = await command.ended;
    expect(talk.includes('the request stays in the journal')).toBe(signal === 'SIGINT');
    expect(written().length).toBeLessThan(6_000);
    await agent();
    await allWritten();
  });

  test('with its agent, which the command tells', async () => {
    await world(slow);
    const { child } = await agent();
    const command = backfilling('--from', '31d');
    await command.seen(/^[1-9]\d? %/m);
    child.kill('SIGKILL');
    const { code, talk } = await command.ended;
    expect(code).toBe(1);
    expect(talk).toMatch(/^AGENT_GONE: .* stays in the journal and goes on at its next start$/m);
    await agent();
    await allWritten();
  });
});
