import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Simulator, startSimulator } from '@audit-relay/openai-simulator';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { run, start } from './command.ts';

let folder = '';
const simulators: Simulator[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'audit-relay-command-'));
});
afterEach(async () => {
  for (const simulator of simulators.splice(0)) await simulator.close();
  rmSync(folder, { recursive: true });
});

/** relay.yaml in the folder: a simulated API, one file sink, any free port. */
async function configured(sink: Readonly<Record<string, unknown>> = {}): Promise<Simulator> {
  const simulator = await startSimulator({ events: 300, spanMs: 3_600_000, key: 'sk-right' });
  simulators.push(simulator);
  const source = { type: 'openai', api_key: `\${file:${folder}/key}`, base_url: simulator.url, poll_interval: '1s' };
  const config = {
    sources: { acme: { ...source, backfill_start_time: new Date(Date.now() - 7_200_000).toISOString() } },
    sinks: { disk: { type: 'file', path: join(folder, 'out.ndjson'), ...sink } },
    journal: { path: join(folder, 'journal') },
    http: { listen: '127.0.0.1:0' },
  };
  writeFileSync(join(folder, 'relay.yaml'), JSON.stringify(config));
  writeFileSync(join(folder, 'key'), 'sk-right\n');
  return simulator;
}

function ids(file: string): readonly string[] {
  const lines = readFileSync(join(folder, file), 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line).event.id);
}

async function truth(simulator: Simulator): Promise<readonly string[]> {
  return [...simulator.truth()].flatMap(({ id }) => id ?? []).sort();
}

const relayArgs = ['run', '--config', 'relay.yaml'];

describe('validate', () => {
  test('names every problem with its place and ends with 78', async () => {
    writeFileSync(
      join(folder, 'relay.yaml'),
      'sources:\n  a: { type: openai, api_key: "${NO}" }\nsinks:\n  b: { type: kinesis }\n',
    );
    const { code, out, talk } = await run({ args: ['validate', '--config', 'relay.yaml'], cwd: folder });
    expect({ code, out }).toEqual({ code: 78, out: '' });
    expect(talk).toMatch(
      /^relay\.yaml:2:31 {2}CONFIG_UNSET_VARIABLE {2}sources\.a\.api_key {2}the variable NO is not set/m,
    );
    expect(talk).toMatch(/^relay\.yaml:4:14 {2}CONFIG_SINK_MISSING {2}sinks\.b\.type .*there are file, stdout/m);
  });
});

