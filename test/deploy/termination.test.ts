/** What `kubectl describe pod` shows of a relay that cannot start: the reason with its place, and no secret. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { run } from '../agent/command.ts';

const SECRET = 'sk-admin-that-nobody-may-see';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'audit-relay-termination-'));
  writeFileSync(join(folder, 'termination-log'), '');
  writeFileSync(join(folder, 'key'), SECRET);
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs into its end with these sinks. */
async function told(sinks: object, more: object = {}): Promise<{ code: number | null; message: string }> {
  const source = { type: 'openai', api_key: `\${file:${folder}/key}`, base_url: 'http://127.0.0.1:9/v1' };
  const config = { sources: { acme: source }, journal: { path: 'journal' }, http: { listen: '127.0.0.1:0' }, sinks };
  writeFileSync(join(folder, 'audit-relay.yaml'), JSON.stringify({ ...config, ...more }, null, 1));
  const { code } = await run({ args: ['run', '--termination-log', 'termination-log'], cwd: folder });
  return { code, message: readFileSync(join(folder, 'termination-log'), 'utf8') };
}

test('a bad configuration ends with 78, and each key of it is named', async () => {
  const { code, message } = await told({ disk: { type: 'file', pth: 'x' }, other: { type: 'file', path: 7 } });
  expect(code).toBe(78);
  expect(message).toMatch(/audit-relay\.yaml:\d+:\d+ {2}CONFIG_UNKNOWN_KEY {2}sinks\.disk\.pth/);
  expect(message).toContain('sinks.other.path');
});

test('a bad value that is a secret is not told', async () => {
  const { code, message } = await told({
    siem: { type: 'splunk-hec', url: `\${file:${folder}/key}`, token: 'x'.repeat(36) },
  });
  expect(code).toBe(78);
  expect(message).toContain('sinks.siem.url');
  expect(message).not.toContain(SECRET);
});

test('what the journal refuses ends with 1, and is told with its code', async () => {
  const disk = { type: 'file', path: 'events.ndjson' };
  const { code, message } = await told({ disk }, { journal: { path: 'journal', create: 'never' } });
  expect(code).toBe(1);
  expect(message).toMatch(/^JOURNAL_MISSING: /);
});
