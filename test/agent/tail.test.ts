/** `tail` of the real command: what is journaled and what a sink takes, as it happens, redacted, and in nobody's way. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Simulator, startSimulator } from '@audit-relay/openai-simulator';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Agents } from './agents.ts';
import { type Ended, type Running, run } from './command.ts';

const KEY = 'sk-admin-tail-1234567';

let folder: string;
let simulator: Simulator;
const agents = new Agents({ KEY });
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'audit-relay-tail-'));
  simulator = await startSimulator({ key: KEY, events: 100, spanMs: 3_600_000, rate: 20 });
  const source = { type: 'openai', api_key: '${KEY}', base_url: simulator.url, poll_interval: '1s' };
  const config = {
    sources: { acme: { ...source, requests_per_second: 50, backfill_start_time: '2h' } },
    journal: { path: join(folder, 'journal') },
    redact: [{ field: 'actor.session.ip_address', with: 'mask' }],
    sinks: {
      all: { type: 'file', path: join(folder, 'all.ndjson') },
      logins: { type: 'file', path: join(folder, 'logins.ndjson'), when: 'event.action.startsWith("login")' },
    },
    http: { listen: '127.0.0.1:0' },
  };
  writeFileSync(join(folder, 'audit-relay.yaml'), JSON.stringify(config));
});
afterEach(async () => {
  await agents.end();
  await simulator.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Line {
  readonly id: string;
  readonly type: string;
  readonly time: string;
  readonly document: unknown;
}

/** Waits for so many lines of stdout. */
function lines(running: Running, count: number): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    let text = '';
    running.child.stdout.on('data', (chunk) => {
      text += chunk;
      const all = text.split('\n').slice(0, -1);
      if (all.length >= count) resolve(all);
    });
    running.ended.then(({ code, talk }) => reject(new Error(`ended with ${code}: ${talk}`)), reject);
  });
}

async function stopped(running: Running): Promise<Ended> {
  running.child.kill('SIGINT');
  return running.ended;
}

const parsed = (some: readonly string[]): readonly Line[] => some.map((line) => JSON.parse(line));
const truth = (): ReadonlySet<string> => new Set([...simulator.truth()].flatMap(({ id }) => id ?? []));

test('what is journaled is shown as it comes, after what is held of the time that was asked for, each once', async () => {
  await agents.run(folder);
  const tail = agents.begin(folder, 'tail', '--since', '3h', '--json');
  const shown = parsed(await lines(tail, 150));
  const ids = shown.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  const known = truth();
  expect(ids.filter((id) => !known.has(id))).toEqual([]);
  const { code, talk } = await stopped(tail);
  expect({ code, talk }).toEqual({ code: 0, talk: '' });
});

test('without a time it begins with what comes, in words, one line each', async () => {
  const agent = await agents.run(folder);
  const before = parsed(await lines(agents.begin(folder, 'tail', '--since', '3h', '--json'), 100)).map(({ id }) => id);
  const tail = agents.begin(folder, 'tail');
  const shown = await lines(tail, 20);
  for (const line of shown) expect(line).toMatch(/^20\S+Z {2}\S+.* {2}acme\/(organization|tenant) {2}\S+$/);
  expect(shown.filter((line) => before.some((id) => line.endsWith(`  ${id}`)))).toEqual([]);
  expect((await stopped(tail)).code).toBe(0);
  expect(agent.child.exitCode).toBeNull();
});

test('--where narrows it as a `when` does, and what is redacted is redacted before', async () => {
  await agents.run(folder);
  const where = 'event.action.startsWith("login")';
  const tail = agents.begin(folder, 'tail', '--since', '3h', '--json', '--where', where, '--format', 'ecs');
  const shown = parsed(await lines(tail, 5));
  for (const { document } of shown) expect(Object(Object(document).event).action).toMatch(/^login/);
  const raw = agents.begin(folder, 'tail', '--since', '3h', '--json');
  const text = (await lines(raw, 100)).join('\n');
  const addresses = [...text.matchAll(/"ip_address":"([^"]*)"/g)].map(([, address]) => address);
  expect(addresses.length).toBeGreaterThan(0);
  expect(addresses.filter((address) => /\d/.test(address ?? ''))).toEqual([]);
  const original = agents.begin(folder, 'tail', '--since', '3h', '--json', '--original');
  expect((await lines(original, 100)).join('\n')).toMatch(/"ip_address":"\d/);
});

test('--sink shows what that sink takes, from now on', async () => {
  await agents.run(folder);
  const tail = agents.begin(folder, 'tail', '--sink', 'logins', '--json', '--format', 'ecs');
  const shown = parsed(await lines(tail, 5));
  for (const { document } of shown) expect(Object(Object(document).event).action).toMatch(/^login/);
  const sent = readFileSync(join(folder, 'logins.ndjson'), 'utf8');
  for (const { id } of shown) expect(sent).toContain(id);
  expect((await stopped(tail)).code).toBe(0);
});

test('a reader that stands still holds up neither the sinks nor the journal', async () => {
  await agents.run(folder);
  const tail = agents.begin(folder, 'tail', '--sink', 'all', '--json');
  const idle = agents.begin(folder, 'tail', '--since', '3h', '--json');
  tail.child.stdout.pause();
  idle.child.stdout.pause();
  const wanted = truth();
  const isThere = (): boolean => {
    const sent = readFileSync(join(folder, 'all.ndjson'), 'utf8');
    return [...wanted].every((id) => sent.includes(id));
  };
  await expect.poll(isThere, { timeout: 60_000 }).toBe(true);
  const { out } = await run({ args: ['status', '--json'], cwd: folder, env: { KEY } });
  expect(JSON.parse(out).sinks.map(({ health }: { health: string }) => health)).toEqual(['ok', 'ok']);
});

test('what cannot be shown is refused in words', async () => {
  await agents.run(folder);
  const cases: readonly [args: readonly string[], code: number, words: RegExp][] = [
    [['--sink', 'nothing'], 1, /^SINK_UNKNOWN: no sink is named nothing: there is all, logins/],
    [['--where', 'event.nothing == 1'], 2, /^WHEN_INVALID: --where: /],
    [['--sink', 'all', '--since', '1h'], 2, /^--since goes with what is journaled/],
    [['--since', 'soon'], 2, /Expected a time/],
  ];
  const ends = await Promise.all(cases.map(([args]) => run({ args: ['tail', ...args], cwd: folder, env: { KEY } })));
  for (const [index, [, code, words]] of cases.entries()) {
    expect(ends[index]).toMatchObject({ code, talk: expect.stringMatching(words) });
  }
});

test('a sink of an agent that does not run is said', async () => {
  const agent = await agents.run(folder);
  const tail = agents.begin(folder, 'tail', '--sink', 'all', '--json');
  await lines(tail, 1);
  agent.child.kill('SIGTERM');
  await agent.ended;
  const { code, talk } = await tail.ended;
  expect(code).toBe(1);
  expect(talk).toMatch(/^AGENT_GONE/m);
});
