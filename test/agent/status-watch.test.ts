/** `status --watch` of the real command, on a real terminal (of util-linux's `script`) and piped. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import xterm from '@xterm/headless';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run, start } from './command.ts';

const BIN = join(createRequire(import.meta.url).resolve('audit-relay/package.json'), '../bin/audit-relay.js');
const WATCH = ['status', '--watch', '--interval', '100ms', '--journal', 'd/journal'];

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'audit-relay-watch-'));
  const { code, talk } = await run({ args: ['demo', '--once', '--dir', 'd', '--events', '50'], cwd: folder });
  expect(code, talk).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface OnTerminal {
  /** What the screen shows when `isEnough` says so of it. */
  readonly screen: string;
  readonly bytes: string;
}

/** On a terminal of this size, until Ctrl-C. */
async function onTerminal(
  size: { columns: number; rows: number },
  env: Record<string, string>,
  isEnough: RegExp,
): Promise<OnTerminal> {
  const { columns, rows } = size;
  const command = `stty cols ${columns} rows ${rows}; exec '${process.execPath}' '${BIN}' ${WATCH.join(' ')}`;
  const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
    cwd: folder,
    env: { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8', SHELL: '/bin/sh', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
  let bytes = '';
  const screen = await new Promise<string>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.toString();
      terminal.write(chunk, () => {
        const { active } = terminal.buffer;
        const lines = Array.from({ length: rows }, (_, row) => active.getLine(active.viewportY + row));
        const text = lines.map((line) => line?.translateToString(true) ?? '').join('\n');
        if (isEnough.test(text)) resolve(text);
      });
    });
  });
  child.stdin.write('\u0003');
  expect(await ended).toBe(0);
  return { screen, bytes };
}

const WHOLE = /^ecs +- .*\n(?:ocsf| {2})/m;

test('on a terminal it is drawn in its place, within it, in colours, and gone at the end', async () => {
  const { screen, bytes } = await onTerminal({ columns: 80, rows: 24 }, { TERM: 'xterm-256color' }, WHOLE);
  expect(screen).toMatch(/^audit-relay not running/);
  expect(screen).toMatch(/^SOURCE +HEALTH +LAG +EV\/S$/m);
  expect(bytes).toContain('\u001b[31m');
  // The other screen is left, and the cursor is seen again.
  const [, after = ''] = bytes.split('\u001b[?1049l');
  expect(after).not.toContain('audit-relay');
  expect(bytes.lastIndexOf('\u001b[?25h')).toBeGreaterThan(bytes.lastIndexOf('\u001b[?25l'));
});

test('on a narrow one nothing is broken, and with NO_COLOR nothing is coloured', async () => {
  const env = { TERM: 'xterm-256color', NO_COLOR: '1' };
  const { screen, bytes } = await onTerminal({ columns: 30, rows: 12 }, env, WHOLE);
  expect(screen).toMatch(/^SINK +HEALTH +EV\/S|^SINK/m);
  expect(screen).toMatch(/^demo\/orga…/m);
  for (const sign of ['[31m', '[32m', '[1m', '[2m']) expect(bytes).not.toContain(`\u001b${sign}`);
});

test('on a terminal that draws nothing anew it is plain blocks', async () => {
  const { bytes } = await onTerminal({ columns: 80, rows: 60 }, { TERM: 'dumb' }, /^at +20[\s\S]*^at +20/m);
  expect(bytes.replaceAll('^C', '')).not.toContain('\u001b');
});

test('piped it is one block for each look, until nobody reads or a signal comes', async () => {
  const running = start({ args: WATCH, cwd: folder });
  await new Promise<void>((resolve) => {
    let text = '';
    running.child.stdout.on('data', (chunk) => {
      text += chunk;
      if (text.split('\nat ').length >= 3) resolve();
    });
  });
  running.child.kill('SIGTERM');
  const { code, out, talk } = await running.ended;
  expect({ code, talk }).toEqual({ code: 0, talk: '' });
  expect(out).not.toContain('\u001b');
  const blocks = out.split(/(?=^at )/m);
  for (const block of blocks) expect(block).toMatch(/^at +20\S+Z\njournal +[\s\S]*\nsink +ocsf: [\s\S]*\n\n$/);
});

test('for a script it is one line of JSON for each look', async () => {
  const running = start({ args: [...WATCH, '--json'], cwd: folder });
  await new Promise<void>((resolve) => {
    let text = '';
    running.child.stdout.on('data', (chunk) => {
      text += chunk;
      if (text.split('\n').length >= 3) resolve();
    });
  });
  running.child.stdout.destroy();
  // Its reader is gone: that ends it.
  expect((await running.ended).code).toBe(0);
});

test('a journal that is not there is said, and ends it', async () => {
  const { code, talk } = await run({ args: ['status', '--watch', '--journal', 'nowhere'], cwd: folder });
  expect(code).toBe(1);
  expect(talk).toMatch(/^JOURNAL_MISSING/);
});
