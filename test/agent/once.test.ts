/** `run --once`, as cron and CI use it: it ends by itself, and its exit code says whether everything arrived. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultKey, type Simulator, startSimulator } from '@audit-relay/openai-simulator';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { freePorts } from '../services/ports.ts';
import { type Ended, run } from './command.ts';

let folder = '';
let simulator: Simulator;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'audit-relay-once-'));
  simulator = await startSimulator({ events: 120, spanMs: 3_600_000, key: defaultKey });
});

afterEach(async () => {
  await simulator.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Wanted {
  readonly base_url?: string;
  readonly key?: string;
  readonly sink?: Readonly<Record<string, unknown>>;
}

async function once(
  { base_url = simulator.url, key = defaultKey, sink = {} }: Wanted,
  ...args: string[]
): Promise<Ended> {
  const config = {
    sources: {
      acme: { type: 'openai', api_key: '${KEY}', base_url, poll_interval: '1s', backfill_start_time: '2h' },
    },
    sinks: { disk: { type: 'file', path: './out.ndjson', ...sink } },
    journal: { path: './journal' },
  };
  writeFileSync(join(folder, 'audit-relay.yaml'), JSON.stringify(config));
  return run({ args: ['run', '--once', ...args], cwd: folder, env: { KEY: key } });
}

function idsOnDisk(): readonly string[] {
  const lines = readFileSync(join(folder, 'out.ndjson'), 'utf8').split('\n').filter(Boolean);
  return lines.map((line): string => JSON.parse(line).event.id).toSorted((a, b) => a.localeCompare(b));
}

function truth(): readonly string[] {
  return [...simulator.truth()].flatMap(({ id }) => id ?? []).toSorted((a, b) => a.localeCompare(b));
}

test('everything arrives, and the next one brings what has happened since', async () => {
  expect(await once({})).toMatchObject({ code: 0, out: '', talk: expect.stringMatching(/"ONCE_DELIVERED".*120 new/) });
  expect(idsOnDisk()).toEqual(truth());
  const effective_at = Math.floor(Date.now() / 1_000);
  simulator.add([{ record: { id: 'audit_log-new', type: 'login.succeeded', effective_at } }]);
  expect(await once({})).toMatchObject({ code: 0, talk: expect.stringMatching(/"ONCE_DELIVERED".*: 1 new event/) });
  expect(idsOnDisk()).toEqual(truth());
});

describe('it ends with 1 and says why, when', () => {
  test('the key is refused', async () => {
    const { code, talk } = await once({ key: 'sk-admin-wrong' });
    expect({ code, talk }).toEqual({ code: 1, talk: expect.stringMatching(/"ONCE_INCOMPLETE".*the key is wrong/) });
  });

  test('the API is out of reach', async () => {
    const [port] = await freePorts(1);
    const { code, talk } = await once({ base_url: `http://127.0.0.1:${port}/v1` }, '--patience', '2s');
    expect({ code, talk }).toEqual({ code: 1, talk: expect.stringMatching(/"ONCE_INCOMPLETE".*no answer for 2 s/) });
  });

  test('a sink is down; what was read is kept for the next one', async () => {
    const [port] = await freePorts(1);
    const sink = { type: 'splunk-hec', url: `http://127.0.0.1:${port}`, token: '${KEY}', path: undefined };
    const { code, talk } = await once({ sink }, '--patience', '2s');
    expect({ code, talk }).toEqual({
      code: 1,
      talk: expect.stringMatching(/"ONCE_INCOMPLETE".*sink disk: nothing taken/),
    });
    const { out } = await run({ args: ['status', '--json'], cwd: folder });
    expect(JSON.parse(out)).toMatchObject({ sinks: [{ sink: 'disk', behind: 120 }] });
  });
});

test('at debug one grep follows an event from the poll to its ack; above debug no line names one', async () => {
  const { talk } = await once({}, '--log-level', 'debug');
  const [id = ''] = truth();
  const lines = talk.split('\n').filter((line) => line.includes(`"${id}"`));
  const named = lines.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
  const codes = named.map(({ code }) => code).filter((code, index, all) => all.indexOf(code) === index);
  expect(codes).toEqual(['PAGE_READ', 'WINDOW_COMMITTED', 'BATCH_SENDING', 'BATCH_SETTLED']);
  expect(named.at(-1)).toMatchObject({ lane: 'disk', acked_ids: expect.arrayContaining([id]) });
  expect(named.filter(({ level }) => level !== 'debug')).toEqual([]);
});

test('so does it follow one that the filter leaves out', async () => {
  const { talk } = await once({ sink: { when: 'event.action == "none.such"' } }, '--log-level', 'debug');
  const [id = ''] = truth();
  const named = talk.split('\n').filter((line) => line.includes(`"${id}"`));
  expect(named.map((line) => JSON.parse(line).code)).toContain('EVENTS_FILTERED');
});
