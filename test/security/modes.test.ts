/** Whatever holds events is its owner's alone, under any umask: the journal, files and their ids, what is set aside. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';

const bin = fileURLToPath(new URL('../../packages/agent/bin/audit-relay.js', import.meta.url));

let api: Server;
beforeAll(async () => {
  const effective_at = Math.floor(Date.now() / 1000) - 60;
  // A record without an id is kept in the journal; a page that is none is kept as evidence, a file.
  const data = [
    { id: 'audit_log-a', type: 'login.failed', effective_at },
    { type: 'no id', effective_at },
  ];
  api = createServer(({ url = '' }, response) => {
    const asked = new URL(url, 'http://localhost').searchParams;
    if (asked.get('tenant_only') === 'true') return void response.end('<h1>no page</h1>');
    const isIn = effective_at >= Number(asked.get('effective_at[gte]')) && !asked.has('after');
    const page = {
      object: 'list',
      data: isIn ? data : [],
      has_more: false,
      first_id: null,
      last_id: isIn ? 'audit_log-a' : null,
    };
    response.setHeader('content-type', 'application/json').end(JSON.stringify(page));
  });
  await new Promise<void>((done) => api.listen(0, '127.0.0.1', done));
});
afterAll(() => {
  api.closeAllConnections();
  api.close();
});

function seen(child: ChildProcessWithoutNullStreams, ...patterns: readonly RegExp[]): Promise<void> {
  let talk = '';
  return new Promise((resolve, reject) => {
    child.stderr.on('data', (part) => {
      talk += String(part);
      if (patterns.every((pattern) => pattern.test(talk))) resolve();
    });
    child.on('close', (code) => reject(new Error(`ended with ${code}: ${talk}`)));
  });
}

/** Each folder and file below, with its mode; a socket counts as a file. */
function modes(folder: string): readonly (readonly [path: string, mode: string])[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => [path, statSync(join(folder, path))] as const)
    .map(([path, stat]) => [`${path}${stat.isDirectory() ? '/' : ''}`, (stat.mode & 0o777).toString(8)]);
}

test.each(['000', '022', '077'])('under the umask %s', async (umask) => {
  const folder = mkdtempSync(join(tmpdir(), 'audit-relay-modes-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  // It listens on a port, so it has such an address.
  const { port } = api.address() as AddressInfo;
  const source = {
    type: 'openai',
    api_key: 'k',
    base_url: `http://127.0.0.1:${port}/v1`,
    poll_interval: '1s',
    backfill_start_time: '1h',
  };
  const config = {
    sources: { acme: source },
    sinks: { disk: { type: 'file', path: 'events.ndjson', max_bytes: '64kB' } },
    journal: { path: 'journal' },
    http: { listen: '127.0.0.1:0' },
  };
  writeFileSync(join(folder, 'audit-relay.yaml'), JSON.stringify(config), { mode: 0o600 });
  const command = `umask ${umask}; exec "${process.execPath}" "${bin}" run --log-level debug`;
  const child = spawn('sh', ['-c', command], { cwd: folder });
  onTestFinished(() => void child.kill('SIGKILL'));
  await seen(child, /RECORDS_UNUSABLE/, /EVIDENCE_KEPT/, /BATCH_SETTLED/);
  const running = modes(folder);
  child.kill('SIGTERM');
  await once(child, 'close');
  for (const found of [running, modes(folder)]) {
    const wrong = found.filter(([path, mode]) => mode !== (path.endsWith('/') ? '700' : '600'));
    expect(wrong).toEqual([]);
  }
  const paths = running.map(([path]) => path);
  expect(paths).toEqual(
    expect.arrayContaining([
      'journal/',
      'journal/data.mdb',
      'journal/owner.sock',
      'events.ndjson',
      'events.ndjson.ids/',
    ]),
  );
  expect(paths.some((path) => /unreadable\/acme\/.*\.body$/.test(path))).toBe(true);
});
