/** From where a lane goes on: named cases of what a broker may have kept and lost. */
import type { StoredCursor } from '@audit-relay/core/journal';
import { describe, expect, test } from 'vitest';
import { type Begin, type LogEnds, type Standing, type Start, startOf } from './start.ts';

/** Entries 11 to 50 in records of ten each, from offset 100 on, two offsets each for their transactions. */
const LOG: LogEnds = { low: 100n, oldest: 11, next: 51, end: 108n };

const at = (position: number, reach = position): StoredCursor => ({
  position,
  reach,
  settled: [],
  counts: {},
  uncounted: 0,
});
const told = (position: number, term = 1, reach = position) => ({ cursor: at(position, reach), term });
const brief = (start: Start): unknown => {
  if (start.kind !== 'ready') return start.kind;
  const { from, found, isRestored } = start;
  return [from, found.cursor.position, found.cursor.reach, found.term, isRestored ? 'restored' : 'as committed'];
};

describe('a lane', () => {
  const cases: readonly {
    name: string;
    standing: Omit<Standing, 'log'>;
    log?: LogEnds;
    begin?: Begin;
    expected: unknown;
  }[] = [
    {
      name: 'that is new begins at the oldest entry held',
      standing: { copies: [] },
      expected: [100n, 10, 0, 1, 'as committed'],
    },
    {
      name: 'that is new begins behind the newest',
      standing: { copies: [] },
      begin: 'now',
      expected: [108n, 50, 0, 1, 'as committed'],
    },
    {
      name: 'goes on at its committed offset',
      standing: { committed: { offset: 102n, told: told(22, 4, 90) }, copies: [told(20, 4)] },
      expected: [102n, 22, 90, 5, 'as committed'],
    },
    {
      name: 'goes on where the record of its cursor has left with what it had passed',
      standing: { committed: { offset: 98n, told: told(10) }, copies: [] },
      expected: [100n, 10, 10, 2, 'as committed'],
    },
    {
      name: 'whose offset has expired goes on at its copy',
      standing: { copies: [told(30)] },
      expected: [100n, 30, 30, 2, 'restored'],
    },
    {
      name: 'whose offset has expired goes on at the copy of its last owner, with the furthest reach of all',
      standing: { copies: [told(40, 2, 44), told(30, 3, 31)] },
      expected: [100n, 30, 44, 4, 'restored'],
    },
    {
      name: 'whose next entry has left is refused',
      standing: { committed: { offset: 90n, told: told(9) }, copies: [] },
      expected: 'entries_gone',
    },
    {
      name: 'whose offset has expired, and the next entry of its copy has left, is refused',
      standing: { copies: [told(9)] },
      expected: 'entries_gone',
    },
    {
      name: 'that has passed more than there is is refused',
      standing: { committed: { offset: 300n, told: told(51) }, copies: [] },
      expected: 'log_shorter',
    },
    {
      name: 'that has passed all there is goes on',
      standing: { committed: { offset: 107n, told: told(50) }, copies: [] },
      expected: [107n, 50, 50, 2, 'as committed'],
    },
    {
      name: 'whose offset somebody else has set is refused, whatever the copies say',
      standing: { committed: { offset: 100n, told: undefined }, copies: [told(20)] },
      expected: 'foreign',
    },
    {
      name: 'that is new in an empty log begins with its first entry',
      standing: { copies: [] },
      log: { low: 0n, oldest: 1, next: 1, end: 0n },
      expected: [0n, 0, 0, 1, 'as committed'],
    },
  ];
  test.each(cases)('$name', ({ standing, log = LOG, begin = 'beginning', expected }) => {
    expect(brief(startOf({ ...standing, log }, begin))).toEqual(expected);
  });

  test('that is new and begins at a time counts from there on', () => {
    const start = startOf({ copies: [], log: LOG }, { fromMs: 7 });
    expect(start.kind === 'ready' && start.found.cursor).toEqual({
      position: 10,
      reach: 0,
      settled: [],
      counts: {},
      uncounted: 10,
      fromMs: 7,
    });
  });
});
