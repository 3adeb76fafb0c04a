import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { TextBytes } from './text-bytes.ts';

test('the pieces stand one after another as UTF-8, whatever was expected of their length', () => {
  const units = fc.string({ unit: 'binary', maxLength: 5_000 });
  fc.assert(
    fc.property(fc.array(units, { maxLength: 20 }), fc.integer({ min: 0, max: 20_000 }), (pieces, expected) => {
      const text = new TextBytes(expected);
      for (const piece of pieces) text.add(piece);
      expect(text.bytes().equals(Buffer.concat(pieces.map((piece) => Buffer.from(piece))))).toBe(true);
    }),
  );
});

test('a lone surrogate is what it is in a text of its own', () => {
  const text = new TextBytes();
  text.add('a\ud800');
  text.add('b');
  expect(text.bytes().toString()).toBe('a\ufffdb');
});

test('bytes stand between texts as they are', () => {
  const text = new TextBytes();
  const bytes = Buffer.alloc(10_000, 'é');
  const source = { bytes: bytes.length, copyTo: (to: Uint8Array, offset: number): void => to.set(bytes, offset) };
  text.add('ü');
  text.addBytes(source);
  text.add('b');
  text.addBytes(source);
  expect(text.bytes().toString()).toBe(`ü${bytes.toString()}b${bytes.toString()}`);
});
