import { describe, expect, test } from 'vitest';
import { itemOf, timeIn } from './record.ts';

describe('the time of a record', () => {
  const cases: readonly [name: string, value: unknown, timeMs: number | undefined][] = [
    ['is whole seconds', 1_795_895_416, 1_795_895_416_000],
    ['may be text', '1795895416', 1_795_895_416_000],
    ['may be text with spaces around it', ' 1795895416 ', 1_795_895_416_000],
    ['may have a fraction', 1_795_895_416.5, 1_795_895_416_500],
    ['may be text with a fraction', '1795895416.123', 1_795_895_416_123],
    ['is never of the next second', 1_795_895_416.9999, 1_795_895_416_999],
    ['may be the first second of all', 0, 0],
    ['may be zero with a fraction', '0.25', 250],
    ['is not before it', -1, undefined],
    ['is no other text', 'soon', undefined],
    ['is no time in words', '2026-11-28T00:00:00Z', undefined],
    ['is no number in hex', '0x10', undefined],
    ['is no power', '1e9', undefined],
    ['is not empty', '', undefined],
    ['is not null', null, undefined],
    ['is no list', [1_795_895_416], undefined],
    ['is not beyond what counts exactly', 1e16, undefined],
    ['is no text of digits without end', '1'.repeat(100_000), undefined],
  ];
  test.each(cases)('%s', (_, value, timeMs) => {
    expect(timeIn(value)).toBe(timeMs);
  });

  test('is not guessed where it is text', () => {
    const value = { id: 'audit_log-1', type: 'login.failed', effective_at: '1795895416.5' };
    const provenance = { source: 'acme', feed: 'organization', dialect: 'audit_logs' } as const;
    const item = itemOf({ raw: JSON.stringify(value), value }, provenance, { receivedMs: 7 });
    expect(item).toMatchObject({ kind: 'entry', entry: { timeMs: 1_795_895_416_500 } });
    expect(item).not.toHaveProperty('entry.timeGuessed');
  });
});
