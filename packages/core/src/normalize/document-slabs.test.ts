import type { Envelope } from '@audit-relay/sink';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { entryOf, sampleEntries } from './__fixtures__/synthetic-events.ts';
import type { DocumentShape } from './document.ts';
import { DocumentSlabs } from './document-slabs.ts';
import { createRenderer } from './renderer.ts';

const identity = { name: 'relay-0', version: '0.1.0' };
const named = { id: 'audit_log-1', type: 't', timeMs: 1, receivedMs: 2 };
const facts = { source: 'acme', feed: 'organization', summary: '', severity: 1, outcome: 'success' } as const;

/** What `copyTo` writes, between bytes that must stay as they are. */
function copied(envelope: Envelope): string {
  const target = Buffer.alloc(envelope.bytes + 2, '#');
  envelope.copyTo?.(target, 1);
  expect([target.at(0), target.at(-1)]).toEqual([35, 35]);
  return target.toString('utf8', 1, envelope.bytes + 1);
}

test.each(['ecs', 'ocsf', 'raw'] as const)('an envelope of bytes says in %s what one of text does', (format) => {
  const shape: DocumentShape = { format, dataset: 'openai.org_audit', namespace: 'default' };
  const render = createRenderer(identity);
  const packed = sampleEntries.map((entry) => render(entry, { ...shape, taken: 'bytes' }));
  expect(packed.length).toBeGreaterThan(10);
  packed.forEach((envelope, index) => {
    const { id, type, timeMs, receivedMs, bytes, json } = envelope;
    const text = render(sampleEntries[index]!, shape);
    expect({ id, type, timeMs, receivedMs, bytes, json, facts: envelope.facts }).toEqual(text);
    expect(copied(envelope)).toBe(text.json);
    expect(text.copyTo).toBeUndefined();
  });
});

test('documents of any length and letters stand beside each other, and none changes another', () => {
  const units = fc.string({ unit: fc.constantFrom('a', 'é', '\u20ac', '\u{1f600}'), maxLength: 40_000 });
  fc.assert(
    fc.property(fc.array(units, { minLength: 1, maxLength: 12 }), (texts) => {
      const slabs = new DocumentSlabs(() => facts);
      const packed = texts.map((text) => slabs.pack(named, entryOf({}), text));
      expect(packed.map(({ bytes }) => bytes)).toEqual(texts.map((text) => Buffer.byteLength(text)));
      expect(packed.map(({ json }) => json)).toEqual(texts);
      expect(packed.map(copied)).toEqual(texts);
    }),
    { numRuns: 40 },
  );
});

test('a document that is larger than a slab has one of its own', () => {
  const slabs = new DocumentSlabs(() => facts);
  const texts = ['a', '\u20ac'.repeat(100_000), 'b'];
  const packed = texts.map((text) => slabs.pack(named, entryOf({}), text));
  expect(packed.map(({ json, bytes }) => [json, bytes])).toEqual(texts.map((text) => [text, Buffer.byteLength(text)]));
});

test('a sink cannot change what others share', () => {
  const packed: Envelope = new DocumentSlabs(() => facts).pack(named, entryOf({}), '{}');
  for (const key of ['id', 'timeMs', 'bytes', 'json', 'facts', 'copyTo', 'other'])
    expect(() => Object.assign(packed, { [key]: 'x' })).toThrow(TypeError);
  expect([packed.json, packed.facts]).toEqual(['{}', facts]);
});
