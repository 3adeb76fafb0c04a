import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { keepEvidence } from './evidence.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function folderOf(): string {
  const folder = mkdtempSync(join(tmpdir(), 'evidence-'));
  folders.push(folder);
  return folder;
}

const body = (text: string): Uint8Array => new TextEncoder().encode(text);

test('the last ten of each condition are kept, for their owner alone', () => {
  const folder = folderOf();
  for (let n = 0; n < 13; n += 1) {
    keepEvidence(folder, {
      source: 'acme',
      condition: 'the_body_is_not_JSON',
      body: body(`body ${n}`),
      atMs: n * 1000,
    });
  }
  keepEvidence(folder, { source: 'acme', condition: 'the_body_is_not_UTF_8', body: body('other'), atMs: 0 });
  const place = join(folder, 'unreadable', 'acme', 'the_body_is_not_JSON');
  const names = readdirSync(place).toSorted();
  expect(names).toHaveLength(10);
  expect(readFileSync(join(place, names[0] ?? ''), 'utf8')).toBe('body 3');
  expect(statSync(join(place, names[0] ?? '')).mode & 0o777).toBe(0o600);
  expect(readdirSync(join(folder, 'unreadable', 'acme'))).toHaveLength(2);
});

test('a large body is cut, and a name that is no file name is no way out of the folder', () => {
  const folder = folderOf();
  const large = new Uint8Array(2 ** 21);
  const path = keepEvidence(folder, { source: '../../etc', condition: 'x', body: large, atMs: 0 });
  expect(path?.startsWith(join(folder, 'unreadable'))).toBe(true);
  expect(statSync(path ?? '').size).toBe(2 ** 20);
});

test('where nothing can be written nothing is thrown', () => {
  expect(keepEvidence('/dev/null', { source: 'acme', condition: 'x', body: body(''), atMs: 0 })).toBeUndefined();
});
