/** The README's way, as somebody with a clone goes it: its configuration, its commands, in its order. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Simulator, startSimulator } from '@audit-relay/openai-simulator';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { allPages, ROOT } from './markdown.ts';

const blocks = allPages().find(({ file }) => file === 'README.md')?.blocks ?? [];
const configuration = blocks.find(({ info }) => info === 'yaml')?.text ?? '';
const lines = blocks.flatMap(({ info, text }) => (info === 'sh' ? text.split('\n') : []));
/** Without their comments. */
const commands = lines.map((line) => line.replace(/\s+#.*$/, '').trim()).filter((line) => line !== '');

/** Not told by git to stay out of a clone, or made by a build. */
const NOT_CLONED = new Set(['.git', 'node_modules', 'dist', '.turbo', 'demo-data']);

let clone: string;
let simulator: Simulator;
beforeAll(async () => {
  clone = mkdtempSync(join(tmpdir(), 'audit-relay-readme-'));
  simulator = await startSimulator({ events: 40, spanMs: 3_600_000, key: 'sk-right' });
  copyClone();
  // The README reads from the real API; nothing else of it is another here.
  const url = `base_url: ${simulator.url}`;
  writeFileSync(join(clone, 'audit-relay.yaml'), configuration.replace('type: openai', `type: openai\n    ${url}`));
});
afterAll(async () => {
  await simulator.close();
  rmSync(clone, { recursive: true, force: true });
});

/** What git has, and the dependencies as `npm install` makes them, the workspace's links to itself included. */
function copyClone(): void {
  cpSync(ROOT, clone, { recursive: true, filter: (path) => !NOT_CLONED.has(path.split('/').at(-1) ?? '') });
  const [from, to] = [join(ROOT, 'node_modules'), join(clone, 'node_modules')];
  mkdirSync(to);
  for (const name of readdirSync(from)) {
    const isOurs = name === '@audit-relay' || name === 'audit-relay' || name === '.bin';
    if (isOurs) cpSync(join(from, name), join(to, name), { recursive: true, verbatimSymlinks: true });
    else symlinkSync(join(from, name), join(to, name));
  }
  // Of another version than the root's.
  for (const name of readdirSync(join(ROOT, 'packages'))) {
    const own = join('packages', name, 'node_modules');
    if (existsSync(join(ROOT, own))) symlinkSync(join(ROOT, own), join(clone, own));
  }
}

interface Ended {
  readonly code: number | null;
  readonly said: string;
}

/** Runs one line of the page. */
function type(line: string, until?: RegExp): Promise<Ended> {
  expect(commands).toContain(line);
  return spoken(line, until);
}

/** Runs a line in the clone, until it ends, or until it has said `until`: then it is told to stop. */
async function spoken(line: string, until?: RegExp): Promise<Ended> {
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], OPENAI_ADMIN_KEY: 'sk-right' };
  // A group of its own, so that a signal reaches npx and what it runs, as Ctrl-C does.
  const child = spawn('/bin/sh', ['-c', line], { cwd: clone, env, detached: true });
  let said = '';
  let isStopped = false;
  const listen = (chunk: Buffer): void => {
    said += String(chunk);
    if (until?.test(said) !== true || isStopped) return;
    isStopped = true;
    process.kill(-(child.pid ?? Number.NaN), 'SIGINT');
  };
  child.stdout.on('data', listen);
  child.stderr.on('data', listen);
  // The pair that Node's `close` event gives.
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, said };
}

test('a clone is built, its configuration validated, examined, run and looked at', async () => {
  const isBuilt = (): boolean => existsSync(join(clone, 'packages/agent/dist/index.js'));
  expect(isBuilt()).toBe(false);
  expect(commands).toContain('npm install && npm run build');
  // What `npm install` does is in place already: a test does not download.
  const built = await spoken('npm run build');
  expect(built, built.said).toMatchObject({ code: 0 });
  expect(isBuilt()).toBe(true);

  expect(await type('npx audit-relay validate')).toMatchObject({ code: 0, said: expect.stringContaining('is valid') });
  const examined = await type('npx audit-relay doctor');
  expect(examined, examined.said).toMatchObject({ code: 0, said: expect.stringContaining(', 0 failed') });
  const ran = await type('npx audit-relay run', /"code":"STARTED"/);
  expect(ran.said).toContain('"code":"STOPPED"');
  const planned = await type('npx audit-relay backfill --from 90d --dry-run');
  expect(planned, planned.said).toMatchObject({ code: 0 });
  // No agent runs by now, which is told.
  expect(await type('npx audit-relay status')).toMatchObject({ code: 1, said: expect.stringContaining('not running') });
});
