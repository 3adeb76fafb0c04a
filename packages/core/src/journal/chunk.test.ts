import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Entry } from '../entry.ts';
import { decodeChunk, encodeChunk, splitIntoChunks } from './chunk.ts';

const origin = { source: 'acme', feed: 'tenant', dialect: 'audit_logs' } as const;

function entry(change: Partial<Entry> = {}): Entry {
  return { id: 'a', type: 't', timeMs: 1, receivedMs: 2, ...origin, raw: '{}', ...change };
}

const cases: readonly (readonly [sentence: string, change: Partial<Entry>])[] = [
  ['line separators, NUL and emoji', { raw: '{"a":"\u2028\u2029\u0000😀"}' }],
  ['55 KiB of text that is not ASCII', { raw: 'é'.repeat(55 * 512) }],
  ['an id and a type with a lone surrogate', { id: '\ud800', type: '\udfff' }],
  ['a time that was guessed', { timeGuessed: true }],
  ['an organization', { organization: { id: 'org', name: 'Acme' } }],
  ['a time before 1970', { timeMs: -1000 }],
  ['an empty text', { raw: '' }],
];

test.each(cases)('%s come back as they were', (_sentence, change) => {
  const entries = [entry(), entry(change), entry({ ...change, raw: 'x' })].filter(
    (one) => one.organization === entry(change).organization,
  );
  expect(decodeChunk(encodeChunk(entries))).toEqual(entries);
});

test('any entries come back as they were', () => {
  const text = fc.string({ unit: 'binary' });
  const record = fc.record({
    id: fc.string({ unit: 'binary' }),
    type: text,
    raw: text,
    timeMs: fc.maxSafeInteger(),
    receivedMs: fc.maxSafeInteger(),
  });
  fc.assert(
    fc.property(fc.array(record, { minLength: 1 }), (records) => {
      const entries = records.map((one) => entry(one));
      expect(decodeChunk(encodeChunk(entries))).toEqual(entries);
    }),
  );
});

test('a bit that has changed is noticed, wherever it is', () => {
  const chunk = encodeChunk([entry()]);
  for (let at = 1; at < chunk.length; at += 1) {
    const changed = Buffer.from(chunk);
    changed[at] = (changed[at] ?? 0) ^ 4;
    expect(() => decodeChunk(changed)).toThrow('checksum');
  }
});

test('a chunk of a newer version is refused as such', () => {
  const chunk = encodeChunk([entry()]);
  chunk[0] = 2;
  expect(() => decodeChunk(chunk)).toThrow('newer version');
});

test('a commit is cut at a thousand entries, at a MiB, and where the origin changes', () => {
  const many = Array.from({ length: 1001 }, () => entry());
  const large = [entry({ raw: 'x'.repeat(1 << 20) }), entry()];
  const mixed = [entry(), entry({ organization: { id: 'org' } })];
  expect([many, large, mixed].map((entries) => splitIntoChunks(entries).map((chunk) => chunk.length))).toEqual([
    [1000, 1],
    [1, 1],
    [1, 1],
  ]);
});
