/** Redaction and drift in a whole relay: from the API through the journal to files and status. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Simulator, sampleFiles, startSimulator } from '@audit-relay/openai-simulator';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { start } from './command.ts';

let folder = '';
let simulator: Simulator;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'audit-relay-redaction-'));
  simulator = await startSimulator({ key: 'sk-right', files: sampleFiles });
});
afterEach(async () => {
  await simulator.close();
  rmSync(folder, { recursive: true });
});

const FORMATS = ['ecs', 'ocsf', 'raw'] as const;

function configured(): void {
  const source = {
    type: 'openai',
    api_key: '${KEY}',
    base_url: simulator.url,
    poll_interval: '1s',
    requests_per_second: 100,
  };
  const config = {
    sources: { acme: { ...source, backfill_start_time: '2020-01-01T00:00:00Z' } },
    redact_key: '${REDACT_KEY}',
    redact: [
      { field: 'actor.session.user.email', with: 'hash' },
      { field: 'actor.api_key.user.email', with: 'mask' },
      { field: 'invite.sent.data.email', with: 'drop' },
    ],
    normalize: { original: true },
    sinks: Object.fromEntries(FORMATS.map((format) => [format, { type: 'file', path: join(folder, format), format }])),
    journal: { path: join(folder, 'journal') },
    http: { listen: '127.0.0.1:0' },
  };
  writeFileSync(join(folder, 'relay.yaml'), JSON.stringify(config));
}

function lines(format: string): readonly string[] {
  const file = join(folder, format);
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
}

/** E-mails of the samples that stand nowhere but where the rules above redact them. */
function actorEmails(): readonly string[] {
  const text = sampleFiles.map((file) => readFileSync(file, 'utf8')).join('\n');
  const found = text
    .split('\n')
    .filter(Boolean)
    .flatMap((line) => {
      const { session, api_key: key } = Object(Object(JSON.parse(line)).actor);
      return [session?.user?.email, key?.user?.email].filter(
        (email) => typeof email === 'string' && email.includes('@'),
      );
    });
  const times = (email: string): number => found.filter((one) => one === email).length;
  return [...new Set<string>(found)].filter((email) => text.split(email).length - 1 === times(email));
}

test('no file of any format holds a redacted e-mail, and what is new in the API is in the status', async () => {
  configured();
  const hidden = actorEmails();
  expect(hidden.length).toBeGreaterThan(3);
  const env = { KEY: 'sk-right', REDACT_KEY: 'a redaction key' };
  const { child, ended, seen } = start({ args: ['run', '--config', 'relay.yaml'], cwd: folder, env });
  const { url } = JSON.parse((await seen(/^\{.*"STARTED".*$/m))[0]);
  const isThere = (): boolean =>
    FORMATS.every((format) => lines(format).some((line) => line.includes('quantum.entangled')));
  await expect.poll(isThere, { timeout: 60_000 }).toBe(true);
  const status = await (await fetch(`${url}/status`)).text();
  child.kill('SIGTERM');
  const { code, talk } = await ended;
  expect(code).toBe(0);
  const written = [talk, ...FORMATS.flatMap(lines)].join('\n');
  for (const email of hidden) expect(written).not.toContain(email);
  expect(written).not.toContain(env.REDACT_KEY);
  expect(status).toMatch(/"drift":\{"types":\{.*"quantum\.entangled":1\b.*"actor\.system":1/);
  expect(talk).toContain('"UNKNOWN_TYPE"');
});
