/** Whatever a person or a program writes into the configuration or behind the command: an answer in words, and nothing else happens. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { createProgram, main } from '../../packages/agent/dist/cli.js';
import { readConfig } from '../../packages/agent/dist/config/read.js';
import { CONFIGURATION, GOOD } from './configurations.ts';
import { CANARY, fuzz } from './fuzz.ts';

const folder = mkdtempSync(join(tmpdir(), 'audit-relay-fuzz-'));
afterAll(() => rmSync(folder, { recursive: true }));
const env = { KEY: CANARY };

/** Of every problem together, for each character of the file: what multiplies is found out long before. */
const CHARS_A_CHAR = 200;

test('a configuration of any bytes: one that can be used, or problems in words, no longer than the file allows', async () => {
  const path = join(folder, 'f.yaml');
  const warnings: Error[] = [];
  process.on('warning', (warning) => warnings.push(warning));
  await fuzz({
    name: 'YAML configurations',
    input: CONFIGURATION,
    inputs: 200,
    check: async (bytes) => {
      writeFileSync(path, bytes);
      const { config, problems } = await readConfig(path, { env, hide: () => undefined });
      expect((config === undefined) === problems.some(({ level }) => level === 'error')).toBe(true);
      const told = JSON.stringify(problems);
      expect(told).not.toContain(CANARY);
      expect(told.length).toBeLessThan(CHARS_A_CHAR * (bytes.length + 100));
      expect(Object('').polluted).toBeUndefined();
    },
  });
  // What is said past the problems may be a secret.
  expect(warnings).toEqual([]);
});

/** The words of every command and every option, as the program has them. */
function wordsOf(command: ReturnType<typeof createProgram>): readonly string[] {
  const own = command.options.flatMap(({ short, long }) => [short ?? '', long ?? ''].filter(Boolean));
  return [...own, ...command.commands.flatMap((inner) => [inner.name(), ...wordsOf(inner)])];
}

const io = {
  env,
  hide: () => undefined,
  flushed: async () => true,
  columns: () => undefined,
  input: async function* () {},
};
/** They go on until a signal, write where they stand, or ask for a person: `test/agent/` has them as processes. */
const APART = new Set(['run', 'demo', 'init', 'backfill', 'replay', 'tail', '--watch', '--follow', '-f']);

test('arguments of any kind: an exit code of ours, and no secret in what is said', async () => {
  const good = join(folder, 'good.yaml');
  writeFileSync(good, GOOD.replaceAll('./journal', join(folder, 'journal')));
  const bad = join(folder, 'bad.yaml');
  writeFileSync(bad, 'sources: [\n');
  const words = wordsOf(createProgram({ ...io, out: () => undefined, talk: () => undefined }, () => undefined));
  const known = [...new Set(words)].filter((word) => !APART.has(word));
  const value = fc.oneof(
    fc.constantFrom(
      good,
      bad,
      join(folder, 'none.yaml'),
      'lines',
      'out',
      'acme',
      '1d',
      '-1',
      '0',
      '1e9',
      '--',
      '-',
      '',
    ),
    fc.constantFrom('2026-01-01', '2026-13-01T99:99:99Z', '9999999999999', 'ecs', 'bash', '\u0000', '--config='),
    fc.string({ unit: 'binary', maxLength: 20 }),
  );
  await fuzz({
    name: 'CLI arguments',
    input: fc.array(fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...known) }, { weight: 2, arbitrary: value }), {
      maxLength: 7,
    }),
    inputs: 150,
    check: async (args) => {
      if (args.some((word) => APART.has(word))) return;
      let told = '';
      const hear = (text: string): void => {
        told += text;
      };
      const code = await main(args, { ...io, out: hear, talk: hear });
      expect([0, 1, 2, 78]).toContain(code);
      if (code !== 0) expect(told).not.toBe('');
      expect(told).not.toContain(CANARY);
    },
  });
});