describe('run', () => {
  test('relays every event, answers on its port, and ends with 0 on SIGTERM', async () => {
    const simulator = await configured();
    const { child, ended, seen } = start({ args: relayArgs, cwd: folder });
    const { url } = JSON.parse((await seen(/^\{.*"STARTED".*$/m))[0]);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    await expect
      .poll(() => existsSync(join(folder, 'out.ndjson')) && ids('out.ndjson').length, { timeout: 30_000 })
      .toBe(300);
    // A line stands in the file before it is acked.
    await expect
      .poll(async () => (await fetch(`${url}/metrics`)).text(), { timeout: 30_000 })
      .toContain('audit_relay_sink_events_acked_total{sink="disk"} 300');
    expect(await run({ args: ['status', '--config', 'relay.yaml'], cwd: folder })).toMatchObject({ code: 0 });
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ code: 0 });
    expect([...ids('out.ndjson')].sort()).toEqual(await truth(simulator));
    const { code, out } = await run({ args: ['status', '--config', 'relay.yaml', '--json'], cwd: folder });
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      running: false,
      sinks: [{ sink: 'disk', behind: 0, deadLetters: 0 }],
      room: { entries: 300 },
    });
  });

  test('status ends with 1 and the reason when the API refuses, before anything was ever read', async () => {
    await configured();
    writeFileSync(join(folder, 'key'), 'sk-wrong\n');
    const { child, ended, seen } = start({ args: relayArgs, cwd: folder });
    await seen(/"SOURCE_RE(?:TRYING|FUSED)"/);
    const { code, out } = await run({ args: ['status', '--config', 'relay.yaml'], cwd: folder });
    child.kill('SIGTERM');
    await ended;
    expect(code).toBe(1);
    expect(out).toMatch(/^feed {5}acme\/organization: (?:retrying|paused), nothing read yet .*\n {11}\S/m);
  });

  test('every line of its log is JSON, warnings about the configuration too', async () => {
    await configured();
    const text = readFileSync(join(folder, 'relay.yaml'), 'utf8').replace(/\$\{file:[^}]*\}/, 'sk-right');
    writeFileSync(join(folder, 'relay.yaml'), text);
    const { child, ended, seen } = start({ args: relayArgs, cwd: folder });
    await seen(/"STARTED"/);
    child.kill('SIGTERM');
    const { talk } = await ended;
    const codes = talk
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).code);
    expect(codes).toEqual(expect.arrayContaining(['CONFIG_PLAIN_SECRET', 'STARTED', 'DRAINING', 'STOPPED']));
  });

  test('a second signal ends it at once with 1', async () => {
    await configured({ type: './stuck.mjs', path: undefined });
    writeFileSync(join(folder, 'stuck.mjs'), STUCK);
    const { child, ended, seen } = start({ args: relayArgs, cwd: folder });
    await seen(/a batch is stuck/);
    child.kill('SIGINT');
    await seen(/"DRAINING"/);
    child.kill('SIGINT');
    expect(await ended).toMatchObject({ code: 1 });
  });

  test('a port that is taken is told before the journal is touched', async () => {
    await configured();
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = Object(other.address());
    const text = readFileSync(join(folder, 'relay.yaml'), 'utf8').replace('127.0.0.1:0', `127.0.0.1:${port}`);
    writeFileSync(join(folder, 'relay.yaml'), text);
    const { code, talk } = await run({ args: relayArgs, cwd: folder });
    expect(code).toBe(1);
    expect(talk).toMatch(/"HTTP_LISTEN".*another process has this port/);
    expect(existsSync(join(folder, 'journal'))).toBe(false);
    await new Promise((resolve) => other.close(resolve));
  });

  test('a wrong key pauses the source, the right one in its file wakes it, and neither is shown', async () => {
    await configured();
    writeFileSync(join(folder, 'key'), 'sk-wrong');
    const { child, ended, seen } = start({ args: [...relayArgs, '--log-level', 'debug'], cwd: folder });
    await seen(/401/);
    writeFileSync(join(folder, 'key.new'), 'sk-right');
    renameSync(join(folder, 'key.new'), join(folder, 'key'));
    await seen(/"SECRET_CHANGED"/);
    await expect
      .poll(() => existsSync(join(folder, 'out.ndjson')) && ids('out.ndjson').length, { timeout: 30_000 })
      .toBe(300);
    child.kill('SIGTERM');
    const { code, talk } = await ended;
    expect(code).toBe(0);
    expect(talk).not.toMatch(/sk-wrong|sk-right/);
  });
});

