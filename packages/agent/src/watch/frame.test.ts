import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FeedView } from '../status/feed.ts';
import { RELAY_STATUS } from '../status/relay-status.test.fixture.ts';
import type { SinkView } from '../status/sink.ts';
import { type StatusView, statusView } from '../status/view.ts';
import { type FrameOptions, frameLines } from './frame.ts';
import { History } from './history.ts';
import { isUnicodeLocale, paintOf } from './paint.ts';
import { cut, sparkOf } from './table.ts';

const NOW_MS = 1_790_000_200_000;
const PLAIN = paintOf({ hasColors: false, isUnicode: true });

/** Everything of the fixture, so of every kind something. */
const VIEW = statusView({ ...RELAY_STATUS.journal, journal: '/data', checkpoints: {} }, RELAY_STATUS);

function historyOf(...acked: readonly number[]): History {
  const history = new History();
  acked.forEach((count, index) => {
    const siem = { ...Object.values(RELAY_STATUS.lanes)[0], acked: count };
    // Of a lane its count alone is read.
    history.add({ ...RELAY_STATUS, lanes: { siem: siem as (typeof RELAY_STATUS.lanes)[string] } }, index * 2_000);
  });
  return history;
}

function frame(more: Partial<FrameOptions> = {}): readonly string[] {
  const size = { columns: 80, rows: 40 };
  return frameLines({ view: VIEW, history: historyOf(0, 20, 60), size, paint: PLAIN, nowMs: NOW_MS, ...more });
}

const FEED: FeedView = { source: 'acme', feed: 'organization', gaps: [], passes: {} };
const SINK: SinkView = { sink: 'siem', behind: 0, deadLetters: 0 };

test('names, health, problems, lag and rates of everything stand in it', () => {
  const text = frame().join('\n');
  for (const words of ['running', 'acme/organization', 'acme/tenant: HTTP 403', 'siem: HTTP 401', 'blocked', '20.0']) {
    expect(text).toContain(words);
  }
  // 10 a second, then 20.
  expect(text).toMatch(/siem.* {2}20\.0 +▄█$/m);
});

test.each([
  ['80 columns', 80, /^SINK +HEALTH +BEHIND +SINCE +DEAD +EV\/S$/m],
  ['60', 60, /^SINK +HEALTH +BEHIND +EV\/S$/m],
  ['40', 40, /^SINK +HEALTH +BEHIND +EV\/S$/m],
  ['20', 20, /^SINK +HEALTH$/m],
])('of %s the columns are shown that there is room for', (_name, columns, titles) => {
  expect(frame({ size: { columns, rows: 40 } }).join('\n')).toMatch(titles);
});

test('whatever the size, no line is wider and none is more; without colours there is no escape', () => {
  const sinks = fc.array(
    fc.record({
      sink: fc.stringMatching(/^[A-Za-z][A-Za-z0-9_.-]{0,63}$/),
      behind: fc.nat(1e9),
      deadLetters: fc.nat(1e6),
      problem: fc.string({ unit: 'grapheme', maxLength: 300 }).map((text) => `\u001B[31m${text}\u001B]0;\u0007`),
    }),
    { maxLength: 9 },
  );
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 250 }), fc.integer({ min: 1, max: 60 }), sinks, (columns, rows, some) => {
      const view: StatusView = { ...VIEW, sinks: [...VIEW.sinks, ...some] };
      const lines = frame({ view, size: { columns, rows } });
      expect(lines.length).toBeLessThanOrEqual(rows);
      for (const line of lines) {
        // As the library counts that cuts: terminals do not agree on every sign.
        expect(cut(line, columns, PLAIN)).toBe(line);
        expect(stripVTControlCharacters(line)).toBe(line);
        expect(line).not.toContain('\n');
      }
    }),
  );
});

describe('what does not fit', () => {
  test('is counted in the last line', () => {
    const lines = frame({ size: { columns: 80, rows: 4 } });
    expect(lines).toHaveLength(4);
    expect(lines.at(-1)).toMatch(/^\d+ more lines: audit-relay status$/);
  });

  test('of a problem is left out after three lines, the beginning is there', () => {
    const problem = Array.from({ length: 60 }, (_, index) => `word${index}`).join(' ');
    const lines = frame({ view: { ...VIEW, feeds: [], sinks: [{ ...SINK, problem }] } });
    const shown = lines.filter((line) => line.includes('word'));
    expect(shown).toHaveLength(3);
    expect(shown[0]).toContain('siem: word0');
    expect(shown[2]).toMatch(/…$/);
  });
});

test('without an agent it says so, and what the journal says stands there', () => {
  const text = frame({ view: { ...VIEW, running: false, feeds: [FEED], sinks: [SINK] } }).join('\n');
  expect(text).toMatch(/^audit-relay not running/);
  expect(text).toMatch(/^acme\/organization +- /m);
});

test('a refused configuration stands above all', () => {
  const refusal = { since: '2026-01-01T00:00:00Z', code: 'CONFIG_YAML', problem: 'relay.yaml:1:1  CONFIG_YAML' };
  const configuration = { hash: 'ab', since: '2026-01-01T00:00:00Z', applied: 0, refused: 1, refusal };
  expect(frame({ view: { ...VIEW, configuration } })[2]).toBe('  configuration: relay.yaml:1:1  CONFIG_YAML');
});

test('colours say nothing that words do not', () => {
  const paint = paintOf({ hasColors: true, isUnicode: true });
  const coloured = frame({ paint });
  expect(coloured.join('\n')).toContain('\u001b[31m');
  expect(coloured.map((line) => stripVTControlCharacters(line).trimEnd())).toEqual(frame());
});

test('where the terminal has ASCII alone there is nothing else', () => {
  const paint = paintOf({ hasColors: false, isUnicode: false });
  for (const columns of [20, 80]) {
    expect(frame({ paint, size: { columns, rows: 40 } }).join('')).toMatch(/^[ -~]*$/);
  }
});

test.each([
  [{}, true],
  [{ LANG: 'en_US.UTF-8' }, true],
  [{ LC_ALL: 'C', LANG: 'en_US.UTF-8' }, false],
  [{ LC_ALL: '', LC_CTYPE: 'C.utf8', LANG: 'C' }, true],
])('the locale %o is of Unicode: %s', (env, isUnicode) => {
  expect(isUnicodeLocale(env)).toBe(isUnicode);
});

describe('rates', () => {
  test('a count that begins anew, and a look without an answer, are no rate', () => {
    const history = historyOf(100, 120, 5, 25);
    expect(history.sink('siem')).toEqual([undefined, 10, undefined, 10]);
    history.add(undefined, 10_000);
    expect(history.sink('siem').at(-1)).toBeUndefined();
  });

  test('as many are kept as a line can show', () => {
    const history = historyOf(...Array.from({ length: 500 }, (_, index) => index));
    expect(history.sink('siem')).toHaveLength(200);
  });

  test.each<[name: string, rates: readonly (number | undefined)[], room: number, spark: string]>([
    ['the newest are at the right', [9, 1, 2, 4], 3, '▂▄█'],
    ['nothing known is nothing shown', [undefined, undefined], 5, ''],
    ['nothing at all is a line at the bottom', [0, 0], 5, '▁▁'],
    ['an unknown one is a gap', [4, undefined, 4], 5, '█ █'],
  ])('%s', (_name, rates, ...[room, spark]) => {
    expect(sparkOf(rates, room)).toBe(spark);
  });
});
