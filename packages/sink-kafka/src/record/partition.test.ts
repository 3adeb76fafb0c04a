import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { murmur2, partitionOf } from './partition.ts';

describe('the hash of the Java client', () => {
  // Apache Kafka, clients, `UtilsTest.testMurmur2`.
  test.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('of %s is %i', (text, hash) => {
    expect(murmur2(Buffer.from(text))).toBe(hash);
  });

  test('of any bytes is what kafkajs has by other arithmetic', () => {
    const load = createRequire(import.meta.url);
    // Without types of its own.
    const theirs = load('kafkajs/src/producer/partitioners/default/murmur2') as (key: Buffer) => number;
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
        expect(murmur2(bytes)).toBe(theirs(Buffer.from(bytes)));
      }),
    );
  });
});

test('a negative hash leads to a partition that there is', () => {
  // -973932308 without its sign's bit, as Java's toPositive has it: 1173551340.
  expect(partitionOf(Buffer.from('21'), 7)).toBe(1_173_551_340 % 7);
});
