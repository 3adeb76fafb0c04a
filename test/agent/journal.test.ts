/** `audit-relay journal check`, `compact` and `export`, and a journal that is set aside: the built command on what a real run has left. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Simulator, startSimulator } from '@audit-relay/openai-simulator';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Ended, run, start } from './command.ts';

const EMAIL = 'ada.canary@example.com';
let folder = '';
let simulator: Simulator;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'audit-relay-journal-'));
  simulator = await startSimulator({ events: 50, spanMs: 3_600_000, key: 'sk-journal' });
  const seconds = Math.floor(Date.now() / 1000) - 60;
  const actor = `{"type":"session","session":{"user":{"id":"user-1","email":"${EMAIL}"}}}`;
  const record = `{"id":"audit_log-ada","type":"login.failed","effective_at":${seconds},"actor":${actor}}`;
  simulator.add([{ record }]);
  const source = {
    type: 'openai',
    api_key: '${KEY}',
    base_url: simulator.url,
    poll_interval: '1s',
    backfill_start_time: '2h',
  };
  const config = {
    sources: { acme: source },
    journal: { path: './journal', on_damage: 'set_aside' },
    redact: [{ field: 'actor.session.user.email', with: 'mask' }],
    sinks: { archive: { type: 'file', path: './out.ndjson', format: 'raw' } },
    http: { listen: '127.0.0.1:0' },
  };
  writeFileSync(join(folder, 'audit-relay.yaml'), JSON.stringify(config));
});
afterEach(async () => {
  await simulator.close();
  rmSync(folder, { recursive: true });
});

const command = (...args: readonly string[]): Promise<Ended> => run({ args, cwd: folder, env: { KEY: 'sk-journal' } });
const idsIn = (text: string): readonly string[] =>
  [...text.matchAll(/"id":"(audit_log-[^"]+)"/g)].map(([, id = '']) => id).toSorted();
const delivered = (): readonly string[] => idsIn(readFileSync(join(folder, 'out.ndjson'), 'utf8'));

test('check, export and compact on what a run has left; damage is set aside, and each event stands once in the file', async () => {
  expect(await command('backfill', '--from', '2h')).toMatchObject({ code: 0 });
  const ids = delivered();
  expect(ids).toHaveLength(51);
  expect(await command('journal', 'check')).toMatchObject({
    code: 0,
    out: expect.stringMatching(/whole.*51 entries/s),
  });

  const redacted = await command('journal', 'export');
  expect([redacted.code, idsIn(redacted.out)]).toEqual([0, ids]);
  expect(redacted.out).not.toContain(EMAIL);
  expect((await command('journal', 'export', '--original', '--source', 'other')).out).toBe('');
  expect(await command('journal', 'export', '--original', '--out', 'all.ndjson')).toMatchObject({ code: 0, out: '' });
  expect(idsIn(readFileSync(join(folder, 'all.ndjson'), 'utf8'))).toEqual(ids);
  expect(readFileSync(join(folder, 'all.ndjson'), 'utf8')).toContain(EMAIL);
  expect(statSync(join(folder, 'all.ndjson')).mode & 0o777).toBe(0o600);
  expect(await command('journal', 'export', '--from', 'soon')).toMatchObject({ code: 2 });
  expect(await command('journal', 'compact')).toMatchObject({ code: 0, talk: expect.stringMatching(/takes \d+ now/) });
  expect(await command('journal', 'check', '--json')).toMatchObject({
    code: 0,
    out: expect.stringContaining('"whole"'),
  });

  const data = join(folder, 'journal', 'data.mdb');
  const bytes = readFileSync(data);
  bytes.writeUInt8(bytes.readUInt8(40) ^ 1, 40);
  writeFileSync(data, bytes);
  expect(await command('journal', 'check')).toMatchObject({ code: 1, out: expect.stringContaining('does not open') });
  expect(await command('journal', 'export')).toMatchObject({
    code: 1,
    talk: expect.stringContaining('JOURNAL_DAMAGED'),
  });
  const salvaged = await command('journal', 'export', '--salvage');
  expect([...new Set(idsIn(salvaged.out))]).toEqual(ids);

  const { child, ended, seen } = start({ args: ['run'], cwd: folder, env: { KEY: 'sk-journal' } });
  await seen(/"JOURNAL_SET_ASIDE"/);
  await seen(/"STARTED"/);
  child.kill('SIGTERM');
  expect(await ended).toMatchObject({ code: 0 });
  expect(delivered()).toEqual(ids);
  expect(readdirSync(join(folder, 'journal', 'set-aside'))).toHaveLength(1);
  expect(await command('status')).toMatchObject({ code: 1, out: expect.stringContaining('set aside at') });
});
