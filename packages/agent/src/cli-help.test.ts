/** `--help` of every command shows lines that can be typed, and a command line that is not finished can be completed. */

import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { createProgram } from './cli.ts';
import { commandsOf } from './cli-examples.ts';
import { candidatesFor } from './completion/candidates.ts';
import { SILENT } from './process-io.test.fixture.ts';

function program(): Command {
  return createProgram(SILENT, () => undefined);
}

const all = commandsOf(program());

/** What commander would print, examples included. */
function helpOf(command: Command): string {
  const texts: string[] = [];
  command.configureOutput({ writeOut: (text) => texts.push(text) }).outputHelp();
  return texts.join('');
}

describe.each(all)('%s', (words, command) => {
  const isGroup = command.commands.length > 0 && command.name() !== 'schema';
  const examples = [...helpOf(command).matchAll(/^ {2}audit-relay (.*?)(?: {2}.*)?$/gm)].map(([, line = '']) => line);

  test('says what it is for', () => {
    expect(command.description()).toMatch(/^[a-z].*[^.]$/);
  });

  test.skipIf(isGroup)('has examples of itself', () => {
    expect(examples.length).toBeGreaterThan(0);
    for (const line of examples) expect(`${line} `.startsWith(`${words} `)).toBe(true);
  });

  test('is completed, and so is each of its options', () => {
    const parts = words.split(' ');
    const of = (typed: readonly string[]): readonly string[] => candidatesFor(program(), typed).map(({ word }) => word);
    expect(of(parts)).toContain(parts.at(-1));
    const flags = command.options.flatMap(({ long, hidden }) => (long === undefined || hidden ? [] : [long]));
    expect(of([...parts, '--'])).toEqual(expect.arrayContaining(flags));
  });

  test.skipIf(isGroup)('names in them only options that it has', () => {
    const known = command.options.flatMap(({ long }) => long ?? []);
    const named = examples.flatMap((line) => line.match(/--[a-z-]+/g) ?? []);
    expect(named.filter((flag) => !known.includes(flag))).toEqual([]);
  });
});

describe('a command line that is not finished', () => {
  const cases: readonly [typed: string, candidates: readonly string[]][] = [
    ['dea', ['dead-letters']],
    ['dead-letters s', ['show']],
    ['journal ad', ['adopt']],
    ['run --log', ['--log-level']],
    ['run --log-level ', ['debug', 'info', 'warn', 'error']],
    ['run --config ', []],
    ['run --config x --onc', ['--once']],
    ['map --format o', ['ocsf']],
    ['completion ', ['bash', 'zsh', 'fish']],
    ['validate --on', ['--online']],
    ['nothing-of-ours --vers', ['--version']],
  ];
  test.each(cases)('%s|', (typed, candidates) => {
    expect(candidatesFor(program(), typed.split(' ')).map(({ word }) => word)).toEqual(candidates);
  });

  test('at its beginning may become every command, but for what is hidden', () => {
    const found = candidatesFor(program(), ['']).map(({ word }) => word);
    expect(found).toEqual(expect.arrayContaining(['init', 'run', 'status', 'completion']));
    expect(found).not.toContain('complete');
  });
});
