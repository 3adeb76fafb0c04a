/** Whatever the API answers and whatever the disk gives back: records are neither lost nor invented, and nothing is thrown but damage. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeChunk, encodeChunk } from '../../packages/core/dist/journal/chunk.js';
import { createRenderer } from '../../packages/core/dist/normalize/renderer.js';
import { readPage } from '../../packages/core/dist/source/api/page.js';
import { refusalOf } from '../../packages/core/dist/source/api/refusal.js';
import { itemOf } from '../../packages/core/dist/source/window/record.js';
import { broken, CANARY, fuzz } from './fuzz.ts';
import { PAGE, RECORD } from './records.ts';

const PROVENANCE = { source: 'acme', feed: 'organization', dialect: 'audit_logs' } as const;
const RECEIPT = { receivedMs: 1_700_000_000_000, nowSeconds: 1_700_000_000 };
const SHAPES = (['ecs', 'ocsf', 'raw'] as const).map((format) => ({ format, dataset: 'd', namespace: 'n' }));

const kinds = (records: readonly { readonly kind: string }[], kind: string): number =>
  records.filter((item) => item.kind === kind).length;

test('a page: as many items as records, each with its own text', async () => {
  await fuzz({
    name: 'API pages',
    input: PAGE,
    inputs: 2_000,
    check: ({ page, text }) => {
      const read = readPage(Buffer.from(text), 'audit_logs');
      if (typeof page.has_more !== 'boolean') return expect(read).toEqual({ unreadable: 'the body has no has_more' });
      if ('unreadable' in read) throw new Error(read.unreadable);
      expect(read.records.map(({ raw }) => JSON.parse(raw))).toEqual(JSON.parse(text).data);
      const items = read.records.map((record) => itemOf(record, PROVENANCE, RECEIPT));
      const withId = page.data.filter(
        (record) => typeof Object(record).id === 'string' && Object(record).id !== '' && !Array.isArray(record),
      );
      expect([kinds(items, 'entry'), kinds(items, 'malformed')]).toEqual([
        withId.length,
        page.data.length - withId.length,
      ]);
    },
  });
});

test('a body that was changed on its way: a page or a reason without a word of it', async () => {
  await fuzz({
    name: 'API bodies, changed bytes',
    input: broken(PAGE.map(({ text }) => text.replace('{', `{"${CANARY}":1,`))),
    inputs: 2_000,
    check: (body) => {
      const read = readPage(body, 'audit_logs');
      if ('unreadable' in read) expect(read.unreadable).not.toContain(CANARY);
      else for (const { raw, value } of read.records) expect(JSON.parse(raw)).toEqual(value);
    },
  });
});

test('a refusal of any words: a cause, and none of the words', async () => {
  const body = broken(
    fc
      .oneof(
        fc.string({ unit: 'binary' }),
        fc.jsonValue().map((error) => JSON.stringify({ error })),
      )
      .map((text) => text + CANARY),
  );
  await fuzz({
    name: 'API refusals',
    input: fc.record({ status: fc.constantFrom(400, 401, 403), body }),
    inputs: 1_000,
    check: (refused) => expect(refusalOf(refused).problem).not.toContain(CANARY),
  });
});

test('a record of any shape: a document of each format, and the same twice', async () => {
  const render = createRenderer({ name: 'relay', version: '0' });
  await fuzz({
    name: 'records to documents',
    input: RECORD.map((record) => ({ ...record, id: 'audit_log-1' })),
    inputs: 1_000,
    check: (record) => {
      const make = () => {
        const item = itemOf({ raw: JSON.stringify(record), value: record as never }, PROVENANCE, RECEIPT);
        if (item.kind !== 'entry') throw new Error(item.kind);
        return SHAPES.map((shape) => render(item.entry, shape));
      };
      const made = make();
      for (const { id, json, bytes } of made) {
        expect([id, bytes]).toEqual(['audit_log-1', Buffer.byteLength(json)]);
        expect(typeof JSON.parse(json)).toBe('object');
      }
      expect(make()).toEqual(made);
    },
  });
});

test('a chunk of the journal whose bytes changed: what was written, or an error', async () => {
  const entries = fc.array(RECORD, { minLength: 1, maxLength: 5 }).map((records) =>
    records.flatMap((record) => {
      const item = itemOf({ raw: JSON.stringify(record), value: record as never }, PROVENANCE, RECEIPT);
      return item.kind === 'entry' ? [item.entry] : [];
    }),
  );
  const change = fc.record({ at: fc.nat(), byte: fc.nat(255), cut: fc.boolean() });
  await fuzz({
    name: 'journal bytes',
    input: fc.tuple(
      entries.filter((list) => list.length > 0),
      fc.option(change),
    ),
    inputs: 1_000,
    check: ([list, changed]) => {
      const chunk = encodeChunk(list);
      expect(decodeChunk(chunk)).toEqual(list);
      if (changed === null) return;
      const at = changed.at % chunk.length;
      const bytes = changed.cut ? chunk.subarray(0, at) : Buffer.from(chunk);
      if (!changed.cut) bytes[at] = changed.byte;
      if (bytes.equals(chunk)) return;
      const read = decoded(bytes);
      if (read !== undefined) expect(read).toEqual(list);
    },
  });
});

/** Undefined: damage. The version's own byte is no part of the checksum: what is older than 1 is read as 1. */
function decoded(bytes: Uint8Array): readonly unknown[] | undefined {
  try {
    return decodeChunk(bytes);
  } catch {
    return undefined;
  }
}
