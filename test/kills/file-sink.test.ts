/**
 * The file sink under real kills: each event is in the files once, in whole lines, wherever it was killed, though the
 * file is moved away and the journal restored from an older copy in between.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const CHILD = fileURLToPath(new URL('../dist/kills/file-sink-child.js', import.meta.url));
const EVENTS = 3_000;

/** Kills the child at its `dots`-th send, or lets it come to its end. */
async function run(folder: string, dots: number): Promise<string | null> {
  const child = spawn(process.execPath, [CHILD, folder, String(EVENTS)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let seen = 0;
  child.stdout.on('data', (text) => {
    seen += String(text).length;
    if (seen >= dots) child.kill('SIGKILL');
  });
  // The pair that Node's `close` event gives.
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  expect(code ?? 0).toBe(0);
  return signal;
}

/** What an operator or logrotate may do while it does not run. */
function between(folder: string, kill: number): void {
  const path = join(folder, 'events.ndjson');
  if (kill % 3 === 1 && existsSync(path)) renameSync(path, `${path}-2026070${kill}`);
  if (kill % 4 !== 2) return;
  // An older copy of the journal: it marks nothing of what comes again.
  for (const name of ['cursor', 'reach']) writeFileSync(join(folder, name), '');
}

test('a file sink killed again and again holds each event once, and no torn line', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'file-kills-'));
  const seed = Date.now() % 1_000;
  console.info(`seed ${seed}`);
  for (let kill = 0; kill < 12; kill += 1) {
    expect(await run(folder, 1 + ((seed + kill * 7) % 13))).toBe('SIGKILL');
    between(folder, kill);
  }
  expect(await run(folder, Number.POSITIVE_INFINITY)).toBe(null);
  const files = readdirSync(folder).filter((name) => /^events\.ndjson(?!\.ids)/.test(name));
  expect(files.length).toBeGreaterThan(3);
  const lines = files.flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n').slice(0, -1));
  const ids = lines.map((line) => String(Object(JSON.parse(line)).id));
  expect(ids).toHaveLength(EVENTS);
  expect(new Set(ids)).toEqual(new Set(Array.from({ length: EVENTS }, (_, index) => `e${index}`)));
  rmSync(folder, { recursive: true });
});
