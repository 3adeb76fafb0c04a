/**
 * The tutorials, as somebody goes through them: each file that they show is written, each command is run, in their order and in one
 * shell, and what they say is printed is compared. Only the install is left out: what it would install is this workspace.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, onTestFinished, test } from 'vitest';
import { freePorts } from '../services/ports.ts';
import { allPages, type Block, ROOT } from './markdown.ts';

/** Ports that the tutorials name, which may be taken here. */
const PORTS = ['8089', '8090', '9464'] as const;
/** Between what two blocks of commands print. */
const MARK = '-- next block --';

/** What a block is for. */
type Step =
  | { readonly kind: 'file'; readonly name: string; readonly text: string }
  | { readonly kind: 'commands'; readonly text: string; readonly prints?: string }
  | { readonly kind: 'install'; readonly names: readonly string[] };

function stepsOf(file: string): readonly Step[] {
  const blocks = allPages().find((page) => page.file === file)?.blocks ?? [];
  return blocks.flatMap((block, at) => stepOf(block, blocks[at + 1]));
}

function stepOf({ info, text: body }: Block, next: Block | undefined): readonly Step[] {
  const [language = '', name] = info.split(' ');
  const named = name !== undefined && language === 'json' ? name : /^(?:#|\/\/) (\S+\.\w+)\n/.exec(body)?.[1];
  if (info === 'sh install') return [{ kind: 'install', names: body.match(/(?<= )@?[a-z][\w/@-]+(?=\s|$)/g) ?? [] }];
  if (language === 'sh') {
    return [{ kind: 'commands', text: body, ...(next?.info === 'text' ? { prints: next.text } : {}) }];
  }
  if (['yaml', 'ts', 'js', 'json'].includes(language) && named !== undefined) {
    return [{ kind: 'file', name: named, text: body }];
  }
  return [];
}

interface Ended {
  readonly code: unknown;
  readonly printed: readonly string[];
  readonly talk: string;
}

/** All of it in one shell that ends at the first command that fails. */
async function carriedOut(steps: readonly Step[], folder: string): Promise<Ended> {
  const script = steps.map((step) => shellOf(step, folder)).join('');
  const ports = await freePorts(PORTS.length);
  // What npx would find is on the PATH, a second sooner.
  const mended = PORTS.reduce(
    (all, port, at) => all.replaceAll(port, String(ports[at])),
    script.replaceAll('npx ', ''),
  );
  const env = { PATH: `${join(ROOT, 'node_modules/.bin')}:${process.env['PATH']}`, HOME: process.env['HOME'] };
  // A group of its own: what it leaves in the background ends with it.
  const shell = spawn('/bin/bash', ['-e', '-o', 'pipefail', '-c', mended], { cwd: folder, env, detached: true });
  const output = Promise.all([text(shell.stdout), text(shell.stderr)]);
  const [code] = await once(shell, 'exit');
  try {
    process.kill(-(shell.pid ?? Number.NaN), 'SIGKILL');
  } catch {
    // Nothing was left.
  }
  const [out, talk] = await output;
  return { code, printed: out.split(`${MARK}\n`).slice(1), talk };
}

/** Files are written by the shell too, in their turn. */
function shellOf(step: Step, folder: string): string {
  if (step.kind === 'install') return '';
  if (step.kind === 'commands') return `echo '${MARK}'\n${step.text}`;
  mkdirSync(join(folder, dirname(step.name)), { recursive: true });
  return `cat > ${step.name} <<'END OF THE FILE'\n${step.text}END OF THE FILE\n`;
}

const TUTORIALS = [
  { file: 'docs/FOLLOW-ONE-EVENT.md', least: 8 },
  { file: 'docs/WRITE-A-SINK.md', least: 9 },
];

describe.each(TUTORIALS)('$file', ({ file, least }) => {
  const steps = stepsOf(file);

  test('installs nothing that is not here', () => {
    const names = steps.flatMap((step) => (step.kind === 'install' ? step.names : []));
    const missing = names.filter((name) => !existsSync(join(ROOT, 'node_modules', name)));
    expect(missing.filter((name) => !['npm', 'install', 'save-dev'].includes(name))).toEqual([]);
  });

  test('does what it says, from its first block to its last', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'audit-relay-tutorial-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    if (!steps.some((step) => step.kind === 'file' && step.name === 'package.json')) {
      writeFileSync(join(folder, 'package.json'), '{ "private": true }');
    }
    const commands = steps.flatMap((step) => (step.kind === 'commands' ? [step] : []));
    expect(steps.length).toBeGreaterThanOrEqual(least);

    const { code, printed, talk } = await carriedOut(steps, folder);

    const log = join(folder, 'relay.log');
    const last = existsSync(log) ? readFileSync(log, 'utf8').slice(-1_000) : '';
    expect(code, `${printed.join(MARK)}\n${talk}\n${last}`).toBe(0);
    for (const [at, { text: typed, prints }] of commands.entries()) {
      if (prints !== undefined) expect(printed[at]?.replaceAll(/^ +/gm, ''), typed).toBe(prints);
    }
  });
});
