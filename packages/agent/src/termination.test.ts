import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { tellEnd } from './termination.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'audit-relay-termination-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What stands in the file in the end. */
function told(text: string, secrets: readonly string[] = []): string {
  const file = join(folder, 'termination-log');
  tellEnd({ file, text, secrets });
  return readFileSync(file, 'utf8');
}

test('a reason is told as it is', () => {
  expect(told('relay.yaml:3:5  CONFIG_UNKNOWN_KEY')).toBe('relay.yaml:3:5  CONFIG_UNKNOWN_KEY');
});

test('the last one stands', () => {
  told('the first, which was longer');
  expect(told('the second')).toBe('the second');
});

test('no secret is told', () => {
  expect(told('the token hec-secret-1 is no URL', ['hec-secret-1'])).toBe('the token [hidden] is no URL');
});

test.each(['x', 'é', '…', '😀'])('a long one of %s is cut between two characters, at 4 KiB', (character) => {
  const text = told(`a${character.repeat(5_000)}`);
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4_096);
  expect(Buffer.byteLength(text)).toBeGreaterThan(4_096 - 4);
  expect(text).toMatch(/^a.*\n…$/u);
  expect(text).not.toContain('\uFFFD');
});

test('a secret that the cut would leave in half is not told either', () => {
  const secret = 's'.repeat(100);
  expect(told(`${'x'.repeat(4_050)}${secret}`, [secret])).not.toContain('sss');
});

test.each([undefined, '/no/such/folder/termination-log'])('%s: nothing happens', (file) => {
  expect(() => tellEnd({ file, text: 'x', secrets: [] })).not.toThrow();
});
