import { expect, test } from 'vitest';
import type { ReadResult } from '../window/window-reader.ts';
import { Pieces } from './pieces.ts';

const DAY = 86_400;

function read(events: number, walks = 1): ReadResult {
  return { kind: 'read', events, walks, serverSeconds: 0 } as ReadResult;
}

/** Reads a span piece by piece, each with as many events a second; gives how long each piece was. */
function lengths(pieces: Pieces, span: { readonly from: number; readonly to: number }, perSecond: number): number[] {
  const found: number[] = [];
  for (let { from } = span; from < span.to; ) {
    const piece = pieces.of({ from, to: span.to });
    pieces.learn(piece, read(Math.round((piece.to - piece.from) * perSecond)));
    found.push(piece.to - piece.from);
    from = piece.to;
  }
  return found;
}

const scans = [
  { of: 'a quiet feed', perSecond: 0, most: 1 },
  { of: 'one event a minute', perSecond: 1 / 60, most: 1 },
  // The one second holds one event: by that a window of 1,500 would have as many seconds.
  { of: 'an event every two seconds', perSecond: 0.5, most: 2 },
];

test.each(scans)('the last seconds of one scan do not cut the next into small pieces: $of', ({ perSecond, most }) => {
  const pieces = new Pieces('audit_logs');
  lengths(pieces, { from: 0, to: DAY }, perSecond);
  // What is left of a scan once its window has moved on: one second, then as much as the next scan looks at.
  lengths(pieces, { from: DAY, to: DAY + 1 }, perSecond);
  expect(lengths(pieces, { from: DAY, to: DAY + 2100 }, perSecond).length).toBeLessThanOrEqual(most);
});

test('a short piece that is dense makes the next ones short', () => {
  const pieces = new Pieces('audit_logs');
  lengths(pieces, { from: 0, to: DAY }, 0);
  pieces.learn({ from: DAY, to: DAY + 10 }, read(1000));
  const { from, to } = pieces.of({ from: 2 * DAY, to: 3 * DAY });
  expect(to - from).toBe(15);
});
