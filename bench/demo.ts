/**
 * How long somebody new waits: from `npm start` in a fresh clone, with its dependencies installed, to the first document in the
 * demo's file; the first time, which builds everything, and the times after it. Installing is not counted: it is the network's time.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { median } from './measure.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const ROUNDS = 3;
/** How often it is looked whether the document is there, in milliseconds. */
const LOOK_MS = 20;

export async function demo(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'audit-relay-demo-'));
  const clone = join(folder, 'clone');
  try {
    // What is committed, as somebody else gets it.
    must(['git', 'clone', '--quiet', '--no-hardlinks', ROOT, clone], folder);
    must(['npm', 'ci', '--no-audit', '--no-fund', '--loglevel=error'], clone);
    const first = await untilDocument(clone, 0);
    const later: number[] = [];
    for (let round = 1; round <= ROUNDS; round += 1) later.push(await untilDocument(clone, round));
    return [
      'demo: from `npm start` in a fresh clone, dependencies installed, to the first document in its file',
      `  the first time, which builds          ${seconds(first)} s (aim: under 60 s)`,
      `  after that, median of ${ROUNDS}               ${seconds(median(later))} s`,
    ].join('\n');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(1);
}

function must([program = '', ...args]: readonly string[], cwd: string): void {
  const { status, stderr } = spawnSync(program, args, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`);
}

/** In milliseconds; each round has a folder of its own, as the first demo of somebody has. */
async function untilDocument(clone: string, round: number): Promise<number> {
  const dir = join(clone, `demo-data-${round}`);
  const { OPENAI_ADMIN_KEY: _, ...env } = process.env;
  const before = performance.now();
  const child = spawn('npm', ['start', '--silent', '--', '--dir', dir], { cwd: clone, env, stdio: 'ignore' });
  const ended = once(child, 'exit');
  try {
    while (!hasDocument(join(dir, 'events.ecs.ndjson'))) {
      if (child.exitCode !== null) throw new Error(`npm start ended with ${child.exitCode}`);
      await setTimeout(LOOK_MS);
    }
    return performance.now() - before;
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
}

/** A whole line. */
function hasDocument(file: string): boolean {
  return existsSync(file) && readFileSync(file).includes('\n');
}
