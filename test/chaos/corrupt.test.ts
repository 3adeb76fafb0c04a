/** What the harness does to a journal's data: each kind leaves another file, and a seed has it again. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { corrupt } from './corrupt.ts';
import { CORRUPTIONS } from './schedule.ts';

function spoiled(how: (typeof CORRUPTIONS)[number], seed: number): Buffer | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'audit-relay-corrupt-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const data = join(folder, 'data.mdb');
  writeFileSync(data, Buffer.alloc(5 * 4_096, 7));
  writeFileSync(join(folder, 'starts.json'), '{"a": "whole file"}');
  expect(corrupt(folder, { kind: 'corrupt', how, starts: true, seed })).toBe(true);
  expect(() => JSON.parse(readFileSync(join(folder, 'starts.json'), 'utf8'))).toThrow(SyntaxError);
  return existsSync(data) ? readFileSync(data) : undefined;
}

test.each(CORRUPTIONS)('%s', (how) => {
  for (let seed = 1; seed <= 5; seed += 1) {
    const bytes = spoiled(how, seed);
    expect(bytes?.equals(Buffer.alloc(5 * 4_096, 7)) ?? false).toBe(false);
    expect(bytes === undefined ? spoiled(how, seed) === undefined : spoiled(how, seed)?.equals(bytes)).toBe(true);
  }
});

test('where there is no journal yet, nothing is done', () => {
  expect(corrupt('/nowhere', { kind: 'corrupt', how: 'zeros', starts: false, seed: 1 })).toBe(false);
});