describe('demo', () => {
  const demo = ['demo', '--dir', 'demo', '--events', '1000'];

  test('--once reads everything, delivers it, says where, and ends with 0', async () => {
    const { code, out } = await run({ args: [...demo, '--once', '--rate', '0'], cwd: folder });
    expect(code).toBe(0);
    expect(out).toMatch(/^ecs {6}1000 events delivered now {2}.*events\.ecs\.ndjson$/m);
    expect(out).toMatch(/^ocsf {5}1000 events delivered now {2}.*events\.ocsf\.ndjson$/m);
    expect(new Set(ids('demo/events.ecs.ndjson')).size).toBe(1000);
    expect(readdirSync(folder)).toEqual(['demo']);
    expect(readdirSync(join(folder, 'demo')).sort()).toEqual([
      'demo.json',
      'events.ecs.ndjson',
      'events.ecs.ndjson.ids',
      'events.ocsf.ndjson',
      'events.ocsf.ndjson.ids',
      'journal',
    ]);
  });

  test('with a key of one’s own reads the API itself: --once wants --from, and a refused key is no success', async () => {
    const simulator = await configured();
    const env = { OPENAI_ADMIN_KEY: 'sk-right', OPENAI_BASE_URL: simulator.url };
    const once = ['demo', '--dir', 'demo', '--once'];
    expect(await run({ args: once, cwd: folder, env })).toMatchObject({ code: 2 });
    const from = ['--from', new Date(Date.now() - 7_200_000).toISOString()];
    expect(await run({ args: [...once, ...from], cwd: folder, env })).toMatchObject({ code: 0 });
    expect(ids('demo/openai/events.ecs.ndjson').toSorted()).toEqual(await truth(simulator));
    const refused = { ...env, OPENAI_ADMIN_KEY: 'sk-wrong' };
    expect(await run({ args: [...once, ...from], cwd: folder, env: refused })).toMatchObject({ code: 1 });
  });

  test('keeps the simulated log and a real one apart: with a key, in a folder that was used without', async () => {
    expect(await run({ args: [...demo, '--once', '--rate', '0'], cwd: folder })).toMatchObject({ code: 0 });
    const simulator = await configured();
    const env = { OPENAI_ADMIN_KEY: 'sk-right', OPENAI_BASE_URL: simulator.url };
    const from = ['--from', new Date(Date.now() - 7_200_000).toISOString()];
    expect(await run({ args: ['demo', '--dir', 'demo', '--once', ...from], cwd: folder, env })).toMatchObject({
      code: 0,
    });
    expect(ids('demo/openai/events.ecs.ndjson').toSorted()).toEqual(await truth(simulator));
    expect(ids('demo/events.ecs.ndjson')).toHaveLength(1000);
  });

  test('follows its options or refuses them, whatever proxy the environment names', async () => {
    const env = { HTTP_PROXY: 'http://127.0.0.1:1', HTTPS_PROXY: 'http://127.0.0.1:1', NO_PROXY: 'example.com' };
    const few = ['demo', '--dir', 'demo', '--once', '--rate', '0', '--events', '20'];
    expect(await run({ args: [...few, '--seed', '7'], cwd: folder, env })).toMatchObject({ code: 0 });
    expect(ids('demo/events.ecs.ndjson')).toHaveLength(20);
    const other = await run({ args: [...few, '--seed', '8'], cwd: folder, env });
    expect(other).toMatchObject({ code: 1, talk: expect.stringMatching(/DEMO_FOLDER.*begun with another --seed:/) });
    const from = await run({ args: [...few, '--from', '1d'], cwd: folder, env });
    expect(from).toMatchObject({ code: 2, talk: '--from is for the real API: it needs OPENAI_ADMIN_KEY.\n' });
  });

  test('says what was delivered after the drain, so that what was on its way is counted', async () => {
    const { child, ended, seen } = start({ args: [...demo, '--rate', '0', '--log-level', 'debug'], cwd: folder });
    await seen(/"BATCH_SENDING"/);
    child.kill('SIGTERM');
    const { code, out } = await ended;
    expect(code).toBe(0);
    for (const sink of ['ecs', 'ocsf']) {
      const file = join(folder, 'demo', `events.${sink}.ndjson`);
      const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').length - 1 : 0;
      expect(out).toMatch(new RegExp(`^${sink} +${lines} events delivered now`, 'm'));
    }
  });

  test('goes on where a kill -9 has ended it: every event once', async () => {
    for (const step of ['JOURNAL_COMMITTED', 'REACH_EXTENDED', 'BATCH_SENDING', 'CURSOR_SAVED']) {
      const { child, ended, seen } = start({ args: [...demo, '--rate', '0', '--log-level', 'debug'], cwd: folder });
      await seen(new RegExp(`"${step}"`));
      child.kill('SIGKILL');
      await ended;
    }
    expect(await run({ args: [...demo, '--once'], cwd: folder })).toMatchObject({ code: 0 });
    const delivered = ids('demo/events.ecs.ndjson');
    expect(delivered).toHaveLength(1000);
    expect(new Set(delivered).size).toBe(1000);
  });
});

/** A sink that never answers before its signal. */
const STUCK = `
export const sink = {
  type: 'stuck',
  configSchema: { safeParse: () => ({ success: true, data: {} }) },
  limits: () => ({ maxEvents: 10, maxBytes: 1e6, maxEventBytes: 1e6, maxInFlight: 1, sendMs: 60_000 }),
  open: async (_config, context) => ({
    send: (_batch, { signal }) => {
      context.log('STUCK', { what: 'a batch is stuck' });
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    },
    check: async () => [],
    close: async () => undefined,
  }),
};
`;
