import { expect, test } from 'vitest';
import { bytesOf, inRounds, type JournalRecord } from './rounds.ts';

function records(count: number, bytes = 0): readonly JournalRecord[] {
  return Array.from({ length: count }, (_, index) => ({ key: Buffer.from(String(index)), value: Buffer.alloc(bytes) }));
}

test('no batch has more bytes or records than can be taken, and none is left out or out of order', () => {
  const all = [
    { topic: 'entries', partition: 0, records: records(30, 1_000) },
    { topic: 'ids', partition: 0, records: records(25_000) },
    { topic: 'state', partition: 0, records: [] },
  ];
  const rounds = inRounds(all, 4 << 20);
  for (const { topic, records: given } of all) {
    const batches = rounds.flat().filter((each) => each.topic === topic);
    expect(batches.flatMap(({ records: some }) => some)).toEqual(given);
    for (const { records: some } of batches) {
      expect(some.length).toBeLessThanOrEqual(10_000);
      expect(some.reduce((sum, record) => sum + bytesOf(record), 0)).toBeLessThanOrEqual(4 << 20);
    }
  }
  for (const round of rounds) expect(new Set(round.map(({ topic }) => topic)).size).toBe(round.length);
});

test('a record that is larger than a batch goes alone', () => {
  const large = { key: null, value: Buffer.alloc(2_000) };
  const rounds = inRounds([{ topic: 't', partition: 0, records: [...records(2), large, ...records(2)] }], 1_000);
  expect(rounds.map(([batch]) => batch?.records.length)).toEqual([2, 1, 2]);
});
