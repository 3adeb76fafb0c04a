/** The scripts of `completion` in the real shells: what is typed is completed by the command that is installed. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROOT } from '../docs/markdown.ts';
import { needed } from '../services/needed.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'audit-relay-completion-'));
  symlinkSync(join(ROOT, 'packages/agent/bin/audit-relay.js'), join(folder, 'audit-relay'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Tried {
  readonly shell: 'bash' | 'zsh' | 'fish';
  readonly flags: readonly string[];
  /** A script that prints what `words`, the last of them unfinished, may become. */
  script(words: readonly string[]): string;
}

const quoted = (words: readonly string[]): string => words.map((word) => `'${word}'`).join(' ');

const TRIED: readonly Tried[] = [
  {
    shell: 'bash',
    flags: ['--norc', '--noprofile', '-c'],
    script: (words) => `source <(audit-relay completion bash)
      COMP_WORDS=(audit-relay ${quoted(words)}); COMP_CWORD=${words.length}
      _audit_relay; printf '%s\\n' "\${COMPREPLY[@]}"`,
  },
  {
    shell: 'zsh',
    flags: ['-f', '-c'],
    // The completion system itself wants a terminal: what it would be told is printed in its place.
    script: (words) => `compdef() { }; source <(audit-relay completion zsh)
      _describe() { print -l -- "\${(@)\${(@P)2}%%:*}" }; _files() { print files }
      words=(audit-relay ${quoted(words)}); CURRENT=${words.length + 1}; _audit_relay`,
  },
  {
    shell: 'fish',
    flags: ['--no-config', '-c'],
    script: (words) => `audit-relay completion fish | source; complete -C "audit-relay ${words.join(' ')}"`,
  },
];

describe.each(TRIED)('$shell', ({ shell, flags, script }) => {
  // Not every machine has all of them, and none is a part of the product.
  needed({
    name: shell,
    get: async () => execFileSync(shell, ['--version']),
    isOptional: shell !== 'bash',
  });

  function complete(...words: readonly string[]): readonly string[] {
    const env = { ...process.env, PATH: `${folder}:${process.env['PATH']}` };
    const out = execFileSync(shell, [...flags, script(words)], { env, encoding: 'utf8', cwd: folder });
    return out.split('\n').flatMap((line) => line.split('\t')[0] || []);
  }

  test.each([
    { words: ['dead-letters', 'sh'], found: 'show' },
    { words: ['run', '--onc'], found: '--once' },
    { words: ['run', '--log-level', 'deb'], found: 'debug' },
  ])('audit-relay $words', ({ words, found }) => {
    expect(complete(...words)).toEqual([found]);
  });

  test('leaves files to itself', () => {
    expect(complete('run', '--config', '')).toEqual({ bash: [], zsh: ['files'], fish: ['audit-relay'] }[shell]);
  });
});
