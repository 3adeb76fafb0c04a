/** What a journal refuses at the start of the command, and records that cannot be events: told, kept, nothing damaged. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultKey, type Simulator, startSimulator } from '@audit-relay/openai-simulator';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { run, start } from './command.ts';

const HOUR_MS = 3_600_000;
const args = ['run', '--config', 'relay.yaml'];

let folder: string;
let simulator: Simulator;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'audit-relay-refusals-'));
  simulator = await startSimulator({ events: 50, spanMs: HOUR_MS });
  const source = { type: 'openai', api_key: defaultKey, base_url: simulator.url, poll_interval: '1s' };
  const config = {
    sources: { acme: { ...source, backfill_start_time: new Date(Date.now() - 2 * HOUR_MS).toISOString() } },
    sinks: { disk: { type: 'file', path: join(folder, 'out.ndjson') } },
    journal: { path: join(folder, 'journal') },
    http: { listen: '127.0.0.1:0' },
  };
  writeFileSync(join(folder, 'relay.yaml'), JSON.stringify(config));
});
afterEach(async () => {
  await simulator.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Starts the command, waits for its port, and gives what `work` finds; then ends it in order. */
async function whileRunning<T>(work: (url: string, pid: number | undefined) => Promise<T>): Promise<T> {
  const { child, ended, seen } = start({ args, cwd: folder });
  const [, url] = await seen(/"url":"([^"]+)"/);
  try {
    return await work(url ?? '', child.pid);
  } finally {
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ code: 0 });
  }
}

function outIds(): string[] {
  if (!existsSync(join(folder, 'out.ndjson'))) return [];
  const lines = readFileSync(join(folder, 'out.ndjson'), 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line).event.id);
}

describe('a journal that must not be written', () => {
  test('held by another process: it is named, though its port is in the way too, and it runs on', async () => {
    await whileRunning(async (url, pid) => {
      const file = join(folder, 'relay.yaml');
      writeFileSync(file, readFileSync(file, 'utf8').replace('127.0.0.1:0', new URL(url).host));
      const { code, talk } = await run({ args, cwd: folder });
      expect(code).toBe(1);
      expect(talk).toMatch(new RegExp(`"JOURNAL_HELD".*an agent already runs here \\(pid ${pid}\\)`));
    });
  });

  test('status says what the journal knows of an agent that hangs, and that it does not answer', async () => {
    const { child, ended, seen } = start({ args, cwd: folder });
    await seen(/"STARTED"/);
    await expect.poll(outIds, { timeout: 30_000 }).toHaveLength(50);
    child.kill('SIGSTOP');
    try {
      // The helper kills what takes longer than a person waits.
      const status = start({ args: ['status', '--config', 'relay.yaml', '--json'], cwd: folder });
      const late = setTimeout(() => status.child.kill('SIGKILL'), 15_000);
      const { code, out } = await status.ended;
      clearTimeout(late);
      expect(code).toBe(1);
      expect(JSON.parse(out)).toMatchObject({ running: false, silent: true, room: { entries: 50 } });
    } finally {
      child.kill('SIGCONT');
      child.kill('SIGTERM');
      await ended;
    }
  });

  const spoiled: readonly (readonly [string, string, (journal: string) => void])[] = [
    ['of a newer format', 'JOURNAL_NEWER', (journal) => changeMarker(journal, '"format":99')],
    ['marked as ours but empty', 'JOURNAL_EMPTY', (journal) => rmSync(join(journal, dataFile(journal)))],
    [
      'that lacks the file which names it a journal',
      'JOURNAL_DAMAGED',
      (journal) => rmSync(join(journal, 'journal.json')),
    ],
  ];
  test.each(spoiled)('%s: refused with %s, and left as it was', async (_, expected, spoil) => {
    await whileRunning(async () => undefined);
    const journal = join(folder, 'journal');
    spoil(journal);
    const before = readdirSync(journal).toSorted();
    const { code, talk } = await run({ args, cwd: folder });
    expect(code).toBe(1);
    expect(talk).toContain(`"${expected}"`);
    expect(readdirSync(journal).toSorted()).toEqual(before);
  });

  test('a folder of something else: refused with JOURNAL_FOREIGN, and left as it was', async () => {
    mkdirSync(join(folder, 'journal'));
    writeFileSync(join(folder, 'journal', 'thesis.txt'), 'mine');
    const { code, talk } = await run({ args, cwd: folder });
    expect(code).toBe(1);
    expect(talk).toContain('"JOURNAL_FOREIGN"');
    expect(readdirSync(join(folder, 'journal'))).toEqual(['thesis.txt']);
  });
});

function changeMarker(journal: string, format: string): void {
  const path = join(journal, 'journal.json');
  const text = readFileSync(path, 'utf8').replace(/"format":\s*\d+/, format);
  expect(text).toContain(format);
  writeFileSync(path, text);
}

function dataFile(journal: string): string {
  const name = readdirSync(journal).find((file) => file.endsWith('.mdb') && !file.includes('lock'));
  if (name === undefined) throw new Error(`no data file in ${readdirSync(journal).join(', ')}`);
  return name;
}

test('records that are no object or have no id are kept once, and the rest goes on', async () => {
  const nowSeconds = Math.floor(Date.now() / 1000);
  const good = { id: 'audit_log-after-the-odd-ones', type: 'logout.succeeded', effective_at: nowSeconds - 1 };
  const odd = ['"only text"', '42', `{"type":"login.succeeded","effective_at":${nowSeconds - 3}}`, '{"id":""}'];
  simulator.add([...odd.map((record) => ({ record })), { record: good }]);
  const expected = [...simulator.truth()].flatMap(({ id }) => id || []).toSorted();
  const malformedRecords = await whileRunning(async (url) => {
    await expect.poll(() => outIds().toSorted(), { timeout: 60_000 }).toEqual(expected);
    // Every poll shows the odd ones again for two minutes.
    const seen = requests();
    await expect.poll(requests, { timeout: 60_000 }).toBeGreaterThan(seen + 2);
    const status: { journal: { malformedRecords: unknown } } = Object(await (await fetch(`${url}/status`)).json());
    return status.journal.malformedRecords;
  });
  expect(malformedRecords).toEqual({ acme: odd.length });
  expect(outIds().toSorted()).toEqual(expected);
});

function requests(): number {
  return simulator.stats().requests.reduce((sum, { count }) => sum + count, 0);
}
