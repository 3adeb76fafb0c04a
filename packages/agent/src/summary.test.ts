import { expect, test } from 'vitest';
import { RELAY_STATUS } from './status/relay-status.test.fixture.ts';
import { createBoard, summaryLines } from './summary.ts';

test('the summary names feeds, journal and sinks, and the rate since the last look', () => {
  const before = { status: { ...RELAY_STATUS, sources: {} }, atMs: 0 };
  expect(summaryLines({ status: RELAY_STATUS, atMs: 8_000 }, before)).toEqual([
    'feed     acme/organization  ok, complete to 2026-09-21T14:15:00Z',
    'feed     acme/tenant  paused, nothing complete yet: HTTP 403: the key lacks the scope api.audit_logs.read',
    'journal  40 events journaled, 5.0/s',
    'sink     siem  blocked, 30 acked, 3 behind, 2 dead letters: HTTP 401: check the token',
  ]);
});

test('the first look has no rate', () => {
  expect(summaryLines({ status: RELAY_STATUS, atMs: 8_000 }, undefined)).toContain('journal  40 events journaled');
});

/** What a terminal of `columns` was sent. */
function written(columns: number | undefined, use: (board: ReturnType<typeof createBoard>) => void): readonly string[] {
  const texts: string[] = [];
  use(
    createBoard(
      (text) => texts.push(text),
      () => columns,
    ),
  );
  return texts;
}

test('on a terminal the block is redrawn, and a line that stays goes above it', () => {
  const texts = written(20, (board) => {
    board.show(['a', 'b']);
    board.print('log\n');
    board.show(['c']);
  });
  expect(texts).toEqual(['a\nb\n', '\r\u001b[2A\u001b[Jlog\na\nb\n', '\r\u001b[2A\u001b[Jc\n']);
});

test('a line that is wider than the terminal goes on in the next, and the block is redrawn whole', () => {
  const texts = written(20, (board) => {
    board.show(['paused: the key lacks the scope', 'b'.repeat(25)]);
    board.show([]);
  });
  const lines = ['paused: the key', 'lacks the scope', 'b'.repeat(19), 'b'.repeat(6), ''];
  expect(texts).toEqual([lines.join('\n'), '\r\u001b[4A\u001b[J']);
});

test('elsewhere everything is a plain line', () => {
  const texts = written(undefined, (board) => {
    board.show(['a', 'b'.repeat(30)]);
    board.print('log\n');
    board.show(['c']);
  });
  expect(texts).toEqual([`a\n${'b'.repeat(30)}\n`, 'log\n', 'c\n']);
});
